//! The answers in `tests/authgate_answers.json`, each through the whole exchange.
//!
//! A case is what `AuthGate` sends (`status`, 200 unless given; `content_type`, JSON unless given;
//! `body` as JSON, or `raw` as text) and what is to be made of it (`expect`): `identity` with the
//! user's known facts, those absent there being unknown; `unauthenticated`; or `misconfigured` or
//! `unavailable` with words of the cause. It is ten o'clock on 2025-01-15.

use serde_json::{Map, Value, json};
use tollgate_engine::user::Fact;

use super::*;

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
    let file = include_str!("../../../tests/authgate_answers.json");
    let cases: Vec<Case> = serde_json::from_str(file).unwrap();
    assert!(cases.len() > 70, "some cases were lost");
    for case in cases {
        let name = case.name;
        let text = match (&case.body, case.raw) {
            (Some(body), None) => body.to_string(),
            (None, Some(raw)) => raw,
            _ => panic!("{name}: needs either `body` or `raw`"),
        };
        let reply = move |_: usize, _: &Request| Reply::new(case.status, &case.content_type, &text);
        let (outcome, _server) = verify_against(reply).await;
        match (case.expect, outcome) {
            (Expected::Unauthenticated, Outcome::Unauthenticated) => {}
            (Expected::Misconfigured(words), Outcome::Misconfigured(cause))
            | (Expected::Unavailable(words), Outcome::Unavailable(cause)) => {
                assert!(cause.as_str().contains(&words), "{name}: {cause}");
            }
            (Expected::Identity(expected), Outcome::Identity(identity)) => {
                assert_eq!(known_facts(&name, &identity.user), expected, "{name}");
                if let Some(body) = case.body {
                    let claims = identity.user.claims.known();
                    assert_eq!(claims, Some(&body["user"]), "{name}: claims are `user`");
                }
            }
            (expected, outcome) => panic!("{name}: expected {expected:?}, got {outcome:?}"),
        }
    }
}

fn known_facts(name: &str, user: &User) -> Map<String, Value> {
    let mut known = Map::new();
    known.insert("id".to_owned(), json!(user.id));
    if let Fact::Known(email) = &user.email {
        known.insert("email".to_owned(), json!(email));
    }
    if let Fact::Known(provider) = &user.provider {
        known.insert("provider".to_owned(), json!(provider));
    }
    if let Fact::Known(mfa) = &user.mfa {
        known.insert("mfa".to_owned(), json!(mfa));
    }
    // What AuthGate does not tell is unknown in every case.
    let rest = User {
        id: user.id.clone(),
        email: user.email.clone(),
        provider: user.provider.clone(),
        mfa: user.mfa.clone(),
        claims: user.claims.clone(),
        ..User::default()
    };
    assert!(
        rest == *user,
        "{name}: a fact that AuthGate does not tell is known"
    );
    known
}
