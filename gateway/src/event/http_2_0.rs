//! HTTP API, payload format 2.0: header names in lower case, repeated ones joined by `,`
//! (API Gateway developer guide, Lambda authorizers for HTTP APIs). Maps without entries are
//! absent or null.

use serde_json::Value;

use super::contradiction::Said;
use super::{Called, Event, EventError, Kind, field};

pub(super) fn read(event: &Value) -> Result<Event<'_>, EventError> {
    let kind = Kind::Http2;
    let (arn, path) = field::arn(event, kind, "routeArn")?;
    // `METHOD /template`, or `$default`, which fits everything.
    let route = field::text(event, &["routeKey"]).and_then(|key| key.split_once(' '));
    let said = Said {
        methods: [
            route.map(|(verb, _)| verb).filter(|verb| *verb != "ANY"),
            field::text(event, &["requestContext", "http", "method"]),
        ],
        path: field::text(event, &["rawPath"]),
        template: route.map(|(_, template)| template),
    };
    Ok(Event {
        kind,
        contradiction: said.contradicts(event, &arn, &path),
        called: Called::Method { arn, path },
        ip: field::ip(event, &["requestContext", "http", "sourceIp"]),
        headers: Some(field::joined(event, field::HEADERS)),
        query: Some(field::joined(event, field::QUERY)),
        raw: event,
    })
}
