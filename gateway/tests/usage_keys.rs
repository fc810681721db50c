//! API keys of usage plans: which tier gets which, what stops the boot, and where none ever shows.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use tollgate_gateway::{Authorizer, Files, Invocation, StartupError};
use tollgate_identity::sources::Sources;

const POLICY: &str = "\
tier pro is product p-pro
tier light is product p-light
route /x is public
";
const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/main/GET/x";

async fn start(usage_keys: &str) -> Result<Authorizer, StartupError> {
    let settings = format!(
        "providers: [{{ tiun: {{ environment: live, api_key: env:KEY }} }}]\nanswers: {{ usage_keys: {usage_keys} }}\n"
    );
    let files = Files {
        policies: vec![("access.policy".to_owned(), POLICY.as_bytes().to_vec())],
        settings: ("authorizer.yaml".to_owned(), settings),
    };
    let sources = Sources::system().with_variables(|name| match name {
        "KEY" => Some("tiun-live-key".to_owned()),
        "USAGE" => Some("usage-key-4711".to_owned()),
        "EMPTY" => Some(" \n".to_owned()),
        _ => None,
    });
    Authorizer::start(&files, &sources).await
}

async fn error(usage_keys: &str) -> String {
    match start(usage_keys).await {
        Ok(_) => "started".to_owned(),
        Err(error) => error.to_string(),
    }
}

async fn answer(authorizer: &Authorizer, event: &Value) -> Value {
    let answer = authorizer.authorize(event, Invocation::new("1")).await;
    let answer = answer.unwrap();
    let printed = format!("{answer:?}");
    assert!(!printed.contains("4711"), "{printed}");
    let sent = serde_json::to_value(answer).unwrap();
    assert_eq!(
        printed.contains("Some(***)"),
        sent.get("usageIdentifierKey").is_some(),
        "{printed}"
    );
    sent
}

fn rest_token() -> Value {
    json!({ "type": "TOKEN", "methodArn": ARN })
}

#[tokio::test]
async fn tiers_and_keys_must_fit() {
    for (keys, words) in [
        (
            "{ gold: env:USAGE, default: env:USAGE }",
            "authorizer.yaml: answers: usage_keys: the policy has no tier `gold`: correct the name, or add `tier gold is",
        ),
        (
            "{ pro: env:USAGE }",
            "authorizer.yaml: answers: usage_keys: there is no key for the tier `light`: add `light: ssm:/",
        ),
        (
            "{ default: env:UNSET }",
            "answers: usage_keys: default: environment variable `UNSET` is not set",
        ),
        (
            "{ pro: env:EMPTY, light: env:USAGE }",
            "answers: usage_keys: pro: `env:EMPTY` is empty",
        ),
    ] {
        let error = error(keys).await;
        assert!(error.contains(words), "{keys}: {error}");
        assert!(!error.contains("4711"), "{error}");
    }
}

#[tokio::test]
async fn each_tier_has_a_key_or_all_share_one() {
    for keys in [
        "{}",
        "{ default: env:USAGE }",
        "{ pro: env:USAGE, default: env:USAGE }",
        "{ pro: env:USAGE, light: env:USAGE }",
    ] {
        assert_eq!(error(keys).await, "started", "{keys}");
    }
}

#[tokio::test]
async fn who_has_no_tier_gets_the_default_or_none() {
    let authorizer = start("{ default: env:USAGE }").await.unwrap();
    let answer_with = answer(&authorizer, &rest_token()).await;
    assert_eq!(
        answer_with.get("usageIdentifierKey"),
        Some(&json!("usage-key-4711"))
    );

    let authorizer = start("{ pro: env:USAGE, light: env:USAGE }").await.unwrap();
    let answer_without = answer(&authorizer, &rest_token()).await;
    assert_eq!(answer_without.get("usageIdentifierKey"), None);
}

#[tokio::test]
async fn rest_apis_alone_get_keys() {
    let authorizer = start("{ default: env:USAGE }").await.unwrap();
    let rest = json!({ "type": "REQUEST", "methodArn": ARN });
    assert!(
        answer(&authorizer, &rest)
            .await
            .get("usageIdentifierKey")
            .is_some()
    );
    for event in [
        json!({ "type": "REQUEST", "version": "1.0", "methodArn": ARN }),
        json!({ "type": "REQUEST", "version": "2.0", "routeArn": ARN }),
        json!({
            "type": "REQUEST", "methodArn": ARN.replace("GET/x", "$connect"),
            "requestContext": { "eventType": "CONNECT" },
        }),
    ] {
        let answer = answer(&authorizer, &event).await;
        assert!(!answer.to_string().contains("4711"), "{answer}");
    }
}

/// A tier that goes while the authorizer runs would leave its users without their plan.
#[tokio::test]
async fn a_policy_that_is_loaded_later_is_held_to_the_same() {
    let authorizer = start("{ pro: env:USAGE, light: env:USAGE }").await.unwrap();
    let policy = |text: &str| vec![("access.policy".to_owned(), text.as_bytes().to_vec())];
    let fewer = policy("tier light is product p-light\nroute /x is public\n");
    let error = authorizer
        .with_policies(&fewer)
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(error.contains("no tier `pro`"), "{error}");
    assert!(authorizer.with_policies(&policy(POLICY)).is_ok());
}
