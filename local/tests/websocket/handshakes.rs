//! Handshakes as no client library makes them (RFC 6455, section 4), and the bounds of connections.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::backend::{Shared, gateway};
use crate::{ECHO, HANDSHAKE, LIMIT, connected, echo, raw, rig};

#[tokio::test]
async fn handshakes_that_may_not_be_are_refused() {
    let gateway = echo().await;
    for (name, from, to, status) in [
        ("another version", "Version: 13", "Version: 8", 426),
        ("no version", "Sec-WebSocket-Version: 13\r\n", "", 426),
        ("no upgrade", "Upgrade: websocket\r\n", "", 426),
        ("another upgrade", "Upgrade: websocket", "Upgrade: h2c", 426),
        (
            "no key",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            "",
            400,
        ),
        ("a short key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhl", 400),
        (
            "a key that is no Base64",
            "dGhlIHNhbXBsZSBub25jZQ==",
            "dGhlIHNhbXBsZSBub25jZQ",
            400,
        ),
        (
            "two keys",
            "Host:",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nHost:",
            400,
        ),
        ("no connection header", "Connection: Upgrade\r\n", "", 400),
        ("another method", "GET /", "POST /", 400),
        ("HTTP/1.0", "HTTP/1.1", "HTTP/1.0", 400),
        ("a body", "Host:", "Content-Length: 1\r\nHost:", 400),
        ("no host", "Host: localhost\r\n", "", 400),
    ] {
        let request = HANDSHAKE.replacen(from, to, 1);
        assert_ne!(request, HANDSHAKE, "{name}");
        let reply = rig::raw(gateway.address(), request.as_bytes()).await;
        assert_eq!(reply.status, status, "{name}: {}", reply.text);
        if status == 426 {
            assert_eq!(reply.header("sec-websocket-version"), "13", "{name}");
        }
    }
}

#[tokio::test]
async fn words_of_a_handshake_are_read_as_lists_without_case() {
    let gateway = echo().await;
    let request = HANDSHAKE
        .replace("Upgrade: websocket", "upgrade: WebSocket")
        .replace("Connection: Upgrade", "connection: keep-alive, UPGRADE");
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 101");
}

/// Browsers then fail the connection (RFC 6455, section 4.1): the backend must choose one.
#[tokio::test]
async fn a_subprotocol_that_nobody_chose_is_not_answered() {
    let gateway = echo().await;
    let request = HANDSHAKE.replacen("Host:", "Sec-WebSocket-Protocol: v1\r\nHost:", 1);
    let reply = rig::raw(gateway.address(), request.as_bytes()).await;
    assert_eq!(reply.status, 101);
    assert_eq!(reply.header("sec-websocket-protocol"), "");
}

#[tokio::test]
async fn a_gateway_that_stops_says_that_it_goes() {
    let told = Shared::default();
    let gateway = gateway(ECHO, BTreeMap::new(), &told).await;
    let (mut socket, _) = connected(&gateway, "/", &BTreeMap::new()).await.unwrap();
    let read = tokio::spawn(async move { socket.next().await });
    gateway.stop().await;
    match read.await.unwrap() {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(frame.code, CloseCode::Away),
        other => panic!("{other:?}"),
    }
    let lines = told.lock().unwrap().lines.join("\n");
    assert!(
        lines.contains("DISCONNECT $disconnect → 1001 closed Going away"),
        "{lines}"
    );
}

#[tokio::test]
async fn there_is_an_end_to_connections() {
    let gateway = echo().await;
    let mut open = Vec::new();
    for _ in 0..1024 {
        open.push(raw(&gateway).await);
    }
    let reply = rig::raw(gateway.address(), HANDSHAKE.as_bytes()).await;
    assert_eq!(reply.status, 429, "{}", reply.text);
    drop(open.pop());
    let again = async {
        while rig::raw(gateway.address(), HANDSHAKE.as_bytes())
            .await
            .status
            != 101
        {}
    };
    tokio::time::timeout(LIMIT, again).await.unwrap();
}
