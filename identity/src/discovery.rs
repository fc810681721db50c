//! `OpenID` Connect Discovery 1.0: where an issuer says that its keys are.
//!
//! The document is believed only when it is the configured issuer's own, byte by byte
//! (section 4.3): otherwise whoever answers under its address could name their own keys.

use reqwest::Url;
use serde_json::Value;
use tokio::time::Instant;

use crate::http::MAX_ANSWER;
use crate::json;
use crate::jwks::KeysProblem;
use crate::jwks::document::{self, Wanted};
use crate::line::Line;
use crate::outcome::Cause;
use crate::setting::{BaseUrl, EndpointUrl};

/// Under the issuer, a slash at whose end is left out (section 4.1).
const PATH: &str = "/.well-known/openid-configuration";

/// The address of the JWKS in the discovery document of `issuer`, by the `deadline`.
pub(crate) async fn jwks_uri(
    line: &Line,
    issuer: &str,
    deadline: Instant,
) -> Result<Url, KeysProblem> {
    let place = format!("the discovery document of `{issuer}`");
    let cause = |what: &str| Cause::new(format!("{}: {place} {what}", line.name()));
    let wrong = |what: &str| KeysProblem::Misconfigured(cause(what));
    let base: BaseUrl = issuer
        .parse()
        .map_err(|error| wrong(&format!("has no address: {error}")))?;
    let wanted = Wanted {
        url: &base.join(PATH),
        place: &place,
        largest: MAX_ANSWER,
    };
    let answer = document::get(line, &wanted, deadline).await?;
    // The error of the reader could repeat the body.
    let Ok(Value::Object(document)) = json::read(&answer.body) else {
        return Err(KeysProblem::Unavailable(cause(
            "is not a JSON object, is cut short, or has a member twice",
        )));
    };
    match document.get("issuer").and_then(Value::as_str) {
        Some(own) if own == issuer => {}
        Some(own) if own.trim_end_matches('/') == issuer.trim_end_matches('/') => {
            return Err(wrong(
                "names the issuer with another end: a slash there counts, write it as the issuer \
                 does",
            ));
        }
        Some(_) => return Err(wrong("names another issuer: write it exactly as it does")),
        None => return Err(wrong("names no `issuer`: check the issuer's address")),
    }
    let Some(uri) = document.get("jwks_uri").and_then(Value::as_str) else {
        return Err(wrong("has no `jwks_uri`: set the address of the JWKS"));
    };
    match uri.parse::<EndpointUrl>() {
        // From elsewhere, this machine's own ports are none of the issuer's business.
        Ok(uri) if uri.url().scheme() == "https" || base.url().scheme() == "http" => {
            Ok(uri.url().clone())
        }
        _ => Err(wrong(
            "has a `jwks_uri` that is not an `https://` address: keys are not fetched in the clear",
        )),
    }
}

#[cfg(test)]
mod tests;
