//! What is asked, how often, and with which key.

use super::*;
use crate::loopback::{Log, ssm_at, ssm_value};

#[tokio::test]
async fn the_question_whose_token_it_is_has_exactly_the_documented_headers() {
    let normal: [&str; 0] = [];
    for (accept, allowed) in [
        ("[]", normal.to_vec()),
        (r#"["restricted"]"#, vec!["x-stack-allow-restricted-user"]),
        (r#"["anonymous"]"#, vec!["x-stack-allow-anonymous-user"]),
        (
            r#"["restricted","anonymous"]"#,
            vec![
                "x-stack-allow-anonymous-user",
                "x-stack-allow-restricted-user",
            ],
        ),
    ] {
        let server = Server::start(|_, request| nothing(request)).await;
        let members = format!(r#"{REST_ALWAYS},"accept":{accept}"#);
        let stack = start(&server, &members, &with_key()).await;
        let token = token(&server);
        let outcome = verify(&stack, &token, &Needs::default()).await;
        assert_eq!(identity(&outcome).user.id, ANN);
        let requests = server.requests();
        assert_eq!(requests.len(), 1, "{accept}");
        assert_eq!(requests[0].line, "GET /api/v1/users/me HTTP/1.1");
        assert!(requests[0].body.is_empty());
        let mut headers = requests[0].headers.clone();
        headers.sort();
        let address = server.address.to_string();
        let mut expected = vec![
            ("accept", "*/*"),
            ("host", &address),
            (
                "user-agent",
                concat!("tollgate/", env!("CARGO_PKG_VERSION")),
            ),
            ("x-stack-access-token", &token),
            ("x-stack-access-type", "server"),
            ("x-stack-project-id", PROJECT),
            ("x-stack-secret-server-key", "ssk_4711"),
        ];
        expected.extend(allowed.into_iter().map(|name| (name, "true")));
        expected.sort_unstable();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        assert_eq!(headers, expected, "{accept}");
    }
}

#[tokio::test]
async fn nothing_is_asked_for_that_the_policy_does_not_need() {
    let products = format!("/api/v1/payments/products/user/{ANN}?limit=100");
    let project = format!("/api/v1/project-permissions?user_id={ANN}&recursive=true");
    let team = format!("/api/v1/team-permissions?user_id={ANN}&recursive=true");
    let teams = format!("/api/v1/teams?user_id={ANN}");
    for (facts, beside) in [
        (vec![], vec![]),
        (vec![FactKind::Email, FactKind::Mfa], vec![]),
        (vec![FactKind::Roles, FactKind::Provider], vec![]),
        (vec![FactKind::Products], vec![&products]),
        (vec![FactKind::Permissions], vec![&project, &team]),
        (vec![FactKind::Teams], vec![&teams]),
        (
            vec![FactKind::Products, FactKind::Permissions, FactKind::Teams],
            vec![&products, &project, &team, &teams],
        ),
    ] {
        let server = Server::start(|_, request| nothing(request)).await;
        let stack = start(&server, REST_ALWAYS, &with_key()).await;
        let outcome = verify(&stack, &token(&server), &needs(&facts, &[])).await;
        let user = &identity(&outcome).user;
        let requests = server.requests();
        let mut asked: Vec<&str> = requests.iter().map(target).collect();
        assert_eq!(asked.remove(0), "/api/v1/users/me");
        asked.sort_unstable();
        let mut beside: Vec<&str> = beside.into_iter().map(String::as_str).collect();
        beside.sort_unstable();
        assert_eq!(asked, beside, "{facts:?}");
        for (kind, list) in [
            (FactKind::Products, &user.products),
            (FactKind::Permissions, &user.permissions),
            (FactKind::Teams, &user.teams),
        ] {
            let expected = facts.contains(&kind).then_some(Vec::new());
            assert_eq!(list.known(), expected.as_ref(), "{kind:?} of {facts:?}");
        }
    }
}

#[tokio::test]
async fn every_question_is_asked_as_the_server() {
    let server = Server::start(|_, request| nothing(request)).await;
    let stack = start(&server, REST_ALWAYS, &with_key()).await;
    let all = needs(&FactKind::ALL, &[]);
    identity(&verify(&stack, &token(&server), &all).await);
    for request in server.requests() {
        assert_eq!(request.header("x-stack-access-type"), Some("server"));
        assert_eq!(request.header("x-stack-project-id"), Some(PROJECT));
        assert_eq!(
            request.header("x-stack-secret-server-key"),
            Some("ssk_4711")
        );
        // With it every error would come as a 200.
        assert_eq!(request.header("x-stack-override-error-status"), None);
    }
}

#[tokio::test]
async fn what_cannot_be_a_token_of_now_is_refused_without_a_call() {
    let server = Server::start(|_, request| nothing(request)).await;
    let stack = start(&server, REST_ALWAYS, &with_key()).await;
    let of = |kind| claims(&server.url(), kind);
    let normal = || of(UserKind::Normal);
    let good = KEY.token(&normal());
    let mut tokens = vec![
        ("empty", String::new()),
        ("opaque", "rt_4711".to_owned()),
        ("five parts", format!("{good}.e30.e30")),
        ("a line break", format!("{good}\n")),
        (
            "a header of its own",
            format!("{good}\r\nx-stack-access-type: admin"),
        ),
        ("a space", format!(" {good}")),
        ("padding", format!("{good}==")),
        ("not ASCII", good.replacen('e', "é", 1)),
        ("no claims", KEY.compact("{}", "[]")),
        (
            "claims twice",
            KEY.compact("{}", r#"{"aud":"a","aud":"a"}"#),
        ),
    ];
    for (name, claims) in [
        ("expired", with(normal(), &json!({"exp": NOW - 30}))),
        ("no expiry", without(normal(), "exp")),
        ("expiry a text", with(normal(), &json!({"exp": "2040"}))),
        ("no subject", without(normal(), "sub")),
        ("no audience", without(normal(), "aud")),
        (
            "a list of audiences",
            with(normal(), &json!({"aud": [PROJECT]})),
        ),
        (
            "another branch",
            with(normal(), &json!({"branch_id": "dev"})),
        ),
        (
            "a branch that is no text",
            with(normal(), &json!({"branch_id": null})),
        ),
        (
            "anonymous flag",
            with(normal(), &json!({"is_anonymous": true})),
        ),
        (
            "restricted flag",
            with(normal(), &json!({"is_restricted": true})),
        ),
        (
            "a flag that is a text",
            with(normal(), &json!({"is_restricted": "false"})),
        ),
        (
            "anonymous audience",
            with(normal(), &json!({"aud": format!("{PROJECT}:anon")})),
        ),
        (
            "an audience of no kind",
            with(normal(), &json!({"aud": format!("{PROJECT}:admin")})),
        ),
        (
            "anonymous but not restricted",
            with(of(UserKind::Anonymous), &json!({"is_restricted": false})),
        ),
    ] {
        tokens.push((name, KEY.token(&claims)));
    }
    for (name, token) in tokens {
        let outcome = verify(&stack, &token, &Needs::default()).await;
        assert_eq!(outcome, Outcome::Unauthenticated, "{name}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn tokens_that_the_server_is_to_judge_get_there() {
    let server = Server::start(|_, request| nothing(request)).await;
    let stack = start(&server, REST_ALWAYS, &with_key()).await;
    let normal = || claims("https://behind-the-proxy.example", UserKind::Normal);
    for (number, claims) in [
        normal(),
        // Within the skew of clocks.
        with(normal(), &json!({"exp": NOW - 29})),
        without(normal(), "branch_id"),
        without(normal(), "is_anonymous"),
        without(normal(), "is_restricted"),
        with(normal(), &json!({"aud": "another-project"})),
    ]
    .into_iter()
    .enumerate()
    {
        identity(&verify(&stack, &KEY.token(&claims), &Needs::default()).await);
        assert_eq!(server.requests().len(), number + 1);
    }
}

#[tokio::test]
async fn an_answer_about_another_user_is_the_servers_fault() {
    let server = Server::start(|_, request| nothing(request)).await;
    let stack = start(&server, REST_ALWAYS, &with_key()).await;
    let other = with(
        claims(&server.url(), UserKind::Normal),
        &json!({"sub": "0b0b0b0b-aaaa-4bbb-8ccc-ddddeeeeffff"}),
    );
    let outcome = verify(&stack, &KEY.token(&other), &needs(&[FactKind::Teams], &[])).await;
    assert!(unavailable(&outcome).contains("another user"));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn the_identity_lasts_as_long_as_the_token() {
    let server = Server::start(|_, request| nothing(request)).await;
    let stack = start(&server, REST_ALWAYS, &with_key()).await;
    let outcome = verify(&stack, &token(&server), &Needs::default()).await;
    let expires = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + 600);
    assert_eq!(identity(&outcome).expires, Some(expires));
}

/// A server that accepts the key `accepted` alone, and an SSM whose n-th read gives `key-n`.
async fn rotating(accepted: &'static str) -> (Server, Server, StackAuth) {
    let server = Server::start(move |_, request| {
        if request.header("x-stack-secret-server-key") == Some(accepted) {
            nothing(request)
        } else {
            answers::known_error(401, "INVALID_SECRET_SERVER_KEY")
        }
    })
    .await;
    let ssm = Server::start(|n, _| ssm_value(&format!("key-{n}"))).await;
    let sources = Sources::system()
        .with_clock(hand().clock())
        .with_parameters(ssm_at(&ssm));
    let members = r#","verify":"rest","secret_server_key":"ssm:/tiun""#;
    let stack = start(&server, members, &sources).await;
    (server, ssm, stack)
}

#[tokio::test]
async fn a_refused_key_is_read_again_and_the_question_repeated() {
    let (server, ssm, stack) = rotating("key-1").await;
    let needs = needs(&[FactKind::Teams], &[]);
    identity(&verify(&stack, &token(&server), &needs).await);
    assert_eq!((server.requests().len(), ssm.requests().len()), (3, 2));
    identity(&verify(&stack, &token(&server), &needs).await);
    assert_eq!((server.requests().len(), ssm.requests().len()), (5, 2));
}

#[tokio::test]
async fn a_key_that_stays_wrong_is_a_misconfiguration() {
    let log = Log::start();
    let (server, ssm, stack) = rotating("another").await;
    for _ in 0..3 {
        let outcome = verify(&stack, &token(&server), &Needs::default()).await;
        let cause = misconfigured(&outcome);
        assert!(cause.contains("`ssm:/tiun`"), "{cause}");
        assert!(!cause.contains("key-"), "{cause}");
    }
    assert_eq!(ssm.requests().len(), 2);
    assert!(!log.ours().contains("key-"), "{}", log.ours());
}

#[tokio::test]
async fn a_bad_token_does_not_cast_doubt_on_the_key() {
    let server = Server::start(|_, _| answers::known_error(401, "UNPARSABLE_ACCESS_TOKEN")).await;
    let ssm = Server::start(|_, _| ssm_value("ssk_4711")).await;
    let sources = Sources::system()
        .with_clock(hand().clock())
        .with_parameters(ssm_at(&ssm));
    let members = r#","verify":"rest","secret_server_key":"ssm:/tiun""#;
    let stack = start(&server, members, &sources).await;
    let outcome = verify(&stack, &token(&server), &Needs::default()).await;
    assert_eq!(outcome, Outcome::Unauthenticated);
    assert_eq!((server.requests().len(), ssm.requests().len()), (1, 1));
}

#[tokio::test]
async fn outages_are_never_the_tokens_fault() {
    type Case = (&'static str, fn() -> Reply);
    let cases: [Case; 5] = [
        ("reset", || Reply::Reset),
        ("closes", || Reply::Cut(Vec::new())),
        ("HTML 503", || Reply::new(503, "text/html", "<h1>no</h1>")),
        ("500", || Reply::new(500, "text/plain", "Internal error")),
        ("429 with Retry-After", || {
            Reply::bytes("HTTP/1.1 429 No\r\nretry-after: 3\r\ncontent-length: 0\r\n\r\n")
        }),
    ];
    for (name, reply) in cases {
        // At the first question, and at the last.
        for last in [false, true] {
            let server = Server::start(move |_, request| {
                if last && target(request).starts_with("/api/v1/users/me") {
                    nothing(request)
                } else {
                    reply()
                }
            })
            .await;
            let stack = start(&server, REST_ALWAYS, &with_key()).await;
            let needs = needs(&[FactKind::Teams], &[]);
            let outcome = verify(&stack, &token(&server), &needs).await;
            assert!(
                matches!(outcome, Outcome::Unavailable(_)),
                "{name}: {outcome:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_key() {
    let elsewhere = Server::start(|_, request| nothing(request)).await;
    let target = elsewhere.url();
    let server = Server::start(move |_, _| {
        Reply::bytes(format!(
            "HTTP/1.1 308 Moved\r\nlocation: {target}/api/v1/users/me\r\ncontent-length: 0\r\n\r\n"
        ))
    })
    .await;
    let stack = start(&server, REST_ALWAYS, &with_key()).await;
    let outcome = verify(&stack, &token(&server), &Needs::default()).await;
    assert!(misconfigured(&outcome).contains("redirect"), "{outcome:?}");
    assert!(elsewhere.requests().is_empty(), "the key went elsewhere");
}

#[tokio::test]
async fn nothing_secret_is_logged_or_shown() {
    let log = Log::start();
    let odd = with(me(), &json!({"primary_email": "\u{7}ann@example.com"})).to_string();
    let bodies = [me().to_string(), odd, "ann@example.com ssk_4711".to_owned()];
    for body in bodies {
        for status in [200, 401, 404] {
            let body = body.clone();
            let server = Server::start(move |_, _| {
                Reply::bytes(format!(
                    "HTTP/1.1 {status} T\r\nx-stack-known-error: ann@example.com\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                ))
            })
            .await;
            let stack = start(&server, REST_ALWAYS, &with_key()).await;
            let token = token(&server);
            let outcome = verify(&stack, &token, &Needs::default()).await;
            let shown = format!("{outcome:?}{outcome:#?}{}", log.all());
            for secret in ["ssk_4711", &token, "example.com"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }
}

#[tokio::test]
async fn neither_key_nor_token_shows_in_the_request() {
    let server = Server::start(|_, request| nothing(request)).await;
    let stack = start(&server, REST_ALWAYS, &with_key()).await;
    let headers = stack.rest.unwrap().headers("ssk_4711", "to.ke.n").unwrap();
    let shown = format!("{headers:?}");
    assert!(
        shown.contains(PROJECT) && !shown.contains("4711") && !shown.contains("to.ke.n"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_huge_answer_is_not_read() {
    let huge = with(me(), &json!({"server_metadata": "x".repeat(256 * 1024)})).to_string();
    let server = Server::start(move |_, _| Reply::json(&huge)).await;
    let stack = start(&server, REST_ALWAYS, &with_key()).await;
    let outcome = verify(&stack, &token(&server), &Needs::default()).await;
    assert!(unavailable(&outcome).contains("more than 262144 bytes"));
}
