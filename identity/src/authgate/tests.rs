#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod answers;
mod local;

use std::time::SystemTime;

use tokio::time::Instant;

use super::*;
use crate::http::{ExtraRoots, Http};
use crate::keyring::{Pace, Wanted};
use crate::loopback::{Hand, Log, Reply, Request, Server, ssm_at, ssm_value};
use crate::sources::Sources;

const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1In0.c2ln-w";
const ANN: &str = r#"{"valid":true,"user":{"id":"user_ann","email":"ann@example.com","name":"Ann","picture":null,"provider":"github"},"expiresAt":"2025-01-15T10:05:00.000Z"}"#;
const INVALID: &str = r#"{"valid":false,"error":"Invalid or expired token"}"#;

/// 2025-01-15T10:00:00Z
const NOW: u64 = 1_736_935_200;

/// Long enough for a busy machine, short enough to wait for.
const CONNECT: Duration = Duration::from_millis(500);
const EXCHANGE: Duration = Duration::from_secs(2);

const KEY: &str = r#""api_key":"env:KEY""#;

fn hand() -> Hand {
    let hand = Hand::default();
    hand.set(NOW * 1000);
    hand
}

fn with_key() -> Sources {
    Sources::system()
        .with_clock(hand().clock())
        .with_variables(|name| (name == "KEY").then(|| "key-4711".to_owned()))
}

/// `AuthGate` at this server.
async fn start(server: &Server, members: &str, sources: &Sources) -> Authgate {
    let settings = format!(r#"{{"url":"{}",{members}}}"#, server.url());
    let settings: AuthgateSettings = serde_json::from_str(&settings).unwrap();
    let wanted = settings
        .secrets()
        .into_iter()
        .map(|(setting, reference)| Wanted {
            setting: format!("authgate: {setting}"),
            reference: reference.clone(),
            max_age: None,
        });
    let keyrings = Keyring::load_all(wanted.collect(), sources, Pace::default()).await;
    let mut keyrings = keyrings.unwrap().into_iter();
    let (api_key, local) = (keyrings.next().unwrap(), keyrings.next());
    let http = Http::new(CONNECT, sources.clock(), &ExtraRoots::default()).unwrap();
    let line = Line::new(Arc::new(http), "authgate".to_owned(), sources.clock());
    Authgate::new(&settings, api_key, local, Arc::new(line), sources.clock())
}

async fn verify_for(authgate: &Authgate, token: &str, facts: &[FactKind]) -> Outcome {
    let needs = Needs {
        facts: FactSet::of(facts),
        claims: Vec::new(),
    };
    let call = Call {
        token,
        needs: &needs,
        deadline: Instant::now() + EXCHANGE,
    };
    authgate.verify(&call).await
}

async fn verify(authgate: &Authgate, token: &str) -> Outcome {
    verify_for(authgate, token, &[FactKind::Email]).await
}

async fn verify_against(
    script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
) -> (Outcome, Server) {
    let server = Server::start(script).await;
    let authgate = start(&server, KEY, &with_key()).await;
    let outcome = verify(&authgate, TOKEN).await;
    (outcome, server)
}

fn identity(outcome: &Outcome) -> &Identity {
    match outcome {
        Outcome::Identity(identity) => identity,
        other => panic!("{other:?}"),
    }
}

fn misconfigured(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Misconfigured(cause) => cause.as_str(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_request_is_exactly_the_documented_one() {
    let (outcome, server) = verify_against(|_, _| Reply::json(ANN)).await;
    assert_eq!(identity(&outcome).user.id, "user_ann");
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.line, "POST /api/v1/token/verify HTTP/1.1");
    let body = format!(r#"{{"token":"{TOKEN}"}}"#);
    assert_eq!(String::from_utf8_lossy(&request.body), body);
    let mut headers = request.headers.clone();
    headers.sort();
    let expected = [
        ("accept", "*/*"),
        ("authorization", "Bearer key-4711"),
        ("content-length", &body.len().to_string()),
        ("content-type", "application/json"),
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

#[tokio::test]
async fn what_has_not_the_form_of_a_token_is_refused_without_a_call() {
    let server = Server::start(|_, _| Reply::json(ANN)).await;
    let authgate = start(&server, KEY, &with_key()).await;
    let long = format!("{}.e30.c2ln", "A".repeat(jwt::MAX_TOKEN));
    for token in [
        "",
        " ",
        "rt_opaque",
        "e30.e30",
        "e30..c2ln",
        "e30.e30.c2ln.x",
        "e30.e30.c2ln.e30.e30",
        "e30.e30.c2ln\n",
        " e30.e30.c2ln",
        "e30.e30.c2ln==",
        "e3+.e30.c2ln",
        "e30.e\"0.c2ln",
        "ä30.e30.c2ln",
        "e30.e30.c2ln\0",
        &long,
    ] {
        let outcome = verify(&authgate, token).await;
        assert_eq!(outcome, Outcome::Unauthenticated, "{token:.20}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn an_identity_lasts_as_long_as_the_answer_says() {
    // Seconds after ten o'clock, and milliseconds.
    for (written, millis) in [
        ("2025-01-15T10:05:00.000Z", Some(300_000)),
        ("2025-01-15T10:00:00.001Z", Some(1)),
        ("2025-01-15T11:05:00+01:00", Some(300_000)),
        ("2025-01-15T10:05:00Z", Some(300_000)),
        ("2025-01-15T10:00:00.000Z", None),
        ("2025-01-15T09:59:59.999Z", None),
        ("1969-12-31T23:59:59.000Z", None),
    ] {
        let body = ANN.replace("2025-01-15T10:05:00.000Z", written);
        let (outcome, _server) = verify_against(move |_, _| Reply::json(&body)).await;
        match millis {
            Some(millis) => {
                let expires = SystemTime::UNIX_EPOCH
                    + Duration::from_secs(NOW)
                    + Duration::from_millis(millis);
                assert_eq!(identity(&outcome).expires, Some(expires), "{written}");
            }
            None => assert!(!matches!(outcome, Outcome::Identity(_)), "{written}"),
        }
    }
}

#[tokio::test]
async fn outages_are_never_the_tokens_fault() {
    type Case = (&'static str, fn() -> Reply);
    let cases: [Case; 7] = [
        ("429", || Reply::new(429, "application/json", INVALID)),
        ("500", || Reply::new(500, "application/json", INVALID)),
        ("503", || Reply::new(503, "text/html", "<h1>no</h1>")),
        ("reset", || Reply::Reset),
        ("hangs", || Reply::Hang),
        ("closes", || Reply::Cut(Vec::new())),
        ("cut short", || {
            Reply::Cut(b"HTTP/1.1 401 No\r\ncontent-length: 99\r\n\r\n{".to_vec())
        }),
    ];
    for (name, reply) in cases {
        let (outcome, _server) = verify_against(move |_, _| reply()).await;
        assert!(
            matches!(outcome, Outcome::Unavailable(_)),
            "{name}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_key() {
    let elsewhere = Server::start(|_, _| Reply::json(ANN)).await;
    let target = elsewhere.url();
    let (outcome, _server) = verify_against(move |_, _| {
        Reply::bytes(format!(
            "HTTP/1.1 308 Moved\r\nlocation: {target}/api/v1/token/verify\r\ncontent-length: 0\r\n\r\n"
        ))
    })
    .await;
    assert!(misconfigured(&outcome).contains("redirect"), "{outcome:?}");
    assert!(elsewhere.requests().is_empty(), "the key went elsewhere");
}

#[tokio::test]
async fn a_huge_answer_is_not_read() {
    let huge = format!(r#"{{"valid":true,"x":"{}"#, "x".repeat(1 << 20));
    let (outcome, _server) = verify_against(move |_, _| Reply::json(&huge)).await;
    assert!(matches!(outcome, Outcome::Unavailable(_)), "{outcome:?}");
}

/// An `AuthGate` that accepts `accepted` alone, and an SSM whose n-th read gives `key-n`.
async fn rotating(accepted: &'static str) -> (Server, Server, Authgate) {
    let server = Server::start(move |_, request| {
        if request.header("authorization") == Some(&format!("Bearer {accepted}")) {
            Reply::json(ANN)
        } else {
            Reply::new(401, "application/json", r#"{"error":"Invalid API key"}"#)
        }
    })
    .await;
    let ssm = Server::start(|n, _| ssm_value(&format!("key-{n}"))).await;
    let sources = Sources::system()
        .with_clock(hand().clock())
        .with_parameters(ssm_at(&ssm));
    let authgate = start(&server, r#""api_key":"ssm:/tiun""#, &sources).await;
    (server, ssm, authgate)
}

#[tokio::test]
async fn a_refused_key_is_read_again_and_the_question_repeated() {
    let (server, ssm, authgate) = rotating("key-1").await;
    assert_eq!(
        identity(&verify(&authgate, TOKEN).await).user.id,
        "user_ann"
    );
    assert_eq!((server.requests().len(), ssm.requests().len()), (2, 2));
    assert_eq!(
        identity(&verify(&authgate, TOKEN).await).user.id,
        "user_ann"
    );
    assert_eq!((server.requests().len(), ssm.requests().len()), (3, 2));
}

#[tokio::test]
async fn a_key_that_stays_wrong_is_a_misconfiguration() {
    let (_server, ssm, authgate) = rotating("another").await;
    for _ in 0..3 {
        let outcome = verify(&authgate, TOKEN).await;
        let cause = misconfigured(&outcome);
        assert!(cause.contains("`ssm:/tiun`"), "{cause}");
        assert!(!cause.contains("key-"), "{cause}");
    }
    assert_eq!(ssm.requests().len(), 2);
}

#[tokio::test]
async fn a_bad_token_does_not_cast_doubt_on_the_key() {
    let server = Server::start(|_, _| Reply::new(401, "application/json", INVALID)).await;
    let ssm = Server::start(|_, _| ssm_value("key-4711")).await;
    let sources = Sources::system().with_parameters(ssm_at(&ssm));
    let authgate = start(&server, r#""api_key":"ssm:/tiun""#, &sources).await;
    assert_eq!(verify(&authgate, TOKEN).await, Outcome::Unauthenticated);
    assert_eq!((server.requests().len(), ssm.requests().len()), (1, 1));
}

#[test]
fn the_secret_is_used_only_where_no_fact_is_asked_for() {
    let settings = |members: &str| -> AuthgateSettings {
        let text = format!(r#"{{"url":"https://auth.example.com","api_key":"env:K"{members}}}"#);
        serde_json::from_str(&text).unwrap()
    };
    let (without, with) = (settings(""), settings(r#","local_hs256_secret":"env:S""#));
    let needs = |facts| Needs {
        facts,
        claims: Vec::new(),
    };
    assert_eq!(without.mode(&needs(FactSet::NONE)), Mode::Rest);
    assert_eq!(with.mode(&needs(FactSet::NONE)), Mode::Jwt);
    for kind in FactKind::ALL {
        assert_eq!(with.mode(&needs(kind.into())), Mode::Rest, "{kind:?}");
    }
    assert_eq!(AuthgateSettings::facts(Mode::Jwt), FactSet::NONE);
    assert_eq!(AuthgateSettings::facts(Mode::Rest), REST);
}

#[test]
fn settings_that_are_missing_unknown_or_wrong_are_said() {
    for (json, words) in [
        (r#"{"api_key":"env:K"}"#, "missing field `url`"),
        (r#"{"url":"https://a.example"}"#, "missing field `api_key`"),
        (
            r#"{"url":"https://a.example","api_key":"env:K","verify":"jwt"}"#,
            "unknown field `verify`",
        ),
        (
            r#"{"url":"http://a.example","api_key":"env:K"}"#,
            "write `https://`",
        ),
        (
            r#"{"url":"https://a.example","api_key":"sk_4711"}"#,
            "write `ssm:/name`",
        ),
        (
            r#"{"url":"https://a.example","api_key":"env:K","local_hs256_secret":"4711"}"#,
            "write `ssm:/name`",
        ),
    ] {
        let error = serde_json::from_str::<AuthgateSettings>(json).unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains(words) && !error.contains("4711"),
            "{json} gave: {error}"
        );
    }
}

#[test]
fn the_key_does_not_show_in_the_request() {
    let shown = format!("{:?}", headers("key-4711").unwrap());
    assert!(!shown.contains("4711"), "{shown}");
}

#[tokio::test]
async fn nothing_secret_is_logged_or_shown() {
    let log = Log::start();
    let odd = ANN
        .replace("\"github\"", "7")
        .replace("ann@example", "\\u0007ann@example");
    let bodies = [ANN, &odd, "ann@example.com", r#"{"valid":"key-4711"}"#];
    for (status, body) in bodies
        .map(|body| [(200, body), (401, body), (404, body)])
        .concat()
    {
        let body = body.to_owned();
        let (outcome, _server) =
            verify_against(move |_, _| Reply::new(status, "application/json", &body)).await;
        let shown = format!("{outcome:?}{outcome:#?}");
        for secret in ["key-4711", TOKEN, "example.com"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    let log = log.all();
    for secret in ["key-4711", TOKEN, "example.com"] {
        assert!(!log.contains(secret), "{log}");
    }
}
