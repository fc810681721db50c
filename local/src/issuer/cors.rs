//! What a page of another origin may read: an application on this machine, or one whose address is allowed.

use reqwest::Url;

use crate::answer::{Answer, Outcome};
use crate::sign_in::is_loopback_origin;
use crate::wire::RequestHead;

/// How long a browser may keep the answer to a preflight, in seconds.
const KEPT: &str = "600";

/// The answer to a preflight request.
pub(super) fn preflight() -> Answer {
    Answer::text(Outcome::Published, 204, "")
        .with("access-control-allow-methods", "GET, POST")
        .with(
            "access-control-allow-headers",
            "authorization, content-type",
        )
        .with("access-control-max-age", KEPT)
}

/// The answer, which the page that asked may read if it is one of those.
pub(super) fn allowed(answer: Answer, head: &RequestHead, redirect_uris: &[String]) -> Answer {
    let answer = answer.with("vary", "origin");
    match head.only("origin") {
        Some(origin) if is_loopback_origin(origin) || is_of(redirect_uris, origin) => {
            answer.with("access-control-allow-origin", origin)
        }
        _ => answer,
    }
}

fn is_of(redirect_uris: &[String], origin: &str) -> bool {
    let origin_of = |uri: &String| Some(Url::parse(uri).ok()?.origin().ascii_serialization());
    let mut origins = redirect_uris.iter().filter_map(origin_of);
    // An application's own scheme has no origin, which is written `null`.
    origin != "null" && origins.any(|own| own == origin)
}
