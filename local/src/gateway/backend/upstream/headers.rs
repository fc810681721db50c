//! The headers of a request to a server behind the gateway.

use hyper::header::{CONTENT_LENGTH, FORWARDED, HOST, HeaderMap, HeaderName, HeaderValue, VIA};

use super::super::{HOP_BY_HOP, authorizer_headers, named_by_connection};
use crate::gateway::called::Called;
use crate::gateway::event;
use crate::gateway::verdict::Principal;

/// What the gateway says of the client: no `Connection` header takes it away, or the server would take
/// the request for one from inside.
const OWN: [HeaderName; 4] = [
    HeaderName::from_static("x-amzn-trace-id"),
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-proto"),
];

/// The client's own, with what API Gateway takes away and adds, and those that say who called.
///
/// # Errors
/// What the server can't be told.
pub(super) fn of(
    called: &Called<'_>,
    principal: Option<Principal<'_>>,
    length: Option<u64>,
) -> Result<HeaderMap, String> {
    let request = called.request;
    let mut headers = HeaderMap::new();
    let connection = request
        .values("connection")
        .map(|value| ("connection", value));
    let mut named = named_by_connection(&map_of(connection)?);
    named.retain(|name| !OWN.contains(name));
    let given = event::headers(request, called.moment);
    let given = given
        .iter()
        .filter(|(name, _)| !authorizer_headers::is_reserved(name));
    for (name, value) in &map_of(given.map(|(name, value)| (name.as_str(), value.as_str())))? {
        if *name != HOST && !HOP_BY_HOP.contains(name) && !named.contains(name) {
            headers.append(name.clone(), value.clone());
        }
    }
    forwarded(called, &mut headers)?;
    // Where there is none, its end is told by chunks, or it is empty.
    if let Some(length) = length
        && (length > 0 || request.header("content-length").is_some())
    {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    if let Some(principal) = principal {
        headers.extend(authorizer_headers::of(&principal)?);
    }
    Ok(headers)
}

/// For whom and where the request came in: of an HTTP API `Forwarded` (RFC 7239) and `Via`, of a REST API
/// what its events have. `X-Forwarded-Host` is there for frameworks that make links with it.
fn forwarded(called: &Called<'_>, headers: &mut HeaderMap) -> Result<(), String> {
    let request = called.request;
    let host = request.header("host").unwrap_or_default();
    headers.insert("x-forwarded-host", value_of("host", host)?);
    if called.api.is_http() {
        let client = match request.source_ip.to_canonical() {
            std::net::IpAddr::V4(address) => address.to_string(),
            std::net::IpAddr::V6(address) => format!("\"[{address}]\""),
        };
        let element = format!("for={client};host=\"{host}\";proto=http");
        headers.append(FORWARDED, value_of("forwarded", &element)?);
        headers.append(VIA, HeaderValue::from_static("HTTP/1.1 AmazonAPIGateway"));
    }
    Ok(())
}

fn map_of<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<HeaderMap, String> {
    let header = |(name, value): (&str, &str)| {
        let key = HeaderName::from_bytes(name.as_bytes());
        let key = key.map_err(|_| format!("`{name}` can't be a header"))?;
        Ok((key, value_of(name, value)?))
    };
    pairs.map(header).collect()
}

fn value_of(name: &str, value: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| format!("`{name}` can't be handed on"))
}
