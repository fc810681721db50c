#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use super::*;
use crate::loopback::{Identity, Reply, Server};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

fn ok() -> Reply {
    Reply::bytes(OK)
}

fn ask(url: &Url) -> Ask<'_> {
    Ask {
        method: Method::Post,
        url,
        headers: HeaderMap::new(),
        body: b"{}".into(),
        largest: MAX_ANSWER,
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(2)
}

async fn post(http: &Http, url: &str) -> Result<Answer, Failure> {
    http.send(&ask(&url.parse().unwrap()), soon()).await
}

fn http() -> Http {
    Http::new(CONNECT, Clock::system(), &ExtraRoots::default()).unwrap()
}

fn connections(server: &Server) -> Vec<usize> {
    server.requests().iter().map(|r| r.connection).collect()
}

#[tokio::test]
async fn a_connection_is_used_again_until_it_has_idled_too_long() {
    let server = Server::start(|_, _| ok()).await;
    let seconds = Arc::new(AtomicU64::new(1_000_000));
    let now = Arc::clone(&seconds);
    let clock = Clock::new(move || UNIX_EPOCH + Duration::from_secs(now.load(Ordering::SeqCst)));
    let http = Http::new(CONNECT, clock, &ExtraRoots::default()).unwrap();
    for pause in [0, 20, 21, 0] {
        seconds.fetch_add(pause, Ordering::SeqCst);
        assert_eq!(post(&http, &server.url()).await.unwrap().status, 200);
    }
    assert_eq!(connections(&server), [0, 0, 1, 1]);
}

#[tokio::test]
async fn after_a_connection_that_died_a_new_one_is_used() {
    let server = Server::start(|n, _| if n == 1 { Reply::Reset } else { ok() }).await;
    let http = http();
    assert!(post(&http, &server.url()).await.is_ok());
    let failure = post(&http, &server.url()).await.err().unwrap();
    assert!(matches!(failure, Failure::Dropped(_)), "{failure:?}");
    assert!(post(&http, &server.url()).await.is_ok());
    assert_eq!(connections(&server), [0, 0, 1]);
}

#[tokio::test]
async fn a_dropped_connection_is_told_from_a_broken_answer() {
    let cut = |text: &'static str| Server::start(move |_, _| Reply::Cut(text.into()));
    let failure = |server: Server| async move { post(&http(), &server.url()).await.err().unwrap() };
    for text in ["", "HTTP/1.1 200 OK\r\ncontent-l"] {
        let failure = failure(cut(text).await).await;
        assert!(matches!(failure, Failure::Dropped(_)), "{failure:?}");
    }
    let failure = failure(cut("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{").await).await;
    assert!(matches!(failure, Failure::Broken(_)), "{failure:?}");
}

#[tokio::test]
async fn a_get_has_no_body_and_a_post_has_its_own() {
    let server = Server::start(|_, _| ok()).await;
    let url = server.url().parse().unwrap();
    for method in [Method::Get, Method::Post] {
        let ask = Ask {
            method,
            ..ask(&url)
        };
        http().send(&ask, soon()).await.unwrap();
    }
    let seen = server.requests();
    let seen: Vec<_> = seen
        .iter()
        .map(|r| (r.line.as_str(), &r.body[..]))
        .collect();
    assert_eq!(
        seen,
        [
            ("GET / HTTP/1.1", &b""[..]),
            ("POST / HTTP/1.1", &b"{}"[..])
        ]
    );
}

#[tokio::test]
async fn the_size_is_counted_not_believed() {
    let full = "x".repeat(MAX_ANSWER);
    let whole = format!("HTTP/1.1 200 OK\r\ncontent-length: {MAX_ANSWER}\r\n\r\n{full}");
    let server = Server::start(move |_, _| Reply::bytes(whole.clone())).await;
    assert_eq!(
        post(&http(), &server.url()).await.unwrap().body.len(),
        MAX_ANSWER
    );

    let chunk = format!("{:x}\r\n{full}\r\n", full.len());
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let endless = move |_: usize, _: &_| {
        let mut parts = vec![(Duration::ZERO, head.into())];
        parts.resize_with(41, || (Duration::ZERO, chunk.clone().into_bytes())); // 10 MB
        Reply::Parts(parts)
    };
    let server = Server::start(endless).await;
    assert_eq!(
        post(&http(), &server.url()).await.err(),
        Some(Failure::TooLarge(MAX_ANSWER))
    );

    let unannounced = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(10 << 20));
    let server = Server::start(move |_, _| Reply::Cut(unannounced.clone().into())).await;
    assert_eq!(
        post(&http(), &server.url()).await.err(),
        Some(Failure::TooLarge(MAX_ANSWER))
    );
}

#[tokio::test]
async fn endless_headers_and_other_protocols_are_refused() {
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(10_000));
    let long = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(10 << 20));
    for bytes in [
        many,
        long,
        "SSH-2.0-OpenSSH\r\n\r\n".into(),
        "\0\0\0".into(),
    ] {
        let server = Server::start(move |_, _| Reply::Cut(bytes.clone().into())).await;
        let failure = post(&http(), &server.url()).await.err().unwrap();
        assert!(matches!(failure, Failure::Dropped(_)), "{failure:?}");
    }
}

fn trusting(identity: &Identity) -> Http {
    let roots = ExtraRoots::from_pem(identity.pem().as_bytes()).unwrap();
    Http::new(CONNECT, Clock::system(), &roots).unwrap()
}

async fn not_connected(http: &Http, url: &str) -> String {
    match post(http, url).await.err().unwrap() {
        Failure::NotConnected(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn only_a_trusted_certificate_for_this_host_is_spoken_to() {
    let known = Identity::new("127.0.0.1");
    let server = Server::start_tls(&known, |_, _| ok()).await;
    assert_eq!(
        post(&trusting(&known), &server.url()).await.unwrap().status,
        200
    );
    let reason = not_connected(&http(), &server.url()).await;
    assert!(reason.contains("UnknownIssuer"), "{reason}");
    let reason = not_connected(&trusting(&Identity::new("127.0.0.1")), &server.url()).await;
    assert!(reason.contains("certificate"), "{reason}");
    assert_eq!(server.requests().len(), 1);

    for (identity, words) in [
        (Identity::new("other.example"), "not valid for name"),
        (Identity::until("127.0.0.1", 2020), "expired"),
    ] {
        let server = Server::start_tls(&identity, |_, _| ok()).await;
        let reason = not_connected(&trusting(&identity), &server.url()).await;
        assert!(reason.contains(words), "{reason}");
        assert!(server.requests().is_empty());
    }
}

#[tokio::test]
async fn a_tls_connection_is_used_again() {
    let known = Identity::new("127.0.0.1");
    let server = Server::start_tls(&known, |_, _| ok()).await;
    let http = trusting(&known);
    for _ in 0..3 {
        assert!(post(&http, &server.url()).await.is_ok());
    }
    assert_eq!(connections(&server), [0, 0, 0]);
}

#[tokio::test]
async fn https_is_not_spoken_in_the_clear() {
    let server = Server::start(|_, _| ok()).await;
    let url = format!("https://{}", server.address);
    let connect = Duration::from_millis(300);
    let http = Http::new(connect, Clock::system(), &ExtraRoots::default()).unwrap();
    let failure = post(&http, &url).await.err().unwrap();
    assert_eq!(
        failure,
        Failure::NotConnectedInTime,
        "a server without TLS waits for a request"
    );
    assert!(server.requests().is_empty());
}
