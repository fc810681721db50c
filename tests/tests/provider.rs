//! tiun in trouble, seen from the built function: every fault fails the invocation in time, never
//! looks like a bad token, and is forgotten as soon as tiun is well again.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tollgate_local::tiun::{AbsentUser, Fault, TiunStandIn};
use tollgate_tests::rig::{self, Configuration};

const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main/GET";
/// The budget of a decision is 3 s, and API Gateway gives up after 10.
const LONGEST: Duration = Duration::from_secs(5);

fn event(path: &str, token: &str) -> Value {
    json!({"type": "TOKEN", "methodArn": format!("{ARN}{path}"), "authorizationToken": format!("Bearer {token}")})
}

fn paid(tiun: &TiunStandIn) -> Value {
    event("/pro/articles/1", &tiun.token("light").unwrap())
}

#[tokio::test]
async fn every_fault_fails_the_invocation_and_passes() {
    let (ssm, tiun, elsewhere) = (rig::ssm().await, rig::tiun().await, rig::tiun().await);
    let configuration = Configuration::new(&tiun, "");
    let function = rig::function(ssm.url(), &configuration);
    let faults = [
        Fault::Status(400),
        Fault::Status(403),
        Fault::Status(404),
        Fault::Status(429),
        Fault::Status(500),
        Fault::Status(503),
        Fault::SlowHead(Duration::from_secs(20)),
        Fault::SlowBody(Duration::from_secs(20)),
        Fault::NoAnswer,
        Fault::Reset,
        Fault::Html,
        Fault::TruncatedJson,
        Fault::CutOff,
        Fault::ContentType("text/html".to_owned()),
        Fault::Huge(10_000_000),
        Fault::Redirect(elsewhere.url()),
        Fault::Body(String::new()),
        Fault::Body("null".to_owned()),
        Fault::Body("[]".to_owned()),
        Fault::Body("{}".to_owned()),
        Fault::Body(r#"{"isAuthenticated":"true","userInfo":{"userId":"u-light"}}"#.to_owned()),
        Fault::Body(r#"{"isAuthenticated":1,"userInfo":{"userId":"u-light"}}"#.to_owned()),
        Fault::Body(r#"{"isAuthenticated":true}"#.to_owned()),
        Fault::Body(r#"{"isAuthenticated":true,"userInfo":{"userId":""}}"#.to_owned()),
        Fault::Body(
            r#"{"isAuthenticated":false,"isAuthenticated":true,"userInfo":{"userId":"u-light","productAccess":["p-live-light"]}}"#.to_owned(),
        ),
    ];
    for fault in faults {
        tiun.fail(fault.clone());
        let start = Instant::now();
        let message = function.invoke(&paid(&tiun)).await.failure();
        assert_ne!(message, "Unauthorized", "{fault:?} looks like a bad token");
        assert!(
            start.elapsed() < LONGEST,
            "{fault:?} took {:?}",
            start.elapsed()
        );
        tiun.recover();
        if matches!(fault, Fault::Status(429 | 503)) {
            // They come with `Retry-After: 1`, which is honoured.
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let answer = function.invoke(&paid(&tiun)).await.answer();
        assert_eq!(
            answer["policyDocument"]["Statement"][0]["Effect"], "Allow",
            "after {fault:?}"
        );
    }
    assert_eq!(
        elsewhere.counts().requests,
        0,
        "the key went to another host"
    );
}

#[tokio::test]
async fn what_is_no_fault_is_a_denial() {
    let (ssm, tiun) = (rig::ssm().await, rig::tiun().await);
    let configuration = Configuration::new(&tiun, "");
    let function = rig::function(ssm.url(), &configuration);
    for shape in [AbsentUser::Null, AbsentUser::Missing, AbsentUser::Empty] {
        tiun.set_absent_user(shape);
        for user in ["expired", "signed-out"] {
            let event = event("/pro/articles/1", &tiun.development_token(user).unwrap());
            assert_eq!(
                function.invoke(&event).await.failure(),
                "Unauthorized",
                "{user}, {shape:?}"
            );
        }
    }
    for products in [
        "null",
        "{}",
        "\"p-live-light\"",
        "[]",
        "[1]",
        "[[\"p-live-light\"]]",
    ] {
        let body = format!(
            r#"{{"isAuthenticated":true,"userInfo":{{"userId":"u-1","productAccess":{products}}}}}"#
        );
        tiun.fail(Fault::Body(body));
        let answer = function.invoke(&paid(&tiun)).await.answer();
        assert_eq!(
            answer["policyDocument"]["Statement"][0]["Effect"], "Deny",
            "{products}: {answer}"
        );
    }
}

/// Five minutes after it was made a token proves nobody, and nothing here remembers it where that is
/// switched off.
#[tokio::test]
async fn a_token_ends() {
    let (ssm, tiun) = (rig::ssm().await, rig::tiun().await);
    let configuration = Configuration::new(&tiun, "    cache_for: off\n");
    let function = rig::function(ssm.url(), &configuration);
    let event = paid(&tiun);
    assert!(matches!(
        function.invoke(&event).await,
        tollgate_tests::function::Invoked::Answer(_)
    ));
    tiun.advance(Duration::from_secs(301));
    assert_eq!(function.invoke(&event).await.failure(), "Unauthorized");
}

#[tokio::test]
async fn a_dead_provider_leaves_public_routes_alone() {
    let (ssm, tiun) = (rig::ssm().await, rig::tiun().await);
    let configuration = Configuration::new(&tiun, "");
    let function = rig::function(ssm.url(), &configuration);
    let token = tiun.token("light").unwrap();
    tiun.stop().await;
    let answer = function
        .invoke(&event("/articles/1", &token))
        .await
        .answer();
    assert_eq!(answer["policyDocument"]["Statement"][0]["Effect"], "Allow");
    let start = Instant::now();
    let message = function
        .invoke(&event("/pro/articles/1", &token))
        .await
        .failure();
    assert!(message.contains("tiun"), "{message}");
    assert!(start.elapsed() < LONGEST);
    assert!(!function.log().contains(&token), "the log holds the token");
}
