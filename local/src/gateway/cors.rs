//! CORS of an HTTP API: it answers preflight requests by itself, and its headers take the place of the
//! backend's ("Configure CORS for HTTP APIs", API Gateway Developer Guide).

use hyper::{Response, StatusCode};

use super::called::Called;
use super::reply;
use super::request::Request;
use crate::answer::set_header;
use crate::server::{ResponseBody, full};
use crate::template::cors::Cors;

const ANY: &str = "*";
/// What starts the names of all headers of CORS.
const PREFIX: &str = "access-control-";

/// The answer to a preflight request that no route takes; `None` if it is none.
pub(super) fn preflight(called: &Called<'_>) -> Option<Response<ResponseBody>> {
    let cors = called.api.cors().filter(|_| called.api.is_http())?;
    let request = called.request;
    if called.route.is_some() || !asks(request) {
        return None;
    }
    let mut response = Response::new(full(""));
    *response.status_mut() = StatusCode::NO_CONTENT;
    reply::identify(called.api, called.moment, &mut response);
    allow(cors, request, &mut response);
    Some(response)
}

/// Puts the API's headers in place of the backend's.
pub(super) fn add(cors: &Cors, request: &Request, response: &mut Response<ResponseBody>) {
    let theirs: Vec<_> = response
        .headers()
        .keys()
        .filter(|name| name.as_str().starts_with(PREFIX))
        .cloned()
        .collect();
    for name in theirs {
        response.headers_mut().remove(name);
    }
    allow(cors, request, response);
}

/// Whether a request is a preflight request (Fetch, "CORS-preflight request").
fn asks(request: &Request) -> bool {
    request.method == "OPTIONS"
        && request.header("origin").is_some()
        && request.header("access-control-request-method").is_some()
}

/// What to allow a page of this origin: any origin, or this one; `None` for nothing.
fn allowed<'a>(cors: &Cors, origin: &'a str) -> Option<&'a str> {
    let is = |wanted: &str| {
        cors.origins
            .iter()
            .any(|it| it.eq_ignore_ascii_case(wanted))
    };
    let scheme = origin
        .split_once("://")
        .map(|(scheme, _)| format!("{scheme}://*"));
    if is(ANY) {
        Some(ANY)
    } else if is(origin) || scheme.is_some_and(|scheme| is(&scheme)) {
        Some(origin)
    } else {
        None
    }
}

/// Says what a page may do. One of another origin is told nothing, so that its browser does not go on.
fn allow(cors: &Cors, request: &Request, response: &mut Response<ResponseBody>) {
    let origin = request.header("origin");
    let Some(origin) = origin.and_then(|origin| allowed(cors, origin)) else {
        return;
    };
    set_header(response, "access-control-allow-origin", origin);
    if origin != ANY {
        set_header(response, "vary", "origin");
    }
    if cors.credentials {
        set_header(response, "access-control-allow-credentials", "true");
    }
    let told: &[(_, &Option<String>)] = if asks(request) {
        &[
            ("access-control-allow-methods", &cors.methods),
            ("access-control-allow-headers", &cors.headers),
            ("access-control-max-age", &cors.max_age),
        ]
    } else {
        &[("access-control-expose-headers", &cors.exposed)]
    };
    for (name, value) in told {
        if let Some(value) = value {
            set_header(response, name, value);
        }
    }
}
