//! Many connections at once, and such as do nothing.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod rig;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use rig::{Rig, allow};

const MANY: usize = 2_000;

/// One answer of a kept-alive connection.
async fn ask(stream: &mut TcpStream, path: &str) -> (u16, String) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&answer);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                return (status, body.to_owned());
            }
        }
        let read = stream.read_buf(&mut answer).await.unwrap();
        assert!(
            read > 0,
            "closed early: {}",
            String::from_utf8_lossy(&answer)
        );
    }
}

async fn two_requests(address: SocketAddr, n: usize, all: std::sync::Arc<tokio::sync::Barrier>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // Nobody asks before everybody is connected, and nobody leaves before everybody has asked.
    all.wait().await;
    let first = format!("/first/{n}");
    assert_eq!(ask(&mut stream, &first).await, (200, first));
    all.wait().await;
    let second = format!("/second/{n}");
    assert_eq!(ask(&mut stream, &second).await, (200, second));
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_connections_are_served_at_once() {
    let rig = Rig::new(allow("*")).await;
    let all = std::sync::Arc::new(tokio::sync::Barrier::new(MANY));
    let mut clients = JoinSet::new();
    for n in 0..MANY {
        clients.spawn(two_requests(rig.address(), n, all.clone()));
    }
    let served = async { while clients.join_next().await.transpose().unwrap().is_some() {} };
    tokio::time::timeout(Duration::from_mins(1), served)
        .await
        .unwrap();
    assert_eq!(rig.backend_calls(), 2 * MANY);
}
