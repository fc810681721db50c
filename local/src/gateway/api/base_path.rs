//! The base path by which a domain of one's own leads to an API.

use std::fmt;
use std::str::FromStr;

/// Longest base path, in characters (API Gateway's quota for API mappings).
const MAX_LENGTH: usize = 300;
/// What it may hold beside letters, digits and the slashes between its segments
/// (`AWS::ApiGatewayV2::ApiMapping`).
const PUNCTUATION: &[u8] = b"$-_.+!*'()";

/// A base path: `/v1`, `/orders/v2`, or `/` for the domain itself. Requests have it to the letter:
/// nothing is decoded, nothing resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BasePath(String);

impl BasePath {
    /// What of a path is behind it: at least `/`. `None` if the path is not under it.
    pub(in crate::gateway) fn rest<'a>(&self, path: &'a str) -> Option<&'a str> {
        match path.strip_prefix(self.0.as_str())? {
            "" => Some("/"),
            rest if rest.starts_with('/') => Some(rest),
            _ => None,
        }
    }

    /// As API Gateway names it: `v1`, and `(none)` for the domain itself.
    pub(in crate::gateway) fn key(&self) -> &str {
        self.0.strip_prefix('/').unwrap_or("(none)")
    }

    /// What stands in URLs between the address and the path: `/v1`; nothing for the domain itself.
    pub fn prefix(&self) -> &str {
        &self.0
    }

    /// The base path with a stage's name behind it.
    pub(super) fn with_stage(&self, stage: &str) -> Self {
        Self(format!("{}/{stage}", self.0))
    }
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}

impl FromStr for BasePath {
    type Err = String;

    /// Slashes around it do not matter.
    fn from_str(text: &str) -> Result<Self, String> {
        let bare = text.trim_matches('/');
        if bare.is_empty() {
            return Ok(Self::default());
        }
        let may_stand = |b: u8| b.is_ascii_alphanumeric() || PUNCTUATION.contains(&b);
        // Clients and proxies take dot segments out before anybody sees them.
        let is_segment =
            |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(may_stand);
        if bare.len() > MAX_LENGTH {
            Err(format!(
                "the base path is longer than {MAX_LENGTH} characters"
            ))
        } else if bare.split('/').all(is_segment) {
            Ok(Self(format!("/{bare}")))
        } else {
            Err(format!(
                "`{text}` is no base path: it takes segments of letters, digits and $-_.+!*'(), such as \
                 `v1` or `orders/v2`"
            ))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_under_it_by_whole_segments_to_the_letter() {
        for (base, path, rest) in [
            ("", "/", Some("/")),
            ("", "/a", Some("/a")),
            ("/", "//a", Some("//a")),
            ("v1", "/v1", Some("/")),
            ("/v1/", "/v1/", Some("/")),
            ("v1", "/v1/a", Some("/a")),
            ("v1", "/v1//a", Some("//a")),
            ("v1", "/v1/../a", Some("/../a")),
            ("orders/v2", "/orders/v2/x", Some("/x")),
            ("v1", "/", None),
            ("v1", "/v10", None),
            ("v1", "/V1/a", None),
            ("v1", "//v1/a", None),
            ("v1", "/%761/a", None),
            ("v1", "/./v1/a", None),
            ("v1", "/a/../v1/a", None),
            ("v1", "/v1%2Fa", None),
            ("v1", "/v1;x/a", None),
            ("orders/v2", "/orders", None),
        ] {
            let base: BasePath = base.parse().unwrap();
            assert_eq!(base.rest(path), rest, "{base} {path}");
        }
    }

    #[test]
    fn what_api_gateway_would_not_take_is_none() {
        for text in [
            "a//b",
            ".",
            "a/../b",
            "a b",
            "{id}",
            "a%20",
            "é",
            "a?b",
            &"a".repeat(301),
        ] {
            assert!(text.parse::<BasePath>().is_err(), "{text}");
        }
        let shown = |text: &str| text.parse::<BasePath>().unwrap().to_string();
        assert_eq!((shown("(v1)"), shown("")), ("/(v1)".into(), "/".into()));
    }
}
