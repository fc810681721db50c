//! REST API, REQUEST authorizer: the whole request without its body (API Gateway developer
//! guide, input to a Lambda authorizer). All maps are null in the console's test.

use serde_json::Value;

use super::{Contradiction, Event, EventError, Kind, compare, field};

pub(super) fn read(event: &Value) -> Result<Event<'_>, EventError> {
    let kind = Kind::RestRequest;
    let (arn, path) = field::arn(event, kind, "methodArn")?;
    let method = field::text(event, &["httpMethod"]);
    let contradiction = if method.is_some_and(|method| method != arn.method) {
        Some(Contradiction::Method)
    } else if field::overrides(event, arn.method) {
        Some(Contradiction::MethodOverride)
    } else {
        let sent = field::text(event, &["path"]);
        compare(&path, sent, field::text(event, &["resource"]))
    };
    Ok(Event {
        kind,
        arn,
        path,
        ip: field::ip(event, &["requestContext", "identity", "sourceIp"]),
        headers: Some(field::fields(
            event,
            "headers",
            "multiValueHeaders",
            str::to_ascii_lowercase,
        )),
        query: Some(field::fields(
            event,
            "queryStringParameters",
            "multiValueQueryStringParameters",
            str::to_owned,
        )),
        contradiction,
        raw: event,
    })
}
