//! The events of an HTTP API: the authorizer's in formats 1.0 and 2.0, the backend's in format 2.0
//! ("Working with AWS Lambda authorizers for HTTP APIs", API Gateway Developer Guide).

use serde_json::{Map, Value, json};

use super::{all_values, body_of, headers, last_values, null_if_empty};
use crate::gateway::called::{ACCOUNT, API, Called};
use crate::gateway::clock::common_log_time;
use crate::gateway::verdict::Principal;

/// Of an authorizer with payload format 1.0.
pub(super) fn event_1_0(called: &Called<'_>, identity: &[String]) -> Value {
    let request = called.request;
    let headers = lower(headers(request, called.moment));
    let query = called.query();
    // The identity sources in one text, which is ambiguous where one of them has a comma.
    let identity = (!identity.is_empty()).then(|| identity.join(","));
    json!({
        "version": "1.0",
        "type": "REQUEST",
        "methodArn": called.arn(),
        "identitySource": identity,
        "authorizationToken": identity,
        "resource": called.resource(),
        "path": called.staged_path(),
        "httpMethod": request.method,
        "headers": joined(&headers),
        "multiValueHeaders": all_values(&headers),
        "queryStringParameters": null_if_empty(last_values(&query)),
        "multiValueQueryStringParameters": null_if_empty(all_values(&query)),
        "pathParameters": null_if_empty(called.path_parameters()),
        "stageVariables": null_if_empty(called.stage_variables()),
        "requestContext": {
            "path": called.staged_path(),
            "accountId": ACCOUNT,
            "resourceId": called.route_key(),
            "stage": called.api.stage(),
            "requestId": called.moment.request_id,
            "identity": {
                "sourceIp": request.source_ip.to_canonical().to_string(),
                "userAgent": request.header("user-agent"),
            },
            "resourcePath": called.resource(),
            "httpMethod": request.method,
            "apiId": API,
        },
    })
}

/// Of an authorizer with payload format 2.0. Empty maps are left out, and so is `identitySource` where
/// none is configured.
pub(super) fn event_2_0(called: &Called<'_>, identity: &[String]) -> Value {
    let mut event = request_of(called);
    event.insert("type".to_owned(), "REQUEST".into());
    event.insert("routeArn".to_owned(), called.arn().into());
    if !identity.is_empty() {
        event.insert("identitySource".to_owned(), identity.into());
    }
    event.into()
}

/// Of a Lambda proxy integration with payload format 2.0.
pub(super) fn proxy_event(
    called: &Called<'_>,
    principal: Option<Principal<'_>>,
    body: &[u8],
) -> Value {
    let mut event = request_of(called);
    if let (Some(principal), Some(members)) = (
        principal,
        event
            .get_mut("requestContext")
            .and_then(Value::as_object_mut),
    ) {
        members.insert(
            "authorizer".to_owned(),
            json!({ "lambda": principal.context }),
        );
    }
    let (body, encoded) = body_of(body);
    if !body.is_null() {
        event.insert("body".to_owned(), body);
    }
    event.insert("isBase64Encoded".to_owned(), encoded.into());
    event.into()
}

/// What both events of format 2.0 say of the request.
fn request_of(called: &Called<'_>) -> Map<String, Value> {
    let request = called.request;
    let mut headers = lower(headers(request, called.moment));
    headers.retain(|(name, _)| name != "cookie");
    let cookies = request
        .values("cookie")
        .flat_map(|cookies| cookies.split(';'));
    let cookies: Vec<&str> = cookies
        .map(str::trim)
        .filter(|cookie| !cookie.is_empty())
        .collect();
    let mut event = Map::new();
    let mut set = |name: &str, value: Value| {
        event.insert(name.to_owned(), value);
    };
    set("version", "2.0".into());
    set("routeKey", called.route_key().into());
    set("rawPath", called.staged_path().into());
    set(
        "rawQueryString",
        request.query.as_deref().unwrap_or_default().into(),
    );
    set("headers", joined(&headers).into());
    set("requestContext", request_context(called));
    if !cookies.is_empty() {
        set("cookies", cookies.into());
    }
    for (name, map) in [
        ("queryStringParameters", joined(&called.query())),
        ("pathParameters", called.path_parameters()),
        ("stageVariables", called.stage_variables()),
    ] {
        if !map.is_empty() {
            set(name, map.into());
        }
    }
    event
}

fn request_context(called: &Called<'_>) -> Value {
    let (request, moment) = (called.request, called.moment);
    let domain = request.domain_name();
    json!({
        "accountId": ACCOUNT,
        "apiId": API,
        "domainName": domain,
        "domainPrefix": domain.split('.').next().unwrap_or_default(),
        "http": {
            "method": request.method,
            "path": called.staged_path(),
            "protocol": request.protocol,
            "sourceIp": request.source_ip.to_canonical().to_string(),
            "userAgent": request.header("user-agent").unwrap_or_default(),
        },
        "requestId": moment.request_id,
        "routeKey": called.route_key(),
        "stage": called.api.stage(),
        "time": common_log_time(moment.epoch_ms),
        "timeEpoch": moment.epoch_ms,
    })
}

fn lower(mut pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    for (name, _) in &mut pairs {
        name.make_ascii_lowercase();
    }
    pairs
}

/// Of a repeated key all values, with commas between them.
fn joined(pairs: &[(String, String)]) -> Map<String, Value> {
    let mut map: Map<String, Value> = Map::new();
    for (name, value) in pairs {
        match map.get_mut(name) {
            Some(Value::String(values)) => {
                values.push(',');
                values.push_str(value);
            }
            _ => {
                map.insert(name.clone(), value.as_str().into());
            }
        }
    }
    map
}
