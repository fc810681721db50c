//! SSM's `GetParameters` for one parameter, that has moods.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{Response, Server, respond};

/// The parameter.
pub const PARAMETER: &str = "/tollgate/soak/api-key";

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// At once, with the value.
    Well,
    /// The first so many calls are refused as too many, then [`Mood::Well`].
    ThrottledFirst(u32),
    /// Every call is refused as one too many.
    Throttled,
    /// Every call fails.
    Broken,
    /// The value comes this late.
    Slow(Duration),
    /// Nothing ever comes.
    Silent,
}

struct State {
    mood: Mood,
    value: String,
    calls: u64,
}

/// The server; it ends when dropped.
pub struct Ssm {
    url: String,
    state: Arc<Mutex<State>>,
    _server: Server,
}

impl Ssm {
    /// Starts it in a mood, with a value.
    pub async fn start(mood: Mood, value: &str) -> Self {
        let state = Arc::new(Mutex::new(State {
            mood,
            value: value.to_owned(),
            calls: 0,
        }));
        let own = Arc::clone(&state);
        let server = Server::start(move |_| answer(Arc::clone(&own))).await;
        Self {
            url: format!("http://{}", server.address),
            state,
            _server: server,
        }
    }

    /// Its address, for `AWS_ENDPOINT_URL_SSM`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stores another value.
    pub fn put(&self, value: &str) {
        value.clone_into(&mut lock(&self.state).value);
    }

    /// Changes its mood.
    pub fn set(&self, mood: Mood) {
        lock(&self.state).mood = mood;
    }

    /// How often it has been called.
    pub fn calls(&self) -> u64 {
        lock(&self.state).calls
    }
}

async fn answer(state: Arc<Mutex<State>>) -> Response {
    let (mood, value) = {
        let mut state = lock(&state);
        state.calls += 1;
        let mood = state.mood;
        if let Mood::ThrottledFirst(left) = mood {
            state.mood = match left {
                1 => Mood::Well,
                left => Mood::ThrottledFirst(left - 1),
            };
        }
        (mood, state.value.clone())
    };
    let error =
        |status, kind: &str| json_of(status, &json!({"__type": kind, "message": "scripted"}));
    match mood {
        Mood::Well => {}
        Mood::ThrottledFirst(_) | Mood::Throttled => {
            return error(400, "ThrottlingException");
        }
        Mood::Broken => return error(500, "InternalServerError"),
        Mood::Slow(time) => tokio::time::sleep(time).await,
        Mood::Silent => std::future::pending().await,
    }
    let parameter =
        json!({"Name": PARAMETER, "Type": "SecureString", "Value": value, "Version": 1});
    json_of(
        200,
        &json!({"Parameters": [parameter], "InvalidParameters": []}),
    )
}

fn json_of(status: u16, body: &Value) -> Response {
    let media_type = ("Content-Type", "application/x-amz-json-1.1");
    respond(status, &[media_type], body.to_string())
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
