//! The answers in `tests/introspection_answers.json`, each through the whole exchange.
//!
//! A case is what the endpoint sends (`status`, 200 unless given; `content_type`, JSON unless
//! given; `body` as JSON, or `raw` as text), changes to the `settings`, and what is to be made of
//! it (`expect`): `identity` with the user's known facts, those absent there being unknown;
//! `unauthenticated`; or `misconfigured` or `unavailable` with words of the cause.

use serde::Deserialize;

use super::*;
use crate::known_facts::known_facts;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default = "json_type")]
    content_type: String,
    body: Option<Value>,
    raw: Option<String>,
    #[serde(default)]
    settings: Map<String, Value>,
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

fn ok() -> u16 {
    200
}

fn json_type() -> String {
    "application/json".to_owned()
}

#[tokio::test]
async fn answers_are_read_as_the_data_file_says() {
    let file = include_str!("../../../tests/introspection_answers.json");
    let cases: Vec<Case> = serde_json::from_str(file).unwrap();
    assert!(cases.len() > 70, "some cases were lost");
    for case in cases {
        let name = case.name;
        let body = match (case.body, case.raw) {
            (Some(body), None) => body.to_string(),
            (None, Some(raw)) => raw,
            _ => panic!("{name}: needs either `body` or `raw`"),
        };
        let sent = body.clone();
        let server = Server::start(move |_, _| Reply::new(case.status, &case.content_type, &sent));
        let changes = Value::Object(case.settings);
        let endpoint = endpoint(&server.await, &with_secret("s"), &changes).await;
        match (case.expect, verify(&endpoint, TOKEN).await) {
            (Expected::Unauthenticated, Outcome::Unauthenticated) => {}
            (Expected::Misconfigured(words), Outcome::Misconfigured(cause))
            | (Expected::Unavailable(words), Outcome::Unavailable(cause)) => {
                assert!(cause.as_str().contains(&words), "{name}: {cause}");
            }
            (Expected::Identity(expected), Outcome::Identity(identity)) => {
                assert_eq!(known_facts(&identity.user), expected, "{name}");
                let claims = identity.user.claims.known().unwrap();
                assert_eq!(
                    claims.to_string(),
                    serde_json::from_str::<Value>(&body).unwrap().to_string()
                );
            }
            (expected, outcome) => panic!("{name}: expected {expected:?}, got {outcome:?}"),
        }
    }
}
