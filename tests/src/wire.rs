//! A client that changes nothing: a request goes out as it is written, and its answer comes back whole.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Its headers; of a name that is there twice the last.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: String,
}

/// Sends one request without a body, on a connection of its own; `line` is `GET /path`.
///
/// # Panics
/// If nothing that is an answer comes back.
pub async fn send(address: SocketAddr, line: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = format!("{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request = request + name + ": " + value + "\r\n";
    }
    request.push_str("\r\n");
    let answer = exchange(address, request.as_bytes())
        .await
        .unwrap_or_else(|error| panic!("{line}: {error}"));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let headers = lines.filter_map(|line| line.split_once(": "));
    Reply {
        status: status
            .and_then(|status| status.parse().ok())
            .unwrap_or_else(|| panic!("{line}: no answer: {answer:?}")),
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}

async fn exchange(address: SocketAddr, request: &[u8]) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
