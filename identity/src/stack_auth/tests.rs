#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod answers;
mod keys;
mod lists;
mod requests;
mod tokens;

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use serde_json::{Map, json};

use super::*;
use crate::http::{CONNECT, ExtraRoots, Http};
use crate::jwt::Algorithm;
use crate::jwt::mint::{self, Mint};
use crate::keyring::{Pace, Wanted};
use crate::loopback::{Hand, Reply, Request, Server};
use crate::sources::Sources;
use crate::stack_auth::settings::UserKind;

const PROJECT: &str = "0f9a3c1e-1111-4222-8333-444455556666";
const ANN: &str = "a7c5d0de-aaaa-4bbb-8ccc-ddddeeeeffff";
const TEAM: &str = "7ea00000-aaaa-4bbb-8ccc-ddddeeeeffff";

/// Seconds since 1970, by the clock of these tests.
const NOW: u64 = 1_736_935_200;

/// Long enough for a busy machine.
const TIME: Duration = Duration::from_secs(10);

/// One key for all tests that do not turn on which it is.
static KEY: LazyLock<Mint> = LazyLock::new(|| Mint::new(Algorithm::Es256, "kid-normal"));

const KINDS: [UserKind; 3] = [UserKind::Normal, UserKind::Restricted, UserKind::Anonymous];

fn hand() -> Hand {
    let hand = Hand::default();
    hand.set(NOW * 1000);
    hand
}

fn with_key() -> Sources {
    Sources::system()
        .with_clock(hand().clock())
        .with_variables(|name| (name == "KEY").then(|| "ssk_4711".to_owned()))
}

/// Stack Auth at this server; its `members` come after `project` and `url`.
async fn start(server: &Server, members: &str, sources: &Sources) -> StackAuth {
    let url = server.url();
    start_with(
        &format!(r#"{{"project":"{PROJECT}","url":"{url}"{members}}}"#),
        sources,
    )
    .await
}

async fn start_with(settings: &str, sources: &Sources) -> StackAuth {
    let settings: StackAuthSettings = serde_json::from_str(settings).unwrap();
    let wanted = settings
        .secrets()
        .into_iter()
        .map(|(setting, reference)| Wanted {
            setting: format!("stack_auth: {setting}"),
            reference: reference.clone(),
            max_age: None,
        });
    let keyrings = Keyring::load_all(wanted.collect(), sources, Pace::default()).await;
    let secret = keyrings.unwrap().into_iter().next();
    let http = Http::new(CONNECT, sources.clock(), &ExtraRoots::default()).unwrap();
    let line = Line::new(Arc::new(http), "stack_auth".to_owned(), sources.clock());
    StackAuth::new(&settings, secret, &Arc::new(line), sources.clock())
}

/// `verify: rest`, with the key.
const REST_ALWAYS: &str = r#","verify":"rest","secret_server_key":"env:KEY""#;

fn needs(facts: &[FactKind], claims: &[&[&str]]) -> Needs {
    let path = |path: &&[&str]| path.iter().map(|name| (*name).to_owned()).collect();
    Needs {
        facts: FactSet::of(facts),
        claims: claims.iter().map(path).collect(),
    }
}

async fn verify(stack: &StackAuth, token: &str, needs: &Needs) -> Outcome {
    let call = Call {
        token,
        needs,
        deadline: Instant::now() + TIME,
    };
    stack.verify(&call).await
}

/// What a token of this kind of user holds, of a server with this address.
fn claims(host: &str, kind: UserKind) -> Value {
    let (path, suffix) = match kind {
        UserKind::Normal => ("projects", ""),
        UserKind::Restricted => ("projects-restricted-users", ":restricted"),
        UserKind::Anonymous => ("projects-anonymous-users", ":anon"),
    };
    json!({
        "sub": ANN,
        "iss": format!("{host}/api/v1/{path}/{PROJECT}"),
        "aud": format!("{PROJECT}{suffix}"),
        "iat": NOW,
        "exp": NOW + 600,
        "project_id": PROJECT,
        "branch_id": "main",
        "refresh_token_id": "5e55",
        "role": "authenticated",
        "name": "Ann",
        "email": "ann@example.com",
        "email_verified": true,
        "selected_team_id": null,
        "signed_up_at": NOW - 1000,
        "is_anonymous": kind == UserKind::Anonymous,
        "is_restricted": kind != UserKind::Normal,
        "restricted_reason": null,
        "requires_totp_mfa": false,
    })
}

/// Claims with some changed.
fn with(mut claims: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

/// Claims with one taken out.
fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}

/// A token of a signed-in user.
fn token(server: &Server) -> String {
    KEY.token(&claims(&server.url(), UserKind::Normal))
}

/// What `users/me` says of Ann.
fn me() -> Value {
    json!({
        "id": ANN,
        "display_name": "Ann",
        "primary_email": "ann@example.com",
        "primary_email_verified": true,
        "requires_totp_mfa": true,
        "is_anonymous": false,
        "is_restricted": false,
        "restricted_reason": null,
        "client_metadata": {"plan": "pro"},
        "client_read_only_metadata": {"plan": "light"},
        "server_metadata": {"plan": "free"},
        "selected_team_id": TEAM,
        "selected_team": {"id": TEAM, "client_metadata": {"a": 1}, "server_metadata": {"b": 2}},
    })
}

/// Where a request goes, its query with it.
fn target(request: &Request) -> &str {
    let line = request.line.strip_prefix("GET ").unwrap();
    line.strip_suffix(" HTTP/1.1").unwrap()
}

/// A server that has nothing of Ann but her account.
fn nothing(request: &Request) -> Reply {
    let (path, _) = target(request)
        .split_once('?')
        .unwrap_or((target(request), ""));
    let items = json!({"is_paginated": false, "items": []});
    Reply::json(&match path.strip_prefix("/api/v1/").unwrap() {
        "users/me" => me().to_string(),
        "project-permissions" | "team-permissions" | "teams" => items.to_string(),
        products if products == format!("payments/products/user/{ANN}") => page(0..0, None),
        other => panic!("{other} was asked for"),
    })
}

/// A page of products `p-0`, `p-1` and so on.
fn page(numbers: std::ops::Range<usize>, next: Option<&str>) -> String {
    let item = |number| json!({"id": format!("p-{number}"), "quantity": 1});
    let items: Vec<Value> = numbers.map(item).collect();
    json!({"is_paginated": true, "items": items, "pagination": {"next_cursor": next}}).to_string()
}

fn identity(outcome: &Outcome) -> &Identity {
    match outcome {
        Outcome::Identity(identity) => identity,
        other => panic!("{other:?}"),
    }
}

fn claims_of(outcome: &Outcome) -> &Map<String, Value> {
    let claims = identity(outcome).user.claims.known().unwrap();
    claims.as_object().unwrap()
}

fn misconfigured(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Misconfigured(cause) => cause.as_str(),
        other => panic!("{other:?}"),
    }
}

fn unavailable(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Unavailable(cause) => cause.as_str(),
        other => panic!("{other:?}"),
    }
}
