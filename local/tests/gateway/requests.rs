//! What the authorizer and the backend see of a request, and what is refused before either is asked.

use std::sync::atomic::Ordering;

use serde_json::json;

use crate::rig::{self, Rig, allow, deny, error};

#[tokio::test]
async fn the_authorizer_sees_the_target_as_it_was_sent() {
    let rig = Rig::new(deny(json!({}))).await;
    for target in [
        "/",
        "//",
        "/a//b",
        "/a/../b",
        "/%2e%2e/b",
        "/a%2Fb",
        "/a%2fb",
        "/a;b=c",
        "/a:b",
        "/*",
        "/a\\b",
        "/a|b",
        "/a#b",
        "/é",
        "/%ff",
        "/%",
        "/a%00",
        "/a/",
        "/a?b",
        "/a?b#c?d",
        "/http://example.com/",
        "//example.com/a",
        "/${aws:x}",
        "/\"'{}[]^",
    ] {
        let reply = rig
            .raw(&format!(
                "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            ))
            .await;
        assert_eq!(reply.status, 403, "{target}");
        let path = target.split('?').next().unwrap();
        let event = rig.event();
        // Of slashes at the beginning one is left, in the path alone.
        let told = format!("/{}", path.trim_start_matches('/'));
        assert_eq!(event["path"], told);
        assert_eq!(
            event["methodArn"],
            format!(
                "arn:aws:execute-api:us-east-1:123456789012:local00000/local/GET/{}",
                &path[1..]
            )
        );
        assert_eq!(rig.last_exchange().path, path);
    }
}

#[tokio::test]
async fn the_backend_bears_every_target_that_is_allowed() {
    let rig = Rig::new(allow("*")).await;
    for target in [
        "/",
        "//",
        "//example.com/a",
        "/a/../b",
        "/a#b",
        "/é?é=ü",
        "/a\\b?c=\\",
        "/%ff?%ff=%",
        "/?=&;",
        "/a|b?|",
        "/\"'{}[]^",
        "/:80",
        "/@x:y",
    ] {
        let reply = rig
            .raw(&format!(
                "GET {target} HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n\r\n"
            ))
            .await;
        assert_eq!(reply.status, 200, "{target}: {}", rig.last_exchange());
        let path = target.split('?').next().unwrap();
        let told = format!("/{}", path.trim_start_matches('/'));
        assert_eq!(rig.backend_request()["path"], told);
    }
}

#[tokio::test]
async fn header_names_keep_the_clients_spelling_but_one() {
    let rig = Rig::new(deny(json!({}))).await;
    rig.raw("GET /a HTTP/1.1\r\nhOST: localhost\r\nx-ODD: 1\r\naUTHORIZATION: Bearer t\r\nX-L1: \u{e9}\r\nConnection: close\r\n\r\n").await;
    let headers = rig.event()["headers"].clone();
    assert_eq!(
        (
            &headers["hOST"],
            &headers["x-ODD"],
            &headers["Authorization"]
        ),
        (&json!("localhost"), &json!("1"), &json!("Bearer t"))
    );
    assert_eq!(headers["X-L1"], "é");
    assert_eq!(
        rig.event()["requestContext"]["identity"]["sourceIp"],
        "127.0.0.1"
    );
    rig.raw_bytes(
        b"GET /a HTTP/1.1\r\nHost: localhost\r\nX-L1: \xe9\xff\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(rig.event()["headers"]["X-L1"], "éÿ");
}

#[tokio::test]
async fn several_requests_on_one_connection_keep_their_heads() {
    let rig = Rig::new(allow("*")).await;
    let body = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    let one = format!(
        "POST /one HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let two = "GET /two HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let text = rig.exchange(format!("{one}{two}").as_bytes()).await;
    assert_eq!(text.matches("HTTP/1.1 200").count(), 2, "{text}");
    let paths: Vec<_> = rig
        .exchanges()
        .iter()
        .map(|exchange| exchange.path.clone())
        .collect();
    assert_eq!(paths, ["/one", "/two"]);
}

#[tokio::test]
async fn a_head_may_come_byte_by_byte() {
    let rig = Rig::new(allow("*")).await;
    let request = b"\r\nPOST /a#b HTTP/1.1\r\nhOST: localhost\r\nContent-Length: 2\r\n\r\nabGET /two HTTP/1.0\r\nHost: localhost\r\n\r\n";
    let text = rig.exchange_slowly(request).await;
    assert_eq!(
        text.matches("HTTP/1.1 200").count() + text.matches("HTTP/1.0 200").count(),
        2,
        "{text}"
    );
    let paths: Vec<_> = rig
        .exchanges()
        .iter()
        .map(|exchange| exchange.path.clone())
        .collect();
    assert_eq!(paths, ["/a#b", "/two"]);
    assert_eq!(rig.event()["requestContext"]["protocol"], "HTTP/1.0");
}

#[tokio::test]
async fn what_is_not_a_request_to_this_api_is_refused_without_asking() {
    let rig = Rig::new(allow("*")).await;
    let long = "a".repeat(1600);
    let longer = "a".repeat(11_000);
    for (request, expected) in [
        (
            "GET http://localhost/a HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
            400,
        ),
        (
            "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
            400,
        ),
        (
            "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
            400,
        ),
        ("GET /a HTTP/1.1\r\n\r\n".to_owned(), 400),
        (
            "GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(),
            400,
        ),
        ("GET /a HTTP/1.1\r\nHost: a b\r\n\r\n".to_owned(), 400),
        (
            "GET /a HTTP/1.1\r\nHost: localhost/..\r\n\r\n".to_owned(),
            400,
        ),
        (
            "TRACE /a HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
            403,
        ),
        ("get /a HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(), 403),
        (
            "BREW /a HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
            403,
        ),
        (
            format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            414,
        ),
        (
            format!("GET /?{longer} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            414,
        ),
        (
            format!("GET /a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {longer}\r\n\r\n"),
            431,
        ),
        (
            format!(
                "GET /a HTTP/1.1\r\nHost: localhost\r\n{}\r\n",
                "X: y\r\n".repeat(200)
            ),
            431,
        ),
        (
            format!(
                "GET /a HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n",
                "a".repeat(100_000)
            ),
            431,
        ),
        ("nonsense\r\n\r\n".to_owned(), 400),
        (
            "GET /a<b> HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
            400,
        ),
        (
            "GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
            400,
        ),
        (
            "GET /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n".to_owned(),
            400,
        ),
    ] {
        let reply = rig.raw(&request).await;
        assert_eq!(
            reply.status,
            expected,
            "{}",
            &request[..request.len().min(80)]
        );
    }
    assert_eq!(
        rig.raw_bytes(b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await
            .status,
        400
    );
    assert_eq!(rig.events.load(Ordering::Relaxed), 0);
    assert_eq!(rig.get("/still-here").await.status, 200);
}

#[tokio::test]
async fn a_body_reaches_the_backend_up_to_ten_megabytes() {
    let rig = Rig::new(allow("*")).await;
    let post = async |body: Vec<u8>| {
        rig::client()
            .post(rig.url() + "/upload")
            .body(body)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(post(vec![b'a'; 10 * 1024 * 1024]).await, 200);
    assert_eq!(rig.backend_request()["length"], 10 * 1024 * 1024);
    assert_eq!(post(vec![0xFF, 0x00]).await, 200);
    assert_eq!(rig.backend_request()["length"], 2, "binary");
    let calls = rig.backend_calls();
    assert_eq!(post(vec![b'a'; 10 * 1024 * 1024 + 1]).await, 413);
    assert_eq!(rig.backend_calls(), calls);
}

#[tokio::test]
async fn a_preflight_needs_nobody() {
    let rig = Rig::new(error("Refused", "Unauthorized")).await;
    let reply = rig
        .raw("OPTIONS /pro/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await;
    assert_eq!(
        (reply.status, reply.header("access-control-allow-headers")),
        (200, "Authorization,Content-Type")
    );
    assert_eq!(
        (rig.events.load(Ordering::Relaxed), rig.backend_calls()),
        (0, 0)
    );
}

#[tokio::test]
async fn head_is_asked_about_as_head() {
    let rig = Rig::new(allow("HEAD/*")).await;
    let reply = rig
        .raw("HEAD /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await;
    assert_eq!((reply.status, reply.text.as_str()), (200, ""));
    assert_eq!(rig.get("/a").await.status, 403);
}
