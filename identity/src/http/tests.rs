#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use rustls::pki_types::PrivateKeyDer;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::*;
use crate::loopback::{Reply, Server, read_request};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

fn ok() -> Reply {
    Reply::bytes(OK)
}

async fn post(http: &Http, url: &str) -> Result<Answer, Failure> {
    let deadline = Instant::now() + Duration::from_secs(2);
    http.post(&url.parse().unwrap(), &HeaderMap::new(), b"{}", deadline)
        .await
}

fn http() -> Http {
    Http::new(CONNECT, Clock::system()).unwrap()
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
    let http = Http::new(CONNECT, clock).unwrap();
    for pause in [0, 20, 21, 0] {
        seconds.fetch_add(pause, Ordering::SeqCst);
        assert_eq!(post(&http, &server.url()).await.unwrap().status, 200);
    }
    assert_eq!(connections(&server), [0, 0, 1, 1]);
}

#[tokio::test]
async fn a_connection_that_died_while_frozen_costs_nothing() {
    // Accepts the second request on the old connection and drops it, as a server does whose
    // goodbye was lost.
    let server = Server::start(|n, _| if n == 1 { Reply::Reset } else { ok() }).await;
    let http = http();
    assert!(post(&http, &server.url()).await.is_ok());
    assert!(post(&http, &server.url()).await.is_ok());
    assert_eq!(connections(&server), [0, 0, 1]);
}

#[tokio::test]
async fn a_broken_connection_is_tried_twice_and_no_more() {
    let server = Server::start(|_, _| Reply::Reset).await;
    let failure = post(&http(), &server.url()).await.err().unwrap();
    assert!(matches!(failure, Failure::Broken(_)), "{failure:?}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_answer_that_began_is_not_asked_for_again() {
    let server =
        Server::start(|_, _| Reply::Cut("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".into()))
            .await;
    let failure = post(&http(), &server.url()).await.err().unwrap();
    assert!(matches!(failure, Failure::Broken(_)), "{failure:?}");
    assert_eq!(server.requests().len(), 1);
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
        Some(Failure::TooLarge)
    );

    let unannounced = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(10 << 20));
    let server = Server::start(move |_, _| Reply::Cut(unannounced.clone().into())).await;
    assert_eq!(
        post(&http(), &server.url()).await.err(),
        Some(Failure::TooLarge)
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
        assert!(matches!(failure, Failure::Broken(_)), "{failure:?}");
    }
}

#[tokio::test]
async fn the_media_type_is_read_without_parameters() {
    for (header, expected) in [
        (
            "content-type: Application/JSON; charset=utf-8\r\n",
            Some("application/json"),
        ),
        ("content-type: text/html\r\n", Some("text/html")),
        ("content-type: caf\u{e9}\r\n", Some("")),
        ("", None),
    ] {
        let bytes = format!("HTTP/1.1 200 OK\r\n{header}content-length: 2\r\n\r\n{{}}");
        let server = Server::start(move |_, _| Reply::bytes(bytes.clone())).await;
        let answer = post(&http(), &server.url()).await.unwrap();
        assert_eq!(answer.media_type.as_deref(), expected);
    }
}

/// A TLS server that answers every request, and a store that trusts its certificate.
async fn tls_server(name: &str) -> (String, RootCertStore) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let mut trusted = RootCertStore::empty();
    trusted.add(certificate.clone()).unwrap();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = rustls::ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://127.0.0.1:{}",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // A client that does not trust us goes away in the handshake.
            if let Ok(mut stream) = acceptor.accept(stream).await
                && read_request(&mut stream, 0).await.is_some()
            {
                stream.write_all(OK.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
            }
        }
    });
    (url, trusted)
}

#[tokio::test]
async fn only_a_trusted_certificate_for_this_host_is_spoken_to() {
    let (url, trusted) = tls_server("127.0.0.1").await;
    let trusting = Http::with_roots(trusted, CONNECT, Clock::system()).unwrap();
    assert_eq!(post(&trusting, &url).await.unwrap().status, 200);

    let failure = post(&http(), &url).await.err().unwrap();
    let Failure::NotConnected(reason) = failure else {
        panic!("{failure:?}")
    };
    assert!(reason.contains("certificate"), "{reason}");

    let (url, trusted) = tls_server("other.example").await;
    let trusting = Http::with_roots(trusted, CONNECT, Clock::system()).unwrap();
    let failure = post(&trusting, &url).await.err().unwrap();
    assert!(matches!(failure, Failure::NotConnected(_)), "{failure:?}");
}

#[tokio::test]
async fn https_is_not_spoken_in_the_clear() {
    let server = Server::start(|_, _| ok()).await;
    let url = format!("https://{}", server.address);
    let http = Http::new(Duration::from_millis(300), Clock::system()).unwrap();
    let failure = post(&http, &url).await.err().unwrap();
    assert!(matches!(failure, Failure::NotConnected(_)), "{failure:?}");
    assert!(server.requests().is_empty());
}
