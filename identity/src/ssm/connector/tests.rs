#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::net::TcpListener;

use super::*;
use crate::loopback::{Identity, Log, Reply, Server, ssm_at, ssm_trusting, ssm_value};
use crate::ssm::{Parameters, Problem};

/// Reads `/tiun`.
async fn read(parameters: &Parameters) -> Result<String, Problem> {
    let wanted = ["/tiun".parse().unwrap()];
    let mut values = parameters.read(&wanted, Duration::from_secs(5)).await;
    let secret = values.remove(&wanted[0]).unwrap()?;
    Ok(secret.expose().to_owned())
}

#[tokio::test]
async fn tls_trusts_the_extra_roots_and_no_others() {
    let identity = Identity::new("127.0.0.1");
    let server = Server::start_tls(&identity, |_, _| ssm_value("key")).await;
    let roots = ExtraRoots::from_pem(identity.pem().as_bytes()).unwrap();
    assert_eq!(read(&ssm_trusting(&server, &roots)).await.unwrap(), "key");

    let reached = server.requests().len();
    let Problem::Unreachable(reason) = read(&ssm_at(&server)).await.unwrap_err() else {
        panic!("not told as a connection that failed");
    };
    assert!(reason.contains("UnknownIssuer"), "{reason}");
    assert_eq!(server.requests().len(), reached, "nothing is sent");
}

/// The SDK logs a body that it has at hand.
#[tokio::test]
async fn no_level_of_logging_shows_a_parameter() {
    let log = Log::start();
    let server = Server::start(|_, _| ssm_value("key4711")).await;
    assert_eq!(read(&ssm_at(&server)).await.unwrap(), "key4711");
    let log = log.all();
    assert!(log.contains("GetParameters"), "{log}");
    assert!(!log.contains("key4711"), "the log holds the parameter");
}

#[tokio::test]
async fn an_answer_beyond_all_measure_is_not_read() {
    let endless = Server::start(|_, _| ssm_value(&"k".repeat(MAX_ANSWER))).await;
    let Problem::Unreachable(reason) = read(&ssm_at(&endless)).await.unwrap_err() else {
        panic!("not told as an answer of no use");
    };
    assert!(reason.contains("1048576 bytes"), "{reason}");
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let elsewhere = Server::start(|_, _| ssm_value("key of another")).await;
    let target = elsewhere.url();
    let redirecting = Server::start(move |_, _| {
        let head = format!("HTTP/1.1 307 Text\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
        Reply::bytes(head)
    });
    let problem = read(&ssm_at(&redirecting.await)).await.unwrap_err();
    assert!(
        matches!(problem, Problem::Unreachable(_) | Problem::Refused(_)),
        "{problem:?}"
    );
    assert!(elsewhere.requests().is_empty());
}

/// A port whose queue of connections is full: nobody answers its handshakes.
#[tokio::test]
async fn what_cannot_be_connected_to_is_told_as_a_matter_of_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(50))
    {
        held.push(stream);
        assert!(held.len() < 10_000, "the queue does not fill");
    }
    let mut server = Server::start(|_, _| Reply::Hang).await;
    server.address = address;
    let problem = read(&ssm_at(&server)).await.unwrap_err();
    assert!(matches!(problem, Problem::TimedOut(_)), "{problem:?}");
}
