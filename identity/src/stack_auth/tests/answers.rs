//! The answers in `tests/stack_auth_answers.json`, each through the whole exchange.
//!
//! A case is what Stack Auth sends when it is asked `at` (`users/me` unless given) – `status`, 200
//! unless given; `code`, a known error, sent as Stack Auth sends one; further `headers`;
//! `content_type`, JSON unless given; `body` as JSON, or `raw` as text – and what is to be made of
//! it (`expect`): `identity` with the user's known facts, those absent there being unknown;
//! `unauthenticated`; or `misconfigured` or `unavailable` with words of the cause. `accept` is that
//! of the settings. All else that is asked for is answered with nothing.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

use super::*;
use crate::known_facts::known_facts;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default = "users_me")]
    at: String,
    #[serde(default = "ok")]
    status: u16,
    code: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default = "json_type")]
    content_type: String,
    body: Option<Value>,
    raw: Option<String>,
    #[serde(default)]
    accept: Vec<String>,
    expect: Expected,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Expected {
    Identity(Map<String, Value>),
    Unauthenticated,
    Misconfigured(String),
    Unavailable(String),
}

fn users_me() -> String {
    "users/me".to_owned()
}

fn ok() -> u16 {
    200
}

fn json_type() -> String {
    "application/json; charset=utf-8".to_owned()
}

/// A known error as Stack Auth sends it.
pub(super) fn known_error(status: u16, code: &str) -> Reply {
    let names = ["x-stack-known-error", "x-hexclave-known-error"];
    let headers = names.map(|name| (name.to_owned(), code.to_owned()));
    reply(status, headers.into(), &json_type(), &error_body(code))
}

fn error_body(code: &str) -> String {
    format!("{{\n  \"code\": \"{code}\",\n  \"error\": \"Words that may change.\"\n}}")
}

fn reply(status: u16, headers: BTreeMap<String, String>, content_type: &str, body: &str) -> Reply {
    let mut head = format!("HTTP/1.1 {status} Text\r\ncontent-type: {content_type}\r\n");
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    let length = body.len();
    Reply::bytes(format!("{head}content-length: {length}\r\n\r\n{body}"))
}

impl Case {
    fn reply(&self) -> Reply {
        if let Some(code) = &self.code {
            return known_error(self.status, code);
        }
        let body = match (&self.body, &self.raw) {
            (Some(body), None) => body.to_string(),
            (None, Some(raw)) => raw.clone(),
            _ => panic!("{}: needs one of `code`, `body` and `raw`", self.name),
        };
        let headers = self.headers.clone();
        reply(self.status, headers, &self.content_type, &body)
    }

    /// What is to be needed for the question to be asked.
    fn needs(&self) -> Needs {
        match self.at.as_str() {
            "users/me" => Needs::default(),
            "payments/products" => needs(&[FactKind::Products], &[]),
            "project-permissions" | "team-permissions" => needs(&[FactKind::Permissions], &[]),
            "teams" => needs(&[FactKind::Teams], &[]),
            other => panic!("{}: nothing is asked at {other}", self.name),
        }
    }
}

#[tokio::test]
async fn answers_are_read_as_the_data_file_says() {
    let file = include_str!("../../../tests/stack_auth_answers.json");
    let cases: Vec<Case> = serde_json::from_str(file).unwrap();
    assert!(cases.len() > 150, "some cases were lost");
    for case in cases {
        let case = Arc::new(case);
        let script = Arc::clone(&case);
        let at = format!("/api/v1/{}", case.at);
        let server = Server::start(move |_, request| {
            if target(request).starts_with(&at) {
                script.reply()
            } else {
                nothing(request)
            }
        })
        .await;
        let accept = serde_json::to_string(&case.accept).unwrap();
        let members = format!(r#"{REST_ALWAYS},"accept":{accept}"#);
        let stack = start(&server, &members, &with_key()).await;
        let outcome = verify(&stack, &token(&server), &case.needs()).await;
        let name = &case.name;
        match (&case.expect, outcome) {
            (Expected::Unauthenticated, Outcome::Unauthenticated) => {}
            (Expected::Misconfigured(words), Outcome::Misconfigured(told))
            | (Expected::Unavailable(words), Outcome::Unavailable(told)) => {
                assert!(told.as_str().contains(words), "{name}: {told}");
            }
            (Expected::Identity(expected), Outcome::Identity(identity)) => {
                assert_eq!(&known_facts(&identity.user), expected, "{name}");
            }
            (expected, outcome) => panic!("{name}: expected {expected:?}, got {outcome:?}"),
        }
    }
}
