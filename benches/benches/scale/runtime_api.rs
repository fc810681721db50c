//! Lambda's Runtime API (AWS Lambda developer guide, "Lambda runtime API") that never runs out of
//! events: whoever asks is handed one at once, and its time is taken.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::server::{self, Answer, Asked};
use crate::{event, provider};

/// One process's Runtime API.
pub struct RuntimeApi {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    handed: usize,
    under_way: HashMap<String, Instant>,
    took: Vec<Duration>,
}

impl RuntimeApi {
    /// Starts it; each event has a token of its own.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let address = server::serve(move |asked| {
            let answer = answer(&asked, &shared);
            async move { answer }
        })
        .await;
        Self { address, state }
    }

    /// How long each event took that was answered since this was last taken.
    pub fn take(&self) -> Vec<Duration> {
        std::mem::take(&mut lock(&self.state).took)
    }
}

/// `GET …/invocation/next`, `POST …/invocation/ID/response`; a function has nothing else to say here.
fn answer(asked: &Asked, state: &Mutex<State>) -> Answer {
    let now = Instant::now();
    let mut state = lock(state);
    let mut parts = asked.path.rsplit('/');
    match (parts.next(), parts.next()) {
        (Some("next"), _) => {
            let id = state.handed.to_string();
            let event = event::rest("/area-0/list", &provider::token(1, state.handed));
            state.handed += 1;
            state.under_way.insert(id.clone(), now);
            handed(&id, &event.to_string())
        }
        (Some("response"), Some(id)) if asked.body.contains("Allow") => {
            let began = state
                .under_way
                .remove(id)
                .expect("an event that was handed out");
            state.took.push(now - began);
            server::json("{}")
        }
        // Whoever answers wrongly is not measured but stopped.
        _ => {
            eprintln!("the function says at {}: {}", asked.path, asked.body);
            std::process::exit(1);
        }
    }
}

fn handed(id: &str, event: &str) -> Answer {
    const FUNCTION: &str = "arn:aws:lambda:eu-central-1:123456789012:function:authorizer";
    let mut answer = server::json(event.to_owned());
    let headers = answer.headers_mut();
    for (name, value) in [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", "99999999999999"),
        ("lambda-runtime-invoked-function-arn", FUNCTION),
    ] {
        headers.insert(name, value.parse().expect("a header"));
    }
    answer
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
