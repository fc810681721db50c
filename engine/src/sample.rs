//! A path that a route decides, to show what it does.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use tollgate_grammar::tree::{Pattern, Route, Segment, Target};

use crate::path::MAX_SEGMENTS;
use crate::pattern::meet;
use crate::policy::Policy;
use crate::request::{self, Request};

/// What stands in for a parameter, one after the other until no more specific route takes the
/// path.
const STAND_INS: [&str; 4] = ["example", "1", "another-example", "42-another-example"];

/// A method and a raw path, both as a client would send them, that this route of the policy
/// decides; `None` for `$connect`, for fields and where other routes take every path that was tried.
pub fn sample(policy: &Policy, route: &Route) -> Option<(String, String)> {
    let Target::Path(pattern) = &route.target else {
        return None;
    };
    search(policy, route, &pattern.segments, &|_, _| true)
}

/// Like [`sample`], of the requests alone whose path `within` matches too and that `accepts` takes,
/// given method and raw path: those of one route of an API, say.
pub fn sample_within(
    policy: &Policy,
    route: &Route,
    within: &Pattern,
    accepts: &dyn Fn(&str, &str) -> bool,
) -> Option<(String, String)> {
    let Target::Path(pattern) = &route.target else {
        return None;
    };
    let segments = meet(pattern, within)?;
    search(policy, route, &segments, accepts)
}

fn search(
    policy: &Policy,
    route: &Route,
    segments: &[Segment],
    accepts: &dyn Fn(&str, &str) -> bool,
) -> Option<(String, String)> {
    let methods: Vec<&str> = match route.methods.as_slice() {
        [] => vec![
            "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY",
        ],
        named => named.iter().map(|method| method.node.as_str()).collect(),
    };
    let longest = match segments.last() {
        Some(Segment::Rest { .. }) => MAX_SEGMENTS.saturating_sub(segments.len()),
        _ => 0,
    };
    for more in 0..=longest {
        for stand_in in STAND_INS {
            let texts = segments.iter().map(|segment| match segment {
                Segment::Literal(text) => text.node.as_str(),
                Segment::Parameter(name) if stand_in == STAND_INS[0] => &name.node,
                Segment::Parameter(_) | Segment::Rest { .. } => stand_in,
            });
            let path = raw_path(texts.chain(std::iter::repeat_n(stand_in, more)));
            let decided = methods.iter().find(|method| {
                let request = Request {
                    target: request::Target::Path {
                        method,
                        path: &path,
                    },
                    ip: None,
                    unix_millis: 0,
                    headers: None,
                    query: None,
                };
                policy.find(&request).route_span() == Some(route.span) && accepts(method, &path)
            });
            if let Some(method) = decided {
                return Some(((*method).to_owned(), path));
            }
        }
    }
    None
}

/// Decoded segments as a raw path. What may stand in a path is left as it is.
pub(crate) fn raw_path<'a>(segments: impl Iterator<Item = &'a str>) -> String {
    let mut path = String::new();
    for segment in segments {
        path.push('/');
        for byte in segment.bytes() {
            // RFC 3986, section 3.3: unreserved, sub-delims, `:` and `@`.
            if byte.is_ascii_alphanumeric() || b"-._~!$&'()+,=:@".contains(&byte) {
                path.push(byte.into());
            } else {
                let _ = write!(path, "%{byte:02X}");
            }
        }
    }
    if path.is_empty() {
        path.push('/');
    }
    path
}
