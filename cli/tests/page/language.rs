//! The language server behind the page.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::error::Error;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::dev::{Dev, PATIENCE, POLICY};

type Socket = WebSocketStream<TcpStream>;

/// A socket from a page of this origin, or the status with which it is refused.
async fn open(dev: &Dev, origin: Option<&str>) -> Result<Socket, u16> {
    let url = format!("ws://{}/api/lsp", dev.host());
    let mut request = url.into_client_request().unwrap();
    if let Some(origin) = origin {
        request
            .headers_mut()
            .insert("Origin", origin.parse().unwrap());
    }
    let stream = TcpStream::connect(("127.0.0.1", dev.port)).await.unwrap();
    match client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn own(dev: &Dev) -> Socket {
    open(dev, Some(&format!("http://{}", dev.host())))
        .await
        .unwrap()
}

async fn tell(socket: &mut Socket, message: Value) {
    socket
        .send(Message::text(message.to_string()))
        .await
        .unwrap();
}

/// The next message that this says yes to.
async fn hear(socket: &mut Socket, wanted: impl Fn(&Value) -> bool) -> Value {
    let heard = async {
        loop {
            let message = socket.next().await.unwrap().unwrap();
            let message: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
            assert_eq!(message["jsonrpc"], "2.0");
            if wanted(&message) {
                return message;
            }
        }
    };
    timeout(PATIENCE, heard).await.unwrap()
}

async fn initialized(socket: &mut Socket) {
    let request = json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "capabilities": {} }
    });
    tell(socket, request).await;
    hear(socket, |message| message["id"] == 1).await;
}

fn opening(uri: &str, text: &str) -> Value {
    let document = json!({ "uri": uri, "languageId": "tollgate", "version": 1, "text": text });
    json!({
        "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": { "textDocument": document }
    })
}

fn uri(dev: &Dev, name: &str) -> String {
    let folder = dev.policy(".").canonicalize().unwrap();
    format!("file://{}/{name}", folder.display())
}

#[tokio::test]
async fn findings_come_as_one_types() {
    let dev = Dev::start();
    let mut socket = own(&dev).await;
    initialized(&mut socket).await;
    let uri = uri(&dev, "access.policy");
    tell(&mut socket, opening(&uri, "rout GET /health is public\n")).await;
    let told = hear(&mut socket, |message| {
        message["params"]["uri"] == uri.as_str()
    })
    .await;
    let found = told["params"]["diagnostics"].as_array().unwrap();
    assert!(!found.is_empty(), "{told}");
    let change = json!({
        "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [{ "text": POLICY }]
    });
    let change = json!({ "jsonrpc": "2.0", "method": "textDocument/didChange", "params": change });
    tell(&mut socket, change).await;
    let told = hear(&mut socket, |message| {
        message["params"]["uri"] == uri.as_str()
    })
    .await;
    assert_eq!(told["params"]["diagnostics"], json!([]));
}

#[tokio::test]
async fn only_the_policys_own_files_are_spoken_of() {
    let dev = Dev::start();
    std::fs::write(dev.policy("../outside.policy"), "rout").unwrap();
    let mut socket = own(&dev).await;
    initialized(&mut socket).await;
    for (id, uri) in [
        uri(&dev, "../outside.policy"),
        uri(&dev, "%2e%2e/outside.policy"),
        uri(&dev, "..%2foutside.policy"),
        "file:///etc/outside.policy".to_owned(),
        "untitled:outside.policy".to_owned(),
        uri(&dev, "authorizer.yaml"),
    ]
    .into_iter()
    .enumerate()
    {
        tell(&mut socket, opening(&uri, "rout\n")).await;
        let hover =
            json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 0 } });
        let id = id + 10;
        let hover = json!({
            "jsonrpc": "2.0", "id": id, "method": "textDocument/hover", "params": hover
        });
        tell(&mut socket, hover).await;
        let answer = hear(&mut socket, |_| true).await;
        assert_eq!(answer["id"], id, "{uri}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(
            message.contains("none of the policy folder"),
            "{uri}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_socket_is_the_pages_own() {
    let dev = Dev::start();
    assert_eq!(open(&dev, None).await.unwrap_err(), 403);
    assert_eq!(
        open(&dev, Some("http://evil.example")).await.unwrap_err(),
        403
    );
    assert_eq!(open(&dev, Some("null")).await.unwrap_err(), 403);
    assert_eq!(dev.get("/api/lsp").status, 400);
}

#[tokio::test]
async fn sessions_have_a_bound_and_make_room_when_they_end() {
    let dev = Dev::start();
    let origin = format!("http://{}", dev.host());
    let mut sockets = Vec::new();
    while sockets.len() < 8 {
        sockets.push(own(&dev).await);
    }
    assert_eq!(open(&dev, Some(&origin)).await.unwrap_err(), 503);
    // One that says what is no message, one that leaves, one that takes leave.
    sockets[0].send(Message::text("[]")).await.unwrap();
    assert!(closed(&mut sockets[0]).await);
    drop(sockets.pop());
    initialized(&mut sockets[1]).await;
    tell(
        &mut sockets[1],
        json!({ "jsonrpc": "2.0", "id": 2, "method": "shutdown" }),
    )
    .await;
    tell(
        &mut sockets[1],
        json!({ "jsonrpc": "2.0", "method": "exit" }),
    )
    .await;
    assert!(closed(&mut sockets[1]).await);
    for _ in 0..3 {
        let opened = timeout(PATIENCE, async {
            loop {
                match open(&dev, Some(&origin)).await {
                    Ok(socket) => return socket,
                    Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
                }
            }
        });
        sockets.push(opened.await.unwrap());
    }
    assert_eq!(open(&dev, Some(&origin)).await.unwrap_err(), 503);
}

/// Whether the other side ends it.
async fn closed(socket: &mut Socket) -> bool {
    let ended = async {
        while let Some(Ok(message)) = socket.next().await {
            if message.is_close() {
                break;
            }
        }
    };
    timeout(PATIENCE, ended).await.is_ok()
}
