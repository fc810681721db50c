//! The built function, and the Runtime API (AWS Lambda developer guide, "Lambda runtime API") that it
//! takes events from, several at once.
//!
//! Connections are kept, as Lambda does: with one for each call an hour would run out of ports.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, mpsc, oneshot};
use tollgate_tests::function::Invoked;

use crate::http::{Request, Response, Server, respond};

/// The longest an event may take: the function's own budget is 3 s, the rest is for a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

/// How often it is started until it is there: on a busy machine its init may run out of time, and Lambda
/// starts a fresh one then too.
const STARTS: usize = 5;

/// Lines of the log that are kept for a report.
const LINES: usize = 60;

/// A running function; it ends when dropped.
pub struct Function {
    child: Child,
    shared: Arc<Shared>,
    log: Arc<Mutex<Log>>,
    _server: Server,
}

struct Shared {
    queue: mpsc::UnboundedSender<Event>,
    events: tokio::sync::Mutex<mpsc::UnboundedReceiver<Event>>,
    waiting: Mutex<HashMap<String, oneshot::Sender<Invoked>>>,
    handed_out: AtomicU64,
    /// The function has asked for an event.
    ready: Notify,
}

struct Event {
    body: String,
    id: oneshot::Sender<String>,
    answer: oneshot::Sender<Invoked>,
}

#[derive(Default)]
struct Log {
    last: VecDeque<String>,
    /// The first line with a token or a key in it.
    leak: Option<String>,
}

/// An answer, and the request ID it was made under.
pub struct Answered {
    /// The request ID.
    pub id: String,
    /// What came of the event.
    pub invoked: Invoked,
}

impl Function {
    /// Starts this binary for so many events at once, with these environment variables; it is there once
    /// it asks for the first.
    pub async fn start(binary: &Path, concurrency: usize, variables: &[(&str, &str)]) -> Self {
        let (queue, events) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            queue,
            events: tokio::sync::Mutex::new(events),
            waiting: Mutex::default(),
            handed_out: AtomicU64::new(0),
            ready: Notify::new(),
        });
        let own = Arc::clone(&shared);
        let server = Server::start(move |request| handle(Arc::clone(&own), request)).await;
        let mut command = Command::new(binary);
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", &server.address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "authorizer")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_MAX_CONCURRENCY", concurrency.to_string())
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let log = Arc::default();
        for _ in 0..STARTS {
            let mut child = command.spawn().unwrap();
            read(child.stdout.take().unwrap(), &log);
            read(child.stderr.take().unwrap(), &log);
            let ready = tokio::time::timeout(LONGEST, async {
                tokio::select! {
                    () = shared.ready.notified() => true,
                    _ = child.wait() => false,
                }
            });
            if ready.await == Ok(true) {
                return Self {
                    child,
                    shared,
                    log,
                    _server: server,
                };
            }
        }
        panic!(
            "it does not start:\n{}",
            Vec::from(lock(&log).last.clone()).join("\n")
        );
    }

    /// Its process ID; `None` once it has ended.
    pub fn process(&self) -> Option<u32> {
        self.child.id()
    }

    /// Hands out an event as soon as the function asks for one. The error is that nothing came of it.
    pub async fn invoke(&self, event: &Value) -> Result<Answered, String> {
        let (id, given) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let body = event.to_string();
        let event = Event { body, id, answer };
        let _ = self.shared.queue.send(event);
        let both = async { Some((given.await.ok()?, answered.await.ok()?)) };
        match tokio::time::timeout(LONGEST, both).await {
            Ok(Some((id, invoked))) => Ok(Answered { id, invoked }),
            _ => Err(format!("no answer within {LONGEST:?}")),
        }
    }

    /// The end of its log.
    pub fn log(&self) -> String {
        Vec::from(lock(&self.log).last.clone()).join("\n")
    }

    /// The first line of its log that held a token or a key.
    pub fn leak(&self) -> Option<String> {
        lock(&self.log).leak.clone()
    }
}

/// `GET …/invocation/next`, `POST …/invocation/ID/response`, `…/error`.
async fn handle(shared: Arc<Shared>, request: Request) -> Response {
    let path = request.uri().path();
    let mut parts = path.rsplit('/');
    match (parts.next(), parts.next()) {
        (Some("next"), _) => next(&shared).await,
        (Some("response"), Some(id)) => {
            let invoked = match serde_json::from_str(request.body()) {
                Ok(value) => Invoked::Answer(value),
                Err(error) => Invoked::Failed("answer is no JSON".to_owned(), error.to_string()),
            };
            settle(&shared, id, invoked)
        }
        (Some("error"), Some(id)) => {
            let value: Value = serde_json::from_str(request.body()).unwrap_or_default();
            let text = |member: &str| value[member].as_str().unwrap_or_default().to_owned();
            let invoked = Invoked::Failed(text("errorType"), text("errorMessage"));
            settle(&shared, id, invoked)
        }
        _ => respond(404, &[], String::new()),
    }
}

/// Waits for an event.
async fn next(shared: &Shared) -> Response {
    shared.ready.notify_one();
    let Some(event) = shared.events.lock().await.recv().await else {
        return respond(410, &[], String::new());
    };
    let number = shared.handed_out.fetch_add(1, Ordering::Relaxed);
    let id = format!("{number:08x}-50a4-4000-8000-000000000000");
    lock(&shared.waiting).insert(id.clone(), event.answer);
    let head = [
        ("Lambda-Runtime-Aws-Request-Id", id.as_str()),
        ("Lambda-Runtime-Deadline-Ms", "99999999999999"),
        (
            "Lambda-Runtime-Invoked-Function-Arn",
            "arn:aws:lambda:eu-central-1:123456789012:function:authorizer",
        ),
        ("Content-Type", "application/json"),
    ];
    let response = respond(200, &head, event.body);
    let _ = event.id.send(id);
    response
}

fn settle(shared: &Shared, id: &str, invoked: Invoked) -> Response {
    // Answered twice, or never asked: the event it belongs to goes without.
    let status = match lock(&shared.waiting).remove(id) {
        Some(answer) => {
            let _ = answer.send(invoked);
            202
        }
        None => 404,
    };
    respond(status, &[], String::new())
}

/// Keeps the end of what is printed, and looks for what must never be.
fn read(stream: impl AsyncRead + Send + Unpin + 'static, log: &Arc<Mutex<Log>>) {
    let log = Arc::clone(log);
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut log = lock(&log);
            if log.leak.is_none() && is_leak(&line) {
                log.leak = Some(line.clone());
            }
            if log.last.len() == LINES {
                log.last.pop_front();
            }
            log.last.push_back(line);
        }
    });
}

/// Whether a line holds the beginning of a token (`{"alg` in base64url), a key of tiun, or a user's
/// address: those end in a digit before the `@`, unlike what the policy has.
fn is_leak(line: &str) -> bool {
    let is_address = |(at, _): (usize, &str)| {
        let before = line.as_bytes().get(at.wrapping_sub(1));
        before.is_some_and(u8::is_ascii_digit)
    };
    line.contains("eyJhbGci")
        || line.contains(crate::outside::KEY)
        || line.match_indices("@example.").any(is_address)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
