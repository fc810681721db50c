//! Reading single members of an event: absent, null and empty are alike.

use std::net::IpAddr;

use serde_json::Value;

use super::{EventError, Kind};
use crate::arn::MethodArn;

/// A member, by its path from the outside in.
pub(super) fn at<'a>(event: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(event, |value, name| value.get(name))
}

/// A member that is text.
pub(super) fn text<'a>(event: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(event, path).and_then(Value::as_str)
}

/// Whether this is a WebSocket API's connect event.
pub(super) fn connects(event: &Value) -> bool {
    text(event, &["requestContext", "eventType"]) == Some("CONNECT")
        || text(event, &["requestContext", "connectionId"]).is_some()
}

/// The ARN of the called method, and the path in it with its leading slash.
pub(super) fn arn<'a>(
    event: &'a Value,
    kind: Kind,
    member: &'static str,
) -> Result<(MethodArn<'a>, String), EventError> {
    let whole = text(event, &[member]).ok_or(EventError::Missing { kind, member })?;
    let arn = MethodArn::read(whole).map_err(EventError::Arn)?;
    Ok((arn, format!("/{}", arn.path)))
}

/// An address; the console's test sends `test-invoke-source-ip`, which is none.
pub(super) fn ip(event: &Value, path: &[&str]) -> Option<IpAddr> {
    text(event, path)?.parse().ok()
}

/// The fields of a map with one value each and, where the event has it, of the map with all
/// values, which then wins. Names by `name`; values that are not text are left out.
pub(super) fn fields(
    event: &Value,
    single: &str,
    multiple: &str,
    name: impl Fn(&str) -> String,
) -> Vec<(String, String)> {
    let map = |member: &str| event.get(member).and_then(Value::as_object);
    if let Some(all) = map(multiple).filter(|all| !all.is_empty()) {
        return all
            .iter()
            .flat_map(|(field, values)| {
                values
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .map(|value| (name(field), value.to_owned()))
            })
            .collect();
    }
    map(single)
        .into_iter()
        .flatten()
        .filter_map(|(field, value)| Some((name(field), value.as_str()?.to_owned())))
        .collect()
}

/// Every value of a header, whatever the case of its name. The map with all values holds those
/// of the other one too, where the event has it; what only the other one has still counts.
pub(super) fn header<'a>(event: &'a Value, name: &str) -> Vec<&'a str> {
    let map = |member: &str| {
        event
            .get(member)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    };
    let named = |field: &str| field.eq_ignore_ascii_case(name);
    let all: Vec<&str> = map("multiValueHeaders")
        .filter(|(field, _)| named(field))
        .flat_map(|(_, values)| values.as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    let more = map("headers")
        .filter(|(field, _)| named(field))
        .filter_map(|(_, value)| value.as_str())
        .filter(|value| !all.contains(value));
    all.iter().copied().chain(more).collect()
}
