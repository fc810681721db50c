//! The provider's key: from a real SSM API in init, read again when it is old or refused; what
//! keeps it from loading fails the init and says what to do.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tollgate_local::tiun::TiunStandIn;
use tollgate_tests::aws::{ScriptedSsm, Ssm};
use tollgate_tests::function::Function;
use tollgate_tests::rig::{self, Configuration, PARAMETER};

const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main/GET";

/// A request of the `light` user to a page they have paid for, with a fresh five-minute token.
fn paid(tiun: &TiunStandIn) -> Value {
    let token = tiun.token("light").unwrap();
    json!({"type": "TOKEN", "methodArn": format!("{ARN}/pro/articles/1"), "authorizationToken": format!("Bearer {token}")})
}

fn effect(answer: &Value) -> &str {
    answer["policyDocument"]["Statement"][0]["Effect"]
        .as_str()
        .unwrap_or_default()
}

/// Invokes a function whose init must fail; what it printed.
async fn failed_start(function: &Function) -> String {
    let event =
        json!({"type": "TOKEN", "methodArn": format!("{ARN}/health"), "authorizationToken": "x"});
    let start = Instant::now();
    let message = function.invoke(&event).await.failure();
    assert_ne!(
        message, "Unauthorized",
        "a failed start must not look like a bad token"
    );
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "Lambda gives an init 10 s"
    );
    // The emulator answers as soon as the process is gone; what the process printed last may
    // still be on its way.
    function.log_with("cannot start").await
}

#[tokio::test]
async fn a_secure_string_is_loaded_in_init() {
    let (ssm, tiun) = (rig::ssm().await, rig::tiun().await);
    let configuration = Configuration::new(&tiun, "");
    let function = rig::function(ssm.url(), &configuration);
    let answer = function.invoke(&paid(&tiun)).await.answer();
    assert_eq!(effect(&answer), "Allow", "{answer}");
    assert_eq!(answer["context"]["products"], "p-live-light");
}

#[tokio::test]
async fn a_missing_parameter_fails_the_init_and_is_named() {
    let (ssm, tiun) = (Ssm::start(), rig::tiun().await);
    let configuration = Configuration::new(&tiun, "");
    let log = failed_start(&rig::function(ssm.url(), &configuration)).await;
    assert!(log.contains(PARAMETER), "{log}");
    assert!(log.contains("does not exist"), "{log}");
    assert_eq!(tiun.counts().requests, 0);
}

#[tokio::test]
async fn a_missing_permission_fails_the_init_and_is_named() {
    let denied = ScriptedSsm::error(
        400,
        "AccessDeniedException",
        "User: arn:aws:sts::123456789012:assumed-role/secret-role is not authorized to perform: ssm:GetParameters",
    );
    let (ssm, tiun) = (ScriptedSsm::start(vec![denied]).await, rig::tiun().await);
    let configuration = Configuration::new(&tiun, "");
    let log = failed_start(&rig::function(ssm.url(), &configuration)).await;
    assert!(
        log.contains(PARAMETER) && log.contains("ssm:GetParameters"),
        "{log}"
    );
    assert!(
        !log.contains("secret-role"),
        "the role's name is repeated: {log}"
    );
}

#[tokio::test]
async fn throttling_is_sat_out() {
    let throttled = || ScriptedSsm::error(400, "ThrottlingException", "Rate exceeded");
    let value = ScriptedSsm::value(PARAMETER, "tiun-live-development-key");
    let ssm = ScriptedSsm::start(vec![throttled(), throttled(), value]).await;
    let tiun = rig::tiun().await;
    let configuration = Configuration::new(&tiun, "");
    let answer = rig::function(ssm.url(), &configuration)
        .invoke(&paid(&tiun))
        .await
        .answer();
    assert_eq!(effect(&answer), "Allow", "{answer}");
}

#[tokio::test]
async fn throttling_without_end_fails_the_init_in_time() {
    let throttled = ScriptedSsm::error(400, "ThrottlingException", "Rate exceeded");
    let (ssm, tiun) = (ScriptedSsm::start(vec![throttled]).await, rig::tiun().await);
    let configuration = Configuration::new(&tiun, "");
    let log = failed_start(&rig::function(ssm.url(), &configuration)).await;
    assert!(
        log.contains(PARAMETER) && log.to_lowercase().contains("throttl"),
        "{log}"
    );
}

/// A key that is rotated at the provider and in SSM while the function runs costs no denial.
#[tokio::test]
async fn a_rotated_key_costs_no_outage() {
    let (ssm, tiun) = (rig::ssm().await, rig::tiun().await);
    let configuration = Configuration::new(&tiun, "");
    let function = rig::function(ssm.url(), &configuration);
    assert_eq!(
        effect(&function.invoke(&paid(&tiun)).await.answer()),
        "Allow"
    );

    ssm.put(PARAMETER, "rotated-key").await;
    tiun.set_keys(["rotated-key"]);
    let answer = function.invoke(&paid(&tiun)).await.answer();
    assert_eq!(effect(&answer), "Allow", "{answer}");
    assert_eq!(
        tiun.counts().wrong_key,
        1,
        "one refusal, one read, one more try"
    );
    assert_eq!(
        effect(&function.invoke(&paid(&tiun)).await.answer()),
        "Allow"
    );
    assert_eq!(tiun.counts().wrong_key, 1);
    assert!(
        !function.log().contains("rotated-key"),
        "the log holds the key"
    );
}

/// Rotated at the provider alone: an outage that says whose fault it is, and ends by itself.
#[tokio::test]
async fn a_wrong_key_is_never_the_users_fault() {
    let (ssm, tiun) = (rig::ssm().await, rig::tiun().await);
    let configuration = Configuration::new(&tiun, "");
    let function = rig::function(ssm.url(), &configuration);
    tiun.set_keys(["rotated-key"]);
    let message = function.invoke(&paid(&tiun)).await.failure();
    assert!(message.contains(PARAMETER), "{message}");
    assert_ne!(message, "Unauthorized");

    ssm.put(PARAMETER, "rotated-key").await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(
        effect(&function.invoke(&paid(&tiun)).await.answer()),
        "Allow"
    );
}

#[tokio::test]
async fn an_old_key_is_read_again_and_outlives_its_parameter() {
    let (ssm, tiun) = (rig::ssm().await, rig::tiun().await);
    let configuration = Configuration::new(&tiun, "      api_key_max_age: 1s\n");
    let function = rig::function(ssm.url(), &configuration);
    assert_eq!(
        effect(&function.invoke(&paid(&tiun)).await.answer()),
        "Allow"
    );

    tiun.set_keys(["tiun-live-development-key", "second-key"]);
    ssm.put(PARAMETER, "second-key").await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(
        effect(&function.invoke(&paid(&tiun)).await.answer()),
        "Allow"
    );
    tiun.set_keys(["second-key"]);
    assert_eq!(
        effect(&function.invoke(&paid(&tiun)).await.answer()),
        "Allow"
    );
    assert_eq!(
        tiun.counts().wrong_key,
        0,
        "the second key was read by age, before a refusal"
    );

    // The parameter is gone: the last good key goes on.
    ssm.delete(PARAMETER).await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(
        effect(&function.invoke(&paid(&tiun)).await.answer()),
        "Allow"
    );
}

#[tokio::test]
async fn a_broken_configuration_or_policy_fails_the_init_with_its_place() {
    let (ssm, tiun) = (rig::ssm().await, rig::tiun().await);
    let configuration = Configuration::new(&tiun, "      api_kee: ssm:/x\n");
    let log = failed_start(&rig::function(ssm.url(), &configuration)).await;
    assert!(
        log.contains("authorizer.yaml") && log.contains("api_kee") && log.contains("line 6"),
        "{log}"
    );

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("access.policy"),
        "route /a is public\nrout /b is public\n",
    )
    .unwrap();
    let configuration = Configuration::new(&tiun, "");
    let log = failed_start(&rig::function_with(
        ssm.url(),
        &configuration,
        folder.path(),
    ))
    .await;
    assert!(log.contains("access.policy:2:1"), "{log}");

    std::fs::write(
        folder.path().join("access.policy"),
        "route /a requires product p-test-pro\n",
    )
    .unwrap();
    let log = failed_start(&rig::function_with(
        ssm.url(),
        &configuration,
        folder.path(),
    ))
    .await;
    assert!(
        log.contains("access.policy:1:") && log.contains("p-test-pro"),
        "{log}"
    );
}
