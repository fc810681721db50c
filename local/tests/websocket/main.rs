//! WebSocket APIs over real connections: `*.yaml` hold conversations (`README.md`); what no client library
//! sends is in `frames.rs` and `handshakes.rs`, byte by byte.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[path = "../rig/mod.rs"]
mod rig;

mod backend;
mod conversations;
mod frames;
mod handshakes;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tollgate_local::gateway::Gateway;

use backend::Shared;

/// The longest anything may take.
const LIMIT: Duration = Duration::from_secs(20);

type Socket = WebSocketStream<TcpStream>;

/// The open socket with the headers of the 101, or the answer that refuses it.
async fn connected(
    gateway: &Gateway,
    target: &str,
    headers: &BTreeMap<String, String>,
) -> Result<(Socket, Vec<(String, String)>), (u16, Vec<(String, String)>, String)> {
    let url = format!("ws://{}{target}", gateway.address());
    let mut request = ClientRequestBuilder::new(url.parse().unwrap());
    for (name, value) in headers {
        request = request.with_header(name, value);
    }
    let stream = TcpStream::connect(gateway.address()).await.unwrap();
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((socket, response)) => Ok((socket, pairs(response.headers()))),
        Err(Error::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            let body = String::from_utf8(body).unwrap();
            Err((response.status().as_u16(), pairs(response.headers()), body))
        }
        Err(error) => panic!("{error}"),
    }
}

fn pairs(headers: &lambda_http::http::HeaderMap) -> Vec<(String, String)> {
    let pair = |(name, value): (
        &lambda_http::http::HeaderName,
        &lambda_http::http::HeaderValue,
    )| { (name.to_string(), value.to_str().unwrap().to_owned()) };
    headers.iter().map(pair).collect()
}

/// An API that answers every message with itself.
const ECHO: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  F: { Type: AWS::Serverless::Function, Properties: {} }
  Sockets:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: main
      Routes: { $default: { FunctionArn: !GetAtt F.Arn, RouteResponseSelectionExpression: $default } }
";
async fn echo() -> Gateway {
    backend::gateway(ECHO, BTreeMap::new(), &Shared::default()).await
}

const HANDSHAKE: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A raw connection behind its 101.
async fn raw(gateway: &Gateway) -> TcpStream {
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    stream.write_all(HANDSHAKE.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    // The example of RFC 6455, section 1.3.
    assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    stream
}
