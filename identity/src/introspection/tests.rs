#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod answers;

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use tokio::time::Instant;
use tollgate_engine::Needs;

use super::*;
use crate::http::{CONNECT, ExtraRoots, Http};
use crate::keyring::Pace;
use crate::loopback::{Log, Reply, Request, Server, ssm_at, ssm_value};
use crate::sources::Sources;

/// When all tokens here are looked at, in seconds since 1970.
const NOW: u64 = 1_800_000_000;

/// Long enough for a busy machine.
const TIME: Duration = Duration::from_secs(10);

const TOKEN: &str = "2YotnFZFEjr1zCsicMWpAA";
const ANN: &str = r#"{"active":true,"sub":"u-ann","aud":"api","email":"ann@example.com"}"#;

fn clock() -> Clock {
    Clock::new(|| UNIX_EPOCH + Duration::from_secs(NOW))
}

/// With the client's secret in the environment.
fn with_secret(secret: &'static str) -> Sources {
    Sources::system()
        .with_variables(move |name| (name == "SECRET").then(|| secret.to_owned()))
        .with_clock(clock())
}

/// The endpoint at this server, with these members of the settings changed.
async fn endpoint(server: &Server, sources: &Sources, changes: &Value) -> Introspection {
    let mut written = json!({
        "url": format!("{}/introspect?tenant=1", server.url()),
        "client_id": "tollgate", "client_secret": "env:SECRET", "audience": "api",
    });
    let members = written.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    let settings: IntrospectionSettings = serde_json::from_value(written).unwrap();
    let http = Http::new(CONNECT, clock(), &ExtraRoots::default()).unwrap();
    let line = Line::new(Arc::new(http), "acme".to_owned(), clock());
    let reference = settings.client_secret.clone();
    let secret = Keyring::load(reference, "acme: client_secret", sources, Pace::default());
    let (secret, line) = (secret.await.unwrap(), Arc::new(line));
    Introspection::new(&settings, secret, line, clock())
}

async fn verify(endpoint: &Introspection, token: &str) -> Outcome {
    let call = Call {
        token,
        needs: &Needs::default(),
        deadline: Instant::now() + TIME,
    };
    endpoint.verify(&call).await
}

fn id(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Identity(identity) => &identity.user.id,
        other => panic!("{other:?}"),
    }
}

fn misconfigured(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Misconfigured(cause) => cause.as_str(),
        other => panic!("{other:?}"),
    }
}

/// The request for this token, by a client of this ID and secret.
async fn request(token: &str, id: &str, secret: &'static str, auth: &str) -> (Server, Request) {
    let server = Server::start(|_, _| Reply::json(ANN)).await;
    let changes = json!({"client_id": id, "auth": auth});
    let endpoint = endpoint(&server, &with_secret(secret), &changes).await;
    assert_eq!(self::id(&verify(&endpoint, token).await), "u-ann");
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    (server, requests[0].clone())
}

#[tokio::test]
async fn the_request_is_exactly_the_standards_one() {
    let (server, request) = request(TOKEN, "tollgate", "s3cret", "basic").await;
    assert_eq!(request.line, "POST /introspect?tenant=1 HTTP/1.1");
    let body = format!("token={TOKEN}&token_type_hint=access_token");
    assert_eq!(String::from_utf8_lossy(&request.body), body);
    let mut headers = request.headers.clone();
    headers.sort();
    let expected = [
        ("accept", "application/json"),
        ("authorization", "Basic dG9sbGdhdGU6czNjcmV0"),
        ("content-length", &body.len().to_string()),
        ("content-type", "application/x-www-form-urlencoded"),
        ("host", &server.address.to_string()),
        (
            "user-agent",
            concat!("tollgate/", env!("CARGO_PKG_VERSION")),
        ),
    ];
    assert_eq!(
        headers,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

/// RFC 6749 section 2.3.1 and appendix B: each part is encoded as in a form before the colon is
/// put between.
#[tokio::test]
async fn special_characters_of_a_client_are_encoded_in_both_forms() {
    const SECRET: &str = "a b+c/d=e&f%g:h*i~j=";
    let (id, id_encoded) = ("toll gate:1", "toll+gate%3A1");
    let secret_encoded = "a+b%2Bc%2Fd%3De%26f%25g%3Ah*i%7Ej%3D";
    let (_server, basic) = request(TOKEN, id, SECRET, "basic").await;
    let pair = basic.header("authorization").unwrap();
    let pair = STANDARD
        .decode(pair.strip_prefix("Basic ").unwrap())
        .unwrap();
    assert_eq!(
        String::from_utf8(pair).unwrap(),
        format!("{id_encoded}:{secret_encoded}")
    );
    assert!(!String::from_utf8_lossy(&basic.body).contains("client"));

    let (_server, post) = request(TOKEN, id, SECRET, "post").await;
    assert_eq!(post.header("authorization"), None);
    let body = format!(
        "token={TOKEN}&token_type_hint=access_token&client_id={id_encoded}&client_secret={secret_encoded}"
    );
    assert_eq!(String::from_utf8_lossy(&post.body), body);
}

#[tokio::test]
async fn a_token_cannot_add_to_the_form() {
    let (_server, request) = request("a&token=b+c%20=", "tollgate", "s", "basic").await;
    let body = "token=a%26token%3Db%2Bc%2520%3D&token_type_hint=access_token";
    assert_eq!(String::from_utf8_lossy(&request.body), body);
}

#[tokio::test]
async fn what_is_no_token_is_refused_without_a_call() {
    let server = Server::start(|_, _| Reply::json(ANN)).await;
    let endpoint = endpoint(&server, &with_secret("s"), &json!({})).await;
    for token in ["", " ", "a b", "a\tb", "a\n", "a\0", "ä", "a\u{7f}"] {
        let outcome = verify(&endpoint, token).await;
        assert_eq!(outcome, Outcome::Unauthenticated, "{token:?}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn the_time_it_expires_is_passed_on() {
    for (exp, expected) in [(json!(NOW + 60), Some(NOW + 60)), (Value::Null, None)] {
        let body = json!({"active": true, "sub": "u-ann", "aud": "api", "exp": exp}).to_string();
        let server = Server::start(move |_, _| Reply::json(&body)).await;
        let endpoint = endpoint(&server, &with_secret("s"), &json!({})).await;
        let Outcome::Identity(identity) = verify(&endpoint, TOKEN).await else {
            panic!("active")
        };
        let expected = expected.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(identity.expires, expected);
    }
}

/// A server that accepts the client with `key-1` alone, and an SSM whose n-th read gives `key-n`.
async fn rotating(auth: &str, status: u16) -> (Server, Server, Introspection) {
    let server = Server::start(move |_, request| {
        let basic = format!("Basic {}", STANDARD.encode("tollgate:key-1"));
        let right = request.header("authorization") == Some(&basic)
            || request
                .body
                .ends_with(b"&client_id=tollgate&client_secret=key-1");
        if right {
            Reply::json(ANN)
        } else {
            Reply::new(status, "application/json", r#"{"error":"invalid_client"}"#)
        }
    })
    .await;
    let ssm = Server::start(|n, _| ssm_value(&format!("key-{n}"))).await;
    let sources = Sources::system()
        .with_parameters(ssm_at(&ssm))
        .with_clock(clock());
    let changes = json!({"client_secret": "ssm:/tiun", "auth": auth});
    let endpoint = endpoint(&server, &sources, &changes).await;
    (server, ssm, endpoint)
}

#[tokio::test]
async fn a_rotated_secret_costs_no_outage() {
    for (auth, status) in [("basic", 401), ("basic", 403), ("post", 401), ("post", 400)] {
        let (server, ssm, endpoint) = rotating(auth, status).await;
        assert_eq!(
            id(&verify(&endpoint, TOKEN).await),
            "u-ann",
            "{auth} {status}"
        );
        assert_eq!(
            id(&verify(&endpoint, TOKEN).await),
            "u-ann",
            "{auth} {status}"
        );
        assert_eq!((server.requests().len(), ssm.requests().len()), (3, 2));
    }
}

#[tokio::test]
async fn nothing_secret_is_logged_or_shown() {
    let log = Log::start();
    let mut outcomes = Vec::new();
    for auth in ["basic", "post"] {
        for (status, body) in [
            (200, ANN),
            (
                200,
                r#"{"active":true,"sub":"ann@example.com","aud":"other"}"#,
            ),
            (200, r#"{"active":true,"exp":"ann@example.com"}"#),
            (401, r#"{"error":"ann@example.com"}"#),
            (400, "ann@example.com"),
        ] {
            let reply = move |_: usize, _: &Request| Reply::new(status, "application/json", body);
            let server = Server::start(reply).await;
            let changes = json!({"auth": auth});
            let endpoint = endpoint(&server, &with_secret("hunter22"), &changes).await;
            outcomes.push(verify(&endpoint, TOKEN).await);
        }
    }
    let basic = STANDARD.encode("tollgate:hunter22");
    let pair = format!("{:?}", super::basic("tollgate", "hunter22").unwrap());
    for shown in [format!("{outcomes:?}"), log.all(), pair] {
        for secret in ["hunter22", TOKEN, basic.as_str(), "example.com"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    assert!(
        log.ours().contains("it is meant for somebody else"),
        "{}",
        log.ours()
    );
    assert!(misconfigured(&outcomes[3]).contains("`env:SECRET`"));
}
