//! The events the gateway makes of requests, against the files in `events/`.
//!
//! `WRITE_GOLDEN=1 cargo test -p tollgate-local --test events` writes them anew; read the difference.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::path::Path;

use serde_json::{Value, json};
use tollgate_local::gateway::Moment;
use tollgate_local::gateway::event::{Request, authorizer_event, proxy_event};

fn moment() -> Moment {
    Moment {
        epoch_ms: 1_795_245_420_123,
        request_id: "6d3f1f2a-0c7e-4b5a-a111-9f8e7d6c5b4a".to_owned(),
    }
}

fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> Request {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query,
        protocol: "HTTP/1.1".to_owned(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        source_ip: "127.0.0.1".parse().unwrap(),
        port: 3000,
    }
}

fn golden(name: &str, event: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/events")
        .join(name);
    if std::env::var_os("WRITE_GOLDEN").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(event).unwrap() + "\n").unwrap();
    }
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(*event, expected, "{name}");
}

#[test]
fn the_authorizers_event_of_a_plain_request() {
    let request = request(
        "GET",
        "/pro/articles/1?q=a+b&q=%C3%A9&flag",
        &[
            ("host", "localhost:3000"),
            ("User-Agent", "curl/8"),
            ("Accept", "*/*"),
            ("AUTHORIZATION", "Bearer t"),
            ("accept-Language", "en"),
        ],
    );
    golden(
        "authorizer-request.json",
        &authorizer_event(&request, &moment()),
    );
}

#[test]
fn the_authorizers_event_of_the_root_without_anything() {
    golden(
        "authorizer-root.json",
        &authorizer_event(&request("GET", "/", &[("Host", "[::1]:3000")]), &moment()),
    );
}

#[test]
fn the_authorizers_event_of_an_odd_request() {
    let mut request = request(
        "DELETE",
        "//a/../%2e%2E/b%2Fc//d;x=1#y/é*?a=1;b=2?c",
        &[
            ("Host", "127.0.0.1:3000"),
            ("authorization", "Bearer one"),
            ("Authorization", "Bearer two"),
            ("X-Forwarded-For", "1.2.3.4"),
            ("x-forwarded-proto", "https"),
            ("X-Forwarded-Port", "443"),
            ("X-Amzn-Trace-Id", "Root=1-0-0"),
            ("Connection", "X-User, keep-alive"),
            ("X-User", "root"),
            ("x-user", "nobody"),
            ("Content-Length", "0"),
            ("X-Ünicode", "日本"),
        ],
    );
    request.source_ip = "::ffff:10.1.2.3".parse().unwrap();
    golden(
        "authorizer-odd.json",
        &authorizer_event(&request, &moment()),
    );
}

#[test]
fn the_backends_event() {
    let request = request(
        "POST",
        "/pro/x/",
        &[
            ("Host", "localhost:3000"),
            ("Content-Type", "application/json"),
        ],
    );
    let context = [
        ("userId", "u-pro"),
        ("products", "p-live-pro"),
        ("reason", ""),
        ("principalId", "forged"),
    ];
    let context = context
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    golden(
        "proxy-request.json",
        &proxy_event(&request, &moment(), "u-pro", &context, br#"{"a":1}"#),
    );
}

#[test]
fn bodies_are_text_where_they_can_be() {
    let request = request("POST", "/x", &[("Host", "localhost")]);
    let body = |bytes: &[u8]| {
        let event = proxy_event(&request, &moment(), "u", &[].into(), bytes);
        (event["body"].clone(), event["isBase64Encoded"].clone())
    };
    assert_eq!(body(b""), (Value::Null, json!(false)));
    assert_eq!(body("é\n".as_bytes()), (json!("é\n"), json!(false)));
    assert_eq!(body(&[0xFF, 0x00]), (json!("/wA="), json!(true)));
}

#[test]
fn the_method_arn_holds_the_path_as_sent() {
    for (path, end) in [
        ("/", "local/GET/"),
        ("/a", "local/GET/a"),
        ("/a/", "local/GET/a/"),
        ("//a", "local/GET//a"),
        ("/a/../b", "local/GET/a/../b"),
        ("/%2e%2e/a", "local/GET/%2e%2e/a"),
        ("/a%2Fb", "local/GET/a%2Fb"),
        ("/a:b/*", "local/GET/a:b/*"),
    ] {
        let arn = request("GET", path, &[]).method_arn();
        assert_eq!(
            arn,
            format!("arn:aws:execute-api:us-east-1:123456789012:local00000/{end}")
        );
    }
}
