//! HTTP API, payload format 1.0: as a REST API's REQUEST event, but for a version, and repeated
//! headers joined by `,` (API Gateway developer guide, Lambda authorizers for HTTP APIs).
//!
//! `identitySource` joins the values of all identity sources by `,`, so that nobody can tell where
//! one ends: the token is looked for in the header itself. The maps with all values are in some
//! events and not in others.

use serde_json::Value;

use super::contradiction::Said;
use super::{Called, Event, EventError, Kind, field};

pub(super) fn read(event: &Value) -> Result<Event<'_>, EventError> {
    let kind = Kind::Http1;
    let (arn, path) = field::arn(event, kind, "methodArn")?;
    let said = Said {
        methods: [
            field::text(event, &["httpMethod"]),
            field::text(event, &["requestContext", "httpMethod"]),
        ],
        path: field::text(event, &["path"]),
        // `$default` fits everything.
        template: field::text(event, &["resource"]).filter(|route| route.starts_with('/')),
    };
    Ok(Event {
        kind,
        contradiction: said.contradicts(event, &arn, &path),
        called: Called::Method { arn, path },
        ip: field::ip(event, &["requestContext", "identity", "sourceIp"]),
        headers: Some(field::joined(event, field::HEADERS)),
        query: Some(field::joined(event, field::QUERY)),
        raw: event,
    })
}
