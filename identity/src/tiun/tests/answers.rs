//! The answers in `tests/tiun_answers.json`, each through the whole exchange.
//!
//! A case is what tiun sends (`status`, 200 unless given; `content_type`, JSON unless given;
//! `body` as JSON, or `raw` as text) and what is to be made of it (`expect`): `identity` with
//! the user's known facts, those absent there being unknown; `unauthenticated`; or
//! `misconfigured` or `unavailable` with words of the cause.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tollgate_engine::user::{Fact, User};

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
    let file = include_str!("../../../tests/tiun_answers.json");
    let cases: Vec<Case> = serde_json::from_str(file).unwrap();
    assert!(cases.len() > 100, "some cases were lost");
    for case in cases {
        let name = case.name;
        let body = match (case.body, case.raw) {
            (Some(body), None) => body.to_string(),
            (None, Some(raw)) => raw,
            _ => panic!("{name}: needs either `body` or `raw`"),
        };
        let reply = move |_: usize, _: &Request| Reply::new(case.status, &case.content_type, &body);
        let (outcome, _server) = verify_against(reply).await;
        match (case.expect, outcome) {
            (Expected::Unauthenticated, Outcome::Unauthenticated) => {}
            (Expected::Misconfigured(words), Outcome::Misconfigured(cause))
            | (Expected::Unavailable(words), Outcome::Unavailable(cause)) => {
                assert!(cause.as_str().contains(&words), "{name}: {cause}");
            }
            (Expected::Identity(expected), Outcome::Identity(user)) => {
                assert_eq!(known_facts(&name, &user.user), expected, "{name}");
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
    if let Fact::Known(products) = &user.products {
        known.insert("products".to_owned(), json!(products));
    }
    let claims = user.claims.known().unwrap();
    assert_eq!(
        claims["userId"],
        user.id.as_str(),
        "{name}: claims are userInfo"
    );
    // What tiun does not tell is unknown in every case.
    let rest = User {
        id: user.id.clone(),
        email: user.email.clone(),
        products: user.products.clone(),
        claims: user.claims.clone(),
        ..User::default()
    };
    assert!(
        rest == *user,
        "{name}: a fact that tiun does not tell is known"
    );
    known
}
