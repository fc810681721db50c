//! A protected backend to try Tollgate with: it answers with what the authorizer told it.
//!
//! It checks nothing itself but one thing: that an authorizer was asked. A backend that takes a
//! missing authorizer for a visitor is open to everybody the day a route loses its authorizer.

mod caller;

use lambda_http::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, HeaderValue,
};
use lambda_http::http::{Method, StatusCode};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Error, Request, RequestExt, Response};
use serde_json::{Value, json};

use crate::caller::Caller;

/// Answer a request of API Gateway: of a REST or an HTTP API, or an event of a WebSocket API.
///
/// - 200 with the caller and what was called, whatever that is. It lets a WebSocket connection be
///   made, and is what comes back for a message;
/// - 204 without a body for `OPTIONS` over a route without an authorizer: a browser's preflight
///   request, which never carries a token;
/// - 500 for any other request that carries no authorizer context. Not 403: the caller did nothing
///   wrong and can change nothing, the API is deployed wrongly, and a 5xx is what alarms watch.
///
/// # Errors
/// None in practice: every answer is built from parts that are valid. The signature is the one
/// `lambda_http::service_fn` asks for.
#[expect(
    clippy::unused_async,
    reason = "`lambda_http::service_fn` calls async functions"
)]
pub async fn handle(request: Request) -> Result<Response<Body>, Error> {
    let caller = Caller::of(request.request_context_ref());
    match (caller, request.method()) {
        (Some(caller), _) => answer(StatusCode::OK, Some(&report(&caller, &request))),
        (None, &Method::OPTIONS) => answer(StatusCode::NO_CONTENT, None),
        (None, _) => answer(
            StatusCode::INTERNAL_SERVER_ERROR,
            Some(&json!({
                "message": "this request carries no authorizer context: attach the authorizer to its route",
                "reason": "no_authorizer",
            })),
        ),
    }
}

/// Let web pages of `origin` (or of any, `*`) read an answer. A REST API leaves this to its
/// backend; an HTTP API overwrites it with its own setting.
pub fn readable_from(mut response: Response<Body>, origin: HeaderValue) -> Response<Body> {
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    response
}

fn report(caller: &Caller, request: &Request) -> Value {
    let what = match request.request_context_ref() {
        // An event of a WebSocket API has neither method nor path.
        Some(RequestContext::WebSocket(event)) => vec![("route", json!(event.route_key))],
        // `request.uri()` would resolve `..`, and holds the stage: the path here is the one the
        // gateway sent.
        _ => vec![
            ("method", json!(request.method().as_str())),
            ("path", json!(request.raw_http_path())),
        ],
    };
    [
        ("user", json!(caller.user)),
        ("email", json!(caller.email)),
        ("products", json!(caller.products)),
        ("reason", json!(caller.reason)),
    ]
    .into_iter()
    .chain(what)
    .collect()
}

fn answer(status: StatusCode, body: Option<&Value>) -> Result<Response<Body>, Error> {
    let response = Response::builder()
        .status(status)
        // The answer is one caller's own.
        .header(CACHE_CONTROL, "no-store");
    Ok(match body {
        Some(body) => response
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string().into()),
        None => response.body(Body::Empty),
    }?)
}
