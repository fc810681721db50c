//! The head of an HTTP/2 request in the words of HTTP/1.1, in which API Gateway tells functions of it.
//!
//! hyper alone reads it: there are no bytes whose spelling could differ.

use hyper::Version;
use hyper::header::{COOKIE, HOST};
use hyper::http::request::Parts;

use super::{RequestHead, text};

impl RequestHead {
    /// `None` if the request came by HTTP/1.
    pub(crate) fn of_http2(parts: &Parts) -> Option<Self> {
        if parts.version != Version::HTTP_2 {
            return None;
        }
        let mut headers = Vec::with_capacity(parts.headers.len() + 1);
        if let Some(authority) = parts.uri.authority() {
            headers.push((HOST.to_string(), authority.to_string()));
        }
        for (name, value) in &parts.headers {
            // One that only repeats the authority says nothing new (RFC 9113, 8.3.1).
            let repeats = name == HOST && headers.first().is_some_and(|(_, it)| it == value);
            if name != COOKIE && !repeats {
                headers.push((name.to_string(), text(value.as_bytes())));
            }
        }
        // What a client split for compression is one header elsewhere (RFC 9113, 8.2.3).
        let cookies = parts.headers.get_all(COOKIE).iter();
        let cookies: Vec<_> = cookies.map(|crumb| text(crumb.as_bytes())).collect();
        if !cookies.is_empty() {
            headers.push((COOKIE.to_string(), cookies.join("; ")));
        }
        let target = parts.uri.path_and_query();
        Some(Self {
            method: parts.method.to_string(),
            // Of a CONNECT there is none, and admission turns it away.
            target: target.map(ToString::to_string).unwrap_or_default(),
            // "API Gateway sends requests to backend integrations using HTTP/1.1. As a result, the
            // request protocol is logged as HTTP/1.1 even if a client sends a request that uses HTTP/2"
            // ("Variables for access logging", API Gateway Developer Guide).
            version: "HTTP/1.1",
            headers,
        })
    }
}
