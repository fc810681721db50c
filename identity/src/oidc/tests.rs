#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod presets;

use std::io::Write;
use std::time::{Duration, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Map, json};
use tollgate_engine::Needs;

use super::*;
use crate::http::{CONNECT, ExtraRoots, Http};
use crate::jwt::Algorithm;
use crate::jwt::mint::{self, Mint};
use crate::keyring::Pace;
use crate::known_facts::{self, known_facts};
use crate::loopback::{Log, Reply, Server};
use crate::sources::Sources;

/// When all tokens here are looked at, in seconds since 1970.
const NOW: u64 = 1_800_000_000;

/// Long enough for a busy machine.
const TIME: Duration = Duration::from_secs(10);

const SECRET: &str = "4711-4711-4711-4711-4711-4711-4711";

fn clock() -> Clock {
    Clock::new(|| UNIX_EPOCH + Duration::from_secs(NOW))
}

/// An issuer that has a discovery document, and the keys of these mints at `/jwks`.
async fn issuer(mints: &[&Mint]) -> Server {
    let entries: Vec<_> = mints.iter().map(|mint| mint.jwk()).collect();
    let keys = String::from_utf8(mint::jwks(&entries)).unwrap();
    Server::start(move |_, request| {
        if request.line.starts_with("GET /jwks ") {
            return Reply::json(&keys);
        }
        let url = format!("http://{}", request.header("host").unwrap());
        Reply::json(&json!({"issuer": url, "jwks_uri": format!("{url}/jwks")}).to_string())
    })
    .await
}

fn settings(settings: &Value) -> OidcSettings {
    serde_json::from_value(settings.clone()).unwrap()
}

fn oidc(written: &Value) -> Oidc {
    with_secret(written, None)
}

fn with_secret(written: &Value, secret: Option<Keyring>) -> Oidc {
    with_clock(written, secret, clock())
}

fn with_clock(written: &Value, secret: Option<Keyring>, clock: Clock) -> Oidc {
    let http = Http::new(CONNECT, clock.clone(), &ExtraRoots::default()).unwrap();
    let line = Arc::new(Line::new(Arc::new(http), "acme".to_owned(), clock.clone()));
    Oidc::new(&settings(written), secret, line, clock)
}

async fn verify(oidc: &Oidc, token: &str) -> Outcome {
    let call = Call {
        token,
        needs: &Needs::default(),
        deadline: Instant::now() + TIME,
    };
    oidc.verify(&call).await
}

/// Claims of a token that this issuer signs for `api`.
fn claims(issuer: &str) -> Value {
    json!({
        "iss": issuer,
        "sub": "u-ann",
        "aud": "api",
        "iat": NOW - 60,
        "exp": NOW + 60,
        "email": "ann@example.com",
        "email_verified": true,
        "scope": "read write",
        "roles": ["admin"],
        "groups": "staff",
    })
}

fn with(mut claims: Value, name: &str, value: impl Into<Value>) -> Value {
    claims[name] = value.into();
    claims
}

fn is_known(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Identity(_) => true,
        Outcome::Unauthenticated => false,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_standards_claims_are_facts_and_keys_are_discovered() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    let server = issuer(&[&mint]).await;
    let url = server.url();
    let oidc = oidc(&json!({"issuer": url, "audience": "api", "algorithms": ["ES256"]}));
    oidc.warm(Instant::now() + TIME).await.unwrap();
    for _ in 0..3 {
        let outcome = verify(&oidc, &mint.token(&claims(&url))).await;
        let Outcome::Identity(identity) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            Value::Object(known_facts(&identity.user)),
            json!({
                "id": "u-ann",
                "email": "ann@example.com",
                "email_verified": true,
                "scopes": ["read", "write"],
                "roles": ["admin"],
                "groups": ["staff"],
            })
        );
        assert_eq!(known_facts::claims(&identity.user), claims(&url));
        let expires = UNIX_EPOCH + Duration::from_secs(NOW + 60);
        assert_eq!(identity.expires, Some(expires));
    }
    let lines: Vec<_> = server.requests().into_iter().map(|r| r.line).collect();
    let discovery = "GET /.well-known/openid-configuration HTTP/1.1";
    assert_eq!(lines, [discovery, "GET /jwks HTTP/1.1"]);
}

#[tokio::test]
async fn every_rule_refuses_what_breaks_it_alone() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    let server = issuer(&[&mint]).await;
    let url = server.url();
    let oidc = oidc(&json!({
        "issuer": url, "audience": ["api", "other"], "algorithms": ["ES256"],
        "typ": "at+jwt", "skew": "10s", "max_lifetime": "2m",
        "require": [
            {"claim": "kind", "is": "access"},
            {"claim": ["state", "locked"], "is_not": true},
            {"claim": "/state/kind", "if_present": "full"},
        ],
    }));
    let right = with(claims(&url), "kind", "access");
    let token = |typ: &str, claims: &Value| {
        let header = json!({"alg": "ES256", "kid": "k1", "typ": typ});
        mint.compact(header.to_string(), claims.to_string())
    };
    let change = |name: &str, value: Value| with(right.clone(), name, value);
    for (name, claims, known) in [
        ("nothing wrong", right.clone(), true),
        ("the other audience", change("aud", json!("other")), true),
        ("both", change("aud", json!(["x", "api"])), true),
        ("a third", change("aud", json!("third")), false),
        (
            "issuer with a slash",
            change("iss", json!(url.clone() + "/")),
            false,
        ),
        ("past, within the skew", change("exp", json!(NOW - 9)), true),
        ("past the skew", change("exp", json!(NOW - 10)), false),
        (
            "not begun, within the skew",
            change("nbf", json!(NOW + 10)),
            true,
        ),
        ("not begun", change("nbf", json!(NOW + 11)), false),
        ("a life too long", change("exp", json!(NOW + 61)), false),
        ("no user", change("sub", Value::Null), false),
        (
            "a user of ten kilobytes",
            change("sub", json!("u".repeat(5000))),
            false,
        ),
        (
            "a user of two lines",
            change("sub", json!("u\nx-admin: 1")),
            false,
        ),
        ("another kind", change("kind", json!("id")), false),
        (
            "its kind in a list",
            change("kind", json!(["access"])),
            false,
        ),
        ("locked", change("state", json!({"locked": true})), false),
        (
            "not locked",
            change("state", json!({"locked": false})),
            true,
        ),
        (
            "a state of its own",
            change("state", json!({"kind": "half"})),
            false,
        ),
        (
            "a full state",
            change("state", json!({"kind": "full"})),
            true,
        ),
    ] {
        let outcome = verify(&oidc, &token("at+jwt", &claims)).await;
        assert_eq!(is_known(&outcome), known, "{name}");
    }
    let mut without_kind = right.clone();
    without_kind.as_object_mut().unwrap().remove("kind");
    for (name, token) in [
        ("no kind", token("at+jwt", &without_kind)),
        ("a plain token", token("JWT", &right)),
        ("a logout token", token("logout+jwt", &right)),
        ("opaque", "4711".to_owned()),
        ("nothing", String::new()),
    ] {
        assert_eq!(
            verify(&oidc, &token).await,
            Outcome::Unauthenticated,
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_issuers_keys_verify_its_own_tokens_alone() {
    let (ann, bob) = (
        Mint::new(Algorithm::Es256, "k1"),
        Mint::new(Algorithm::Es256, "k1"),
    );
    let (a, b) = (issuer(&[&ann]).await, issuer(&[&bob]).await);
    let of = |server: &Server| {
        oidc(&json!({"issuer": server.url(), "audience": "api", "algorithms": ["ES256"]}))
    };
    let (oidc_a, oidc_b) = (of(&a), of(&b));
    for (name, oidc, mint, issuer, known) in [
        ("A's", &oidc_a, &ann, a.url(), true),
        ("B's", &oidc_b, &bob, b.url(), true),
        ("A's by B's key", &oidc_a, &bob, a.url(), false),
        ("B's by A's key", &oidc_b, &ann, b.url(), false),
        ("B's at A", &oidc_a, &bob, b.url(), false),
        (
            "A's key under B's name, at A",
            &oidc_a,
            &ann,
            b.url(),
            false,
        ),
    ] {
        let outcome = verify(oidc, &mint.token(&claims(&issuer))).await;
        assert_eq!(is_known(&outcome), known, "{name}");
    }
}

#[tokio::test]
async fn what_is_not_checked_is_what_was_spelled_out() {
    let (ec, rsa) = (
        Mint::new(Algorithm::Es256, "ec"),
        Mint::new(Algorithm::Ps256, "rsa"),
    );
    let server = issuer(&[&ec, &rsa]).await;
    let keys = json!({"url": format!("{}/jwks", server.url())});
    let right = claims("https://a.example");
    let other_issuer = claims("https://b.example");
    let other_audience = with(right.clone(), "aud", "b");
    for (unchecked, issuer, audience, algorithm) in [
        ("issuer", true, false, false),
        ("audience", false, true, false),
        ("algorithms", false, false, true),
    ] {
        let mut written = json!({
            "issuer": "https://a.example", "audience": "api", "algorithms": ["ES256"],
            "keys": keys, "unchecked": [unchecked],
        });
        written.as_object_mut().unwrap().remove(unchecked);
        let oidc = oidc(&written);
        for (name, token, expected) in [
            ("right", ec.token(&right), true),
            ("issuer", ec.token(&other_issuer), issuer),
            ("audience", ec.token(&other_audience), audience),
            ("algorithm", rsa.token(&right), algorithm),
        ] {
            let outcome = verify(&oidc, &token).await;
            assert_eq!(
                is_known(&outcome),
                expected,
                "{unchecked} unchecked: {name}"
            );
        }
        // Never none, and never a public key as a secret.
        let none = mint::encode(r#"{"alg":"none"}"#);
        let none = format!("{none}.{}.", mint::encode(right.to_string()));
        let hmac = Mint::new(Algorithm::Hs256, "ec").token(&right);
        for token in [none, hmac] {
            assert_eq!(verify(&oidc, &token).await, Outcome::Unauthenticated);
        }
    }
}

#[tokio::test]
async fn keys_in_a_file_are_read_and_never_again() {
    let mint = Mint::new(Algorithm::EdDsa, "k1");
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&mint::jwks(&[mint.jwk()])).unwrap();
    let written = json!({
        "issuer": "https://a.example", "audience": "api", "algorithms": ["EdDSA"],
        "keys": {"file": file.path()},
    });
    let from_file = oidc(&written);
    from_file.warm(Instant::now() + TIME).await.unwrap();
    file.close().unwrap();
    let token = mint.token(&claims("https://a.example"));
    assert!(is_known(&verify(&from_file, &token).await));
    let unknown = Mint::new(Algorithm::EdDsa, "k2").token(&claims("https://a.example"));
    assert_eq!(verify(&from_file, &unknown).await, Outcome::Unauthenticated);

    let gone = oidc(&written);
    let Err(KeysProblem::Misconfigured(cause)) = gone.warm(Instant::now() + TIME).await else {
        panic!("the file is gone")
    };
    assert!(cause.as_str().contains("cannot be read"), "{cause}");
    assert!(matches!(
        verify(&gone, &token).await,
        Outcome::Misconfigured(_)
    ));
}

async fn keyring(secret: &'static str) -> Keyring {
    let sources = Sources::system()
        .with_variables(move |_| Some(secret.to_owned()))
        .with_clock(clock());
    let place = "env:SECRET".parse().unwrap();
    Keyring::load(place, "acme: keys: secret", &sources, Pace::default())
        .await
        .unwrap()
}

/// A token with this MAC of SHA-256.
fn shared(secret: &str, claims: &Value) -> String {
    let header = mint::encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", mint::encode(claims.to_string()));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
    let mac = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", mint::encode(mac))
}

#[tokio::test]
async fn a_secret_shared_with_the_issuer_verifies_its_tokens() {
    let written = json!({
        "preset": "supabase", "issuer": "https://a.example", "audience": "api",
        "algorithms": ["HS256"], "keys": {"secret": "env:SECRET"},
    });
    let right = with(claims("https://a.example"), "role", "authenticated");
    let oidc = with_secret(&written, Some(keyring(SECRET).await));
    oidc.warm(Instant::now() + TIME).await.unwrap();
    assert!(is_known(&verify(&oidc, &shared(SECRET, &right)).await));
    let anon = with(right.clone(), "role", "anon");
    let ec = Mint::new(Algorithm::Es256, "k1").token(&right);
    for token in [shared("another", &right), shared(SECRET, &anon), ec] {
        assert_eq!(verify(&oidc, &token).await, Outcome::Unauthenticated);
    }

    let before_1970 = Clock::new(|| UNIX_EPOCH - Duration::from_secs(1));
    let oidc = with_clock(&written, Some(keyring(SECRET).await), before_1970);
    let unjudged = verify(&oidc, &shared(SECRET, &right)).await;
    assert!(matches!(unjudged, Outcome::Unavailable(_)), "{unjudged:?}");

    let short = with_secret(&written, Some(keyring("4711").await));
    let Err(KeysProblem::Misconfigured(warmed)) = short.warm(Instant::now() + TIME).await else {
        panic!("four bytes can be guessed")
    };
    let Outcome::Misconfigured(verified) = verify(&short, &shared("4711", &right)).await else {
        panic!("four bytes can be guessed")
    };
    assert_eq!(warmed, verified);
    let cause = warmed.as_str();
    assert!(cause.starts_with("`env:SECRET`: the secret is shorter than 32 bytes"));
    assert!(!cause.contains("4711"), "{cause}");
}

#[tokio::test]
async fn an_outage_or_a_wrong_address_is_not_the_tokens_fault() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    for (status, words, misconfigured) in [
        (500, "answered HTTP 500", false),
        (404, "is answered with HTTP 404: check its address", true),
    ] {
        let server = Server::start(move |_, _| Reply::new(status, "text/plain", "no")).await;
        let url = server.url();
        let oidc = oidc(&json!({"issuer": url, "audience": "api", "algorithms": ["ES256"]}));
        let warmed = oidc.warm(Instant::now() + TIME).await;
        assert_eq!(warmed.is_err(), misconfigured);
        let cause = match verify(&oidc, &mint.token(&claims(&url))).await {
            Outcome::Misconfigured(cause) if misconfigured => cause,
            Outcome::Unavailable(cause) if !misconfigured => cause,
            other => panic!("{other:?}"),
        };
        assert!(cause.as_str().contains(words), "{cause}");
    }
}

#[tokio::test]
async fn nothing_of_a_token_is_logged_or_shown() {
    let log = Log::start();
    let mint = Mint::new(Algorithm::Es256, "k1");
    let server = issuer(&[&mint]).await;
    let url = server.url();
    let oidc = oidc(&json!({
        "issuer": url, "audience": "api", "algorithms": ["ES256"],
        "require": [{"claim": "kind", "is": "access"}],
    }));
    let right = with(claims(&url), "kind", "access");
    let mut outcomes = Vec::new();
    for claims in [
        right.clone(),
        with(right.clone(), "kind", "secret-kind"),
        with(right.clone(), "aud", "secret-audience"),
        with(right.clone(), "sub", "secret\u{7}"),
        with(right.clone(), "exp", NOW - 1000),
    ] {
        let token = mint.token(&claims);
        outcomes.push(verify(&oidc, &token).await);
        for part in token.split('.').skip(1) {
            assert!(!log.all().contains(part), "{}", log.all());
        }
    }
    for text in [format!("{outcomes:?}"), log.all()] {
        assert!(
            !text.contains("example.com") && !text.contains("secret"),
            "{text}"
        );
    }
    let log = log.ours();
    for reason in [
        "the claim `kind` is not",
        "audience is not",
        "`sub` is not",
        "has expired",
    ] {
        assert!(log.contains(reason), "{log}");
    }
}
