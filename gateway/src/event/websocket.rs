//! WebSocket API, connect route: the request that opens a connection, with neither method nor path
//! (API Gateway developer guide, Lambda authorizers for WebSocket APIs).
//!
//! A browser cannot set headers on it, so the token may be in the query or in
//! `Sec-WebSocket-Protocol`. Without a query its maps may be missing.

use serde_json::Value;

use super::{Called, Event, EventError, Kind, field};

pub(super) fn read(event: &Value) -> Result<Event<'_>, EventError> {
    let kind = Kind::WebSocket;
    let (arn, _) = field::arn(event, kind, "methodArn")?;
    let event_type = field::text(event, &["requestContext", "eventType"]);
    if event_type.is_some_and(|name| name != "CONNECT") || !arn.is_connect() {
        return Err(EventError::NotConnect);
    }
    Ok(Event {
        kind,
        called: Called::Connect(arn),
        ip: field::ip(event, &["requestContext", "identity", "sourceIp"]),
        headers: Some(field::fields(event, field::HEADERS)),
        query: Some(field::fields(event, field::QUERY)),
        contradiction: None,
        raw: event,
    })
}
