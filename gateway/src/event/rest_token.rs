//! REST API, TOKEN authorizer: a token and an ARN, nothing else (API Gateway developer guide,
//! input to a Lambda authorizer).

use serde_json::Value;

use super::{Called, Event, EventError, Kind, field};

pub(super) fn read(event: &Value) -> Result<Event<'_>, EventError> {
    let kind = Kind::RestToken;
    let (arn, path) = field::arn(event, kind, "methodArn")?;
    Ok(Event {
        kind,
        called: Called::Method { arn, path },
        ip: None,
        headers: None,
        query: None,
        contradiction: None,
        raw: event,
    })
}
