//! REST API, TOKEN authorizer: a token and an ARN, nothing else (API Gateway developer guide,
//! input to a Lambda authorizer).

use serde_json::Value;

use super::{Event, EventError, Kind, field};
use crate::credential::Credential;

pub(super) fn read(event: &Value) -> Result<Event<'_>, EventError> {
    let kind = Kind::RestToken;
    let (arn, path) = field::arn(event, kind, "methodArn")?;
    let token = field::text(event, &["authorizationToken"]);
    Ok(Event {
        kind,
        arn,
        path,
        credential: Credential::of(token),
        ip: None,
        headers: None,
        query: None,
        contradiction: None,
    })
}
