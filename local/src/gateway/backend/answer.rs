//! Reads what a Lambda function answered to an event of a proxy integration, as strictly as API Gateway
//! ("Lambda proxy integrations" of REST APIs and of HTTP APIs, API Gateway Developer Guide).

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, SET_COOKIE};
use hyper::{Response, StatusCode};
use serde_json::{Map, Value};

use crate::server::{ResponseBody, full};

/// What a function may answer with.
pub(super) const STATUSES: Range<u16> = 200..600;

/// What an answer to a REST API may have; anything else makes it malformed.
const REST_MEMBERS: [&str; 5] = [
    "body",
    "headers",
    "isBase64Encoded",
    "multiValueHeaders",
    "statusCode",
];

/// The answer to a REST API. Recorded on AWS: each member may be missing, and none may be added.
pub(super) fn of_rest_api(answer: Value) -> Result<Response<ResponseBody>, String> {
    let Value::Object(members) = answer else {
        return Err("it must be an object".to_owned());
    };
    let known = |name: &String| REST_MEMBERS.contains(&name.as_str());
    if let Some(other) = members.keys().find(|name| !known(name)) {
        let members = REST_MEMBERS.join("`, `");
        return Err(format!(
            "`{other}` is not one of its members, which are `{members}`"
        ));
    }
    let status = match members.get("statusCode") {
        None | Some(Value::Null) => 200,
        Some(status) => status_of(status)?,
    };
    let headers = of_map(&members, "headers")?
        .map(|(name, value)| Ok((name, text(name, value)?)))
        .collect::<Result<Vec<_>, String>>()?;
    let mut several = Vec::new();
    for (name, values) in of_map(&members, "multiValueHeaders")? {
        let values = values
            .as_array()
            .ok_or_else(|| format!("`multiValueHeaders.{name}` must be a list"))?;
        for value in values {
            several.push((name, text(name, value)?));
        }
    }
    // Where both maps have a header, the values are merged, and those of the list come last.
    let said = |(name, value): &(&str, String)| {
        several
            .iter()
            .any(|(other, it)| other.eq_ignore_ascii_case(name) && it == value)
    };
    let once = headers.iter().filter(|header| !said(header));
    made(status, once.chain(&several), body_of(&members)?)
}

/// The answer to an HTTP API, format 2.0. JSON without a status is the body itself.
pub(super) fn of_http_api(answer: Value) -> Result<Response<ResponseBody>, String> {
    let members = match answer {
        Value::Object(members) if members.contains_key("statusCode") => members,
        Value::String(text) => return made(200, [].iter(), text.into_bytes()),
        other => return made(200, [].iter(), other.to_string().into_bytes()),
    };
    let status = members.get("statusCode").unwrap_or(&Value::Null);
    let status = status_of(status)?;
    let mut headers = of_map(&members, "headers")?
        .map(|(name, value)| Ok((name, text(name, value)?)))
        .collect::<Result<Vec<_>, String>>()?;
    let cookies = match members.get("cookies") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(cookies)) => cookies.as_slice(),
        Some(_) => return Err("`cookies` must be a list".to_owned()),
    };
    for cookie in cookies {
        headers.push((SET_COOKIE.as_str(), text("cookies", cookie)?));
    }
    made(status, headers.iter(), body_of(&members)?)
}

/// A number, or the digits of one.
fn status_of(value: &Value) -> Result<u16, String> {
    let number = match value {
        Value::String(digits) => digits.parse().ok(),
        other => other.as_u64().and_then(|number| u16::try_from(number).ok()),
    };
    number
        .filter(|status| STATUSES.contains(status))
        .ok_or_else(|| "`statusCode` must be a whole number from 200 to 599".to_owned())
}

fn of_map<'a>(
    members: &'a Map<String, Value>,
    name: &str,
) -> Result<impl Iterator<Item = (&'a str, &'a Value)>, String> {
    let map = match members.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::Object(map)) => Some(map),
        Some(_) => return Err(format!("`{name}` must be an object")),
    };
    Ok(map
        .into_iter()
        .flatten()
        .map(|(key, it)| (key.as_str(), it)))
}

fn text(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(format!("a value of `{name}` must be a text"))
        }
    }
}

fn body_of(members: &Map<String, Value>) -> Result<Vec<u8>, String> {
    let encoded = match members.get("isBase64Encoded") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(encoded)) => *encoded,
        Some(_) => return Err("`isBase64Encoded` must be true or false".to_owned()),
    };
    match members.get("body") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) if encoded => STANDARD
            .decode(text)
            .map_err(|_| "`body` must be Base64, since `isBase64Encoded` is true".to_owned()),
        Some(Value::String(text)) => Ok(text.clone().into_bytes()),
        Some(_) => Err("`body` must be a text: make one of it with a JSON library".to_owned()),
    }
}

fn made<'a>(
    status: u16,
    headers: impl Iterator<Item = &'a (&'a str, String)>,
    body: Vec<u8>,
) -> Result<Response<ResponseBody>, String> {
    let mut response = Response::new(full(body));
    *response.status_mut() = StatusCode::from_u16(status)
        .map_err(|_| "`statusCode` must be a whole number from 200 to 599".to_owned())?;
    for (name, value) in headers {
        let no_header = |_| format!("`{name}` can't be a header");
        let value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| format!("a value of `{name}` has line breaks or other controls"))?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(no_header)?;
        if name != CONTENT_LENGTH {
            response.headers_mut().append(name, value);
        }
    }
    response
        .headers_mut()
        .entry(CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/json"));
    Ok(response)
}

#[cfg(test)]
mod tests;
