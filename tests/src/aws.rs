//! SSM: the moto server for what it does as AWS does, a scripted server for what it cannot
//! (no permission, throttling).

use std::process::Command;

use reqwest::Client;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::build;
use crate::process::{Process, free_port};

/// A moto server: SSM over its real wire protocol.
pub struct Ssm {
    _process: Process,
    url: String,
}

impl Ssm {
    /// Starts one, empty.
    pub fn start() -> Self {
        let port = free_port();
        let mut command = Command::new(build::tool("moto_server"));
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let mut process = Process::start(&mut command);
        process.wait_for_port(port);
        Self {
            _process: process,
            url: format!("http://127.0.0.1:{port}"),
        }
    }

    /// Its address, for `AWS_ENDPOINT_URL_SSM`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stores a `SecureString`, over an older one if there is one.
    ///
    /// # Panics
    /// If the server refuses it.
    pub async fn put(&self, name: &str, value: &str) {
        let body = json!({"Name": name, "Value": value, "Type": "SecureString", "Overwrite": true});
        self.call("PutParameter", &body).await;
    }

    /// Attaches a label to a version of a parameter.
    ///
    /// # Panics
    /// If the server refuses it.
    pub async fn label(&self, name: &str, version: u32, label: &str) {
        let body = json!({"Name": name, "ParameterVersion": version, "Labels": [label]});
        self.call("LabelParameterVersion", &body).await;
    }

    /// Removes a parameter.
    ///
    /// # Panics
    /// If the server refuses it.
    pub async fn delete(&self, name: &str) {
        self.call("DeleteParameter", &json!({"Name": name})).await;
    }

    async fn call(&self, action: &str, body: &Value) {
        let scope = "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/ssm/aws4_request, SignedHeaders=host, Signature=0";
        let sent = Client::new()
            .post(&self.url)
            .header("X-Amz-Target", format!("AmazonSSM.{action}"))
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("Authorization", scope)
            .body(body.to_string())
            .send()
            .await;
        match sent {
            Ok(response) if response.status().is_success() => {}
            other => panic!("{action}: {other:?}"),
        }
    }
}

/// An SSM that answers from a script, request by request; the last entry is repeated.
pub struct ScriptedSsm {
    url: String,
    task: JoinHandle<()>,
}

/// One scripted answer: HTTP status and JSON body.
pub type Scripted = (u16, Value);

impl ScriptedSsm {
    /// Starts one with its script.
    ///
    /// # Panics
    /// If there is no free port or the script is empty.
    pub async fn start(script: Vec<Scripted>) -> Self {
        assert!(!script.is_empty(), "the script needs an answer");
        let Ok(listener) = TcpListener::bind(("127.0.0.1", 0)).await else {
            panic!("no free port");
        };
        let Ok(address) = listener.local_addr() else {
            panic!("no address");
        };
        let task = tokio::spawn(async move {
            let mut script = script.into_iter().peekable();
            while let Ok((stream, _)) = listener.accept().await {
                let Some(answer) = script.peek().cloned() else {
                    return;
                };
                if answer_one(stream, &answer).await.is_some() && script.len() > 1 {
                    script.next();
                }
            }
        });
        Self {
            url: format!("http://{address}"),
            task,
        }
    }

    /// Its address, for `AWS_ENDPOINT_URL_SSM`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// An error answer as AWS sends it.
    pub fn error(status: u16, kind: &str, message: &str) -> Scripted {
        (status, json!({"__type": kind, "message": message}))
    }

    /// An answer with one parameter.
    pub fn value(name: &str, value: &str) -> Scripted {
        let parameter = json!({"Name": name, "Type": "SecureString", "Value": value, "Version": 1});
        (
            200,
            json!({"Parameters": [parameter], "InvalidParameters": []}),
        )
    }
}

impl Drop for ScriptedSsm {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads one request to its end and answers it; the connection is closed.
async fn answer_one(mut stream: TcpStream, (status, body): &Scripted) -> Option<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream
            .read(&mut buffer)
            .await
            .ok()
            .filter(|read| *read > 0)?;
        request.extend(buffer.iter().take(read));
        let text = String::from_utf8_lossy(&request);
        let Some((head, sent)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse::<usize>().ok())
            .unwrap_or_default();
        if sent.len() >= length {
            break;
        }
    }
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} Scripted\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}
