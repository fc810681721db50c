//! The gateway over HTTP, in front of scripted authorizers: what each answer of theirs becomes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "tests"
)]

mod rig;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tollgate_local::authorizer::{AuthorizerFunction, FunctionError};
use tollgate_local::gateway::{Gateway, GatewayOptions, Outcome, Timeouts};

use rig::{Rig, allow, allow_with, answer, deny, error};

#[tokio::test]
async fn an_allowed_request_reaches_the_backend_with_the_context_as_text() {
    let rig = Rig::new(allow_with(json!({ "userId": "u-pro", "products": "p-live-pro", "reason": "", "n": 1.5, "b": true, "é": "ü" }))).await;
    let reply = rig.get("/pro/x?a=1&a=2").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let event = rig.backend_request();
    assert_eq!(
        event["authorizer"],
        json!({ "principalId": "u-pro", "userId": "u-pro", "products": "p-live-pro", "reason": "", "n": "1.5", "b": "true", "é": "ü" })
    );
    assert_eq!(
        (event["path"].as_str(), event["method"].as_str()),
        (Some("/pro/x"), Some("GET"))
    );
    assert_eq!(rig.last_exchange().outcome, Outcome::Allowed);
}

#[tokio::test]
async fn the_sample_api_answers_with_what_the_authorizer_told_it() {
    let authorizer = allow_with(
        json!({ "userId": "u-pro", "email": "", "products": "p-live-pro", "reason": "", "required": "", "policy": "x" }),
    );
    let gateway = Gateway::start(GatewayOptions::new(authorizer))
        .await
        .unwrap();
    let reply = rig::get(&gateway.url(), "/pro/x").await;
    assert_eq!(reply.status, 200);
    assert!(
        reply.text.contains("u-pro") && reply.text.contains("p-live-pro"),
        "{}",
        reply.text
    );
}

#[tokio::test]
async fn an_error_of_exactly_unauthorized_is_a_401() {
    let rig = Rig::new(error("Refused", "Unauthorized")).await;
    let reply = rig.get("/pro/x").await;
    assert_eq!(reply.status, 401);
    assert_eq!(
        reply.json(),
        json!({ "message": "sign in to call this", "reason": "login_required" })
    );
    assert_eq!(reply.header("x-amzn-errortype"), "UnauthorizedException");
    assert_eq!(reply.header("www-authenticate"), "Bearer");
    assert_eq!(rig.last_exchange().outcome, Outcome::Unauthorized);
    assert_eq!(rig.backend_calls(), 0);
}

#[tokio::test]
async fn any_other_error_is_a_500() {
    for message in [
        "unauthorized",
        "Unauthorized ",
        "Unauthorized: expired",
        "[401] Unauthorized",
        "",
        "boom",
    ] {
        let rig = Rig::new(error("Some", message)).await;
        let reply = rig.get("/").await;
        assert_eq!(
            (reply.status, reply.header("x-amzn-errortype")),
            (500, "AuthorizerFailureException"),
            "{message}"
        );
        assert_eq!(
            reply.json(),
            json!({ "message": "access could not be checked; try again" })
        );
        assert_eq!(rig.last_exchange().outcome, Outcome::AuthorizerFailed);
    }
}

#[tokio::test]
async fn a_denied_request_gets_the_reason_and_never_reaches_the_backend() {
    let rig = Rig::new(deny(
        json!({ "reason": "upgrade_required", "required": "p-live-pro", "hint": "Buy it", "decision": "d-1" }),
    ))
    .await;
    let reply = rig.get("/pro/x").await;
    assert_eq!(reply.status, 403);
    assert_eq!(
        reply.json(),
        json!({ "message": "you may not call this", "reason": "upgrade_required", "required": "p-live-pro", "hint": "Buy it", "decision": "d-1" })
    );
    assert_eq!(reply.header("x-amzn-errortype"), "AccessDeniedException");
    assert_eq!(reply.header("content-type"), "application/json");
    assert!(
        rig.last_exchange()
            .to_string()
            .starts_with("GET    /pro/x → 403 denied upgrade_required, needs p-live-pro · ")
    );
    assert_eq!(rig.backend_calls(), 0);
}

#[tokio::test]
async fn context_values_are_put_in_as_they_are() {
    let rig = Rig::new(deny(json!({ "reason": "\"}\r\nX: y", "required": true }))).await;
    let reply = rig.get("/").await;
    let expected = "\"reason\":\"\"}\r\nX: y\",\"required\":\"true\"}";
    assert!(reply.text.ends_with(expected), "{}", reply.text);
    assert_eq!(reply.header("x"), "");
}

#[tokio::test]
async fn an_answer_about_another_request_denies_this_one() {
    let rig = Rig::new(allow("GET/other")).await;
    let reply = rig.get("/pro/x").await;
    assert_eq!(
        (reply.status, reply.json()["reason"].as_str()),
        (403, Some(""))
    );
    assert!(rig.last_exchange().reason.contains("no statement matches"));
    assert_eq!(rig.get("/other").await.status, 200);
}

#[tokio::test]
async fn an_answer_that_is_none_is_a_500() {
    let allow = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*" }] });
    for bad in [
        json!(null),
        json!(true),
        json!("Allow"),
        json!([]),
        json!({}),
        json!({ "statusCode": 200, "body": "ok" }),
        json!({ "isAuthorized": true }),
        json!({ "principalId": "u" }),
        json!({ "policyDocument": allow }),
        json!({ "principalId": "", "policyDocument": allow }),
        json!({ "principalId": 1, "policyDocument": allow }),
        json!({ "principalId": "u", "policyDocument": null }),
        json!({ "principalId": "u", "policyDocument": allow.to_string() }),
        json!({ "principalId": "u", "policyDocument": allow, "context": null }),
        json!({ "principalId": "u", "policyDocument": allow, "context": [] }),
        json!({ "principalId": "u", "policyDocument": allow, "context": { "k": {} } }),
        json!({ "principalId": "u", "policyDocument": allow, "context": { "k": ["a"] } }),
        json!({ "principalId": "u", "policyDocument": allow, "context": { "k": null } }),
    ] {
        let rig = Rig::new(answer(bad.clone())).await;
        let reply = rig.get("/").await;
        assert_eq!(
            (reply.status, reply.header("x-amzn-errortype")),
            (500, "AuthorizerConfigurationException"),
            "{bad}"
        );
        assert_eq!(rig.backend_calls(), 0);
        assert!(!rig.last_exchange().reason.is_empty());
    }
}

#[tokio::test]
async fn a_slow_or_panicking_authorizer_is_a_500() {
    let timeouts = Timeouts {
        authorizer: Duration::from_millis(200),
        ..Timeouts::default()
    };
    let hanging = AuthorizerFunction::in_process(|_| std::future::pending());
    let rig = Rig::with(hanging, timeouts).await;
    let begun = Instant::now();
    assert_eq!(rig.get("/").await.status, 500);
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(
        rig.last_exchange()
            .reason
            .contains("no answer within 0.2 s")
    );
    let panicking = AuthorizerFunction::in_process(|event| async move {
        assert!(event.is_null(), "boom");
        Ok(event)
    });
    assert_eq!(Rig::new(panicking).await.get("/").await.status, 500);
}

#[tokio::test]
async fn a_backend_that_fails_is_a_502_and_a_slow_one_a_504() {
    let timeouts = Timeouts {
        backend: Duration::from_millis(200),
        ..Timeouts::default()
    };
    let rig = Rig::with(allow("*"), timeouts).await;
    for (path, expected) in [
        ("/fail", 502),
        ("/panic", 502),
        ("/switch", 502),
        ("/hang", 504),
        ("/fine", 200),
    ] {
        let reply = rig.get(path).await;
        assert_eq!(reply.status, expected, "{path}");
        assert!(!reply.text.contains("secret"), "{}", reply.text);
    }
}

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
        assert_eq!(event["path"], path);
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
        assert_eq!(
            rig.backend_request()["path"],
            target.split('?').next().unwrap()
        );
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
async fn a_chunked_request_is_the_last_on_its_connection() {
    let rig = Rig::new(allow("*")).await;
    let chunked = "POST /one HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let text = rig
        .exchange(format!("{chunked}GET /two HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())
        .await;
    assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{text}");
    assert!(text.contains("connection: close"), "{text}");
    assert_eq!(rig.backend_request()["body"], "abc");
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

#[tokio::test]
async fn no_log_line_shows_the_token_or_the_query() {
    let function = AuthorizerFunction::in_process(|event: Value| async move {
        let token = event["headers"]["Authorization"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        Err(FunctionError::new("Leaky", format!("can't read `{token}`")))
    });
    let rig = Rig::new(function).await;
    rig::client()
        .get(rig.url() + "/a?token=query-secret")
        .bearer_auth("header-secret")
        .send()
        .await
        .unwrap();
    let line = rig.last_exchange().to_string();
    assert!(
        line.contains("can't read") && !line.contains("secret"),
        "{line}"
    );
}

#[tokio::test]
async fn every_request_asks_the_authorizer_anew() {
    let rig = Rig::new(allow("*")).await;
    for _ in 0..3 {
        rig.get("/same").await;
    }
    assert_eq!(rig.events.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn many_requests_at_once_do_not_mix() {
    let rig = Rig::new(allow("*")).await;
    let requests = (0..100).map(|n| {
        let url = format!("{}/{n}", rig.url());
        tokio::spawn(async move {
            rig::client()
                .get(url)
                .send()
                .await
                .unwrap()
                .text()
                .await
                .unwrap()
        })
    });
    for (n, request) in requests.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(request.await.unwrap(), format!("/{n}"));
    }
}

#[tokio::test]
async fn the_port_is_closed_with_the_gateway_and_a_taken_one_is_named() {
    let gateway = Gateway::start(GatewayOptions::new(allow("*")))
        .await
        .unwrap();
    let mut options = GatewayOptions::new(allow("*"));
    options.port = gateway.address().port();
    let taken = Gateway::start(options).await.unwrap_err();
    assert_eq!(taken.port(), gateway.address().port());
    assert!(
        taken
            .to_string()
            .ends_with("choose another with `--port PORT`"),
        "{taken}"
    );
    let url = gateway.url();
    gateway.stop().await;
    assert!(
        rig::client()
            .get(url)
            .send()
            .await
            .unwrap_err()
            .is_connect()
    );
}

#[tokio::test]
async fn a_function_behind_lambdas_invoke_api_gives_the_same_answers() {
    let local = Rig::new(allow("*")).await;
    for (status, body, expected) in [
        (200, rig::allow_answer("*", &json!({})).to_string(), 200),
        (
            200,
            rig::allow_answer("GET/other", &json!({})).to_string(),
            403,
        ),
        (
            500,
            r#"{"errorType":"Refused","errorMessage":"Unauthorized"}"#.to_owned(),
            401,
        ),
        (
            200,
            r#"{"errorType":"Refused","errorMessage":"Unauthorized"}"#.to_owned(),
            401,
        ),
        (
            500,
            r#"{"errorType":"Panic","errorMessage":"boom"}"#.to_owned(),
            500,
        ),
        (404, "not found".to_owned(), 500),
        (200, "<html>".to_owned(), 500),
    ] {
        let lambda = rig::invoke_api(status, body).await;
        let remote = Rig::new(AuthorizerFunction::remote(&lambda.url()).unwrap()).await;
        assert_eq!(
            remote.get("/pro/x").await.status,
            expected,
            "{}",
            remote.last_exchange()
        );
        assert_eq!(
            lambda.path(),
            "/2015-03-31/functions/authorizer/invocations"
        );
        local.get("/pro/x").await;
        let (here, there) = (local.event(), lambda.event());
        assert_eq!(
            (&here["methodArn"], &here["pathParameters"]),
            (&there["methodArn"], &there["pathParameters"])
        );
    }
}
