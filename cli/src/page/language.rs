//! The language server of `tollgate lsp` over a WebSocket: one JSON-RPC message a text frame, about
//! the files of the policy folder alone.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use lsp_server::{ErrorCode, Message};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::BODY_BYTES;
use super::desk::Desk;
use super::policy::is_policy;
use super::problem::Problem;
use crate::lsp::{self, Next};

/// Sessions at once: a page has one.
pub const MAX_SESSIONS: usize = 8;

/// Bytes of a message: the longest text that can be saved, with what JSON makes of it.
const MESSAGE_BYTES: usize = 2 * BODY_BYTES;

/// Messages that wait, in either direction; beyond that their sender does.
const AHEAD: usize = 64;

/// How long a browser may take to read a message.
const PATIENCE: Duration = Duration::from_secs(10);

/// `GET /api/lsp`
pub async fn connect(
    State(desk): State<Arc<Desk>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        return Problem::bad("the language server is called with a WebSocket").into_response();
    };
    let Ok(room) = Arc::clone(&desk.sessions).try_acquire_owned() else {
        return Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{MAX_SESSIONS} pages are open already: close one"),
        )
        .into_response();
    };
    upgrade
        .max_message_size(MESSAGE_BYTES)
        .max_frame_size(MESSAGE_BYTES)
        .on_upgrade(async move |socket| {
            talk(socket, desk.folder.path().to_owned()).await;
            drop(room);
        })
}

/// Carries messages until either side ends, then waits for the session's thread.
async fn talk(socket: WebSocket, folder: PathBuf) {
    let (mut sink, mut stream) = socket.split();
    let (to_session, from_page) = mpsc::channel(AHEAD);
    let (to_page, mut from_session) = mpsc::channel(AHEAD);
    let runtime = Handle::current();
    let session = spawn_blocking(move || converse(&runtime, from_page, &to_page, &folder));
    // Beside each other: a session that waits to be read must not wait for what it is sent.
    let reading = async move {
        while let Some(Ok(frame)) = stream.next().await {
            let passed = match read(&frame) {
                Brought::Message(message) => to_session.send(message).await.is_ok(),
                Brought::Nothing => true,
                Brought::End => false,
            };
            if !passed {
                return;
            }
        }
    };
    let writing = async move {
        while let Some(message) = from_session.recv().await {
            if !send(&mut sink, &message).await {
                return;
            }
        }
    };
    // Either ends the session, which can then neither be told nor tell anything.
    tokio::select! {
        () = reading => {}
        () = writing => {}
    }
    let _ = session.await;
}

fn converse(
    runtime: &Handle,
    mut messages: mpsc::Receiver<Message>,
    to_page: &mpsc::Sender<Message>,
    folder: &Path,
) {
    let tell = |message: Message| {
        let sent = to_page.blocking_send(message);
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    };
    let next = |wait| {
        loop {
            let message = match runtime.block_on(timeout(wait, messages.recv())) {
                Ok(Some(message)) => message,
                Ok(None) => return Ok(Next::End),
                Err(_) => return Ok(Next::Rest),
            };
            match confined(message, folder) {
                Ok(message) => return Ok(Next::Message(message)),
                Err(refusal) => refusal.map(tell).transpose()?,
            };
        }
    };
    // However it ended, the page sees that the socket is closed.
    let _ = lsp::converse(next, |message: &Message| tell(message.clone()));
}

/// What a frame brings.
enum Brought {
    Message(Message),
    /// A sign of life.
    Nothing,
    /// The end, or what has no place in the conversation.
    End,
}

fn read(frame: &Frame) -> Brought {
    match frame {
        Frame::Text(text) => lsp::message(text.as_bytes()).map_or(Brought::End, Brought::Message),
        Frame::Ping(_) | Frame::Pong(_) => Brought::Nothing,
        Frame::Binary(_) | Frame::Close(_) => Brought::End,
    }
}

async fn send(sink: &mut SplitSink<WebSocket, Frame>, message: &Message) -> bool {
    let Ok(text) = text(message) else {
        return false;
    };
    let sent = timeout(PATIENCE, sink.send(Frame::Text(text.into()))).await;
    matches!(sent, Ok(Ok(())))
}

/// As JSON-RPC has it; the messages themselves leave the version to what writes them on a stream.
fn text(message: &Message) -> serde_json::Result<String> {
    let mut value = serde_json::to_value(message)?;
    if let Value::Object(members) = &mut value {
        members.insert("jsonrpc".to_owned(), Value::from("2.0"));
    }
    Ok(value.to_string())
}

/// The message, if it is about no document but those of the policy folder; what to answer instead, if
/// it wants an answer.
fn confined(message: Message, folder: &Path) -> Result<Message, Option<Message>> {
    let params = match &message {
        Message::Request(request) => &request.params,
        Message::Notification(notification) => &notification.params,
        Message::Response(_) => return Ok(message),
    };
    let document = params.pointer("/textDocument/uri");
    if document.is_none_or(|uri| uri.as_str().is_some_and(|uri| is_within(uri, folder))) {
        return Ok(message);
    }
    Err(match message {
        Message::Request(request) => Some(Message::Response(lsp_server::Response::new_err(
            request.id,
            ErrorCode::InvalidParams as i32,
            "this document is none of the policy folder".to_owned(),
        ))),
        Message::Notification(_) | Message::Response(_) => None,
    })
}

/// Whether an address is that of a policy file in this very folder, however it is spelled.
fn is_within(uri: &str, folder: &Path) -> bool {
    let url = url::Url::parse(uri)
        .ok()
        .filter(|url| url.scheme() == "file");
    let Some(path) = url.and_then(|url| url.to_file_path().ok()) else {
        return false;
    };
    let name = path.file_name().and_then(|name| name.to_str());
    path.parent() == Some(folder) && name.is_some_and(is_policy)
}
