//! The gateway over HTTP, in front of scripted authorizers.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "../rig/mod.rs"]
mod rig;

mod answers;
mod requests;

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use tollgate_local::authorizer::{AuthorizerFunction, FunctionError};
use tollgate_local::gateway::{Gateway, GatewayOptions};

use rig::{Rig, allow};

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
