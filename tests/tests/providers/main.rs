//! Every provider end to end: the built function asks counterparts that others wrote, and stand-ins
//! where there are none.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use serde_json::{Map, Value};
use tollgate_tests::function::{Function, Invoked};
use tollgate_tests::request::Request;

mod authgate;
mod concurrency;
mod faults;
mod introspection;
mod neon_auth;
mod oidc;
mod several;
mod stack_auth;

/// A policy that asks for a user and nothing else.
const SIGNED_IN: &str = "route /me requires user\n";

/// Of `GET /me` with this bearer token on a REST API.
async fn me(function: &Function, token: &str) -> Invoked {
    get(function, "/me", token).await
}

/// Of `GET` of this path with this bearer token on a REST API.
async fn get(function: &Function, path: &'static str, token: &str) -> Invoked {
    function
        .invoke(&Request::get(path).bearer(token).rest())
        .await
}

/// What the function logged of each token it refused, in order. The log is whole once it holds as
/// many refusals as there are said to be.
async fn refusals(function: &Function, count: usize) -> Vec<String> {
    let read = |log: String| -> Vec<String> {
        let lines = log.lines().filter_map(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            let fields = line.get("fields")?;
            let text = |name: &str| Some(fields.get(name)?.as_str()?.to_owned());
            text("message").filter(|message| message == "token refused")?;
            text("why")
        });
        lines.collect()
    };
    for _ in 0..100 {
        let refusals = read(function.log());
        if refusals.len() >= count {
            return refusals;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    read(function.log())
}

/// Asserts that nothing of these is in the log.
fn assert_unlogged(function: &Function, secrets: &[&str]) {
    let log = function.log();
    for secret in secrets {
        assert!(secret.len() > 4, "too short to be looked for");
        assert!(!log.contains(secret), "the log holds a secret: {log}");
    }
}

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}
