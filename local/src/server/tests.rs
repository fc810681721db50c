//! Room for connections: who is closed for whom, and what counts as idle.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{Abort, Arrival, Handler, Response, ResponseBody, Room, accept, full};

/// Answers at once, but `/slow` when it is told to.
struct Script(watch::Receiver<bool>);

impl Handler for Script {
    async fn handle(self: Arc<Self>, request: Arrival) -> Result<Response<ResponseBody>, Abort> {
        if request.head.ok_or(Abort)?.target == "/slow" {
            let _ = self.0.clone().wait_for(|go| *go).await;
        }
        Ok(Response::new(full("ok")))
    }
}

/// A server with room for so many connections, and what lets its slow answers go.
async fn server(connections: usize) -> (std::net::SocketAddr, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (go, told) = watch::channel(false);
    tokio::spawn(async move {
        // Kept: a server stops when nobody can tell it to any more.
        let (_stop, stopped) = watch::channel(false);
        accept(
            listener,
            Room::of(connections),
            Arc::new(Script(told)),
            stopped,
        )
        .await;
    });
    (address, go)
}

/// Waits until the server works at a slow answer.
async fn at_work(go: &watch::Sender<bool>) {
    let work = async {
        while go.receiver_count() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), work)
        .await
        .unwrap();
}

async fn connect(address: std::net::SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

async fn send(stream: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
}

/// Waits for an answer; `false` if the connection is closed in its place.
async fn is_answered(stream: &mut TcpStream) -> bool {
    let mut answer = Vec::new();
    let read = async {
        while !answer.ends_with(b"\r\n\r\nok") {
            // A connection that was closed with something unread ends in an error.
            if stream.read_buf(&mut answer).await.unwrap_or(0) == 0 {
                return false;
            }
        }
        true
    };
    tokio::time::timeout(Duration::from_secs(10), read)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_longest_idle_connection_makes_room() {
    let (address, _go) = server(3).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = connect(address).await;
        send(&mut client, "/").await;
        assert!(is_answered(&mut client).await);
        clients.push(client);
    }
    // The first was idle the longest until now.
    let [first, second, third] = clients.as_mut_slice() else {
        unreachable!()
    };
    send(first, "/").await;
    assert!(is_answered(first).await);
    let mut newcomer = connect(address).await;
    send(&mut newcomer, "/").await;
    assert!(is_answered(&mut newcomer).await);
    assert!(!is_answered(second).await);
    for client in [first, third] {
        send(client, "/").await;
        assert!(is_answered(client).await);
    }
}

#[tokio::test]
async fn a_head_that_never_ends_makes_room_and_a_request_at_work_does_not() {
    let (address, go) = server(2).await;
    let mut busy = connect(address).await;
    send(&mut busy, "/slow").await;
    at_work(&go).await;
    let mut half = connect(address).await;
    half.write_all(b"GET / HTTP/1.1\r\nHost: loc")
        .await
        .unwrap();
    let mut newcomer = connect(address).await;
    send(&mut newcomer, "/").await;
    assert!(is_answered(&mut newcomer).await);
    assert!(!is_answered(&mut half).await);
    go.send_replace(true);
    assert!(is_answered(&mut busy).await);
}

#[tokio::test]
async fn where_all_are_at_work_the_next_waits_for_its_turn() {
    let (address, go) = server(1).await;
    let mut busy = connect(address).await;
    send(&mut busy, "/slow").await;
    at_work(&go).await;
    let mut newcomer = connect(address).await;
    send(&mut newcomer, "/").await;
    let waits = tokio::time::timeout(Duration::from_millis(100), newcomer.readable()).await;
    assert!(waits.is_err());
    go.send_replace(true);
    assert!(is_answered(&mut busy).await);
    assert!(is_answered(&mut newcomer).await);
}
