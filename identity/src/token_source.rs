//! Where in a request a provider's token is looked for.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// A place for a token, as `token_from` of a provider names it.
///
/// | written | the token is |
/// |---|---|
/// | `bearer` | in the `Authorization` header, after `Bearer` and one space (RFC 6750 section 2.1) |
/// | `header NAME` | the whole value of that header |
/// | `cookie NAME` | the value of that cookie |
/// | `query NAME` | the value of that query parameter; it ends up in access logs, so name one only where a client cannot send headers |
/// | `protocol NAME` | the entry after `NAME` in `Sec-WebSocket-Protocol`, as browsers can send with `new WebSocket(url, [NAME, token])` |
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum TokenSource {
    /// `Authorization: Bearer …`
    Bearer,
    /// A header; its name in lower case.
    Header(String),
    /// A cookie.
    Cookie(String),
    /// A query parameter.
    Query(String),
    /// `Sec-WebSocket-Protocol`; the name of the entry before the token.
    Protocol(String),
}

/// A `token_from` entry that names no place for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenSourceError {
    /// None of the forms.
    Form,
    /// The name could not be that of a header, cookie or parameter.
    Name,
    /// `header authorization`
    Authorization,
    /// `header cookie`
    CookieHeader,
}

impl fmt::Display for TokenSourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => {
                "a token is taken from `bearer`, `header NAME`, `cookie NAME`, `query NAME` or \
                 `protocol NAME`"
            }
            Self::Name => {
                "the name of a header, cookie, query parameter or protocol has 1 to 64 letters, \
                 digits, `-`, `_` and `.`, as in `cookie __Host-session`"
            }
            Self::Authorization => "write `bearer` for a token in the `Authorization` header",
            Self::CookieHeader => "write `cookie NAME` for a token in a cookie",
        })
    }
}

impl std::error::Error for TokenSourceError {}

/// Longest name of a header, cookie, parameter or protocol, in bytes.
const MAX_NAME: usize = 64;

impl FromStr for TokenSource {
    type Err = TokenSourceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "bearer" {
            return Ok(Self::Bearer);
        }
        let (kind, name) = text.split_once(' ').ok_or(TokenSourceError::Form)?;
        let make = match kind {
            "header" => |name: &str| Self::Header(name.to_ascii_lowercase()),
            "cookie" => |name: &str| Self::Cookie(name.to_owned()),
            "query" => |name: &str| Self::Query(name.to_owned()),
            "protocol" => |name: &str| Self::Protocol(name.to_owned()),
            _ => return Err(TokenSourceError::Form),
        };
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(allowed) {
            return Err(TokenSourceError::Name);
        }
        match make(name) {
            Self::Header(name) if name == "authorization" => Err(TokenSourceError::Authorization),
            Self::Header(name) if name == "cookie" => Err(TokenSourceError::CookieHeader),
            source => Ok(source),
        }
    }
}

impl TryFrom<String> for TokenSource {
    type Error = TokenSourceError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bearer => f.write_str("bearer"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::Cookie(name) => write!(f, "cookie {name}"),
            Self::Query(name) => write!(f, "query {name}"),
            Self::Protocol(name) => write!(f, "protocol {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn each_form_is_read_and_written_back() {
        for text in [
            "bearer",
            "header x-stack-access-token",
            "cookie __Host-session.token",
            "query access_token",
            "protocol bearer",
        ] {
            assert_eq!(text.parse::<TokenSource>().unwrap().to_string(), text);
        }
        let header = "header X-Access-Token".parse();
        assert_eq!(header, Ok(TokenSource::Header("x-access-token".to_owned())));
    }

    #[test]
    fn what_is_no_source_says_what_is() {
        use TokenSourceError as E;
        let long = format!("cookie {}", "a".repeat(65));
        for (text, error) in [
            ("", E::Form),
            ("Bearer", E::Form),
            ("header", E::Form),
            ("body token", E::Form),
            ("header ", E::Name),
            ("header  x", E::Name),
            ("header x y", E::Name),
            ("header x:y", E::Name),
            ("cookie a=b", E::Name),
            ("query schlüssel", E::Name),
            (&long, E::Name),
            ("header Authorization", E::Authorization),
            ("header cookie", E::CookieHeader),
        ] {
            assert_eq!(text.parse::<TokenSource>(), Err(error), "{text:?}");
        }
        let longest = format!("cookie {}", "a".repeat(64));
        assert_eq!(longest.parse::<TokenSource>().unwrap().to_string(), longest);
    }

    #[test]
    fn each_mistake_says_its_cure() {
        use TokenSourceError as E;
        for (error, words) in [
            (E::Form, "`header NAME`"),
            (E::Name, "1 to 64 letters"),
            (E::Authorization, "write `bearer`"),
            (E::CookieHeader, "write `cookie NAME`"),
        ] {
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
