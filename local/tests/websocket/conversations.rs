//! Plays the conversations of the YAML files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tollgate_local::gateway::Gateway;

use crate::backend::{Answer, Authorizer, Shared, Told, gateway};
use crate::rig::{self, different, missing};
use crate::{LIMIT, Socket, connected};

/// A file: one gateway, and the conversations with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "for the reader")]
    about: String,
    template: String,
    /// What the backend answers, by route key.
    #[serde(default)]
    backend: BTreeMap<String, Answer>,
    conversations: Vec<Conversation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Conversation {
    name: String,
    /// The target of the handshake.
    #[serde(default = "root")]
    connect: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// What the authorizer answers; it must not be asked if there is nothing.
    authorizer: Option<Authorizer>,
    /// Members of the event that the authorizer gets.
    event: Option<Value>,
    #[serde(default = "switching")]
    status: u16,
    /// Headers of the answer; null for one that must be missing.
    #[serde(default)]
    response_headers: BTreeMap<String, Option<String>>,
    /// The body of a handshake that is refused.
    body: Option<String>,
    #[serde(default)]
    steps: Vec<Step>,
    /// Members of each event that the backend gets, in order; all of them.
    #[serde(default)]
    told: Vec<Value>,
    /// Pieces of the log's lines, in order; all of them.
    #[serde(default)]
    log: Vec<String>,
}

fn root() -> String {
    "/".to_owned()
}

fn switching() -> u16 {
    101
}

/// One thing that happens. `{id}` stands for the connection's identifier, `{request}` for a request's.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Step {
    Send(String),
    SendText { bytes: usize },
    SendBinary(String),
    Ping(String),
    Receive(String),
    ReceivePong(String),
    Close { code: u16, reason: String },
    CloseWithoutCode,
    Leave,
    Closed { code: u16, reason: String },
    Call(Call),
}

/// A call of the management API.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Call {
    request: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    /// A body of so many bytes.
    bytes: Option<usize>,
    status: u16,
    answer: Option<Value>,
    error: Option<String>,
}

#[tokio::test]
async fn every_conversation_is_as_its_file_says() {
    let mut faults = String::new();
    let mut count = 0;
    for (name, file) in rig::cases::<File>("websocket") {
        count += file.conversations.len();
        for conversation in &file.conversations {
            for fault in played(&file, conversation).await {
                writeln!(faults, "{name}: {}: {fault}", conversation.name).unwrap();
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
    assert!(count > 30, "only {count} cases were found");
}

async fn played(file: &File, conversation: &Conversation) -> Vec<String> {
    let told = Shared::default();
    *told.lock().unwrap() = Told {
        authorizer: conversation.authorizer.clone(),
        ..Told::default()
    };
    let gateway = gateway(&file.template, file.backend.clone(), &told).await;
    let mut faults = Vec::new();
    let (target, headers) = (&conversation.connect, &conversation.headers);
    let mut open = false;
    let got = match connected(&gateway, target, headers).await {
        Ok((socket, headers)) => {
            let outcome = talked(&gateway, socket, &conversation.steps, &told);
            match tokio::time::timeout(LIMIT, outcome).await {
                Ok(found) => faults.extend(found),
                Err(_) => faults.push("it never ends".to_owned()),
            }
            open = true;
            (101, headers, String::new())
        }
        Err(refused) => refused,
    };
    faults.extend(different("status", &got.0, &conversation.status));
    for (name, expected) in &conversation.response_headers {
        let value = got.1.iter().find(|(known, _)| known == name);
        let value = value.map(|(_, value)| value.clone());
        faults.extend(different(name, &value, expected));
    }
    if let Some(expected) = &conversation.body {
        let body = masked(&got.2);
        faults.extend(different("body", &body, expected));
    }
    if open {
        wait_for_end(&told).await;
    }
    gateway.stop().await;
    let told = std::mem::take(&mut *told.lock().unwrap());
    judged(conversation, &told, &mut faults);
    faults
}

fn judged(conversation: &Conversation, told: &Told, faults: &mut Vec<String>) {
    let asked = usize::from(conversation.authorizer.is_some());
    faults.extend(different(
        "calls of the authorizer",
        &told.asked.len(),
        &asked,
    ));
    if let (Some(expected), Some(event)) = (&conversation.event, told.asked.first()) {
        missing("event", event, expected, faults);
    }
    let (count, expected) = (told.backend.len(), conversation.told.len());
    faults.extend(different("calls of the backend", &count, &expected));
    for (event, expected) in told.backend.iter().zip(&conversation.told) {
        missing("told", event, expected, faults);
    }
    let (count, expected) = (told.lines.len(), conversation.log.len());
    if count != expected {
        faults.push(format!("log: {:#?}", told.lines));
    }
    for (line, expected) in told.lines.iter().zip(&conversation.log) {
        if !line.contains(expected) {
            faults.push(format!("log: {line:?} has no {expected:?}"));
        }
    }
}

/// Until the connection's end was told.
async fn wait_for_end(told: &Shared) {
    let ended = async {
        let is_end = |line: &String| line.starts_with("DISCONNECT");
        while !told.lock().unwrap().lines.iter().any(is_end) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let ended = tokio::time::timeout(LIMIT, ended).await;
    assert!(ended.is_ok(), "no end is logged");
}

/// The identifiers that are new each time, made the same.
fn masked(text: &str) -> String {
    let Some((before, rest)) = text.split_once("\"connectionId\":\"") else {
        return text.to_owned();
    };
    let (id, after) = rest.split_once('"').unwrap();
    let id = if id.is_empty() { "" } else { "{id}" };
    let after = after.replace("6d3f1f2a0c7e4b5=", "{request}");
    format!("{before}\"connectionId\":\"{id}\"{after}")
}

async fn talked(
    gateway: &Gateway,
    mut socket: Socket,
    steps: &[Step],
    told: &Shared,
) -> Vec<String> {
    let mut faults = Vec::new();
    let id = told.lock().unwrap().backend.first().map(|event| {
        event["context"]["connectionId"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    for step in steps {
        match step.clone() {
            Step::Send(text) => socket.send(Message::text(text)).await.unwrap(),
            Step::SendText { bytes } => {
                let text = "x".repeat(bytes);
                // What is cut off may not all be taken.
                let _ = socket.send(Message::text(text)).await;
            }
            Step::SendBinary(text) => socket.send(Message::binary(text)).await.unwrap(),
            Step::Ping(text) => socket.send(Message::Ping(text.into())).await.unwrap(),
            Step::CloseWithoutCode => socket.close(None).await.unwrap(),
            Step::Leave => return faults,
            Step::Close { code, reason } => {
                let code = CloseCode::from(code);
                let reason = reason.into();
                socket
                    .close(Some(CloseFrame { code, reason }))
                    .await
                    .unwrap();
            }
            Step::Receive(expected) => match socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    faults.extend(different("message", &masked(&text), &expected));
                }
                other => faults.push(format!("no message {expected:?}: {other:?}")),
            },
            Step::ReceivePong(expected) => {
                let got = socket.next().await.unwrap().unwrap();
                faults.extend(different("pong", &got, &Message::Pong(expected.into())));
            }
            Step::Closed { code, reason } => match socket.next().await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    let got = (u16::from(frame.code), frame.reason.to_string());
                    faults.extend(different("close", &got, &(code, reason)));
                }
                other => faults.push(format!("not closed with {code}: {other:?}")),
            },
            Step::Call(call) => {
                let id = id.as_deref().unwrap_or_default();
                faults.extend(call.made(gateway, id).await);
            }
        }
    }
    // The end of the stream, with the answer to a close frame.
    while let Some(Ok(_)) = socket.next().await {}
    faults
}

impl Call {
    async fn made(&self, gateway: &Gateway, id: &str) -> Vec<String> {
        let request = self.request.replace("{id}", &id.replace('=', "%3D"));
        let body = self
            .bytes
            .map_or(self.body.clone(), |bytes| "x".repeat(bytes));
        let mut text = format!("{request} HTTP/1.1\r\nConnection: close\r\n");
        let mut headers = self.headers.clone();
        headers
            .entry("Host".to_owned())
            .or_insert(gateway.address().to_string());
        for (name, value) in headers {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        write!(text, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let reply = rig::raw(gateway.address(), text.as_bytes()).await;
        let mut faults = different(&self.request, &reply.status, &self.status);
        if let Some(expected) = &self.answer {
            missing("answer", &reply.json(), expected, &mut faults);
        } else {
            faults.extend(different("body", &reply.text.as_str(), &""));
        }
        if let Some(expected) = &self.error {
            faults.extend(different(
                "error",
                &reply.header("x-amzn-errortype"),
                &expected.as_str(),
            ));
        }
        faults
    }
}
