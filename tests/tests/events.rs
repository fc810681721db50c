//! Every event of `tests/events` through the built function, under a real runtime loop, with its
//! key from a real SSM API and its users from tiun's stand-in.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use tollgate_engine::path::AdmittedPath;
use tollgate_gateway::policy::Loaded;
use tollgate_gateway::{Files, files};
use tollgate_local::tiun::TiunStandIn;
use tollgate_tests::function::Function;
use tollgate_tests::{build, case, rig};

const REST: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main/GET";
const HTTP: &str = "arn:aws:execute-api:eu-central-1:123456789012:f6g7h8i9j0/$default/GET";
/// How the API keys begin that cases about usage plans name as `ssm:/tollgate/usage/TIER`.
const USAGE_KEY: &str = "usage-plan-key-of-";
/// A browser's connect event has its token in the query.
const TOKEN_FROM: &str = "    token_from: [bearer, query token]\n";

fn policy_version(folder: &Path) -> String {
    let policies = files::policies(folder).unwrap();
    Loaded::files(&policies, &std::iter::empty().collect())
        .unwrap()
        .version
}

/// A folder with the policy of the project and what the cases need beside it.
fn policies() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for policy in ["policy/access.policy", "tests/events/beside.policy"] {
        let policy = build::root().join(policy);
        std::fs::copy(&policy, folder.path().join(policy.file_name().unwrap())).unwrap();
    }
    folder
}

/// The event with the token of the user the case is about. A whole event holds that of `light`, so
/// that it can be sent as it is.
fn with_token(event: &Value, user: Option<&str>, tiun: &TiunStandIn) -> Value {
    let Some(user) = user else {
        return event.clone();
    };
    let token = tiun
        .development_token(user)
        .unwrap_or_else(|| panic!("no user `{user}`"));
    let light = tiun.development_token("light").unwrap();
    let text = event
        .to_string()
        .replace(&light, &token)
        .replace("{{token}}", &token);
    serde_json::from_str(&text).unwrap()
}

async fn start() -> (
    TiunStandIn,
    rig::Configuration,
    Function,
    tollgate_tests::aws::Ssm,
) {
    let (ssm, tiun) = (rig::ssm().await, rig::tiun().await);
    let configuration = rig::Configuration::new(&tiun, "");
    let function = rig::function(ssm.url(), &configuration);
    (tiun, configuration, function, ssm)
}

#[tokio::test]
async fn every_event_gets_the_answer_that_stands_beside_it() {
    let (ssm, tiun) = (rig::ssm().await, rig::tiun().await);
    for tier in ["pro", "default"] {
        let key = format!("{USAGE_KEY}{tier}");
        ssm.put(&format!("/tollgate/usage/{tier}"), &key).await;
    }
    let policies = policies();
    let version = policy_version(policies.path());
    let light = tiun.development_token("light").unwrap();
    let cases = case::cases();
    assert!(cases.len() > 100, "only {} cases", cases.len());
    let whole = cases
        .iter()
        .any(|case| case.event.to_string().contains(&light));
    assert!(whole, "the events hold another token than `light`'s");
    // One function for each configuration that a case asks for.
    let mut functions = BTreeMap::new();
    let mut failures = String::new();
    for case in &cases {
        let answers = case.expect.answers.as_ref().map(Value::to_string);
        let (_, function) = functions
            .entry(answers.clone())
            .or_insert_with_key(|answers| {
                let more = format!("{TOKEN_FROM}answers: {}\n", of_request(answers.as_deref()));
                let configuration = rig::Configuration::new(&tiun, &more);
                let function = rig::function_with(ssm.url(), &configuration, policies.path());
                (configuration, function)
            });
        let event = with_token(&case.event, case.expect.user.as_deref(), &tiun);
        let got = function.invoke(&event).await;
        if let Some(problem) = case.expect.compare(&event, &got, &version) {
            let _ = writeln!(failures, "{}: {problem}\n", case.name);
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
    let logs: String = functions
        .values()
        .map(|(_, function)| function.log())
        .collect();
    for user in ["light", "pro", "free", "expired"] {
        let token = tiun.development_token(user).unwrap();
        assert!(
            !logs.contains(&token),
            "the log holds the token of `{user}`"
        );
    }
    assert!(!logs.contains("@example.com"), "the log holds an address");
    for key in ["development-key", USAGE_KEY] {
        assert!(!logs.contains(key), "the log holds a key");
    }
}

#[tokio::test]
async fn every_path_is_judged_as_its_row_says() {
    let (tiun, _configuration, function, _ssm) = start().await;
    let mut failures = String::new();
    for row in case::paths() {
        let path = row.path();
        let admitted = AdmittedPath::admit(&path);
        let segments = admitted
            .as_ref()
            .ok()
            .map(|path| path.segments().map(str::to_owned).collect::<Vec<_>>());
        let well_formed = row.expect != "malformed";
        // Longer than an ARN may be is refused with the event, not with the path.
        if segments.is_some() != well_formed && path.len() <= 400 {
            let _ = writeln!(failures, "{path}: {admitted:?}");
        }
        if row.segments.is_some() && segments != row.segments {
            let _ = writeln!(failures, "{path}: segments {segments:?}");
        }
        if !row.alone {
            for event in events(&path) {
                let got = got(function.invoke(&event).await);
                if got != row.expect.replace("malformed", "malformed_path") {
                    let _ = writeln!(
                        failures,
                        "{path}: {got}, not {}: {}",
                        row.expect, event["type"]
                    );
                }
            }
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
    assert_eq!(
        tiun.counts().requests,
        0,
        "a path alone never asks the provider"
    );
}

/// A visitor's GET of this path, in each kind of event.
fn events(path: &str) -> [Value; 4] {
    let rest = path.strip_prefix('/').unwrap_or(path);
    [
        json!({"type": "TOKEN", "methodArn": format!("{REST}/{rest}"), "authorizationToken": ""}),
        json!({
            "type": "REQUEST", "methodArn": format!("{REST}/{rest}"), "httpMethod": "GET", "path": path,
            "resource": if rest.is_empty() { "/" } else { "/{proxy+}" }, "headers": {}, "requestContext": {},
        }),
        json!({
            "type": "REQUEST", "version": "1.0", "methodArn": format!("{HTTP}/{rest}"), "path": path,
            "httpMethod": "GET", "resource": "$default", "headers": {}, "requestContext": {},
        }),
        json!({
            "type": "REQUEST", "version": "2.0", "routeArn": format!("{HTTP}/{rest}"), "rawPath": path,
            "routeKey": "$default", "requestContext": {"http": {"method": "GET"}},
        }),
    ]
}

fn got(invoked: tollgate_tests::function::Invoked) -> String {
    use tollgate_tests::function::Invoked;
    match invoked {
        Invoked::Failed(_, message) if message == "Unauthorized" => "login_required".to_owned(),
        Invoked::Failed(kind, message) => format!("{kind}: {message}"),
        Invoked::Answer(answer) => {
            match answer["policyDocument"]["Statement"][0]["Effect"].as_str() {
                Some("Allow") => "allowed".to_owned(),
                _ => answer["context"]["reason"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            }
        }
    }
}

/// The runtime prints whole events at TRACE; that level is not compiled in.
#[tokio::test]
async fn no_level_of_logging_shows_a_token() {
    let (ssm, tiun) = (rig::ssm().await, rig::tiun().await);
    let configuration = rig::Configuration::new(&tiun, "");
    let config = configuration.path().display().to_string();
    let token = tiun.token("light").unwrap();
    for level in [("RUST_LOG", "trace"), ("AWS_LAMBDA_LOG_LEVEL", "TRACE")] {
        // The policy is the one built in: only the configuration is named.
        let function = Function::authorizer(&[
            ("AWS_ENDPOINT_URL_SSM", ssm.url()),
            ("TOLLGATE_CONFIG", &config),
            level,
        ]);
        let event = json!({"type": "TOKEN", "methodArn": format!("{REST}/pro/a"), "authorizationToken": format!("Bearer {token}")});
        function.invoke(&event).await.answer();
        let log = function.log_with("decided").await;
        assert!(log.contains("decided"), "{log}");
        assert!(!log.contains(&token), "{level:?}: the log holds the token");
        assert!(
            !log.contains("light@example.com"),
            "{level:?}: the log holds an address"
        );
    }
}

/// The policy that is built in serves without a variable set.
#[tokio::test]
async fn the_built_in_policy_needs_no_files() {
    let ssm = rig::ssm().await;
    let function = Function::authorizer(&[
        ("AWS_ENDPOINT_URL_SSM", ssm.url()),
        ("TIUN_ENVIRONMENT", "live"),
    ]);
    let files = Files::read(&build::root().join("policy"), None).unwrap();
    assert!(!files.policies.is_empty());
    let event =
        json!({"type": "TOKEN", "methodArn": format!("{REST}/health"), "authorizationToken": "x"});
    let answer = function.invoke(&event).await.answer();
    assert_eq!(answer["policyDocument"]["Statement"][0]["Effect"], "Allow");
    let version = policy_version(&build::root().join("policy"));
    assert_eq!(answer["context"]["policy"], version);
}

/// What a case asks for; answers are for the one request unless it says otherwise.
fn of_request(answers: Option<&str>) -> Value {
    let mut answers: Value = serde_json::from_str(answers.unwrap_or("{}")).unwrap();
    if answers.get("scope").is_none() {
        answers["scope"] = "request".into();
    }
    answers
}
