//! A Runtime API (AWS Lambda developer guide, "Lambda runtime API") that hands out events beside
//! each other, as Lambda does to a function with managed concurrency; the emulator has one at a time.

use std::collections::HashMap;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::build;
use crate::function::Invoked;
use crate::process::Process;

/// The longest an event may take here.
const LONGEST: Duration = Duration::from_secs(30);

/// A function that takes several events at once.
pub struct ConcurrentFunction {
    process: Process,
    queue: mpsc::UnboundedSender<Event>,
    server: JoinHandle<()>,
}

struct Event {
    body: String,
    answer: oneshot::Sender<Invoked>,
}

/// Events that were handed out, by request ID.
type Waiting = Arc<Mutex<HashMap<String, oneshot::Sender<Invoked>>>>;
type Queue = Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Event>>>;

impl ConcurrentFunction {
    /// Starts the authorizer for so many events at once, with these environment variables.
    ///
    /// # Panics
    /// If there is no free port.
    pub async fn authorizer(concurrency: usize, variables: &[(&str, &str)]) -> Self {
        let Ok(listener) = TcpListener::bind(("127.0.0.1", 0)).await else {
            panic!("no free port");
        };
        let Ok(address) = listener.local_addr() else {
            panic!("no address");
        };
        let (queue, events) = mpsc::unbounded_channel();
        let server = tokio::spawn(serve(listener, Arc::new(tokio::sync::Mutex::new(events))));
        let mut command = Command::new(build::binary("authorizer"));
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "authorizer")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_MAX_CONCURRENCY", concurrency.to_string())
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .envs(variables.iter().copied());
        Self {
            process: Process::start(&mut command),
            queue,
            server,
        }
    }

    /// What the function has printed.
    pub fn log(&self) -> String {
        self.process.output()
    }

    /// Hands out an event as soon as the function asks for one.
    ///
    /// # Panics
    /// If nothing comes of it in time.
    pub async fn invoke(&self, event: &Value) -> Invoked {
        let (answer, answered) = oneshot::channel();
        let body = event.to_string();
        let sent = self.queue.send(Event { body, answer }).is_ok();
        match tokio::time::timeout(LONGEST, answered).await {
            Ok(Ok(invoked)) if sent => invoked,
            _ => panic!("no answer\n{}", self.log()),
        }
    }
}

impl Drop for ConcurrentFunction {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The X-Ray trace that the event with this request ID belongs to.
pub fn trace(id: &str) -> String {
    format!("1-5759e988-{id:0>24}")
}

async fn serve(listener: TcpListener, queue: Queue) {
    let waiting = Waiting::default();
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, Arc::clone(&queue), Arc::clone(&waiting)));
    }
}

/// Answers one request: `GET …/invocation/next`, `POST …/invocation/ID/response`, `…/error`.
async fn answer(mut stream: TcpStream, queue: Queue, waiting: Waiting) -> Option<()> {
    let (line, body) = request(&mut stream).await?;
    let path = line.split(' ').nth(1)?;
    let parts: Vec<&str> = path.rsplit('/').take(2).collect();
    let (status, head, text) = match parts.as_slice() {
        ["next", _] => {
            let event = queue.lock().await.recv().await?;
            let id = lock(&waiting).len().to_string();
            lock(&waiting).insert(id.clone(), event.answer);
            let trace = trace(&id);
            let head = format!(
                "Lambda-Runtime-Trace-Id: Root={trace};Parent=53995c3f42cd8ad8;Sampled=1\r\nLambda-Runtime-Aws-Request-Id: {id}\r\nLambda-Runtime-Deadline-Ms: 99999999999999\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-central-1:123456789012:function:authorizer\r\n"
            );
            (200, head, event.body)
        }
        [outcome, id] => {
            // Kept under its ID, so that IDs are never given twice.
            let (unused, _) = oneshot::channel();
            let answer = lock(&waiting).insert((*id).to_owned(), unused)?;
            let value: Value = serde_json::from_str(&body).ok()?;
            let text = |member: &str| {
                let text = value.get(member).and_then(Value::as_str);
                text.unwrap_or_default().to_owned()
            };
            let invoked = match *outcome {
                "response" => Invoked::Answer(value),
                _ => Invoked::Failed(text("errorType"), text("errorMessage")),
            };
            let _ = answer.send(invoked);
            (202, String::new(), String::new())
        }
        _ => (404, String::new(), String::new()),
    };
    let head = format!(
        "HTTP/1.1 {status} Scripted\r\n{head}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

/// The request line and the body, whole or in chunks.
async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 8192]);
    loop {
        let read = stream
            .read(&mut buffer)
            .await
            .ok()
            .filter(|read| *read > 0)?;
        bytes.extend(buffer.iter().take(read));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let line = head.lines().next()?.to_owned();
        let field = |name: &str| {
            let mut fields = head.lines().filter_map(|line| line.split_once(':'));
            let (_, value) = fields.find(|(field, _)| field.eq_ignore_ascii_case(name))?;
            Some(value.trim().to_owned())
        };
        if field("transfer-encoding").is_some() {
            if body.ends_with("0\r\n\r\n") {
                return Some((line, unchunked(body)?));
            }
        } else {
            let length = field("content-length").and_then(|value| value.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some((line, body.to_owned()));
            }
        }
    }
}

/// The chunks of a body put together (RFC 9112 section 7.1).
fn unchunked(body: &str) -> Option<String> {
    let (mut text, mut rest) = (String::new(), body);
    loop {
        let (size, after) = rest.split_once("\r\n")?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        if size == 0 {
            return Some(text);
        }
        text.push_str(after.get(..size)?);
        rest = after.get(size..)?.strip_prefix("\r\n")?;
    }
}

fn lock(waiting: &Waiting) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<Invoked>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
