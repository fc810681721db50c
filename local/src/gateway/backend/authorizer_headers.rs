//! What a server behind the gateway is told of its caller: a header for each member of the authorizer's
//! context.
//!
//! On AWS a parameter mapping does this, member by member (`integration.request.header.X`,
//! `overwrite:header.X`). Here every member has its header, and nobody but the authorizer sets one.

use std::collections::BTreeMap;

use hyper::header::{HeaderName, HeaderValue};

use crate::gateway::verdict::{Principal, text};

/// What the names of these headers start with.
const PREFIX: &str = "x-authorizer-";
/// All of them together, names and values, in bytes (API Gateway's quota of a request's headers).
const MAX_BYTES: usize = 10_240;
/// Stands for what would be another value, or none, once it is a header: controls, and blanks at an end.
const REPLACEMENT: char = '\u{fffd}';

/// Whether a client may not set this header.
pub(super) fn is_reserved(name: &str) -> bool {
    as_read(name).starts_with(PREFIX)
}

/// As a server reads a name that makes a variable of it: to CGI `_` and `-` are one, and to PHP `.` is
/// one with them.
fn as_read(name: &str) -> String {
    let letter = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    name.chars().map(letter).collect()
}

/// The headers for a caller.
///
/// # Errors
/// Where the context can't be handed on whole; the text says why.
pub(super) fn of(principal: &Principal<'_>) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let mut members: BTreeMap<&str, String> = principal
        .context
        .iter()
        .map(|(key, value)| (key.as_str(), text(value)))
        .collect();
    if !principal.id.is_empty() {
        members.insert("principalId", principal.id.to_owned());
    }
    let (mut headers, mut bytes) = (BTreeMap::new(), 0);
    for (key, value) in members {
        let name = HeaderName::from_bytes(format!("{PREFIX}{key}").as_bytes())
            .map_err(|_| format!("the authorizer's `{key}` can't be the name of a header"))?;
        let value = HeaderValue::from_bytes(safe(&value).as_bytes())
            .map_err(|_| format!("the authorizer's `{key}` can't be a header"))?;
        bytes += name.as_str().len() + value.len();
        if headers
            .insert(as_read(name.as_str()), (name, value))
            .is_some()
        {
            return Err(format!(
                "another of the authorizer's members has the same header as `{key}`"
            ));
        }
    }
    if bytes > MAX_BYTES {
        return Err(format!(
            "the authorizer's context makes more than {MAX_BYTES} bytes of headers"
        ));
    }
    Ok(headers.into_values().collect())
}

fn safe(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let changed = |(at, c): (usize, char)| {
        let is_trimmed = (at == 0 || at == last) && c == ' ';
        if c.is_control() || is_trimmed {
            REPLACEMENT
        } else {
            c
        }
    };
    value.chars().enumerate().map(changed).collect()
}

#[cfg(test)]
mod tests;
