//! What issuers send, and where keys may come from.

use super::*;
use crate::jwk::MAX_DOCUMENT;
use crate::loopback::Identity;

/// What comes of a first fetch that is answered with this.
async fn fetch(serving: impl Fn() -> Reply + Send + 'static) -> Result<(), KeysProblem> {
    let rig = Rig::new(serving).await;
    let fetched = rig.cache.current(Instant::now() + TIME).await;
    fetched.map(|_| ())
}

#[tokio::test]
async fn what_is_no_jwks_is_said() {
    type Case = (&'static str, fn() -> Reply, bool, &'static str);
    const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let html = || Reply::new(200, "text/html; charset=utf-8", "<h1>Sign in</h1>");
    let cases: [Case; 15] = [
        (
            "403, as of a firewall in front",
            || Reply::new(403, "text/html", "<h1>Forbidden</h1>"),
            false,
            "HTTP 403: check its address, and whether",
        ),
        (
            "404",
            || Reply::new(404, "text/plain", "Project not found"),
            true,
            "HTTP 404: check its",
        ),
        (
            "401",
            || Reply::new(401, "application/json", "{}"),
            false,
            "HTTP 401: check its",
        ),
        (
            "302",
            || Reply::bytes("HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n"),
            true,
            "redirect (HTTP 302)",
        ),
        (
            "204",
            || Reply::bytes("HTTP/1.1 204 No Content\r\n\r\n"),
            false,
            "HTTP 204",
        ),
        (
            "500",
            || Reply::new(500, "application/json", "{}"),
            false,
            "acme answered HTTP 500",
        ),
        (
            "HTML 503",
            || Reply::new(503, "text/html", "<h1>"),
            false,
            "acme answered HTTP 503",
        ),
        ("HTML", html, false, "is an HTML page and not JSON"),
        (
            "HTML as JSON",
            || Reply::json("<h1>Sign in</h1>"),
            false,
            "cannot be read",
        ),
        (
            "truncated",
            || Reply::json(r#"{"keys":["#),
            false,
            "cannot be read",
        ),
        (
            "cut off",
            || Reply::Cut(format!("{HEAD}content-length: 99\r\n\r\n{{").into()),
            false,
            "broke the connection off",
        ),
        ("a list", || Reply::json("[]"), false, "cannot be read"),
        ("no keys", || Reply::json("{}"), false, "cannot be read"),
        (
            "null",
            || Reply::json(r#"{"keys":null}"#),
            false,
            "cannot be read",
        ),
        ("empty", || Reply::json(""), false, "cannot be read"),
    ];
    for (name, reply, misconfigured, words) in cases {
        let cause = match fetch(reply).await {
            Err(KeysProblem::Misconfigured(cause)) if misconfigured => cause,
            Err(KeysProblem::Unavailable(cause)) if !misconfigured => cause,
            other => panic!("{name}: {other:?}"),
        };
        let cause = cause.as_str();
        assert!(
            cause.starts_with("acme") && cause.contains(words),
            "{name}: {cause}"
        );
        assert!(
            !cause.contains("Sign in") && !cause.contains("Project"),
            "{cause}"
        );
    }
}

#[tokio::test]
async fn a_wrong_address_stops_the_start_and_good_keys_outlive_it() {
    let ann = mint("a");
    let rig = Rig::new(|| Reply::new(404, "text/plain", "no")).await;
    let problem = rig.cache.warm(Instant::now() + TIME).await.unwrap_err();
    assert!(
        matches!(problem, KeysProblem::Misconfigured(_)),
        "{problem:?}"
    );

    let rig = Rig::warm(&[&ann]).await;
    for reply in [
        || Reply::new(404, "text/plain", "no"),
        || Reply::json(r#"{"keys":["#),
        || Reply::new(200, "text/html", "<h1>"),
        || Reply::Reset,
    ] {
        rig.serve(reply);
        rig.hand.forward(DEFAULT_MAX_AGE);
        let before = rig.fetches();
        assert_eq!(rig.verify(&ann).await, Ok(()));
        assert!(rig.fetches() > before);
    }
}

#[tokio::test]
async fn the_content_decides_and_not_its_type() {
    for media in [
        "application/json",
        "application/jwk-set+json; charset=utf-8",
        "APPLICATION/JSON",
        "text/plain",
        "application/octet-stream",
        "caf\u{e9}",
    ] {
        let ann = mint("a");
        let body = keys(&[&ann]);
        let rig = Rig::new(move || Reply::new(200, media, &body)).await;
        assert_eq!(rig.verify(&ann).await, Ok(()), "{media}");
    }
    let ann = mint("a");
    let body = keys(&[&ann]);
    let untyped = move || {
        let length = body.len();
        Reply::bytes(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    };
    assert_eq!(Rig::new(untyped).await.verify(&ann).await, Ok(()));
}

#[tokio::test]
async fn five_megabytes_are_read_and_ten_are_not() {
    let ann = mint("a");
    let mut body = keys(&[&ann]);
    body.extend(std::iter::repeat_n(' ', MAX_DOCUMENT - body.len()));
    let most = body.clone();
    let rig = Rig::new(move || Reply::json(&most)).await;
    assert_eq!(rig.verify(&ann).await, Ok(()));

    for more in [1, MAX_DOCUMENT] {
        let mut body = body.clone();
        body.extend(std::iter::repeat_n(' ', more));
        let Err(KeysProblem::Unavailable(cause)) = fetch(move || Reply::json(&body)).await else {
            panic!("{more} bytes more were read");
        };
        assert!(
            cause.as_str().contains("more than 5242880 bytes"),
            "{cause}"
        );
    }
}

#[tokio::test]
async fn a_redirect_leads_nowhere() {
    let elsewhere = Server::start(|_, _| Reply::json(r#"{"keys":[]}"#)).await;
    for status in [301, 302, 303, 307, 308] {
        let target = elsewhere.url();
        let redirected = fetch(move || {
            Reply::bytes(format!(
                "HTTP/1.1 {status} Moved\r\nlocation: {target}/jwks\r\ncontent-length: 0\r\n\r\n"
            ))
        });
        let problem = redirected.await.unwrap_err();
        assert!(
            matches!(problem, KeysProblem::Misconfigured(_)),
            "{problem:?}"
        );
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn keys_in_the_clear_are_for_this_machine_alone() {
    let hand = Hand::default();
    for url in [
        "http://issuer.example/jwks",
        "http://169.254.169.254/",
        "ftp://127.0.0.1/",
    ] {
        let location = KeyLocation::Url(url.parse().unwrap());
        let cache = KeyCache::new(location, line(&hand), hand.clock());
        let problem = cache.warm(Instant::now() + TIME).await.unwrap_err();
        let KeysProblem::Misconfigured(cause) = problem else {
            panic!("{problem:?}");
        };
        assert!(cause.as_str().contains("write `https://`"), "{cause}");
    }
}

#[tokio::test]
async fn keys_come_from_whom_tls_proves_alone() {
    let ann = mint("a");
    let good = Identity::new("127.0.0.1");
    let expired = Identity::until("127.0.0.1", 2020);
    for (identity, trusted, words) in [
        (&good, true, None),
        (&good, false, Some("UnknownIssuer")),
        (&expired, true, Some("expired")),
    ] {
        let body = keys(&[&ann]);
        let server = Server::start_tls(identity, move |_, _| Reply::json(&body)).await;
        let hand = Hand::default();
        let roots = if trusted {
            ExtraRoots::from_pem(identity.pem().as_bytes()).unwrap()
        } else {
            ExtraRoots::default()
        };
        let http = Http::new(CONNECT, hand.clock(), &roots).unwrap();
        let line = Line::new(Arc::new(http), "acme".to_owned(), hand.clock());
        let location = KeyLocation::Url(server.url().parse().unwrap());
        let cache = KeyCache::new(location, Arc::new(line), hand.clock());
        let verified = cache
            .verify(&token(&ann), &rules(), Instant::now() + TIME)
            .await;
        match words {
            None => assert!(verified.is_ok()),
            Some(words) => {
                let cause = unavailable(verified.map(|_| ()));
                assert!(cause.contains(words), "{cause}");
                assert!(server.requests().is_empty());
            }
        }
    }
}

#[tokio::test]
async fn a_query_stays_out_of_causes() {
    let server = Server::start(|_, _| Reply::new(404, "text/plain", "")).await;
    let hand = Hand::default();
    let url = format!("{}/jwks?key=4711", server.url());
    let location = KeyLocation::Url(url.parse().unwrap());
    let cache = KeyCache::new(location, line(&hand), hand.clock());
    let problem = cache.warm(Instant::now() + TIME).await.unwrap_err();
    let KeysProblem::Misconfigured(cause) = problem else {
        panic!("{problem:?}");
    };
    assert!(
        cause.as_str().contains("/jwks`") && !cause.as_str().contains("4711"),
        "{cause}"
    );
    assert_eq!(server.requests()[0].line, "GET /jwks?key=4711 HTTP/1.1");
}

#[tokio::test]
async fn keys_in_a_file_are_read_once_and_do_not_age() {
    let (ann, hand) = (mint("a"), Hand::default());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, keys(&[&ann])).unwrap();
    let location = KeyLocation::File(file.path().to_owned());
    let cache = KeyCache::new(location, line(&hand), hand.clock());
    let deadline = Instant::now() + TIME;
    cache.warm(deadline).await.unwrap();
    file.close().unwrap();
    for _ in 0..2 {
        let verified = cache.verify(&token(&ann), &rules(), deadline).await;
        assert!(verified.is_ok());
        let unknown = cache.verify(&token(&mint("b")), &rules(), deadline).await;
        assert_eq!(unknown.map(|_| ()), UNKNOWN);
        hand.forward(HARD_AGE * 2);
    }
    hand.set(0);
    assert!(cache.verify(&token(&ann), &rules(), deadline).await.is_ok());
}

#[tokio::test]
async fn a_file_may_be_as_long_as_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let (path, hand) = (folder.path().join("jwks.json"), Hand::default());
    let mut content = keys(&[&mint("a")]);
    content.push_str(&" ".repeat(MAX_DOCUMENT - content.len()));
    std::fs::write(&path, content).unwrap();
    let cache = KeyCache::new(KeyLocation::File(path), line(&hand), hand.clock());
    assert_eq!(cache.warm(Instant::now() + TIME).await, Ok(()));
}

#[tokio::test]
async fn a_file_that_does_not_serve_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let huge = " ".repeat(MAX_DOCUMENT + 1);
    for (name, content, words) in [
        ("absent", None, "not found"),
        ("empty", Some(""), "cannot be read"),
        ("html", Some("<h1>4711"), "cannot be read"),
        ("huge", Some(huge.as_str()), "more than 5242880 bytes"),
    ] {
        let (path, hand) = (folder.path().join(name), Hand::default());
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let location = KeyLocation::File(path);
        let cache = KeyCache::new(location, line(&hand), hand.clock());
        let problem = cache.warm(Instant::now() + TIME).await.unwrap_err();
        let KeysProblem::Misconfigured(cause) = problem else {
            panic!("{name}: {problem:?}");
        };
        let cause = cause.as_str();
        assert!(cause.starts_with("acme: the JWKS in `"), "{cause}");
        assert!(cause.contains(words) && !cause.contains("4711"), "{cause}");
    }
}
