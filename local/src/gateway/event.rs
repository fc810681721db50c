//! The events that the gateway makes of a request: for the authorizer in the form it is set to, and for
//! the backend. Pure functions.

mod http;
mod rest;
pub(super) mod websocket;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::api::{Authorizer, Form, Guardian};
use super::called::Called;
use super::clock::Moment;
use super::identity;
use super::request::Request;
use super::verdict::Principal;

/// The event that the authorizer of the called route gets; `None` if it has none, or if the request
/// lacks what the authorizer is asked with.
pub fn authorizer_event(called: &Called<'_>) -> Option<Value> {
    match called.api.guardian(called.route?) {
        Guardian::Function(authorizer) => {
            let identity = identity::values(authorizer, called).ok()?;
            Some(event_for(authorizer, called, &identity))
        }
        Guardian::None | Guardian::Aws(_) => None,
    }
}

/// The event that an authorizer gets. `identity` are the values of its identity sources.
pub(super) fn event_for(
    authorizer: &Authorizer,
    called: &Called<'_>,
    identity: &[String],
) -> Value {
    match authorizer.form {
        Form::RestToken => rest::token_event(called, identity),
        Form::RestRequest => rest::request_event(called),
        Form::WebSocket => websocket::authorizer_event(called),
        Form::Http1 => http::event_1_0(called, identity),
        Form::Http2 | Form::Http2Simple => http::event_2_0(called, identity),
    }
}

/// The event that a Lambda proxy integration gets: of a REST API its only one, of an HTTP API that of
/// payload format 2.0.
pub fn proxy_event(called: &Called<'_>, principal: Option<Principal<'_>>, body: &[u8]) -> Value {
    if called.api.is_http() {
        http::proxy_event(called, principal, body)
    } else {
        rest::proxy_event(called, principal, body)
    }
}

/// Between client and gateway only (RFC 9110, 7.6.1); functions never see them.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "expect",
];

/// The client's headers, with those that API Gateway takes away, spells anew or adds.
pub(super) fn headers(request: &Request, moment: &Moment) -> Vec<(String, String)> {
    let own = ["x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"];
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in &request.headers {
        let lower = name.to_ascii_lowercase();
        if HOP_BY_HOP.contains(&lower.as_str()) || own.contains(&lower.as_str()) {
            continue;
        }
        // Recorded on AWS: this one name is respelled.
        let name = if lower == "authorization" {
            "Authorization"
        } else {
            name
        };
        headers.push((name.to_owned(), value.clone()));
    }
    let client = request.source_ip.to_canonical().to_string();
    let forwarded: Vec<&str> = request
        .values("x-forwarded-for")
        .chain([client.as_str()])
        .collect();
    headers.push(("X-Forwarded-For".to_owned(), forwarded.join(", ")));
    headers.push(("X-Forwarded-Port".to_owned(), request.port.to_string()));
    headers.push(("X-Forwarded-Proto".to_owned(), "http".to_owned()));
    if request.header("x-amzn-trace-id").is_none() {
        headers.push(("X-Amzn-Trace-Id".to_owned(), moment.trace_id()));
    }
    headers
}

/// Body and `isBase64Encoded`. As with the binary media type `*/*`, but text stays readable.
fn body_of(body: &[u8]) -> (Value, bool) {
    match std::str::from_utf8(body) {
        Ok("") => (Value::Null, false),
        Ok(text) => (text.into(), false),
        Err(_) => (STANDARD.encode(body).into(), true),
    }
}

/// The single-value map: of a repeated key the last value.
fn last_values(pairs: &[(String, String)]) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in pairs {
        map.insert(name.clone(), value.as_str().into());
    }
    map
}

/// The multi-value map: of a repeated key all values, in order.
fn all_values(pairs: &[(String, String)]) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in pairs {
        if let Value::Array(values) = map
            .entry(name.clone())
            .or_insert_with(|| Value::Array(Vec::new()))
        {
            values.push(value.as_str().into());
        }
    }
    map
}

fn null_if_empty(map: Map<String, Value>) -> Value {
    if map.is_empty() {
        Value::Null
    } else {
        map.into()
    }
}
