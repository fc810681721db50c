//! What the object says at each stage.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};
use tollgate_gateway::{Authorizer, Files, Invocation};
use tollgate_identity::sources::Sources;
use tollgate_local::gateway::Approach;

use super::object;

const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:local00000/main/GET/pro/1";

async fn authorizer() -> Authorizer {
    let settings = "providers: [{ tiun: { environment: live, api_key: env:KEY } }]\n";
    let files = Files {
        policies: vec![(
            "access.policy".to_owned(),
            b"route /pro/* requires product p-1\n".to_vec(),
        )],
        settings: ("authorizer.yaml".to_owned(), settings.to_owned()),
    };
    let sources = Sources::system().with_variables(|_| Some("tiun-live-key".to_owned()));
    Authorizer::start(&files, &sources).await.unwrap()
}

fn event(arn: &str, headers: &Value) -> Value {
    json!({ "type": "REQUEST", "methodArn": arn, "headers": headers })
}

fn approach(event: Option<Value>) -> Approach {
    Approach {
        api: "RestApi".to_owned(),
        route: Some("ANY /{proxy+}".to_owned()),
        path: "/pro/1".to_owned(),
        arn: ARN.to_owned(),
        authorizer: Some("Tollgate".to_owned()),
        event,
        stopped: None,
        admitted: true,
        shown: Some(json!({ "type": "REQUEST" })),
    }
}

#[tokio::test]
async fn every_stage_of_a_visitor_is_told() {
    let authorizer = authorizer().await;
    let event = event(ARN, &json!({}));
    let invocation = Invocation::new("7f2c");
    let inspection = authorizer.inspect(&event, invocation, None, None).await;
    let told = object(
        "GET /pro/1",
        &approach(Some(event.clone())),
        Some(&inspection),
    );
    assert_eq!(told["admission"], json!({ "ok": true, "message": null }));
    assert_eq!(told["route"]["authorizer"], "Tollgate");
    assert_eq!(told["event"], json!({ "type": "REQUEST" }));
    assert_eq!(told["token"]["outcome"], "visitor");
    assert_eq!(
        told["facts"],
        json!([{ "fact": "product p-1", "value": "false" }])
    );
    let decision = &told["decision"];
    assert_eq!(decision["outcome"], "denied");
    assert_eq!(decision["reason"], "login_required");
    let explanation = &decision["explanation"];
    assert_eq!(explanation["asker"], "visitor");
    assert_eq!(explanation["decided_by"]["rule"], "route /pro/*");
    assert_eq!(told["answer"]["error"], "Unauthorized");
    assert_eq!(told["policy_version"], authorizer.loaded().version);
}

#[tokio::test]
async fn what_the_policy_finds_malformed_is_a_matter_of_admission() {
    let authorizer = authorizer().await;
    let event = event(&format!("{ARN}/%2e%2e/x"), &json!({}));
    let invocation = Invocation::new("7f2c");
    let inspection = authorizer.inspect(&event, invocation, None, None).await;
    let told = object(
        "GET /pro/1",
        &approach(Some(event.clone())),
        Some(&inspection),
    );
    assert_eq!(told["admission"]["ok"], false);
    assert_eq!(told["admission"]["message"], told["decision"]["message"]);
    assert_eq!(told["decision"]["reason"], "malformed_path");
}

#[test]
fn a_request_that_nobody_is_asked_about_says_why() {
    let stopped = Approach {
        stopped: Some("the identity source is missing: header authorization".to_owned()),
        shown: None,
        ..approach(None)
    };
    let told = object("GET /pro/1", &stopped, None);
    assert_eq!(
        told["token"]["message"],
        "the identity source is missing: header authorization"
    );
    assert_eq!(
        (&told["decision"], &told["event"]),
        (&Value::Null, &Value::Null)
    );
    let refused = Approach {
        stopped: Some("the URL is longer than 10240 bytes".to_owned()),
        ..Approach::default()
    };
    let told = object("GET /", &refused, None);
    let admission = json!({ "ok": false, "message": "the URL is longer than 10240 bytes" });
    assert_eq!(
        (&told["admission"], &told["route"]),
        (&admission, &Value::Null)
    );
}
