//! Tokens verified with the project's secret (`local_hs256_secret`).

use std::sync::Mutex;

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::*;
use crate::jwt::mint;

const OLD: &str = "an old secret of thirty-two bytes and more";
const NEW: &str = "a new secret of thirty-two bytes and more!";
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn signed(header: &str, claims: &str, secret: &str) -> String {
    let signed = format!("{}.{}", mint::encode(header), mint::encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = mint::encode(hmac::sign(&key, signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn claims() -> Value {
    json!({"sub": "user_ann", "iss": "authgate", "aud": "session", "iat": NOW, "exp": NOW + 300})
}

fn token(secret: &str) -> String {
    signed(HEADER, &claims().to_string(), secret)
}

/// A session token with these claims changed; a `null` takes one out.
fn token_with(changes: &Value) -> String {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    signed(HEADER, &claims.to_string(), NEW)
}

/// `AuthGate` with this secret.
async fn with_secret(secret: &'static str) -> (Server, Authgate) {
    let server = Server::start(|_, _| Reply::json(ANN)).await;
    let sources =
        Sources::system()
            .with_clock(hand().clock())
            .with_variables(move |name| match name {
                "KEY" => Some("key-4711".to_owned()),
                "SECRET" => Some(secret.to_owned()),
                _ => None,
            });
    let members = r#""api_key":"env:KEY","local_hs256_secret":"env:SECRET""#;
    let authgate = start(&server, members, &sources).await;
    (server, authgate)
}

#[tokio::test]
async fn a_session_token_is_verified_without_a_call() {
    let (server, authgate) = with_secret(NEW).await;
    let outcome = verify_for(&authgate, &token(NEW), &[]).await;
    let identity = identity(&outcome);
    // Nothing but who it is: no claim is documented.
    let expected = User {
        id: "user_ann".to_owned(),
        ..User::default()
    };
    assert!(*identity.user == expected);
    let expires = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + 300);
    assert_eq!(identity.expires, Some(expires));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn what_the_token_does_not_carry_is_asked_for() {
    let (server, authgate) = with_secret(NEW).await;
    for (number, kind) in FactKind::ALL.into_iter().enumerate() {
        identity(&verify_for(&authgate, &token(NEW), &[kind]).await);
        assert_eq!(server.requests().len(), number + 1, "{kind:?}");
    }
}

#[tokio::test]
async fn what_is_no_session_token_of_the_project_is_refused() {
    let (server, authgate) = with_secret(NEW).await;
    let all = claims().to_string();
    let unsigned = format!(
        "{}.{}.c2ln",
        mint::encode(r#"{"alg":"none"}"#),
        mint::encode(&all)
    );
    for (name, token) in [
        ("account link", token_with(&json!({"aud": "link"}))),
        ("no audience", token_with(&json!({"aud": null}))),
        (
            "audience in capitals",
            token_with(&json!({"aud": "Session"})),
        ),
        (
            "another issuer",
            token_with(&json!({"iss": "authgate.dev"})),
        ),
        ("no issuer", token_with(&json!({"iss": null}))),
        ("expired", token_with(&json!({"exp": NOW - 30}))),
        ("no expiry", token_with(&json!({"exp": null}))),
        ("expiry a text", token_with(&json!({"exp": "2025"}))),
        ("of the future", token_with(&json!({"iat": NOW + 31}))),
        ("another secret", signed(HEADER, &all, OLD)),
        ("HS512 in name", signed(r#"{"alg":"HS512"}"#, &all, NEW)),
        ("ES256 in name", signed(r#"{"alg":"ES256"}"#, &all, NEW)),
        ("none", unsigned),
        (
            "logout token",
            signed(r#"{"alg":"HS256","typ":"logout+jwt"}"#, &all, NEW),
        ),
    ] {
        let outcome = verify_for(&authgate, &token, &[]).await;
        assert_eq!(outcome, Outcome::Unauthenticated, "{name}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_token_without_the_users_id_is_not_the_users_fault() {
    let (_server, authgate) = with_secret(NEW).await;
    for sub in [json!(null), json!(7), json!("")] {
        let outcome = verify_for(&authgate, &token_with(&json!({"sub": sub})), &[]).await;
        assert!(misconfigured(&outcome).contains("local_hs256_secret"));
    }
}

#[tokio::test]
async fn a_short_secret_is_a_misconfiguration_that_does_not_show_it() {
    const SHORT: &str = "thirty-one bytes are too short.";
    let (_server, authgate) = with_secret(SHORT).await;
    let outcome = verify_for(&authgate, &token(SHORT), &[]).await;
    let cause = misconfigured(&outcome);
    assert!(
        cause.contains("`env:SECRET`") && cause.contains("shorter than 32 bytes"),
        "{cause}"
    );
    assert!(!cause.contains(SHORT), "{cause}");
}

#[tokio::test]
async fn both_secrets_serve_while_they_rotate() {
    let server = Server::start(|_, _| Reply::json(ANN)).await;
    let secret = Arc::new(Mutex::new(OLD));
    let now = Arc::clone(&secret);
    let ssm = Server::start(move |_, _| ssm_value(*now.lock().unwrap())).await;
    let hand = hand();
    let sources = Sources::system()
        .with_clock(hand.clock())
        .with_variables(|_| Some("key-4711".to_owned()))
        .with_parameters(ssm_at(&ssm));
    let members = r#""api_key":"env:KEY","local_hs256_secret":"ssm:/tiun""#;
    let authgate = start(&server, members, &sources).await;
    let long = |secret| {
        let claims = json!({"sub": "u", "iss": "authgate", "aud": "session", "exp": NOW + 3600});
        signed(HEADER, &claims.to_string(), secret)
    };
    let accepted = async |secret| {
        let outcome = verify_for(&authgate, &long(secret), &[]).await;
        matches!(outcome, Outcome::Identity(_))
    };
    assert!(accepted(OLD).await && !accepted(NEW).await);
    *secret.lock().unwrap() = NEW;
    // It is read again by age, and the old one serves for ten minutes from then.
    hand.forward(Duration::from_mins(5));
    assert!(accepted(NEW).await && accepted(OLD).await);
    hand.forward(Duration::from_mins(10));
    assert!(accepted(NEW).await && !accepted(OLD).await);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_clock_before_1970_is_not_the_users_fault() {
    let server = Server::start(|_, _| Reply::json(ANN)).await;
    let sources = Sources::system()
        .with_clock(Clock::new(|| {
            SystemTime::UNIX_EPOCH - Duration::from_secs(1)
        }))
        .with_variables(|_| Some(NEW.to_owned()));
    let members = r#""api_key":"env:KEY","local_hs256_secret":"env:SECRET""#;
    let authgate = start(&server, members, &sources).await;
    let outcome = verify_for(&authgate, &token(NEW), &[]).await;
    assert!(matches!(outcome, Outcome::Unavailable(_)), "{outcome:?}");
}
