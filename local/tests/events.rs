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
use tollgate_local::gateway::event;
use tollgate_local::gateway::verdict::{Context, Principal};
use tollgate_local::gateway::{Api, Called, Moment, Request};

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

/// The API of `events/template.yaml` of this name.
fn api(name: &str, stage: &str) -> Api {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/events/template.yaml");
    Api::find(&template, Some(name), Some(stage))
        .unwrap()
        .unwrap()
}

fn authorizer_event(request: &Request) -> Value {
    authorizer_event_of(&Api::sample(), request)
}

fn authorizer_event_of(api: &Api, request: &Request) -> Value {
    let moment = moment();
    event::authorizer_event(&Called::of(api, request, &moment)).unwrap()
}

fn proxy_event(api: &Api, request: &Request, id: &str, context: &Context, body: &[u8]) -> Value {
    let moment = moment();
    let principal = Some(Principal { id, context });
    event::proxy_event(&Called::of(api, request, &moment), principal, body)
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
    golden("authorizer-request.json", &authorizer_event(&request));
}

#[test]
fn the_authorizers_event_of_the_root_without_anything() {
    golden(
        "authorizer-root.json",
        &authorizer_event(&request("GET", "/", &[("Host", "[::1]:3000")])),
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
    golden("authorizer-odd.json", &authorizer_event(&request));
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
        .map(|(key, value)| (key.to_owned(), value.into()))
        .into();
    golden(
        "proxy-request.json",
        &proxy_event(&Api::sample(), &request, "u-pro", &context, br#"{"a":1}"#),
    );
}

#[test]
fn bodies_are_text_where_they_can_be() {
    let request = request("POST", "/x", &[("Host", "localhost")]);
    let body = |bytes: &[u8]| {
        let event = proxy_event(&Api::sample(), &request, "u", &[].into(), bytes);
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
        let (api, request, moment) = (Api::sample(), request("GET", path, &[]), moment());
        let arn = Called::of(&api, &request, &moment).arn();
        assert_eq!(
            arn,
            format!("arn:aws:execute-api:us-east-1:123456789012:local00000/{end}")
        );
    }
}

fn rich() -> Request {
    request(
        "GET",
        "/users/u%2F1/posts/2/?q=a+b&q=%C3%A9&flag",
        &[
            ("Host", "api.example.com"),
            ("User-Agent", "curl/8"),
            ("Authorization", "Bearer t"),
            ("X-Twice", "1"),
            ("x-twice", "2"),
            ("Cookie", "a=1; b=2"),
            ("Cookie", "c=3"),
            ("X-Forwarded-For", "192.0.2.1"),
        ],
    )
}

#[test]
fn the_event_of_a_token_authorizer() {
    let api = api("Rest", "dev");
    golden("rest-token.json", &authorizer_event_of(&api, &rich()));
}

#[test]
fn the_event_of_format_1_0() {
    let api = api("Http1", "dev");
    golden("http-1.0.json", &authorizer_event_of(&api, &rich()));
}

#[test]
fn the_event_of_format_2_0() {
    let api = api("Http2", "dev");
    golden("http-2.0.json", &authorizer_event_of(&api, &rich()));
}

#[test]
fn the_event_of_format_2_0_without_anything() {
    let api = api("Plain", "$default");
    let request = request("POST", "/", &[("Host", "api.example.com")]);
    golden("http-2.0-root.json", &authorizer_event_of(&api, &request));
}

#[test]
fn the_backends_event_of_an_http_api() {
    let context = [
        ("userId".to_owned(), json!("u-pro")),
        ("roles".to_owned(), json!(["a", 1])),
    ];
    let event = proxy_event(
        &api("Http2", "dev"),
        &rich(),
        "u-pro",
        &context.into(),
        b"x=1",
    );
    golden("http-proxy.json", &event);
}
