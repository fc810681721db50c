#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod answers;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant as StdInstant;

use tokio::time::Instant;
use tollgate_engine::Needs;

use super::*;
use crate::http::{ExtraRoots, Http};
use crate::keyring::Pace;
use crate::loopback::{Log, Reply, Request, Server, ssm_at, ssm_error, ssm_value};

const TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1LTEifQ.c2ln-_";
const ANN: &str = r#"{"isAuthenticated":true,"userInfo":{"userId":"u-ann","email":"ann@example.com","productAccess":["p-live-pro"]}}"#;

/// Long enough for a busy machine, short enough to wait for.
const CONNECT: Duration = Duration::from_millis(500);
const EXCHANGE: Duration = Duration::from_secs(1);

/// tiun, asked within [`EXCHANGE`].
struct Asked(Tiun);

impl Asked {
    async fn verify(&self, token: &str) -> Outcome {
        let call = Call {
            token,
            needs: &Needs::default(),
            deadline: Instant::now() + EXCHANGE,
        };
        self.0.verify(&call).await
    }
}

/// tiun at this server, with its key in the environment.
async fn tiun_at(server: &Server) -> Asked {
    start(server, r#""env:KEY""#, &with_key()).await.unwrap()
}

fn with_key() -> Sources {
    Sources::system().with_variables(|name| (name == "KEY").then(|| "key-4711".to_owned()))
}

async fn start(server: &Server, api_key: &str, sources: &Sources) -> Result<Asked, StartupError> {
    let url = server.url();
    let settings = format!(r#"{{"environment":"sandbox","api_key":{api_key},"base_url":"{url}"}}"#);
    start_with(&serde_json::from_str(&settings).unwrap(), sources).await
}

async fn start_with(settings: &TiunSettings, sources: &Sources) -> Result<Asked, StartupError> {
    let http = Http::new(CONNECT, sources.clock(), &ExtraRoots::default())?;
    let line = Line::new(Arc::new(http), "tiun".to_owned(), sources.clock());
    let key = settings.api_key.clone();
    let pace = Pace::default();
    let key = Keyring::load(key, "tiun: api_key", sources, pace).await?;
    Tiun::new(settings, key, Arc::new(line), sources).map(Asked)
}

async fn verify_against(
    script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
) -> (Outcome, Server) {
    let server = Server::start(script).await;
    let outcome = tiun_at(&server).await.verify(TOKEN).await;
    (outcome, server)
}

fn id(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Identity(identity) => &identity.user.id,
        other => panic!("{other:?}"),
    }
}

fn unavailable(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Unavailable(cause) => cause.as_str(),
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
    assert_eq!(id(&outcome), "u-ann");
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(
        request.line,
        "POST /live_api/s2s/v1/users/verification HTTP/1.1"
    );
    let body = format!(r#"{{"userVerificationToken":"{TOKEN}"}}"#);
    assert_eq!(String::from_utf8_lossy(&request.body), body);
    let mut headers = request.headers.clone();
    headers.sort();
    let expected = [
        ("accept", "*/*"),
        ("content-length", &body.len().to_string()),
        ("content-type", "application/json"),
        ("host", &server.address.to_string()),
        (
            "user-agent",
            concat!("tollgate/", env!("CARGO_PKG_VERSION")),
        ),
        ("x-tiun-api-key", "key-4711"),
    ];
    assert_eq!(
        headers,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[tokio::test]
async fn both_environments_are_asked_at_their_own_host() {
    for (environment, url) in [
        (
            "live",
            "https://api.tiun.live/live_api/s2s/v1/users/verification",
        ),
        (
            "sandbox",
            "https://api-sandbox.tiun.live/live_api/s2s/v1/users/verification",
        ),
    ] {
        let settings = serde_json::from_str(r#"{"environment":"env:STAGE","api_key":"env:KEY"}"#);
        let sources = Sources::system().with_variables(move |name| {
            Some(if name == "STAGE" { environment } else { "k" }.into())
        });
        let tiun = start_with(&settings.unwrap(), &sources).await.unwrap();
        assert_eq!(tiun.0.url.as_str(), url);
    }
}

#[tokio::test]
async fn an_environment_that_is_not_one_stops_the_start() {
    let settings = serde_json::from_str(r#"{"environment":"env:STAGE","api_key":"env:KEY"}"#);
    let settings: TiunSettings = settings.unwrap();
    for (value, words) in [
        (None, "is not set"),
        (Some("4711"), "holds none of `live` and `sandbox`"),
    ] {
        let sources = Sources::system().with_variables(move |name| match name {
            "STAGE" => value.map(str::to_owned),
            _ => Some("key".to_owned()),
        });
        let error = start_with(&settings, &sources)
            .await
            .err()
            .unwrap()
            .to_string();
        assert!(
            error.starts_with("tiun: environment: environment variable `STAGE`"),
            "{error}"
        );
        assert!(error.contains(words) && !error.contains("4711"), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_token_is_refused_without_a_call() {
    let server = Server::start(|_, _| Reply::json(ANN)).await;
    let tiun = tiun_at(&server).await;
    for token in [
        "",
        " ",
        "a b",
        "a.b.c\n",
        "Bearer a.b.c",
        "a\"b",
        "a\\b",
        "a,b",
        "a+b/c=",
        "ä.b.c",
        "a\0",
    ] {
        assert_eq!(
            tiun.verify(token).await,
            Outcome::Unauthenticated,
            "{token:.20}"
        );
    }
    assert!(server.requests().is_empty());
    // Opaque otherwise: tiun decides.
    for token in ["x", "a.b.c", "-_"] {
        assert_eq!(id(&tiun.verify(token).await), "u-ann");
    }
}

#[tokio::test]
async fn what_is_slow_dead_or_broken_is_unavailable_in_time() {
    const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    fn drip(text: &str) -> Reply {
        let pause = Duration::from_millis(50);
        Reply::Parts(text.bytes().map(|byte| (pause, vec![byte])).collect())
    }
    fn slow_body() -> Reply {
        let head = format!("{HEAD}content-length: {}\r\n\r\n", ANN.len());
        Reply::Parts(vec![
            (Duration::ZERO, head.into()),
            (Duration::from_secs(30), ANN.into()),
        ])
    }
    fn truncated() -> Reply {
        Reply::Cut(format!("{HEAD}content-length: {}\r\n\r\n{{", ANN.len()).into())
    }
    type Case = (&'static str, fn() -> Reply, &'static str);
    let cases: [Case; 8] = [
        ("never answers", || Reply::Hang, "did not answer in time"),
        ("slow header", || drip(HEAD), "did not answer in time"),
        ("slow body", slow_body, "did not answer in time"),
        ("reset", || Reply::Reset, "broke the connection off"),
        (
            "closes",
            || Reply::Cut(Vec::new()),
            "broke the connection off",
        ),
        ("truncated", truncated, "broke the connection off"),
        (
            "not HTTP",
            || Reply::Cut(b"SSH-2.0-x\r\n".into()),
            "broke the connection off",
        ),
        (
            "HTML 503",
            || Reply::new(503, "text/html", "<h1>no</h1>"),
            "HTTP 503",
        ),
    ];
    for (name, reply, words) in cases {
        let began = StdInstant::now();
        let (outcome, _server) = verify_against(move |_, _| reply()).await;
        assert!(unavailable(&outcome).contains(words), "{name}: {outcome:?}");
        assert!(
            began.elapsed() < EXCHANGE * 2,
            "{name}: {:?}",
            began.elapsed()
        );
    }
}

#[tokio::test]
async fn a_dead_port_is_unavailable() {
    let mut server = Server::start(|_, _| Reply::Hang).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    server.address = listener.local_addr().unwrap();
    drop(listener);
    let outcome = tiun_at(&server).await.verify(TOKEN).await;
    assert!(unavailable(&outcome).contains("refused"), "{outcome:?}");
}

#[tokio::test]
async fn ten_megabytes_are_not_read() {
    let huge = format!(
        "{{\"isAuthenticated\":true,\"x\":\"{}",
        "x".repeat(10 << 20)
    );
    let (outcome, _server) = verify_against(move |_, _| Reply::json(&huge)).await;
    assert!(
        unavailable(&outcome).contains("more than 262144 bytes"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_key() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Server::start(|_, _| Reply::json(ANN)).await;
        let target = elsewhere.url();
        let redirect = move |_: usize, _: &Request| {
            Reply::bytes(format!(
                "HTTP/1.1 {status} Moved\r\nlocation: {target}/live_api/s2s/v1/users/verification\r\ncontent-length: 0\r\n\r\n"
            ))
        };
        let (outcome, server) = verify_against(redirect).await;
        assert!(misconfigured(&outcome).contains("redirect"), "{outcome:?}");
        assert_eq!(server.requests().len(), 1);
        assert!(elsewhere.requests().is_empty(), "the key went elsewhere");
    }
}

#[tokio::test]
async fn a_user_id_of_ten_kilobytes_is_nobody() {
    for (length, known) in [(256, true), (257, false), (10_240, false)] {
        let user = "u".repeat(length);
        let body = format!(r#"{{"isAuthenticated":true,"userInfo":{{"userId":"{user}"}}}}"#);
        let (outcome, _server) = verify_against(move |_, _| Reply::json(&body)).await;
        assert_eq!(matches!(outcome, Outcome::Identity(_)), known, "{length}");
    }
}

#[tokio::test]
async fn more_products_than_anybody_has_are_unknown() {
    for (count, known) in [(1000, true), (1001, false)] {
        let list = vec!["\"p-live-x\""; count].join(",");
        let body = format!(
            r#"{{"isAuthenticated":true,"userInfo":{{"userId":"u","productAccess":[{list}]}}}}"#
        );
        let (outcome, _server) = verify_against(move |_, _| Reply::json(&body)).await;
        let Outcome::Identity(user) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            user.user.products.known().map(Vec::len),
            known.then_some(count)
        );
    }
}

/// A tiun that accepts `accepted` alone, and an SSM whose n-th read gives `key-n`.
async fn rotating(accepted: &'static str) -> (Server, Server, Asked) {
    let tiun = Server::start(move |_, request| {
        if request.header("x-tiun-api-key") == Some(accepted) {
            Reply::json(ANN)
        } else {
            Reply::new(401, "application/json", "{}")
        }
    });
    let ssm = Server::start(|n, _| ssm_value(&format!("key-{n}"))).await;
    let sources = Sources::system().with_parameters(ssm_at(&ssm));
    let server = tiun.await;
    let tiun = start(&server, r#""ssm:/tiun""#, &sources).await.unwrap();
    (server, ssm, tiun)
}

#[tokio::test]
async fn a_rotated_key_costs_no_outage() {
    let (server, ssm, tiun) = rotating("key-1").await;
    assert_eq!(id(&tiun.verify(TOKEN).await), "u-ann");
    assert_eq!((server.requests().len(), ssm.requests().len()), (2, 2));
    assert_eq!(id(&tiun.verify(TOKEN).await), "u-ann");
    assert_eq!((server.requests().len(), ssm.requests().len()), (3, 2));
}

#[tokio::test]
async fn a_rotation_under_load_reads_ssm_once_and_refuses_nobody() {
    let (_server, ssm, tiun) = rotating("key-1").await;
    let tiun = Arc::new(tiun);
    let tasks: Vec<_> = (0..30)
        .map(|_| {
            let tiun = Arc::clone(&tiun);
            tokio::spawn(async move { tiun.verify(TOKEN).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(id(&task.await.unwrap()), "u-ann");
    }
    assert_eq!(ssm.requests().len(), 2);
}

#[tokio::test]
async fn a_key_that_stays_wrong_is_a_misconfiguration() {
    let log = Log::start();
    let (server, ssm, tiun) = rotating("another").await;
    for _ in 0..5 {
        let outcome = tiun.verify(TOKEN).await;
        let cause = misconfigured(&outcome);
        assert!(
            cause.contains("`ssm:/tiun`") && cause.contains("sandbox"),
            "{cause}"
        );
        assert!(!cause.contains("key-"), "{cause}");
    }
    // One retry with the changed key at first, then no more calls to SSM within the second.
    assert_eq!((server.requests().len(), ssm.requests().len()), (6, 2));
    assert!(!log.ours().contains("key-"), "{}", log.ours());
}

#[tokio::test]
async fn a_refused_key_while_ssm_fails_is_a_misconfiguration() {
    let server = Server::start(|_, _| Reply::new(401, "text/plain", "no")).await;
    for failing in [
        || ssm_error(400, "AccessDeniedException", "no"),
        || Reply::Hang,
    ] {
        let ssm = Server::start(move |n, _| if n == 0 { ssm_value("old") } else { failing() });
        let sources = Sources::system().with_parameters(ssm_at(&ssm.await));
        let tiun = start(&server, r#""ssm:/tiun""#, &sources).await.unwrap();
        let began = StdInstant::now();
        misconfigured(&tiun.verify(TOKEN).await);
        assert!(began.elapsed() < EXCHANGE * 2, "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_wrong_key_from_the_environment_names_its_variable() {
    let (outcome, server) = verify_against(|_, _| Reply::new(401, "text/plain", "no")).await;
    assert!(misconfigured(&outcome).contains("`env:KEY`"), "{outcome:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_outage_passes() {
    let count = Arc::new(AtomicUsize::new(0));
    let down_for = Arc::clone(&count);
    let server = Server::start(move |_, _| match down_for.fetch_add(1, Ordering::SeqCst) {
        // Each asked twice.
        0..4 => Reply::new(503, "text/html", "no"),
        4 => Reply::Hang,
        _ => Reply::json(ANN),
    });
    let tiun = tiun_at(&server.await).await;
    for _ in 0..3 {
        unavailable(&tiun.verify(TOKEN).await);
    }
    assert_eq!(id(&tiun.verify(TOKEN).await), "u-ann");
}

#[test]
fn the_key_does_not_show_in_the_request() {
    let shown = format!("{:?}", headers("key-4711").unwrap());
    assert!(!shown.contains("4711"), "{shown}");
}

#[tokio::test]
async fn nothing_secret_is_logged_or_shown() {
    let log = Log::start();
    let odd = r#"{"isAuthenticated":true,"userInfo":{"userId":"u-ann","email":"ann@example.com\u0007","productAccess":"p"}}"#;
    for body in [ANN, odd, "ann@example.com"] {
        let (outcome, _server) = verify_against(move |_, _| Reply::json(body)).await;
        let shown = format!("{outcome:?}{outcome:#?}");
        for secret in ["key-4711", TOKEN, "example.com"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    let log = log.all();
    assert!(
        log.contains("productAccess") && log.contains("email"),
        "{log}"
    );
    for secret in ["key-4711", TOKEN, "example.com"] {
        assert!(!log.contains(secret), "{log}");
    }
}
