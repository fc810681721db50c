//! What each answer of an authorizer or a backend becomes.

use std::time::{Duration, Instant};

use serde_json::json;
use tollgate_local::authorizer::AuthorizerFunction;
use tollgate_local::gateway::{Gateway, GatewayOptions, Outcome, Timeouts};

use crate::rig::{self, Rig, allow, allow_with, answer, deny, error};

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
        backend: Some(Duration::from_millis(200)),
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
