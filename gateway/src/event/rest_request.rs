//! REST API, REQUEST authorizer: the whole request without its body (API Gateway developer
//! guide, input to a Lambda authorizer). All maps are null in the console's test.

use serde_json::Value;

use super::contradiction::Said;
use super::{Called, Event, EventError, Kind, field};

pub(super) fn read(event: &Value) -> Result<Event<'_>, EventError> {
    let kind = Kind::RestRequest;
    let (arn, path) = field::arn(event, kind, "methodArn")?;
    let said = Said {
        methods: [
            field::text(event, &["httpMethod"]),
            field::text(event, &["requestContext", "httpMethod"]),
        ],
        path: field::text(event, &["path"]),
        template: field::text(event, &["resource"]),
    };
    Ok(Event {
        kind,
        contradiction: said.contradicts(event, &arn, &path),
        called: Called::Method { arn, path },
        ip: field::ip(event, &["requestContext", "identity", "sourceIp"]),
        headers: Some(field::fields(event, field::HEADERS)),
        query: Some(field::fields(event, field::QUERY)),
        raw: event,
    })
}
