//! AppSync, Lambda authorizer: a token and a GraphQL request, without an ARN, an address or a type
//! (AWS AppSync developer guide, authorization and authentication, AWS Lambda authorization).
//!
//! The query in it is the client's text and is not looked at: which fields it asks for is AppSync's to
//! say, and which of them are denied is told for all of them at once.

use serde_json::Value;

use super::{Called, Event, EventError, Kind, field};

/// The member that holds the token, with or without a scheme.
pub(super) const TOKEN: &str = "authorizationToken";

/// Headers; there is no second map of them.
const HEADERS: field::Maps = field::Maps {
    single: "requestHeaders",
    multiple: "",
    ..field::HEADERS
};

pub(super) fn read(event: &Value) -> Result<Event<'_>, EventError> {
    let kind = Kind::AppSync;
    let missing = |member| EventError::Missing { kind, member };
    field::text(event, &[TOKEN]).ok_or(missing(TOKEN))?;
    let headers = event.get("requestHeaders").is_some_and(Value::is_object);
    Ok(Event {
        kind,
        called: Called::Fields,
        ip: None,
        // Older events have none, which is not to say that the request had none.
        headers: headers.then(|| field::joined(event, HEADERS)),
        query: None,
        contradiction: None,
        raw: event,
    })
}
