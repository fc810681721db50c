//! The `AuthGate` stand-in over HTTP: what a verification client meets, in order and out of it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod provider;

use std::time::Duration;

use provider::{client, now, parts, tampered, unsigned};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tollgate_local::authgate::{
    AuthGateOptions, AuthGateStandIn, ExpiresAt, KeyRefusal, VERIFY_PATH, development_key,
};
use tollgate_local::fault::Fault;
use tollgate_local::stand_in::TokenError;
use tollgate_local::users::{Environment, Users};

async fn start() -> AuthGateStandIn {
    AuthGateStandIn::start(AuthGateOptions::development(Environment::Live).unwrap())
        .await
        .unwrap()
}

fn post(authgate: &AuthGateStandIn) -> RequestBuilder {
    client()
        .post(authgate.url() + VERIFY_PATH)
        .bearer_auth(development_key())
}

async fn send(authgate: &AuthGateStandIn, token: &str) -> Response {
    let body = json!({ "token": token });
    post(authgate).json(&body).send().await.unwrap()
}

async fn verify(authgate: &AuthGateStandIn, token: &str) -> (u16, Value) {
    let response = send(authgate, token).await;
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_good_token_gives_the_user_and_more_than_is_documented() {
    let authgate = start().await;
    let token = authgate.development_token("team-admin").unwrap();
    let (status, body) = verify(&authgate, &token).await;
    assert_eq!((status, &body["valid"]), (200, &json!(true)));
    assert_eq!(
        body["user"],
        json!({
            "id": "u-team-admin",
            "email": "team-admin@example.com",
            "name": "Ada Admin",
            "picture": "https://example.com/ada.png",
            "provider": "github",
        })
    );
    assert_eq!(
        body["mfa"],
        json!({ "enrolled": true, "methods": ["totp", "sms"] })
    );
    assert!(body.get("requestId").is_some());
    assert_eq!(body["expiresAt"], "2100-01-01T00:00:00.000Z");
    assert_eq!(authgate.counts().authenticated, 1);
}

#[tokio::test]
async fn what_a_user_lacks_is_null_or_absent() {
    let authgate = start().await;
    let body = async |name: &str| verify(&authgate, &authgate.token(name).unwrap()).await.1;
    let guest = body("guest").await;
    assert_eq!(
        guest["user"],
        json!({ "id": "u-guest", "email": null, "name": null, "picture": null, "provider": "email" })
    );
    assert!(guest.get("mfa").is_none());
    assert_eq!(
        body("light").await["mfa"],
        json!({ "enrolled": false, "methods": [] })
    );
}

#[tokio::test]
async fn a_token_has_the_documented_form() {
    let authgate = start().await;
    let (header, claims) = parts(&authgate.token("pro").unwrap());
    assert_eq!(header["alg"], "HS256");
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!("authgate"), &json!("session"))
    );
    let (iat, exp) = (
        claims["iat"].as_u64().unwrap(),
        claims["exp"].as_u64().unwrap(),
    );
    assert_eq!(exp - iat, 300);
    assert!(now() - iat < 60);
    assert_eq!(parts(&authgate.link_token("pro").unwrap()).1["aud"], "link");
    assert_ne!(authgate.token("pro"), authgate.token("pro"));
    assert_eq!(authgate.token("nobody"), Err(TokenError::UnknownUser));
}

#[tokio::test]
async fn a_development_token_outlives_a_restart() {
    let before = start().await.development_token("pro").unwrap();
    let authgate = start().await;
    assert_eq!(authgate.development_token("pro").unwrap(), before);
    assert_eq!(verify(&authgate, &before).await.0, 200);
}

#[tokio::test]
async fn a_token_that_is_not_good_is_a_401_that_says_so() {
    let authgate = start().await;
    let mut options = AuthGateOptions::development(Environment::Live).unwrap();
    options.project = "other".to_owned();
    let other = AuthGateStandIn::start(options).await.unwrap();
    let token = authgate.token("pro").unwrap();
    let mut claims = parts(&token).1;
    claims["sub"] = json!("u-team-admin");
    let with = |member: &str, value: Value| {
        let mut claims = parts(&token).1;
        claims[member] = value;
        authgate.sign(&claims).unwrap()
    };
    let cases = [
        ("expired", authgate.token("expired").unwrap()),
        (
            "expired for long",
            authgate.development_token("expired").unwrap(),
        ),
        ("for linking", authgate.link_token("pro").unwrap()),
        ("of another project", other.token("pro").unwrap()),
        ("changed", tampered(&token, &claims)),
        ("unsigned", unsigned(&token)),
        ("of another issuer", with("iss", json!("other"))),
        ("for several", with("aud", json!(["session"]))),
        ("for nobody", with("sub", json!("u-nobody"))),
        ("without end", with("exp", Value::Null)),
        ("garbage", "garbage".to_owned()),
        (
            "cut",
            token.trim_end_matches(char::is_alphanumeric).to_owned(),
        ),
    ];
    let count = cases.len() as u64;
    for (what, token) in cases {
        let (status, body) = verify(&authgate, &token).await;
        assert_eq!(status, 401, "{what}");
        assert_eq!(
            body,
            json!({ "valid": false, "error": "Invalid or expired token" }),
            "{what}"
        );
    }
    assert_eq!(authgate.counts().not_authenticated, count);
}

#[tokio::test]
async fn a_token_ends_after_five_minutes_but_not_with_the_session() {
    let authgate = start().await;
    let signed_out = authgate.token("signed-out").unwrap();
    assert_eq!(
        verify(&authgate, &signed_out).await.0,
        200,
        "sessions are not looked at"
    );
    let token = authgate.token("pro").unwrap();
    authgate.advance(Duration::from_secs(290));
    assert_eq!(verify(&authgate, &token).await.0, 200);
    authgate.advance(Duration::from_secs(11));
    assert_eq!(verify(&authgate, &token).await.0, 401);
}

#[tokio::test]
async fn the_key_is_checked_before_the_body() {
    let authgate = start().await;
    let key = development_key();
    for headers in [
        vec![],
        vec![("authorization", String::new())],
        vec![("authorization", "Bearer wrong".to_owned())],
        vec![("authorization", key.to_owned())],
        vec![("authorization", format!("Basic {key}"))],
        vec![("authorization", format!("Bearer {key}")); 2],
        vec![("x-api-key", key.to_owned())],
    ] {
        let request = client().post(authgate.url() + VERIFY_PATH).body("no json");
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, value)
        });
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401, "{headers:?}");
        let body: Value = response.json().await.unwrap();
        assert!(body.get("valid").is_none(), "{body}");
    }
    assert_eq!(authgate.counts().wrong_key, 7);
}

#[tokio::test]
async fn a_refused_key_has_several_bodies_and_none_says_valid() {
    let authgate = start().await;
    authgate.set_keys(["new"]);
    for (shape, expected) in [
        (KeyRefusal::Error, r#"{"error":"Invalid API key"}"#),
        (
            KeyRefusal::Message,
            r#"{"message":"Unauthorized","statusCode":401}"#,
        ),
        (KeyRefusal::Text, "Unauthorized"),
        (KeyRefusal::Empty, ""),
    ] {
        authgate.set_key_refusal(shape);
        let response = send(&authgate, "token").await;
        assert_eq!(response.status(), 401);
        assert_eq!(response.text().await.unwrap(), expected);
    }
    authgate.set_keys(["new", development_key()]);
    assert_eq!(
        verify(&authgate, &authgate.token("pro").unwrap()).await.0,
        200
    );
}

#[tokio::test]
async fn a_careless_client_is_told_so() {
    let authgate = start().await;
    let json_post = || post(&authgate).header("content-type", "application/json");
    let elsewhere = |path: &str| client().post(authgate.url() + path).bearer_auth("key");
    let cases = [
        (405, client().get(authgate.url() + VERIFY_PATH)),
        (404, elsewhere("/")),
        (404, elsewhere("/api/v1/token/verify/")),
        (415, post(&authgate).body("{}")),
        (400, json_post()),
        (400, json_post().body("{")),
        (400, json_post().body("{}")),
        (400, json_post().body(r#"{"token":null}"#)),
        (400, json_post().body(r#"{"token":""}"#)),
        (413, json_post().body(vec![b' '; 100_000])),
    ];
    for (expected, request) in cases {
        assert_eq!(request.send().await.unwrap().status(), expected);
    }
    assert_eq!(authgate.counts().rejected, 10);
}

#[tokio::test]
async fn an_answer_may_be_odd() {
    let authgate = start().await;
    let token = authgate.token("pro").unwrap();
    let past = "2025-01-15T10:05:00.000Z".to_owned();
    for (shape, expected) in [
        (ExpiresAt::Text(past.clone()), json!(past)),
        (ExpiresAt::Text("soon".to_owned()), json!("soon")),
        (ExpiresAt::Missing, Value::Null),
    ] {
        authgate.set_expires_at(shape);
        assert_eq!(verify(&authgate, &token).await.1["expiresAt"], expected);
    }
    let users =
        "live: {a: {id: u-1, oauth_provider: myspace}, b: {id: u-2, answer: {valid: 'true'}}}";
    authgate.set_users(Users::parse(users, "users.yaml").unwrap());
    let body = async |name: &str| verify(&authgate, &authgate.token(name).unwrap()).await.1;
    assert_eq!(body("a").await["user"]["provider"], "myspace");
    assert_eq!(body("b").await, json!({ "valid": "true" }));
}

#[tokio::test]
async fn faults_come_and_go() {
    let authgate = start().await;
    let token = authgate.token("pro").unwrap();
    authgate.fail_times(1, Fault::Status(429));
    let response = send(&authgate, &token).await;
    assert_eq!(response.status(), 429);
    assert!(response.headers().contains_key("retry-after"));
    authgate.fail_times(1, Fault::Html);
    assert_eq!(send(&authgate, &token).await.status(), 503);
    authgate.fail_times(
        1,
        Fault::Reply {
            status: 429,
            headers: vec![("x-odd".to_owned(), "1".to_owned())],
            body: "slow down".to_owned(),
        },
    );
    let response = send(&authgate, &token).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["x-odd"]),
        (429, &"1".parse().unwrap())
    );
    assert!(!response.headers().contains_key("retry-after"));
    assert_eq!(response.text().await.unwrap(), "slow down");
    assert_eq!(send(&authgate, &token).await.status(), 200);
    assert_eq!(authgate.counts().faulted, 3);
}
