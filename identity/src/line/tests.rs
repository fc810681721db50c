#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use reqwest::Url;
use reqwest::header::HeaderMap;

use super::*;
use crate::breaker::PAUSE;
use crate::http::{CONNECT, ExtraRoots, MAX_ANSWER, Method};
use crate::loopback::{Hand, Reply, Request, Server};

const HTTP_200: &str = "HTTP/1.1 200 Text\r\ncontent-length: 0\r\n\r\n";

/// A line to a server, on a clock that stands still unless it is moved.
struct Rig {
    server: Server,
    line: Line,
    hand: Hand,
}

impl Rig {
    async fn new(script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let hand = Hand::default();
        let http = Http::new(CONNECT, hand.clock(), &ExtraRoots::default()).unwrap();
        let line = Line::new(Arc::new(http), "acme".to_owned(), hand.clock());
        let server = Server::start(script).await;
        Self { server, line, hand }
    }

    async fn within(&self, span: Duration) -> Result<u16, String> {
        let url: Url = self.server.url().parse().unwrap();
        let ask = Ask {
            method: Method::Get,
            url: &url,
            headers: HeaderMap::new(),
            body: Vec::new(),
            largest: MAX_ANSWER,
        };
        let answer = self.line.ask(&ask, Instant::now() + span).await;
        answer
            .map(|answer| answer.status)
            .map_err(|cause| cause.to_string())
    }

    async fn ask(&self) -> Result<u16, String> {
        self.within(Duration::from_secs(2)).await
    }

    /// Asks, and is told this, after as many requests in all.
    async fn fails(&self, words: &str, requests: usize) {
        let cause = self.ask().await.unwrap_err();
        assert!(
            cause.starts_with("acme ") && cause.contains(words),
            "{cause}"
        );
        assert_eq!(self.server.requests().len(), requests, "{cause}");
    }
}

fn status(status: u16) -> Reply {
    Reply::new(status, "text/plain", "")
}

fn with_retry_after(status: u16, value: &str) -> Reply {
    Reply::bytes(format!(
        "HTTP/1.1 {status} Text\r\nretry-after: {value}\r\ncontent-length: 0\r\n\r\n"
    ))
}

#[tokio::test]
async fn connections_that_died_while_frozen_cost_nothing() {
    // Accepts what comes on the two old connections and drops it, as a server does whose
    // goodbye was lost.
    let rig = Rig::new(|n, request| match (n, request.connection) {
        (0 | 1, _) => Reply::Parts(vec![(Duration::from_millis(300), HTTP_200.into())]),
        (_, 0 | 1) => Reply::Reset,
        _ => status(200),
    })
    .await;
    let both = tokio::join!(rig.ask(), rig.ask());
    assert_eq!(both, (Ok(200), Ok(200)));
    assert_eq!(rig.ask().await, Ok(200));
    let requests = rig.server.requests();
    let [.., old, new] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!((requests.len(), new.connection), (4, 2));
    assert!(old.connection < 2);
}

#[tokio::test]
async fn what_may_pass_is_tried_twice_and_no_more() {
    type Case = (fn() -> Reply, &'static str);
    let cases: [Case; 5] = [
        (|| Reply::Reset, "broke the connection off"),
        (|| Reply::Cut(Vec::new()), "broke the connection off"),
        (|| status(502), "answered HTTP 502"),
        (|| status(503), "answered HTTP 503"),
        (|| status(504), "answered HTTP 504"),
    ];
    for (reply, words) in cases {
        let rig = Rig::new(move |_, _| reply()).await;
        rig.fails(words, 2).await;
        let rig = Rig::new(move |n, _| if n == 0 { reply() } else { status(200) }).await;
        assert_eq!(rig.ask().await, Ok(200), "{words}");
    }
    // One retry in all, whatever the reasons.
    let rig = Rig::new(|n, _| {
        [Reply::Reset, status(503)]
            .into_iter()
            .nth(n)
            .unwrap_or(status(200))
    });
    rig.await.fails("HTTP 503", 2).await;
}

#[tokio::test]
async fn what_will_not_pass_at_once_is_tried_once() {
    type Case = (fn() -> Reply, &'static str);
    let cases: [Case; 9] = [
        (|| status(500), "answered HTTP 500"),
        (|| status(501), "answered HTTP 501"),
        (|| status(599), "answered HTTP 599"),
        (|| status(408), "answered HTTP 408"),
        (|| status(425), "answered HTTP 425"),
        (|| status(429), "answered HTTP 429"),
        (|| with_retry_after(503, "5"), "answered HTTP 503"),
        (
            || Reply::Cut("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".into()),
            "broke the connection off",
        ),
        (
            || Reply::new(200, "text/plain", &"x".repeat(MAX_ANSWER + 1)),
            "more than 262144 bytes",
        ),
    ];
    for (reply, words) in cases {
        let rig = Rig::new(move |_, _| reply()).await;
        rig.fails(words, 1).await;
    }
}

#[tokio::test]
async fn what_the_provider_says_of_the_request_is_an_answer() {
    for code in [
        200, 204, 301, 304, 307, 400, 401, 403, 404, 409, 418, 423, 499,
    ] {
        let rig = Rig::new(move |_, _| status(code)).await;
        for _ in 0..=FAILURES {
            assert_eq!(rig.ask().await, Ok(code));
        }
    }
}

#[test]
fn a_retry_needs_as_much_time_as_the_first_try_took() {
    for (took, pause, left, expected) in [
        (0, 0, 101, true),
        (0, 0, 100, false),
        (0, 100, 201, true),
        (0, 100, 200, false),
        (400, 0, 401, true),
        (400, 0, 400, false),
        (400, 100, 500, false),
        (0, 0, 0, false),
    ] {
        let [took, pause, left] = [took, pause, left].map(Duration::from_millis);
        assert_eq!(
            fits(took, pause, left),
            expected,
            "{took:?} {pause:?} {left:?}"
        );
    }
}

#[tokio::test]
async fn a_retry_that_does_not_fit_is_not_made() {
    const HTTP_503: &str = "HTTP/1.1 503 Text\r\ncontent-length: 0\r\n\r\n";
    let late = || Reply::Parts(vec![(Duration::from_secs(1), HTTP_503.into())]);
    let rig = Rig::new(move |_, _| late()).await;
    let cause = rig.within(Duration::from_millis(1900)).await.unwrap_err();
    assert!(cause.contains("HTTP 503"), "{cause}");
    assert_eq!(rig.server.requests().len(), 1);
}

#[tokio::test]
async fn the_deadline_holds_for_both_tries() {
    let rig = Rig::new(|n, _| if n == 0 { Reply::Reset } else { Reply::Hang }).await;
    let began = std::time::Instant::now();
    let cause = rig.within(Duration::from_secs(1)).await.unwrap_err();
    assert!(cause.contains("did not answer in time"), "{cause}");
    assert_eq!(rig.server.requests().len(), 2);
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn without_time_nobody_is_asked_or_blamed() {
    let rig = Rig::new(|_, _| status(200)).await;
    for _ in 0..=FAILURES {
        let cause = rig.within(Duration::ZERO).await.unwrap_err();
        assert_eq!(cause, "acme was not asked: no time was left");
    }
    assert!(rig.server.requests().is_empty());
    assert_eq!(rig.ask().await, Ok(200));
}

#[tokio::test]
async fn a_provider_that_asks_for_it_is_left_alone() {
    for code in [429, 503] {
        let rig = Rig::new(move |n, _| match n {
            0 => with_retry_after(code, "7"),
            _ => status(200),
        })
        .await;
        let what = format!("answered HTTP {code}");
        rig.fails(&what, 1).await;
        rig.hand.forward(Duration::from_millis(1500));
        rig.fails(
            "left alone for 6 s more (`Retry-After`): it answered HTTP",
            1,
        )
        .await;
        rig.hand.forward(Duration::from_millis(5500));
        assert_eq!(rig.ask().await, Ok(200));
    }
}

#[tokio::test]
async fn retry_after_says_nothing_with_other_statuses_or_when_it_is_none() {
    for (code, value) in [
        (500, "7"),
        (404, "7"),
        (429, "0"),
        (429, "soon"),
        (503, "0"),
    ] {
        let rig = Rig::new(move |_, _| with_retry_after(code, value)).await;
        let _ = rig.ask().await;
        let before = rig.server.requests().len();
        let _ = rig.ask().await;
        assert!(rig.server.requests().len() > before, "{code} {value}");
    }
}

#[tokio::test]
async fn a_provider_that_is_down_is_left_alone_and_tried_again() {
    let rig = Rig::new(|n, _| status(if n < 6 { 500 } else { 200 })).await;
    for n in 1..=5 {
        rig.fails("answered HTTP 500", n).await;
    }
    let words = "left alone for a moment: the last 5 calls failed, it answered HTTP 500";
    rig.fails(words, 5).await;
    rig.hand.forward(PAUSE);
    rig.fails("acme answered HTTP 500", 6).await;
    rig.fails(words, 6).await;
    rig.hand.forward(PAUSE);
    for _ in 0..3 {
        assert_eq!(rig.ask().await, Ok(200));
    }
}

#[tokio::test]
async fn a_dead_port_opens_the_breaker_and_says_so() {
    let mut rig = Rig::new(|_, _| Reply::Hang).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    rig.server.address = listener.local_addr().unwrap();
    drop(listener);
    for _ in 0..FAILURES {
        rig.fails("acme could not be connected to: Connection refused", 0)
            .await;
    }
    rig.fails(
        "failed, it could not be connected to: Connection refused",
        0,
    )
    .await;
}

#[tokio::test]
async fn a_call_that_is_given_up_does_not_keep_the_breaker_shut() {
    let rig = Rig::new(|n, _| match n {
        0..5 => status(500),
        5 => Reply::Hang,
        _ => status(200),
    })
    .await;
    for n in 1..=5 {
        rig.fails("HTTP 500", n).await;
    }
    rig.hand.forward(PAUSE);
    tokio::select! {
        answer = rig.ask() => panic!("{answer:?}"),
        () = rig.server.reaches(6) => {}
    }
    assert_eq!(rig.ask().await, Ok(200));
}

#[tokio::test]
async fn an_answer_that_is_too_large_says_nothing_of_the_provider() {
    let huge = "x".repeat(MAX_ANSWER + 1);
    let script = move |n, _: &Request| match n {
        10..=14 => status(500),
        _ => Reply::new(200, "text/plain", &huge),
    };
    let rig = Rig::new(script).await;
    for asked in 1..=10 {
        rig.fails("answered with more than", asked).await;
    }
    for asked in 11..=15 {
        rig.fails("answered HTTP 500", asked).await;
    }
    rig.fails("is left alone", 15).await;
    // Nor that it is well again, or still down: the next call tries.
    rig.hand.forward(PAUSE);
    rig.fails("answered with more than", 16).await;
    rig.fails("answered with more than", 17).await;
}

#[tokio::test]
async fn calls_are_counted_with_their_outcome_and_those_not_made_apart() {
    let rig = Rig::new(|n, _| status(if n == 0 { 200 } else { 500 })).await;
    rig.ask().await.unwrap();
    for _ in 0..FAILURES {
        rig.ask().await.unwrap_err();
    }
    rig.ask().await.unwrap_err();
    let usage = rig.line.meter().take();
    assert_eq!(usage.calls.succeeded, 1);
    assert_eq!(usage.calls.failed, u64::from(FAILURES));
    assert_eq!(usage.times.len() as u64, usage.calls.made());
    assert_eq!(usage.kept_back, 1, "the breaker is open");
}
