//! The events of a WebSocket API ("Integration requests" and "Lambda authorizers" for WebSocket APIs, API
//! Gateway Developer Guide).

use serde_json::{Map, Value, json};

use super::{all_values, headers, last_values};
use crate::gateway::api::{Api, CONNECT, DISCONNECT};
use crate::gateway::called::{API, Called};
use crate::gateway::clock::{Moment, common_log_time};
use crate::gateway::verdict::Principal;
use crate::gateway::websocket::connection::Connection;

/// A time in the life of a connection: what every event tells.
#[derive(Clone, Copy)]
pub(in crate::gateway) struct Occasion<'a> {
    pub api: &'a Api,
    pub connection: &'a Connection,
    pub moment: &'a Moment,
    /// Who connected.
    pub principal: Option<Principal<'a>>,
}

/// Of the authorizer.
pub(super) fn authorizer_event(called: &Called<'_>) -> Value {
    let mut event = of_handshake(called, None);
    event.insert("type".to_owned(), "REQUEST".into());
    event.insert("methodArn".to_owned(), called.arn().into());
    event.insert("stageVariables".to_owned(), called.stage_variables().into());
    let query = called.query();
    for (name, values) in query_maps(&query) {
        event.insert(name.to_owned(), values.into());
    }
    event.into()
}

/// Of the backend, at the handshake.
pub(in crate::gateway) fn connect_event(
    called: &Called<'_>,
    principal: Option<Principal<'_>>,
) -> Value {
    let mut event = of_handshake(called, principal);
    let query = called.query();
    if !query.is_empty() {
        for (name, values) in query_maps(&query) {
            event.insert(name.to_owned(), values.into());
        }
    }
    finished(event, called.api)
}

/// Of the backend, for a message.
pub(in crate::gateway) fn message_event(
    occasion: Occasion<'_>,
    route_key: &str,
    message_id: &str,
    body: &str,
) -> Value {
    let mut context = request_context(occasion, route_key, "MESSAGE");
    context.insert("messageId".to_owned(), message_id.into());
    let mut event = Map::new();
    event.insert("requestContext".to_owned(), context.into());
    event.insert("body".to_owned(), body.into());
    finished(event, occasion.api)
}

/// Of the backend, at the end. Recorded on AWS: these headers, most of them empty.
pub(in crate::gateway) fn disconnect_event(
    occasion: Occasion<'_>,
    code: u16,
    reason: &str,
) -> Value {
    let mut context = request_context(occasion, DISCONNECT, "DISCONNECT");
    context.insert("disconnectStatusCode".to_owned(), code.into());
    context.insert("disconnectReason".to_owned(), reason.into());
    let host = occasion.connection.domain_name.as_str();
    let headers = [
        ("Host", host),
        ("x-api-key", ""),
        ("X-Forwarded-For", ""),
        ("x-restapi", ""),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut event = Map::new();
    event.insert("headers".to_owned(), last_values(&headers).into());
    event.insert("multiValueHeaders".to_owned(), all_values(&headers).into());
    event.insert("requestContext".to_owned(), context.into());
    finished(event, occasion.api)
}

fn of_handshake(called: &Called<'_>, principal: Option<Principal<'_>>) -> Map<String, Value> {
    let fresh;
    let connection = if let Some(connection) = called.connection {
        connection
    } else {
        fresh = Connection::of(called.request, called.moment);
        &fresh
    };
    let occasion = Occasion {
        api: called.api,
        connection,
        moment: called.moment,
        principal,
    };
    let headers = headers(called.request, called.moment);
    let context = request_context(occasion, CONNECT, "CONNECT");
    let mut event = Map::new();
    event.insert("headers".to_owned(), last_values(&headers).into());
    event.insert("multiValueHeaders".to_owned(), all_values(&headers).into());
    event.insert("requestContext".to_owned(), context.into());
    event
}

fn query_maps(query: &[(String, String)]) -> [(&'static str, Map<String, Value>); 2] {
    [
        ("queryStringParameters", last_values(query)),
        ("multiValueQueryStringParameters", all_values(query)),
    ]
}

/// With what all events of the backend have.
fn finished(mut event: Map<String, Value>, api: &Api) -> Value {
    let variables: Map<String, Value> = api
        .variables()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    if !variables.is_empty() {
        event.insert("stageVariables".to_owned(), variables.into());
    }
    event.insert("isBase64Encoded".to_owned(), false.into());
    event.into()
}

fn request_context(occasion: Occasion<'_>, route_key: &str, kind: &str) -> Map<String, Value> {
    let Occasion {
        api,
        connection,
        moment,
        principal,
    } = occasion;
    // Recorded on AWS: both identifiers are the same.
    let request_id = moment.extended_request_id();
    let mut identity = Map::new();
    if let Some(agent) = &connection.user_agent {
        identity.insert("userAgent".to_owned(), agent.as_str().into());
    }
    identity.insert("sourceIp".to_owned(), connection.source_ip.as_str().into());
    let context = json!({
        "routeKey": route_key,
        "eventType": kind,
        "extendedRequestId": request_id,
        "requestTime": common_log_time(moment.epoch_ms),
        "messageDirection": "IN",
        "stage": api.stage(),
        "connectedAt": connection.connected_at,
        "requestTimeEpoch": moment.epoch_ms,
        "identity": identity,
        "requestId": request_id,
        "domainName": connection.domain_name,
        "connectionId": connection.id,
        "apiId": API,
    });
    let mut context = match context {
        Value::Object(context) => context,
        _ => Map::new(),
    };
    if let Some(principal) = principal {
        context.insert("authorizer".to_owned(), principal.authorizer().into());
    }
    context
}
