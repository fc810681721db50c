//! HTTP API, payload format 2.0: header names in lower case, repeated ones joined by `,`
//! (API Gateway developer guide, Lambda authorizers for HTTP APIs). Maps without entries are
//! absent or null.

use serde_json::Value;

use super::{Contradiction, Event, EventError, Kind, compare, field};

pub(super) fn read(event: &Value) -> Result<Event<'_>, EventError> {
    let kind = Kind::Http;
    let (arn, path) = field::arn(event, kind, "routeArn")?;
    let method = field::text(event, &["requestContext", "http", "method"]);
    // `METHOD /template`, or `$default`, which fits everything.
    let route = field::text(event, &["routeKey"]).and_then(|key| key.split_once(' '));
    let other_verb = route.is_some_and(|(verb, _)| verb != "ANY" && verb != arn.method);
    let contradiction = if other_verb || method.is_some_and(|method| method != arn.method) {
        Some(Contradiction::Method)
    } else if field::overrides(event, arn.method) {
        Some(Contradiction::MethodOverride)
    } else {
        let sent = field::text(event, &["rawPath"]);
        compare(&path, sent, route.map(|(_, template)| template))
    };
    Ok(Event {
        kind,
        arn,
        path,
        ip: field::ip(event, &["requestContext", "http", "sourceIp"]),
        headers: Some(field::joined(event, "headers", str::to_ascii_lowercase)),
        query: Some(field::joined(event, "queryStringParameters", str::to_owned)),
        contradiction,
        raw: event,
    })
}
