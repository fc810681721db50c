//! `inspect` says what `authorize` answers, and changes nothing of it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tollgate_engine::Decision;
use tollgate_engine::truth::Truth;
use tollgate_gateway::authorize::inspect::{Inspection, Proof};
use tollgate_gateway::{AuthorizeError, Authorizer, Files, Invocation};
use tollgate_identity::sources::Sources;

const SECRET: &str = "4711-4711-4711-4711-4711-4711-4711";
const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main/";
const INVOCATION: Invocation<'static> = Invocation {
    id: "7f2c",
    trace: None,
};

/// An authorizer whose issuer shares a secret with it, so that nobody need be asked.
async fn start(policy: &str, answers: &str) -> Authorizer {
    let settings = format!(
        "\
providers:
  - oidc:
      issuer: https://id.example
      audience: api
      algorithms: [HS256]
      keys: {{ secret: env:SECRET }}
      claims: {{ products: products, roles: roles }}
    token_from: [bearer, query token, protocol t]
answers: {answers}
"
    );
    let files = Files {
        policies: vec![("access.policy".to_owned(), policy.as_bytes().to_vec())],
        settings: ("authorizer.yaml".to_owned(), settings),
    };
    let sources = Sources::system().with_variables(|_| Some(SECRET.to_owned()));
    let started = Authorizer::start(&files, &sources).await;
    started.unwrap_or_else(|error| panic!("{policy}\n{error}"))
}

/// A token of `u-1` that is over after this many seconds, with more claims.
fn token(seconds: i64, products: &[&str]) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = i64::try_from(since.as_secs()).unwrap();
    let claims = json!({
        "iss": "https://id.example", "aud": "api", "sub": "u-1", "iat": now - 7200,
        "exp": now + seconds, "products": products,
    });
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let header = encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", encode(claims.to_string().as_bytes()));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
    let mac = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", encode(mac.as_ref()))
}

/// A REST API's event with this value of `Authorization`.
fn rest(call: &str, authorization: Option<&str>) -> Value {
    json!({
        "type": "REQUEST", "methodArn": format!("{ARN}{call}"),
        "headers": { "Authorization": authorization },
        "requestContext": { "identity": { "sourceIp": "192.0.2.7" } },
    })
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// An event of each kind.
fn event(kind: usize, call: &str, authorization: Option<&str>) -> Value {
    let arn = format!("{ARN}{call}");
    match kind {
        0 => rest(call, authorization),
        1 => json!({ "type": "TOKEN", "methodArn": arn, "authorizationToken": authorization }),
        2 => json!({
            "type": "REQUEST", "version": "1.0", "methodArn": arn,
            "headers": { "authorization": authorization },
        }),
        3 => json!({
            "type": "REQUEST", "version": "2.0", "routeArn": arn,
            "headers": { "authorization": authorization },
        }),
        4 => json!({
            "type": "REQUEST", "methodArn": format!("{ARN}$connect"),
            "headers": { "authorization": authorization },
            "requestContext": { "connectionId": "c", "eventType": "CONNECT", "routeKey": "$connect" },
        }),
        5 => json!({
            "authorizationToken": authorization,
            "requestContext": { "apiId": "a", "queryString": "{ me { id } }", "variables": {} },
            "requestHeaders": {},
        }),
        _ => json!({ "type": "NONE" }),
    }
}

fn policy() -> impl Strategy<Value = String> {
    let targets = [
        "/a",
        "GET /a",
        "/a/*",
        "/a/{x}",
        "/*",
        "/b/{x}/*",
        "$connect",
        "field *",
        "field Query.me",
    ];
    let access = select(
        &[
            "is public",
            "is denied",
            "requires user",
            "requires product p1",
            "requires product p1 and not product p2",
            "requires product p1 or role r",
            "requires mfa",
            "requires header x = \"1\"",
            "requires after 2020-01-01",
        ][..],
    );
    let forbids = subsequence(
        vec!["forbid /a/* when product p2\n", "forbid /* unless user\n"],
        0..=2,
    );
    let routes = subsequence(targets.to_vec(), 1..=targets.len());
    (routes, vec(access, targets.len()), forbids).prop_map(|(routes, accesses, forbids)| {
        let routes = routes.iter().zip(accesses);
        let routes: Vec<String> = routes
            .map(|(to, how)| format!("route {to} {how}\n"))
            .collect();
        routes.concat() + &forbids.concat()
    })
}

fn sent(result: &Result<tollgate_gateway::Answer, AuthorizeError>) -> Result<Value, String> {
    let value = |answer| serde_json::to_value(answer).unwrap();
    result.as_ref().map(value).map_err(ToString::to_string)
}

/// Outcome and reason are those of the answer.
fn is_consistent(inspection: &Inspection<'_>) -> bool {
    let Ok(answer) = &inspection.answer else {
        return true;
    };
    let decision = inspection.decision.as_ref().unwrap();
    let explained = inspection.explanation.as_ref();
    let reason = decision
        .denial()
        .map_or("", |denial| denial.reason.as_str());
    decision.is_allowed() == answer.allows()
        && (decision.is_allowed()
            || inspection.alone.is_none()
            || answer.context().reason == reason)
        && explained.is_none_or(|explained| explained.decision == *decision)
        && (explained.is_some() || decision.malformed().is_some())
}

#[test]
fn inspecting_says_what_is_answered_and_changes_nothing() {
    let tokens = [
        None,
        Some(bearer(&token(3600, &[]))),
        Some(bearer(&token(3600, &["p1"]))),
        Some(bearer(&token(3600, &["p1", "p2"]))),
        Some(bearer(&token(-600, &["p1"]))),
        Some(bearer("x.y.z")),
        Some("Basic eDp5".to_owned()),
    ];
    let calls = [
        "GET/a",
        "POST/a",
        "GET/a/x",
        "GET/a/x/",
        "GET/a//x",
        "GET/a/%2e%2e/b",
        "GET/b/1/2",
        "GET/",
        "GET/c/${aws:username}",
    ];
    let events = (0..7_usize, select(calls.to_vec()), select(tokens.to_vec()));
    let answers = select(vec![
        "{}",
        "{ scope: request }",
        "{ http_api: simple }",
        "{ bound_by_expiry: true }",
    ]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config::with_cases(64));
    let cases = (policy(), answers, vec(events, 1..12));
    let ran = runner.run(&cases, |(policy, answers, events)| {
        runtime.block_on(async {
            let (inspected, other) = (start(&policy, answers).await, start(&policy, answers).await);
            for (kind, call, authorization) in events {
                let event = event(kind, call, authorization.as_deref());
                let inspection = inspected.inspect(&event, INVOCATION, None, None).await;
                let told = sent(&inspection.answer);
                prop_assert!(is_consistent(&inspection), "{event}: {told:?}");
                let after = inspected.authorize(&event, INVOCATION).await;
                prop_assert_eq!(&told, &sent(&after));
                let never = other.authorize(&event, INVOCATION).await;
                prop_assert_eq!(&told, &sent(&never));
                let (telling, ruling) = other.authorize_telling(&event, INVOCATION).await;
                prop_assert_eq!(&told, &sent(&telling));
                let rule = inspection.decision.as_ref().and_then(Decision::rule);
                prop_assert_eq!(rule, ruling.as_ref().and_then(|it| it.rule.as_ref()));
            }
            Ok(())
        })
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
}

const POLICY: &str = "\
route /open  is public
route /pro/* requires product pro
route /late  requires user and after 2030-01-01
route /here  requires ip in 203.0.113.0/24
";

#[tokio::test]
async fn each_stage_of_the_token_is_told() {
    let authorizer = start(POLICY, "{ scope: request }").await;
    let good = bearer(&token(3600, &["pro"]));
    let over = bearer(&token(-600, &["pro"]));
    for (call, shown, proof, found, provider) in [
        ("GET/pro/1", None, Proof::Visitor, None, None),
        (
            "GET/pro/1",
            Some(&*good),
            Proof::Verified,
            Some("bearer"),
            Some("oidc"),
        ),
        (
            "GET/pro/1",
            Some(&*over),
            Proof::Refused,
            Some("bearer"),
            Some("oidc"),
        ),
        ("GET/pro/1", Some("Basic eDp5"), Proof::Refused, None, None),
        (
            "GET/open",
            Some(&*good),
            Proof::Visitor,
            Some("bearer"),
            None,
        ),
    ] {
        let event = rest(call, shown);
        let told = authorizer
            .inspect(&event, INVOCATION, None, None)
            .await
            .token;
        let found_in = told.found_in.map(|source| source.to_string());
        assert_eq!(
            (told.proof, found_in.as_deref(), told.provider.as_deref()),
            (proof, found, provider),
            "{call} {shown:?}"
        );
        assert_eq!(
            told.message.is_some(),
            proof == Proof::Refused || call == "GET/open"
        );
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_told_why() {
    let authorizer = start(POLICY, "{ scope: request }").await;
    for (shown, words) in [
        (bearer(&token(-600, &[])), "by `oidc` it proves nobody: "),
        (
            "Basic eDp5".to_owned(),
            "what the client shows cannot be read as one token: ",
        ),
    ] {
        let event = rest("GET/pro/1", Some(&shown));
        let inspection = authorizer.inspect(&event, INVOCATION, None, None).await;
        let message = inspection.token.message.unwrap();
        assert!(message.starts_with(words), "{message}");
    }
}

#[test]
fn a_proof_is_one_word() {
    for (proof, word) in [
        (Proof::Visitor, "visitor"),
        (Proof::Verified, "verified"),
        (Proof::Refused, "refused"),
        (Proof::Unavailable, "unavailable"),
        (Proof::Misconfigured, "misconfigured"),
    ] {
        assert_eq!(proof.as_str(), word);
    }
}

/// Of a visitor it is known that they are nobody; of a token that was not looked at, nothing is.
#[tokio::test]
async fn who_asks_is_told_where_that_is_known() {
    let authorizer = start(POLICY, "{ scope: request }").await;
    let good = bearer(&token(3600, &["pro"]));
    for (call, shown, known) in [
        ("GET/pro/1", Some(&*good), Some(Some("u-1"))),
        ("GET/pro/1", None, Some(None)),
        ("GET/open", None, Some(None)),
        ("GET/open", Some(&*good), None),
    ] {
        let event = rest(call, shown);
        let inspection = authorizer.inspect(&event, INVOCATION, None, None).await;
        let principal = inspection.principal.as_ref();
        let user = principal.map(|principal| principal.user().map(|user| &*user.id));
        assert_eq!(user, known, "{call} {}", shown.is_some());
        assert_eq!(inspection.facts.is_empty(), known.is_none(), "{call}");
    }
}

#[tokio::test]
async fn the_facts_are_those_that_the_policy_asks_for() {
    let authorizer = start(POLICY, "{}").await;
    let event = rest("GET/pro/1", Some(&bearer(&token(3600, &["pro", "other"]))));
    let inspection = authorizer.inspect(&event, INVOCATION, None, None).await;
    let expected = [("product pro", Truth::True), ("user", Truth::True)];
    let expected = expected.map(|(fact, value)| (fact.to_owned(), value));
    assert_eq!(inspection.facts, expected);
    let explanation = inspection.explanation.unwrap();
    assert_eq!(explanation.routes[0].rule.head, "route /pro/*");
}

#[tokio::test]
async fn another_time_and_another_address_are_judged_by() {
    let authorizer = start(POLICY, "{}").await;
    let event = rest("GET/late", Some(&bearer(&token(3600, &[]))));
    let in_2031 = Some(1_924_992_000_000);
    for (at, allowed) in [(None, false), (in_2031, true), (None, false)] {
        let inspection = authorizer.inspect(&event, INVOCATION, at, None).await;
        assert_eq!(inspection.answer.unwrap().allows(), allowed, "{at:?}");
    }
    let event = rest("GET/here", None);
    for (ip, allowed) in [(None, false), (Some("203.0.113.9"), true)] {
        let ip = ip.map(|ip: &str| ip.parse().unwrap());
        let inspection = authorizer.inspect(&event, INVOCATION, None, ip).await;
        assert_eq!(inspection.answer.unwrap().allows(), allowed, "{ip:?}");
    }
}

#[tokio::test]
async fn an_answer_for_one_request_says_why() {
    for (policy, answers, kind, why) in [
        (
            POLICY,
            "{ scope: request }",
            0,
            "`answers: scope` is `request`",
        ),
        (
            POLICY,
            "{ http_api: simple }",
            3,
            "a simple response is yes or no to one request",
        ),
        (
            "route $connect is public\n",
            "{}",
            4,
            "a connection is made once",
        ),
        (
            "route field * is public\n",
            "{}",
            5,
            "it says by itself how long it may be kept",
        ),
    ] {
        let authorizer = start(policy, answers).await;
        // An AppSync event always has a token.
        let shown = (kind == 5).then_some("x");
        let event = event(kind, "GET/open", shown);
        let inspection = authorizer.inspect(&event, INVOCATION, None, None).await;
        assert_eq!(inspection.alone.as_deref(), Some(why));
    }
    let authorizer = start("route /open is public\n", "{}").await;
    let arn = format!("{ARN}GET/open");
    for (arn, why) in [
        (
            arn.replace("main", "*"),
            Some("the ARN names no single stage"),
        ),
        (
            arn.replace("main", &"s".repeat(500)),
            Some("the document, or one of its resources, would be too long"),
        ),
        (arn, None),
    ] {
        let event = json!({ "type": "REQUEST", "methodArn": arn });
        let inspection = authorizer.inspect(&event, INVOCATION, None, None).await;
        assert_eq!(inspection.alone.as_deref(), why, "{arn}");
    }
}

#[tokio::test]
async fn a_ruling_names_the_rule_of_the_callers_other_requests() {
    let authorizer = start(POLICY, "{}").await;
    let event = rest("GET/pro/1", Some(&bearer(&token(3600, &["pro"]))));
    let (_, ruling) = authorizer.authorize_telling(&event, INVOCATION).await;
    let ruling = ruling.unwrap();
    assert_eq!(ruling.rule.as_ref().unwrap().head, "route /pro/*");
    for (call, allowed, rule) in [
        ("GET/open", true, Some("route /open")),
        ("GET/late", false, Some("route /late")),
        ("GET/none", false, None),
    ] {
        let (is_allowed, decider) = ruling.of(&rest(call, None)).unwrap();
        let decider = decider.map(|rule| rule.head);
        assert_eq!((is_allowed, decider.as_deref()), (allowed, rule), "{call}");
    }
    assert!(ruling.of(&json!({})).is_none());
}
