#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod choice;
mod secrets;

use serde_json::{Value, json};

use super::*;
use crate::jwt::Algorithm;
use crate::jwt::mint::{self, Mint};
use crate::loopback::{Hand, Log, Reply, Server};

/// Long enough for a busy machine.
const TIME: Duration = Duration::from_secs(10);

const SECRET: &str = "4711-4711-4711-4711-4711-4711-4711";

fn settings(entries: &[Value]) -> Vec<ProviderSettings> {
    let entries = entries.iter().cloned();
    entries
        .map(|entry| serde_json::from_value(entry).unwrap())
        .collect()
}

/// The providers of these entries, with one secret for all of them.
async fn start(entries: &[Value]) -> Providers {
    start_at(&Hand::default(), entries).await
}

/// The same by this clock.
async fn start_at(hand: &Hand, entries: &[Value]) -> Providers {
    let sources = Sources::system()
        .with_variables(|_| Some(SECRET.to_owned()))
        .with_clock(hand.clock());
    let settings = settings(entries);
    ProviderSettings::check_together(&settings).unwrap();
    Providers::start(&settings, &ExtraRoots::default(), &sources)
        .await
        .unwrap()
}

async fn verify(providers: &Providers, source: &str, token: &str) -> Verdict {
    let source = source.parse().unwrap();
    let deadline = Instant::now() + TIME;
    providers
        .verify(&source, token, &Needs::default(), None, deadline)
        .await
}

/// Whose token it is, according to the provider of that name.
fn told(verdict: &Verdict) -> (Option<&str>, Option<&str>) {
    let user = match &verdict.outcome {
        Outcome::Identity(identity) => Some(identity.user.id.as_str()),
        Outcome::Unauthenticated => None,
        other => panic!("{other:?}"),
    };
    (verdict.provider.as_deref(), user)
}

/// An issuer with the key of this mint.
async fn issuer(mint: &Mint) -> Server {
    let keys = String::from_utf8(mint::jwks(&[mint.jwk()])).unwrap();
    Server::start(move |_, _| Reply::json(&keys)).await
}

/// An entry for the issuer of this name, whose keys are at the server.
fn oidc(name: &str, server: &Server) -> Value {
    json!({
        "oidc": {
            "issuer": format!("https://{name}.example"), "audience": "api",
            "algorithms": ["ES256"], "keys": {"url": server.url()},
        },
        "name": name,
    })
}

fn token(mint: &Mint, issuer: &str, user: &str) -> String {
    mint.token(&json!({
        // 2096, and the clock of these tests stands in 1970.
        "iss": issuer, "sub": user, "aud": "api", "exp": 4_000_000_000_u64,
    }))
}

async fn tiun_server(user: &str) -> Server {
    let body = json!({"isAuthenticated": true, "userInfo": {"userId": user}}).to_string();
    Server::start(move |_, _| Reply::json(&body)).await
}

fn tiun(server: &Server) -> Value {
    json!({"tiun": {"environment": "live", "api_key": "env:KEY", "base_url": server.url()}})
}

async fn introspection_server(user: &str) -> Server {
    let body = json!({"active": true, "sub": user, "aud": "api"}).to_string();
    Server::start(move |_, _| Reply::json(&body)).await
}

fn introspection(server: &Server, token_from: &[&str]) -> Value {
    json!({
        "introspection": {
            "url": server.url(), "client_id": "tollgate", "client_secret": "env:KEY",
            "audience": "api",
        },
        "token_from": token_from,
    })
}

#[tokio::test]
async fn what_is_known_of_a_token_is_known_of_one_provider() {
    let (tiun_at, other) = (
        tiun_server("of-tiun").await,
        introspection_server("of-other").await,
    );
    let entries = [tiun(&tiun_at), introspection(&other, &["cookie session"])];
    let providers = start(&entries).await;
    for origin in [Origin::Verified, Origin::Cache] {
        for (source, user) in [("bearer", "of-tiun"), ("cookie session", "of-other")] {
            let verdict = verify(&providers, source, "same").await;
            assert_eq!(told(&verdict).1, Some(user));
            assert_eq!(verdict.origin, origin);
        }
    }
    let asked = || (tiun_at.requests().len(), other.requests().len());
    assert_eq!(asked(), (1, 1));
    providers.forget();
    assert_eq!(
        verify(&providers, "bearer", "same").await.origin,
        Origin::Verified
    );
    assert_eq!(asked(), (2, 1));
}

#[tokio::test]
async fn keys_are_fetched_in_init_and_a_wrong_address_stops_it() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    let good = issuer(&mint).await;
    let failing = |status| Server::start(move |_, _| Reply::new(status, "text/plain", "no"));
    let (down, gone) = (failing(500).await, failing(404).await);
    let warm = async |other: &Server| {
        let providers = start(&[oidc("a", &good), oidc("b", other)]).await;
        providers.warm(&Needs::default()).await
    };
    assert_eq!(warm(&down).await, Ok(()));
    assert_eq!((good.requests().len(), down.requests().len()), (1, 1));
    let error = warm(&gone).await.unwrap_err();
    assert!(matches!(&error, StartupError::Keys { provider, .. } if provider == "b"));
    assert!(
        error.to_string().contains("HTTP 404: check its address"),
        "{error}"
    );
}

#[tokio::test]
async fn while_one_cannot_be_asked_what_it_last_said_counts_if_that_is_allowed() {
    for (when_unavailable, allowed) in [("fail", false), ("last_known_for 5m", true)] {
        let server = Server::start(|n, _| match n {
            0 => Reply::json(r#"{"active":true,"sub":"u","aud":"api"}"#),
            _ => Reply::new(500, "text/plain", "no"),
        })
        .await;
        let mut entry = introspection(&server, &["bearer"]);
        entry["cache_for"] = "30s".into();
        entry["when_unavailable"] = when_unavailable.into();
        let hand = Hand::default();
        let providers = start_at(&hand, &[entry]).await;
        assert_eq!(
            verify(&providers, "bearer", "x").await.origin,
            Origin::Verified
        );
        hand.forward(Duration::from_secs(29));
        assert_eq!(
            verify(&providers, "bearer", "x").await.origin,
            Origin::Cache
        );
        hand.forward(Duration::from_secs(1));
        let verdict = verify(&providers, "bearer", "x").await;
        assert_eq!(
            verdict.origin == Origin::LastKnown,
            allowed,
            "{when_unavailable}"
        );
        let unavailable = matches!(verdict.outcome, Outcome::Unavailable(_));
        assert_eq!(unavailable, !allowed, "{when_unavailable}");
        // Nobody else profits.
        let stranger = verify(&providers, "bearer", "y").await.outcome;
        assert!(matches!(stranger, Outcome::Unavailable(_)), "{stranger:?}");
    }
}

#[tokio::test]
async fn what_was_asked_is_told_once_by_provider() {
    let issuer = issuer(&Mint::new(Algorithm::Es256, "k1")).await;
    let down = Server::start(|_, _| Reply::new(500, "text/plain", "no")).await;
    let asked = tiun_server("u-tiun").await;
    let at = |mut entry: Value, place| {
        entry["token_from"] = json!([place]);
        entry
    };
    let entries = [
        tiun(&asked),
        at(oidc("up", &issuer), "header x-up"),
        at(oidc("down", &down), "header x-down"),
        introspection(&asked, &["header x-opaque"]),
    ];
    let providers = start(&entries).await;
    providers.warm(&Needs::default()).await.unwrap();
    for _ in 0..2 {
        verify(&providers, "bearer", "known-the-second-time").await;
    }
    let usage = providers.take_usage();
    let counts = |attempts: Attempts| (attempts.succeeded, attempts.failed);
    let told: Vec<_> = usage
        .iter()
        .map(|(name, usage)| (&**name, counts(usage.calls), counts(usage.key_sets)))
        .collect();
    let expected = [
        ("tiun", (1, 0), (0, 0)),
        ("up", (1, 0), (1, 0)),
        ("down", (0, 1), (0, 1)),
    ];
    assert_eq!(told, expected, "who was not asked is not told of");
    assert_eq!(providers.take_usage(), []);
}

#[tokio::test]
async fn nothing_secret_is_logged_or_shown() {
    let log = Log::start();
    let mint = Mint::new(Algorithm::Es256, "k1");
    let (tiun_at, of_a) = (tiun_server("u").await, issuer(&mint).await);
    let providers = start(&[tiun(&tiun_at), oidc("a", &of_a)]).await;
    let right = token(&mint, "https://a.example", "u");
    let forged = token(&Mint::new(Algorithm::Es256, "k1"), "https://a.example", "u");
    let mut verdicts = Vec::new();
    for token in [right.as_str(), &forged, "opaque-4712", "opaque-4712"] {
        verdicts.push(verify(&providers, "bearer", token).await);
    }
    for shown in [format!("{verdicts:?}"), log.all()] {
        for secret in [SECRET, &right, &forged, "opaque-4712"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
