//! A request, just as the client sent it.

use std::fmt;
use std::net::IpAddr;

/// A request: nothing decoded, nothing resolved.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`
    pub method: String,
    /// From the first `/` to the `?`.
    pub path: String,
    /// What follows the first `?`.
    pub query: Option<String>,
    /// `HTTP/1.1`
    pub protocol: String,
    /// Names in the client's spelling, in order.
    pub headers: Vec<(String, String)>,
    /// The TCP peer.
    pub source_ip: IpAddr,
    /// The port the client called.
    pub port: u16,
}

impl fmt::Debug for Request {
    /// Without query and headers, where tokens travel.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method, self.path)
    }
}

impl Request {
    /// The values of a header.
    pub fn values<'a>(&'a self, name: &str) -> impl DoubleEndedIterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// `example.com` of `example.com:3000`; `[::1]` keeps its brackets.
    pub(super) fn domain_name(&self) -> &str {
        let host = self.header("host").unwrap_or("localhost");
        match host.rsplit_once(':') {
            Some((name, port)) if !name.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
                name
            }
            _ => host,
        }
    }
}
