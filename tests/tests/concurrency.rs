//! The built function under managed concurrency: events beside each other in one process.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tollgate_local::tiun::{Fault, TiunStandIn};
use tollgate_tests::build;
use tollgate_tests::function::Invoked;
use tollgate_tests::rig::{self, Configuration};
use tollgate_tests::runtime_api::ConcurrentFunction;

const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main/GET";
const TOGETHER: usize = 16;

fn paid(token: &str) -> Value {
    json!({"type": "TOKEN", "methodArn": format!("{ARN}/pro/articles/1"), "authorizationToken": format!("Bearer {token}")})
}

async fn function(
    tiun: &TiunStandIn,
) -> (ConcurrentFunction, tollgate_tests::aws::Ssm, Configuration) {
    let ssm = rig::ssm().await;
    let configuration = Configuration::new(tiun, "");
    let policy = build::root().join("policy").display().to_string();
    let settings = configuration.path().display().to_string();
    let variables = [
        ("TOLLGATE_POLICY", policy.as_str()),
        ("TOLLGATE_CONFIG", &settings),
        ("AWS_ENDPOINT_URL_SSM", ssm.url()),
    ];
    let function = ConcurrentFunction::authorizer(TOGETHER, &variables).await;
    (function, ssm, configuration)
}

fn outcome(invoked: &Invoked) -> &str {
    match invoked {
        Invoked::Answer(answer) => answer["policyDocument"]["Statement"][0]["Effect"]
            .as_str()
            .unwrap(),
        Invoked::Failed(_, message) => message,
    }
}

/// Sends these events at once.
async fn at_once(function: &Arc<ConcurrentFunction>, events: Vec<Value>) -> Vec<String> {
    let calls: Vec<_> = events
        .into_iter()
        .map(|event| {
            let function = Arc::clone(function);
            tokio::spawn(async move { outcome(&function.invoke(&event).await).to_owned() })
        })
        .collect();
    let mut outcomes = Vec::new();
    for call in calls {
        outcomes.push(call.await.unwrap());
    }
    outcomes
}

#[tokio::test]
async fn one_token_in_many_events_at_once_is_one_call() {
    let tiun = rig::tiun().await;
    let (function, _ssm, _configuration) = function(&tiun).await;
    let function = Arc::new(function);
    // Slow enough that all events are under way together.
    tiun.fail(Fault::SlowHead(Duration::from_millis(500)));
    let token = tiun.token("light").unwrap();
    let outcomes = at_once(&function, vec![paid(&token); TOGETHER]).await;
    assert_eq!(outcomes, vec!["Allow"; TOGETHER], "{}", function.log());
    assert_eq!(tiun.counts().requests, 1);
}

/// Nobody's outcome gets to somebody else.
#[tokio::test]
async fn each_event_gets_the_answer_for_its_own_token() {
    let tiun = rig::tiun().await;
    let (function, _ssm, _configuration) = function(&tiun).await;
    let function = Arc::new(function);
    let (mut events, mut expected) = (Vec::new(), Vec::new());
    for number in 0..60 {
        let (user, outcome) = match number % 3 {
            0 => ("light", "Allow"),
            1 => ("free", "Deny"),
            _ => ("signed-out", "Unauthorized"),
        };
        events.push(paid(&tiun.token(user).unwrap()));
        expected.push(outcome);
    }
    let outcomes = at_once(&function, events).await;
    assert_eq!(outcomes, expected, "{}", function.log());
}
