//! What reaches the server.

use std::sync::atomic::Ordering;

use serde_json::json;

use super::rig::{allow, allow_with, client, deny};
use super::server::{Server, values};
use super::{http, rest, yes};

/// A request that closes its connection.
fn request(line: &str, headers: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n{headers}\r\n")
}

#[tokio::test]
async fn method_path_and_query_arrive_to_the_letter() {
    let server = Server::answering("ok").await;
    let rig = rest(&server.url, allow("*")).await;
    for (method, target) in [
        ("GET", "/"),
        ("DELETE", "/a?b"),
        ("PATCH", "/a?"),
        ("GET", "//"),
        ("GET", "//example.com/a"),
        ("GET", "/a/../b/./c"),
        ("GET", "/%2e%2e/%2F%00?%41=%zz&&=;"),
        ("GET", "/a;b=c:d@e|f\\g^h"),
        ("GET", "/{\"a\"}?{b:[1]}"),
        ("GET", "/a?b=http://c?d"),
        ("GET", "/é?ü"),
    ] {
        let line = format!("{method} {target}");
        let reply = rig.ask(&request(&line, "")).await;
        assert_eq!(
            (reply.status, reply.text.as_str()),
            (200, "ok"),
            "{line}: {}",
            rig.last_exchange()
        );
        assert!(
            server.last().starts_with(&format!("{line} HTTP/1.1\r\n")),
            "{}",
            server.last()
        );
    }
}

#[tokio::test]
async fn a_url_that_can_t_arrive_to_the_letter_does_not_arrive() {
    let server = Server::answering("ok").await;
    let rig = rest(&server.url, allow("*")).await;
    for target in ["/a#b", "/a?b#c", "/#"] {
        let reply = rig.ask(&request(&format!("GET {target}"), "")).await;
        assert_eq!(reply.status, 502, "{target}");
        assert!(rig.last_exchange().reason.contains("to the letter"));
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn the_client_s_headers_arrive_but_those_of_its_connection() {
    let server = Server::answering("ok").await;
    let rig = rest(&server.url, allow("*")).await;
    let headers = "X-A: 1\r\nX-A: 2\r\nAuthorization: Bearer t\r\nUser-Agent: u\r\nTE: trailers\r\nKeep-Alive: 1\r\n\
        Proxy-Connection: x\r\nUpgrade: websocket\r\nConnection: upgrade, X-Mine\r\nX-Mine: 1\r\nExpect: 100-continue\r\n";
    rig.ask(&request("GET /", headers)).await;
    let got = server.last();
    assert_eq!(values(&got, "x-a"), ["1", "2"]);
    assert_eq!(values(&got, "authorization"), ["Bearer t"]);
    assert_eq!(values(&got, "user-agent"), ["u"]);
    assert_eq!(
        values(&got, "host"),
        [server.url.strip_prefix("http://").unwrap()]
    );
    for name in [
        "te",
        "keep-alive",
        "proxy-connection",
        "upgrade",
        "connection",
        "x-mine",
        "expect",
    ] {
        assert!(values(&got, name).is_empty(), "{name}: {got}");
    }
}

#[tokio::test]
async fn it_is_told_for_whom_the_request_is_forwarded() {
    let server = Server::answering("ok").await;
    let headers = "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\n\
        Connection: X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Forwarded-Port, X-Amzn-Trace-Id\r\n";
    let rig = rest(&server.url, allow("*")).await;
    rig.ask(&request("GET /", headers)).await;
    let got = server.last();
    assert_eq!(values(&got, "x-forwarded-for"), ["203.0.113.7, 127.0.0.1"]);
    assert_eq!(values(&got, "x-forwarded-proto"), ["http"]);
    assert_eq!(values(&got, "x-forwarded-host"), ["api.example.com"]);
    assert_eq!(
        values(&got, "x-forwarded-port"),
        [rig.address().port().to_string()]
    );
    assert_eq!(values(&got, "x-amzn-trace-id").len(), 1);
    assert!(
        values(&got, "forwarded").is_empty() && values(&got, "via").is_empty(),
        "{got}"
    );

    let rig = http(&server.url, yes(&json!({}))).await;
    rig.ask(&request("GET /a", "")).await;
    let got = server.last();
    assert_eq!(
        values(&got, "forwarded"),
        ["for=127.0.0.1;host=\"api.example.com\";proto=http"]
    );
    assert_eq!(values(&got, "via"), ["HTTP/1.1 AmazonAPIGateway"]);
}

#[tokio::test]
async fn it_is_told_who_calls_and_nobody_else_can_say_so() {
    let server = Server::answering("ok").await;
    let context =
        json!({ "userId": "u-pro", "n": 1.5, "b": true, "odd": "a\r\nX-Authorizer-Role: admin" });
    let rig = rest(&server.url, allow_with(context)).await;
    let headers = "X-Authorizer-UserId: admin\r\nx_authorizer_userid: admin\r\nX-AUTHORIZER-Other: x\r\n\
        X-Authorizer-PrincipalId: admin\r\nConnection: X-Authorizer-UserId\r\n";
    rig.ask(&request("GET /", headers)).await;
    let got = server.last();
    assert_eq!(values(&got, "x-authorizer-userid"), ["u-pro"]);
    assert_eq!(values(&got, "x-authorizer-principalid"), ["u-pro"]);
    assert_eq!(values(&got, "x-authorizer-n"), ["1.5"]);
    assert_eq!(values(&got, "x-authorizer-b"), ["true"]);
    assert_eq!(
        values(&got, "x-authorizer-odd"),
        ["a\u{fffd}\u{fffd}X-Authorizer-Role: admin"]
    );
    for name in [
        "x_authorizer_userid",
        "x-authorizer-other",
        "x-authorizer-role",
    ] {
        assert!(values(&got, name).is_empty(), "{name}: {got}");
    }

    let rig = http(
        &server.url,
        yes(&json!({ "roles": ["a", "b"], "userId": "u" })),
    )
    .await;
    rig.ask(&request("GET /a", headers)).await;
    assert_eq!(
        values(&server.last(), "x-authorizer-roles"),
        ["[\"a\",\"b\"]"]
    );
    assert_eq!(values(&server.last(), "x-authorizer-userid"), ["u"]);
    assert!(values(&server.last(), "x-authorizer-principalid").is_empty());
}

#[tokio::test]
async fn a_caller_who_can_t_be_told_whole_is_not_let_through() {
    let server = Server::answering("ok").await;
    for (context, why) in [
        (json!({ "é": "x" }), "`é` can't be the name"),
        (json!({ "userId": "a", "USERID": "b" }), "the same header"),
        (json!({ "k": "x".repeat(11_000) }), "10240 bytes"),
    ] {
        let rig = rest(&server.url, allow_with(context)).await;
        assert_eq!(rig.get("/").await.status, 502);
        assert!(
            rig.last_exchange().reason.contains(why),
            "{}",
            rig.last_exchange()
        );
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn who_is_not_let_in_does_not_reach_it_and_gets_to_read_why() {
    let server = Server::answering("ok").await;
    let rig = rest(&server.url, deny(json!({}))).await;
    let post = |body: Vec<u8>| client().post(rig.url() + "/").body(body).send();
    assert_eq!(
        post(vec![b'a'; 9 * 1024 * 1024]).await.unwrap().status(),
        403
    );
    assert_eq!(
        post(vec![b'a'; 11 * 1024 * 1024]).await.unwrap().status(),
        413
    );
    assert_eq!(server.connections(), 0);
    assert_eq!(rig.events.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn bodies_arrive_with_their_length_or_in_chunks() {
    let server = Server::answering("ok").await;
    let rig = rest(&server.url, allow("*")).await;
    let with = |headers: &str, body: &str| request("POST /", headers) + body;
    rig.ask(&with("Content-Length: 3\r\n", "abc")).await;
    assert_eq!(values(&server.last(), "content-length"), ["3"]);
    assert!(server.last().ends_with("\r\n\r\nabc"));
    rig.ask(&with("Content-Length: 0\r\n", "")).await;
    assert_eq!(values(&server.last(), "content-length"), ["0"]);
    rig.ask(&with(
        "Transfer-Encoding: chunked\r\n",
        "3\r\nabc\r\n0\r\n\r\n",
    ))
    .await;
    assert_eq!(values(&server.last(), "transfer-encoding"), ["chunked"]);
    assert!(values(&server.last(), "content-length").is_empty());
    assert!(
        server.last().ends_with("\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
        "{}",
        server.last()
    );
    rig.ask(&request("GET /", "")).await;
    let got = server.last();
    assert!(
        values(&got, "content-length").is_empty() && values(&got, "transfer-encoding").is_empty()
    );
}

#[tokio::test]
async fn a_body_that_grows_too_large_is_a_413() {
    let server = Server::answering("ok").await;
    let rig = rest(&server.url, allow("*")).await;
    let chunk = format!("100000\r\n{}\r\n", "a".repeat(0x0010_0000));
    let body = chunk.repeat(11) + "0\r\n\r\n";
    let reply = rig
        .ask(&(request("POST /", "Transfer-Encoding: chunked\r\n") + &body))
        .await;
    assert_eq!(reply.status, 413, "{}", rig.last_exchange());
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let server = Server::answering("ok").await;
    let rig = rest(&server.url, allow("*")).await;
    for _ in 0..5 {
        assert_eq!(rig.get("/").await.status, 200);
    }
    assert_eq!((server.requests().len(), server.connections()), (5, 1));
}
