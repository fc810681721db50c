//! Getting a public JSON document of an issuer: a JWKS or a discovery document.
//!
//! A content type is not asked for what it says: issuers that serve these documents as plain
//! files send `text/plain` and `application/octet-stream`, the address is the operator's or the
//! issuer's own word, and what is not the JSON expected is refused by its content.

use reqwest::Url;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use tokio::time::Instant;

use super::KeysProblem;
use crate::http::{Answer, Ask, Method};
use crate::line::Line;
use crate::outcome::Cause;

/// The media type of a JWKS (RFC 7517 section 8.5.2), and that which most issuers send.
const JSON: HeaderValue = HeaderValue::from_static("application/json, application/jwk-set+json");

/// A document to get.
pub(crate) struct Wanted<'a> {
    pub url: &'a Url,
    /// What and where it is, for causes.
    pub place: &'a str,
    /// Most bytes of it.
    pub largest: usize,
}

/// Gets a document by the `deadline`. Redirects are not followed: the keys decide who is let
/// in, so their address is the one that was checked.
pub(crate) async fn get(
    line: &Line,
    wanted: &Wanted<'_>,
    deadline: Instant,
) -> Result<Answer, KeysProblem> {
    let ask = Ask {
        method: Method::Get,
        url: wanted.url,
        headers: HeaderMap::from_iter([(ACCEPT, JSON)]),
        body: Vec::new(),
        largest: wanted.largest,
    };
    let asked = line.ask(&ask, deadline).await;
    let answer = asked.map_err(KeysProblem::Unavailable)?;
    let cause = |what: String| {
        let (name, place) = (line.name(), wanted.place);
        Cause::new(format!("{name}: {place} {what}"))
    };
    match answer.status {
        200 if answer.media_type.as_deref() == Some("text/html") => Err(KeysProblem::Unavailable(
            cause("is an HTML page and not JSON: check its address".to_owned()),
        )),
        200 => Ok(answer),
        status @ 300..=399 => Err(KeysProblem::Misconfigured(cause(format!(
            "is answered with a redirect (HTTP {status}), which is not followed: set the address \
             it leads to"
        )))),
        // What stands before an issuer may keep some callers out for a while; that must not stop
        // a start beside other providers.
        status @ (401 | 403) => Err(KeysProblem::Unavailable(cause(format!(
            "is answered with HTTP {status}: check its address, and whether it lets this function in"
        )))),
        status @ 400..=499 => Err(KeysProblem::Misconfigured(cause(format!(
            "is answered with HTTP {status}: check its address"
        )))),
        status => Err(KeysProblem::Unavailable(cause(format!(
            "is answered with HTTP {status}"
        )))),
    }
}
