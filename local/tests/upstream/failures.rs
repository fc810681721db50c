//! A server that is not there, or answers with what is no answer: which status, and which cure in the log.

use std::time::Duration;

use serde_json::json;
use tollgate_local::gateway::{Api, Backend, Outcome, Timeouts};

use super::rig::{Rig, allow};
use super::server::{Script, Server};
use super::{http, http_api, rest, yes};

/// An address where nothing listens.
fn dead() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_with_the_cure() {
    let url = dead();
    let rig = rest(&url, allow("*")).await;
    let reply = rig.get("/").await;
    assert_eq!(reply.status, 504);
    assert_eq!(
        reply.header("x-amzn-errortype"),
        "InternalServerErrorException"
    );
    let record = rig.last_exchange();
    assert_eq!(record.outcome, Outcome::BackendFailed);
    assert!(record.reason.contains(&url), "{record}");
    assert!(record.reason.contains("start the server"), "{record}");

    let rig = http(&url, yes(&json!({}))).await;
    let reply = rig.get("/a").await;
    assert_eq!(
        (reply.status, reply.json()),
        (503, json!({ "message": "Service Unavailable" }))
    );
    assert!(rig.last_exchange().reason.contains("start the server"));
}

#[tokio::test]
async fn a_server_that_does_not_answer_in_time_is_a_504_or_a_503() {
    let server = Server::start(Script::Hang).await;
    let backend = Backend::at(&server.url).unwrap();
    for (api, authorizer, expected) in [
        (Api::sample(), allow("*"), 504),
        (http_api(), yes(&json!({})), 503),
    ] {
        let timeouts = Timeouts {
            backend: Some(Duration::from_millis(200)),
            ..Timeouts::default()
        };
        let rig = Rig::start(api, Some(backend.clone()), authorizer, timeouts).await;
        assert_eq!(rig.get("/a").await.status, expected);
        assert!(rig.last_exchange().reason.contains("no answer in time"));
    }
}

#[tokio::test]
async fn api_gateway_waits_29_seconds_in_a_rest_api_and_30_in_an_http_api() {
    let of = |api| Timeouts::default().of_backend(&api);
    assert_eq!(of(Api::sample()), Duration::from_secs(29));
    assert_eq!(of(http_api()), Duration::from_secs(30));
}

#[tokio::test]
async fn what_is_no_answer_is_a_502_or_a_500() {
    for (name, answer) in [
        ("nothing", ""),
        ("no HTTP", "220 smtp.example.com\r\n"),
        ("half a head", "HTTP/1.1 200 OK\r\nX: "),
        ("a status that is none", "HTTP/1.1 99999 OK\r\n\r\n"),
        (
            "two lengths",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        ),
        (
            "another protocol",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        ),
    ] {
        let server = Server::start(Script::Close(answer.to_owned())).await;
        let rig = rest(&server.url, allow("*")).await;
        let reply = rig.get("/").await;
        assert_eq!(reply.status, 502, "{name}: {}", rig.last_exchange());
        assert!(
            rig.last_exchange().reason.contains(&server.url),
            "{}",
            rig.last_exchange()
        );
        let rig = http(&server.url, yes(&json!({}))).await;
        assert_eq!(rig.get("/a").await.status, 500, "{name}");
    }
}

#[tokio::test]
async fn a_head_without_end_is_not_read_for_ever() {
    let huge = format!("HTTP/1.1 200 OK\r\nX: {}", "a".repeat(2 * 1024 * 1024));
    let server = Server::start(Script::Close(huge)).await;
    let rig = rest(&server.url, allow("*")).await;
    assert_eq!(rig.get("/").await.status, 502);
}
