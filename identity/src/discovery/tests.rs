#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unchecked_time_subtraction,
    reason = "tests"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::http::{CONNECT, ExtraRoots, Http};
use crate::jwks::{DEFAULT_MAX_AGE, HARD_AGE, KeyCache, KeyLocation};
use crate::loopback::{Hand, Identity, Reply, Request, Server};

fn line(hand: &Hand, roots: &ExtraRoots) -> Line {
    let http = Http::new(CONNECT, hand.clock(), roots).unwrap();
    Line::new(Arc::new(http), "acme".to_owned(), hand.clock())
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

/// What comes of a document, in which `{here}` is the server's address, for an issuer there
/// with this path.
async fn discover(path: &str, document: &str) -> (Result<Url, KeysProblem>, Server) {
    let document = document.to_owned();
    let answer = move |_: usize, request: &Request| {
        let here = format!("http://{}", request.header("host").unwrap());
        Reply::json(&document.replace("{here}", &here))
    };
    let server = Server::start(answer).await;
    let issuer = format!("{}{path}", server.url());
    let line = line(&Hand::default(), &ExtraRoots::default());
    (jwks_uri(&line, &issuer, soon()).await, server)
}

#[tokio::test]
async fn the_document_is_under_the_issuer_with_its_path() {
    for (path, asked) in [
        ("", "GET /.well-known/openid-configuration HTTP/1.1"),
        ("/", "GET /.well-known/openid-configuration HTTP/1.1"),
        (
            "/realms/a",
            "GET /realms/a/.well-known/openid-configuration HTTP/1.1",
        ),
        (
            "/realms/a/",
            "GET /realms/a/.well-known/openid-configuration HTTP/1.1",
        ),
    ] {
        let document = r#"{"issuer":"{here}PATH","jwks_uri":"{here}/keys?v=1","x":[1]}"#;
        let (uri, server) = discover(path, &document.replace("PATH", path)).await;
        assert_eq!(uri.unwrap().as_str(), format!("{}/keys?v=1", server.url()));
        assert_eq!(server.requests()[0].line, asked);
    }
}

#[tokio::test]
async fn a_document_of_another_issuer_or_without_safe_keys_is_a_misconfiguration() {
    for (document, words) in [
        (
            r#"{"issuer":"{here}/","jwks_uri":"{here}/k"}"#,
            "a slash there counts",
        ),
        (
            r#"{"issuer":"{here}x","jwks_uri":"{here}/k"}"#,
            "another issuer",
        ),
        (
            r#"{"issuer":"https://evil.example","jwks_uri":"{here}/k"}"#,
            "another issuer",
        ),
        (r#"{"issuer":"","jwks_uri":"{here}/k"}"#, "another issuer"),
        (
            r#"{"issuer":["{here}"],"jwks_uri":"{here}/k"}"#,
            "names no `issuer`",
        ),
        (
            r#"{"issuer":null,"jwks_uri":"{here}/k"}"#,
            "names no `issuer`",
        ),
        (r#"{"jwks_uri":"{here}/k"}"#, "names no `issuer`"),
        (r#"{"issuer":"{here}"}"#, "has no `jwks_uri`"),
        (r#"{"issuer":"{here}","jwks_uri":7}"#, "has no `jwks_uri`"),
        (
            r#"{"issuer":"{here}","jwks_uri":""}"#,
            "not an `https://` address",
        ),
        (
            r#"{"issuer":"{here}","jwks_uri":"/k"}"#,
            "not an `https://` address",
        ),
        (
            r#"{"issuer":"{here}","jwks_uri":"http://evil.example/k"}"#,
            "not an `https://` address",
        ),
        (
            r#"{"issuer":"{here}","jwks_uri":"http://169.254.169.254/"}"#,
            "not an `https://` address",
        ),
        (
            r#"{"issuer":"{here}","jwks_uri":"file:///etc/passwd"}"#,
            "not an `https://` address",
        ),
        (
            r#"{"issuer":"{here}","jwks_uri":"https://u:p@evil.example"}"#,
            "not an `https://` address",
        ),
    ] {
        let (uri, _server) = discover("", document).await;
        let Err(KeysProblem::Misconfigured(cause)) = uri else {
            panic!("{document}: {uri:?}");
        };
        let cause = cause.as_str();
        assert!(
            cause.starts_with("acme: the discovery document of `http://127"),
            "{cause}"
        );
        assert!(
            cause.contains(words) && !cause.contains("evil"),
            "{document}: {cause}"
        );
    }
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_unavailable() {
    for document in [
        "",
        "{",
        "[]",
        "<h1>evil</h1>",
        r#"{"issuer":"{here}","issuer":"{here}","jwks_uri":"{here}/k"}"#,
        r#"{"issuer":"{here}","jwks_uri":"{here}/k","jwks_\u0075ri":"{here}/k"}"#,
    ] {
        let (uri, _server) = discover("", document).await;
        let Err(KeysProblem::Unavailable(cause)) = uri else {
            panic!("{document}: {uri:?}");
        };
        let cause = cause.as_str();
        assert!(
            cause.contains("is not a JSON object") && !cause.contains("evil"),
            "{cause}"
        );
    }
}

#[tokio::test]
async fn an_issuer_that_is_no_safe_address_is_not_asked() {
    let line = line(&Hand::default(), &ExtraRoots::default());
    for issuer in [
        "",
        "acme",
        "http://issuer.example",
        "https://issuer.example?x",
        "https://u@issuer.example",
    ] {
        let Err(KeysProblem::Misconfigured(cause)) = jwks_uri(&line, issuer, soon()).await else {
            panic!("{issuer} was asked");
        };
        assert!(cause.as_str().contains("has no address: "), "{cause}");
    }
}

#[tokio::test]
async fn an_issuer_elsewhere_does_not_lead_to_this_machine() {
    let identity = Identity::new("127.0.0.1");
    let answer = |_: usize, request: &Request| {
        let here = request.header("host").unwrap();
        let document =
            json!({"issuer": format!("https://{here}"), "jwks_uri": format!("http://{here}/k")});
        Reply::json(&document.to_string())
    };
    let server = Server::start_tls(&identity, answer).await;
    let roots = ExtraRoots::from_pem(identity.pem().as_bytes()).unwrap();
    let uri = jwks_uri(&line(&Hand::default(), &roots), &server.url(), soon()).await;
    assert!(matches!(uri, Err(KeysProblem::Misconfigured(_))), "{uri:?}");
}

/// An issuer with one path for its keys, then another, and a cache of its keys.
async fn issuer() -> (Server, Arc<AtomicBool>, Hand, KeyCache) {
    let moved = Arc::new(AtomicBool::new(false));
    let has_moved = Arc::clone(&moved);
    let answer = move |_: usize, request: &Request| {
        let here = format!("http://{}", request.header("host").unwrap());
        let path = if has_moved.load(Ordering::SeqCst) {
            "/new"
        } else {
            "/old"
        };
        let line = request.line.as_str();
        if line.contains("/.well-known/") {
            Reply::json(&json!({"issuer": here, "jwks_uri": here + path}).to_string())
        } else if line.starts_with(&format!("GET {path} ")) {
            Reply::json(r#"{"keys":[]}"#)
        } else {
            Reply::new(404, "text/plain", "gone")
        }
    };
    let server = Server::start(answer).await;
    let hand = Hand::default();
    let issuer = server.url();
    let line = Arc::new(line(&hand, &ExtraRoots::default()));
    let cache = KeyCache::new(KeyLocation::Discovery { issuer }, line, hand.clock());
    cache.warm(soon()).await.unwrap();
    (server, moved, hand, cache)
}

fn asked(server: &Server) -> Vec<String> {
    let requests = server.requests();
    let paths = requests.iter().map(|r| r.line.split(' ').nth(1).unwrap());
    paths
        .map(|path| path.rsplit('/').next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_discovered_address_is_kept_for_a_day() {
    let (server, _moved, hand, cache) = issuer().await;
    let document = "openid-configuration";
    assert_eq!(asked(&server), [document, "old"]);
    hand.forward(DEFAULT_MAX_AGE);
    cache.warm(soon()).await.unwrap();
    assert_eq!(asked(&server), [document, "old", "old"]);
    hand.forward(HARD_AGE - DEFAULT_MAX_AGE);
    cache.warm(soon()).await.unwrap();
    assert_eq!(asked(&server), [document, "old", "old", document, "old"]);
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_discovered_anew() {
    let (server, moved, hand, cache) = issuer().await;
    moved.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        hand.forward(DEFAULT_MAX_AGE);
        cache.warm(soon()).await.unwrap();
    }
    let document = "openid-configuration";
    assert_eq!(asked(&server), [document, "old", "old", document, "new"]);
}
