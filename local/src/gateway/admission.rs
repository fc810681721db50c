//! What API Gateway's front door turns away before it asks anybody: forms and sizes of a request.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::reply::Cause;
use super::request::Request;
use crate::wire::RequestHead;

/// Longest request target, in bytes (regional REST API).
const MAX_TARGET: usize = 10_240;
/// All header names and values together, in bytes.
const MAX_HEADERS: usize = 10_240;

/// The request as the functions are told of it, or why there is none and what the log says.
pub(super) fn admit(
    head: Option<RequestHead>,
    peer: SocketAddr,
    port: u16,
) -> Result<Request, (Cause, &'static str)> {
    let Some(head) = head else {
        return Err((
            Cause::BadRequest,
            "where the request ends can be read in more than one way",
        ));
    };
    // Origin form alone (RFC 9112, 3.2.1): who sends a whole URL or `*` wants a proxy.
    if !head.target.starts_with('/') {
        return Err((
            Cause::BadRequest,
            "the request target does not start with `/`",
        ));
    }
    if head.target.len() > MAX_TARGET {
        return Err((Cause::TargetTooLong, "the URL is longer than 10240 bytes"));
    }
    if head
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum::<usize>()
        > MAX_HEADERS
    {
        return Err((
            Cause::HeadersTooLarge,
            "the headers are larger than 10240 bytes",
        ));
    }
    let mut hosts = head
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    match (hosts.next(), hosts.next()) {
        (Some((_, host)), None) if is_host(host) => {}
        _ => {
            return Err((Cause::BadRequest, "not one `Host` header with a host name"));
        }
    }
    let (path, query) = match head.target.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (head.target, None),
    };
    Ok(Request {
        method: head.method,
        path,
        query,
        protocol: head.version.to_owned(),
        headers: head.headers,
        source_ip: peer.ip(),
        port,
    })
}

/// A plain host name or address with an optional port. `lambda_http` makes a URL of it and panics on
/// what is no host; on AWS it is always the API's own name.
fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    if port.is_some_and(|port| {
        !port.bytes().all(|b| b.is_ascii_digit()) || port.parse::<u16>().is_err()
    }) {
        return false;
    }
    if let Some(address) = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    if name.parse::<Ipv4Addr>().is_ok() {
        return true;
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            // Internationalised names can be wrong in ways that only a decoder finds.
            && !label.to_ascii_lowercase().starts_with("xn--")
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    // A last label that starts with a digit makes URL parsers read an IPv4 address.
    let last_is_a_name = name
        .rsplit('.')
        .next()
        .is_some_and(|last| last.starts_with(|c: char| c.is_ascii_alphabetic()));
    name.len() <= 253 && last_is_a_name && name.split('.').all(label)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_make_a_url_are_hosts_and_nothing_else_is() {
        for host in [
            "localhost",
            "localhost:3000",
            "127.0.0.1:3000",
            "[::1]:3000",
            "[::1]",
            "API.example.com",
            "a_b.example.com:1",
            "my-mac.local",
        ] {
            assert!(is_host(host), "{host}");
            assert!(
                reqwest::Url::parse(&format!("http://{host}/")).is_ok(),
                "{host}"
            );
        }
        for host in [
            "",
            ":",
            ":3000",
            "localhost:",
            "localhost:x",
            "localhost:70000",
            "localhost:+1",
            "a b",
            "a/b",
            "a@b",
            "user:pw@a",
            "a..b",
            ".a",
            "a.",
            "1.2.3",
            "999.1.1.1",
            "0x7f.1",
            "a.1",
            "[::1",
            "::1",
            "[::g]",
            "[]",
            "xn--a",
            "XN--a.example",
            "exämple.com",
            "a#b",
            "a?b",
            "a\\b",
            "%61",
            "a\tb",
        ] {
            assert!(!is_host(host), "{host}");
        }
    }
}
