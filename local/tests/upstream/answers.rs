//! What comes back from the server.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc};

use super::rig::{Rig, allow, client};
use super::server::{Script, Server};
use super::{http, rest, yes};

/// A gateway in front of a server that answers so.
async fn answering(answer: &str) -> (Server, Rig) {
    let server = Server::start(Script::Close(answer.to_owned())).await;
    let rig = rest(&server.url, allow("*")).await;
    (server, rig)
}

#[tokio::test]
async fn status_headers_and_body_come_as_they_are() {
    let (_server, rig) = answering(
        "HTTP/1.1 418 Whatever\r\nX-Two: 1\r\nX-Two: 2\r\nSet-Cookie: a=1\r\nServer: mine\r\nContent-Encoding: gzip\r\n\
         Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nContent-Length: 4\r\n\r\n\x1f{..",
    )
    .await;
    let reply = rig.get("/").await;
    assert_eq!((reply.status, reply.text.as_str()), (418, "\x1f{.."));
    let two: Vec<_> = reply
        .headers
        .iter()
        .filter(|(name, _)| name == "x-two")
        .collect();
    assert_eq!(two.len(), 2);
    for (name, value) in [
        ("server", "mine"),
        ("content-encoding", "gzip"),
        ("content-length", "4"),
        ("x-hop", ""),
        ("keep-alive", ""),
    ] {
        assert_eq!(reply.header(name), value, "{name}");
    }
}

#[tokio::test]
async fn a_redirect_is_the_client_s_to_follow() {
    let (server, _) = answering(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/elsewhere\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    let rig = rest(&server.url, allow("*")).await;
    let reply = rig
        .ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (302, "http://127.0.0.1:9/elsewhere")
    );
}

#[tokio::test]
async fn the_length_of_what_head_would_get_is_told() {
    let (_server, rig) = answering("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n").await;
    let reply = client().head(rig.url()).send().await.unwrap();
    assert_eq!(reply.headers()["content-length"], "99");
}

#[tokio::test]
async fn a_chunked_answer_and_one_until_the_end_come_whole() {
    for answer in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nabc",
        "HTTP/1.0 200 OK\r\n\r\nabc",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    ] {
        let (_server, rig) = answering(answer).await;
        let reply = rig.get("/").await;
        assert_eq!(
            (reply.status, reply.text.as_str()),
            (200, "abc"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_server_of_http_1_0_does_not_make_the_client_s_connection_one() {
    let (_server, rig) = answering("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc").await;
    let reply = client().get(rig.url()).send().await.unwrap();
    assert_eq!(reply.version(), reqwest::Version::HTTP_11);
}

#[tokio::test]
async fn events_arrive_when_they_are_sent() {
    let (sender, pieces) = mpsc::channel(1);
    let server = Server::start(Script::Pieces(Arc::new(Mutex::new(pieces)))).await;
    let rig = rest(&server.url, allow("*")).await;
    sender
        .send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".to_owned())
        .await
        .unwrap();
    let mut reply = client().get(rig.url()).send().await.unwrap();
    assert_eq!(reply.headers()["content-type"], "text/event-stream");
    // Each is sent only once the one before has arrived.
    for n in 0..5 {
        let event = format!("data: {n}\n\n");
        sender.send(event.clone()).await.unwrap();
        let chunk = tokio::time::timeout(Duration::from_secs(10), reply.chunk())
            .await
            .unwrap();
        assert_eq!(chunk.unwrap().unwrap(), event);
    }
    drop(sender);
    assert_eq!(reply.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn a_large_answer_comes_whole() {
    let body = "x".repeat(40 * 1024 * 1024);
    let (_server, rig) = answering(&format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ))
    .await;
    let reply = rig.get("/").await;
    assert_eq!((reply.status, reply.text.len()), (200, body.len()));
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_not_taken_for_a_whole_one() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ] {
        let (_server, rig) = answering(answer).await;
        let reply = client().get(rig.url()).send().await.unwrap();
        assert_eq!(reply.status(), 200);
        assert!(reply.text().await.is_err(), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_connection_along() {
    let (sender, pieces) = mpsc::channel::<String>(1);
    let server = Server::start(Script::Pieces(Arc::new(Mutex::new(pieces)))).await;
    let rig = rest(&server.url, allow("*")).await;
    sender
        .send("HTTP/1.1 200 OK\r\n\r\ndata".to_owned())
        .await
        .unwrap();
    let mut client = TcpStream::connect(rig.address()).await.unwrap();
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    client.read_u8().await.unwrap();
    drop(client);
    // The server finds out by writing: its connection task fails, and takes no more.
    let gone = async { while sender.send("data".repeat(10_000)).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(10), gone)
        .await
        .unwrap();
}

#[tokio::test]
async fn cors_of_an_http_api_takes_the_place_of_the_server_s() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-A: 1\r\n\r\n";
    let server = Server::start(Script::Close(answer.to_owned())).await;
    let rig = http(&server.url, yes(&json!({}))).await;
    assert_eq!(rig.get("/a").await.header("x-a"), "1");
}
