//! Reading single members of an event: absent, null and empty are alike.

use std::net::IpAddr;

use serde_json::Value;

use super::{EventError, Kind};
use crate::arn::MethodArn;
use crate::credential::Fields;

/// A member, by its path from the outside in.
pub(super) fn at<'a>(event: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(event, |value, name| value.get(name))
}

/// A member that is text.
pub(super) fn text<'a>(event: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(event, path).and_then(Value::as_str)
}

/// Two maps of one thing: one with the last value of each field, one with all of them.
#[derive(Clone, Copy)]
pub(super) struct Maps {
    pub(super) single: &'static str,
    pub(super) multiple: &'static str,
    /// How a field is called to be compared.
    pub(super) name: fn(&str) -> String,
}

/// Headers, by their names in lower case.
pub(super) const HEADERS: Maps = Maps {
    single: "headers",
    multiple: "multiValueHeaders",
    name: str::to_ascii_lowercase,
};

/// Query parameters.
pub(super) const QUERY: Maps = Maps {
    single: "queryStringParameters",
    multiple: "multiValueQueryStringParameters",
    name: str::to_owned,
};

/// Whether this is an event of a WebSocket API; no other kind has these members.
pub(super) fn is_websocket(event: &Value) -> bool {
    ["eventType", "connectionId"]
        .iter()
        .any(|member| at(event, &["requestContext", member]).is_some())
}

/// The ARN of the called method, and the path in it with its leading slash.
pub(super) fn arn<'a>(
    event: &'a Value,
    kind: Kind,
    member: &'static str,
) -> Result<(MethodArn<'a>, String), EventError> {
    let whole = text(event, &[member]).ok_or(EventError::Missing { kind, member })?;
    let arn = MethodArn::read(whole).map_err(EventError::Arn)?;
    Ok((arn, ["/", arn.path].concat()))
}

/// An address; the console's test sends `test-invoke-source-ip`, which is none.
pub(super) fn ip(event: &Value, path: &[&str]) -> Option<IpAddr> {
    text(event, path)?.parse().ok()
}

/// The fields of the map with all values, and what only the map with one value each has. A value that
/// is not text counts as two that differ, so that no condition on it holds or fails.
pub(super) fn fields(event: &Value, maps: Maps) -> Vec<(String, String)> {
    let map = |member: &str| {
        let members = event.get(member).and_then(Value::as_object);
        members.into_iter().flatten()
    };
    let mut fields = Vec::new();
    for (field, values) in map(maps.multiple) {
        for value in values.as_array().into_iter().flatten() {
            push(&mut fields, (maps.name)(field), value);
        }
    }
    for (field, value) in map(maps.single) {
        let field = (maps.name)(field);
        let known = |(other, text): &(String, String)| *other == field && value == text.as_str();
        if !fields.iter().any(known) {
            push(&mut fields, field, value);
        }
    }
    fields
}

fn push(fields: &mut Vec<(String, String)>, field: String, value: &Value) {
    match value {
        Value::String(text) => fields.push((field, text.clone())),
        Value::Null => {}
        _ => fields.extend([(field.clone(), String::new()), (field, String::new())]),
    }
}

/// The fields of an HTTP API, which joins the values of a repeated one with `,`: a value with a
/// comma may be several, so it counts as several.
pub(super) fn joined(event: &Value, maps: Maps) -> Vec<(String, String)> {
    fields(event, maps)
        .into_iter()
        .flat_map(|(field, values)| {
            let values: Vec<String> = values.split(',').map(str::to_owned).collect();
            values.into_iter().map(move |value| (field.clone(), value))
        })
        .collect()
}

/// Every value of a header, whatever the case of its name.
pub(super) fn header<'a>(event: &'a Value, name: &str) -> Vec<&'a str> {
    let named = |field: &str| field.eq_ignore_ascii_case(name);
    values(event, HEADERS, named)
}

/// The fields of an event in which a token may be.
pub(super) struct Raw<'a>(pub(super) &'a Value);

impl<'a> Fields<'a> for Raw<'a> {
    fn header(&self, name: &str) -> Vec<&'a str> {
        header(self.0, name)
    }

    fn query(&self, name: &str) -> Vec<&'a str> {
        values(self.0, QUERY, |field| field == name)
    }

    /// An HTTP API has a list of its own for them, beside the header or in its place.
    fn cookies(&self) -> Vec<&'a str> {
        match self.0.get("cookies").and_then(Value::as_array) {
            Some(cookies) => cookies.iter().filter_map(Value::as_str).collect(),
            None => self.header("cookie"),
        }
    }
}

/// Every value of a field. The map with all values holds those of the other one too, where the
/// event has it; what only the other one has still counts.
fn values(event: &Value, maps: Maps, named: impl Fn(&str) -> bool) -> Vec<&str> {
    let map = |member: &str| {
        event
            .get(member)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    };
    let all: Vec<&str> = map(maps.multiple)
        .filter(|(field, _)| named(field))
        .flat_map(|(_, values)| values.as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    let more = map(maps.single)
        .filter(|(field, _)| named(field))
        .filter_map(|(_, value)| value.as_str())
        .filter(|value| !all.contains(value));
    all.iter().copied().chain(more).collect()
}

/// Whether a header asks for another verb than the request's own. REST APIs honour the first, and
/// backends one or the other.
pub(super) fn overrides(event: &Value, method: &str) -> bool {
    [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
    ]
    .into_iter()
    .flat_map(|name| header(event, name))
    .any(|other| other != method)
}
