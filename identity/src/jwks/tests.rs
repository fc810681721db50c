#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unchecked_time_subtraction,
    reason = "tests"
)]

mod age;
mod documents;
mod unknown;

use std::sync::Mutex as StdMutex;
use std::time::Instant as StdInstant;

use serde_json::json;

use super::*;
use crate::http::{CONNECT, ExtraRoots, Http};
use crate::jwt::mint::{self, Mint};
use crate::jwt::{Algorithm, Typ};
use crate::loopback::{Hand, Log, Reply, Server};

/// Long enough for a busy machine.
const TIME: Duration = Duration::from_secs(10);

fn mint(kid: &str) -> Mint {
    Mint::new(Algorithm::Es256, kid)
}

fn token(mint: &Mint) -> String {
    // 2096, and the clock of these tests stands in 1970.
    mint.token(&json!({"sub": "u-ann", "exp": 4_000_000_000_u64}))
}

fn rules() -> Rules {
    Rules {
        issuers: Vec::new(),
        audience: None,
        algorithms: vec![Algorithm::Es256],
        typ: Typ::Any,
        skew: Duration::ZERO,
        max_lifetime: None,
    }
}

/// A JWKS with the keys of these mints.
fn keys(mints: &[&Mint]) -> String {
    let entries: Vec<_> = mints.iter().map(|mint| mint.jwk()).collect();
    String::from_utf8(mint::jwks(&entries)).unwrap()
}

fn line(hand: &Hand) -> Arc<Line> {
    let http = Http::new(CONNECT, hand.clock(), &ExtraRoots::default()).unwrap();
    Arc::new(Line::new(Arc::new(http), "acme".to_owned(), hand.clock()))
}

type Serving = dyn Fn() -> Reply + Send;

/// An issuer, and the cache of its keys.
struct Rig {
    server: Server,
    serving: Arc<StdMutex<Box<Serving>>>,
    hand: Hand,
    cache: Arc<KeyCache>,
}

impl Rig {
    async fn new(serving: impl Fn() -> Reply + Send + 'static) -> Self {
        let serving: Arc<StdMutex<Box<Serving>>> = Arc::new(StdMutex::new(Box::new(serving)));
        let now = Arc::clone(&serving);
        let server = Server::start(move |_, _| now.lock().unwrap()()).await;
        let hand = Hand::default();
        let location = KeyLocation::Url(format!("{}/jwks", server.url()).parse().unwrap());
        let cache = Arc::new(KeyCache::new(location, line(&hand), hand.clock()));
        Self {
            server,
            serving,
            hand,
            cache,
        }
    }

    /// An issuer with these keys, fetched.
    async fn warm(mints: &[&Mint]) -> Self {
        let body = keys(mints);
        let rig = Self::new(move || Reply::json(&body)).await;
        rig.cache.warm(Instant::now() + TIME).await.unwrap();
        assert_eq!(rig.fetches(), 1);
        rig
    }

    fn serve(&self, serving: impl Fn() -> Reply + Send + 'static) {
        *self.serving.lock().unwrap() = Box::new(serving);
    }

    fn serve_keys(&self, mints: &[&Mint]) {
        let body = keys(mints);
        self.serve(move || Reply::json(&body));
    }

    /// Fails in a way that is not tried again.
    fn fail(&self) {
        self.serve(|| Reply::new(500, "text/plain", "no"));
    }

    async fn verify(&self, mint: &Mint) -> Result<(), VerifyProblem> {
        self.verify_within(mint, TIME).await
    }

    async fn verify_within(&self, mint: &Mint, span: Duration) -> Result<(), VerifyProblem> {
        let deadline = Instant::now() + span;
        let verified = self.cache.verify(&token(mint), &rules(), deadline).await?;
        assert_eq!(verified.subject, "u-ann");
        Ok(())
    }

    /// Verifies as many tokens at once, and gives what came of each.
    async fn herd(&self, mint: &Mint, size: usize) -> Vec<Result<(), VerifyProblem>> {
        let tasks: Vec<_> = (0..size)
            .map(|_| {
                let (cache, token) = (Arc::clone(&self.cache), token(mint));
                let deadline = Instant::now() + TIME;
                tokio::spawn(async move {
                    let verified = cache.verify(&token, &rules(), deadline).await;
                    verified.map(|_| ())
                })
            })
            .collect();
        let mut results = Vec::new();
        for task in tasks {
            results.push(task.await.unwrap());
        }
        results
    }

    fn fetches(&self) -> usize {
        self.server.requests().len()
    }
}

const UNKNOWN: Result<(), VerifyProblem> = Err(VerifyProblem::Refused(Refusal::UnknownKey));

fn unavailable(result: Result<(), VerifyProblem>) -> String {
    match result {
        Err(VerifyProblem::Unavailable(cause)) => cause.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn keys_are_fetched_in_init_and_used() {
    let ann = mint("a");
    let rig = Rig::warm(&[&ann, &mint("b")]).await;
    for _ in 0..3 {
        assert_eq!(rig.verify(&ann).await, Ok(()));
    }
    let requests = rig.server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].line, "GET /jwks HTTP/1.1");
    let accept = "application/json, application/jwk-set+json";
    assert_eq!(requests[0].header("accept"), Some(accept));
}

#[tokio::test]
async fn without_init_the_first_token_fetches_them() {
    let ann = mint("a");
    let body = keys(&[&ann]);
    let rig = Rig::new(move || Reply::json(&body)).await;
    assert_eq!(rig.verify(&ann).await, Ok(()));
    assert_eq!(rig.fetches(), 1);
}

#[tokio::test]
async fn an_outage_in_init_is_not_fatal_and_the_first_token_tries_again() {
    let (ann, log) = (mint("a"), Log::start());
    let rig = Rig::new(|| Reply::new(500, "text/plain", "no")).await;
    assert_eq!(rig.cache.warm(Instant::now() + TIME).await, Ok(()));
    let log = log.ours();
    assert!(
        log.contains("WARN") && log.contains("acme answered HTTP 500"),
        "{log}"
    );
    rig.serve_keys(&[&ann]);
    assert_eq!(rig.verify(&ann).await, Ok(()));
    assert_eq!(rig.fetches(), 2);
}

#[tokio::test]
async fn a_herd_at_the_start_fetches_once() {
    let ann = mint("a");
    let body = keys(&[&ann]);
    let slow = move || {
        let Reply::Parts(mut parts) = Reply::json(&body) else {
            panic!()
        };
        parts[0].0 = Duration::from_millis(200);
        Reply::Parts(parts)
    };
    let rig = Rig::new(slow).await;
    assert!(rig.herd(&ann, 100).await.iter().all(Result::is_ok));
    assert_eq!(rig.fetches(), 1);
    // And one that is not among the keys just fetched asks no more.
    let rig = Rig::new(|| Reply::json(r#"{"keys":[]}"#)).await;
    for result in rig.herd(&ann, 100).await {
        assert_eq!(result, UNKNOWN);
    }
    assert_eq!(rig.fetches(), 1);
}

#[tokio::test]
async fn a_herd_at_the_start_shares_a_failure() {
    let ann = mint("a");
    let rig = Rig::new(|| Reply::new(500, "text/plain", "no")).await;
    for result in rig.herd(&ann, 100).await {
        assert_eq!(unavailable(result), "acme answered HTTP 500");
    }
    assert_eq!(rig.fetches(), 1);
    // The issuer is left alone for a second.
    rig.serve_keys(&[&ann]);
    rig.hand
        .forward(AFTER_FAILURE_WITHOUT_KEYS - Duration::from_millis(1));
    unavailable(rig.verify(&ann).await);
    assert_eq!(rig.fetches(), 1);
    rig.hand.forward(Duration::from_millis(1));
    assert_eq!(rig.verify(&ann).await, Ok(()));
    assert_eq!(rig.fetches(), 2);
}

#[tokio::test]
async fn nobody_waits_beyond_the_deadline() {
    const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n";
    let (ann, span) = (mint("a"), Duration::from_millis(300));
    let slow_header = || {
        let pause = Duration::from_millis(100);
        Reply::Parts(HEAD.bytes().map(|byte| (pause, vec![byte])).collect())
    };
    let slow_body = || {
        Reply::Parts(vec![
            (Duration::ZERO, HEAD.into()),
            (TIME, r#"{"keys":[]}"#.into()),
        ])
    };
    for serving in [|| Reply::Hang, slow_header, slow_body] {
        let rig = Rig::new(serving).await;
        let began = StdInstant::now();
        let (first, second) = tokio::join!(
            rig.verify_within(&ann, span),
            rig.verify_within(&ann, span / 2)
        );
        assert_eq!(unavailable(first), "acme did not answer in time");
        let second = unavailable(second);
        assert!(
            second.contains("/jwks` was not fetched in time"),
            "{second}"
        );
        assert!(began.elapsed() < TIME / 2, "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn neither_token_nor_kid_is_logged() {
    let (ann, log) = (mint("kid-4711"), Log::start());
    let rig = Rig::warm(&[&ann]).await;
    assert_eq!(rig.verify(&ann).await, Ok(()));
    assert_eq!(rig.verify(&mint("kid-4712")).await, UNKNOWN);
    rig.fail();
    rig.hand.forward(HARD_AGE * 2);
    unavailable(rig.verify(&ann).await);
    let log = log.all();
    assert!(log.contains("keys fetched"), "{log}");
    let token = token(&ann);
    let claims = token.split('.').nth(1).unwrap();
    assert!(!log.contains("kid-47") && !log.contains(claims), "{log}");
}
