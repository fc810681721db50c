//! The way of an event to its end: whom an error tells to sign in, by which time and policy it is
//! decided, what an answer says of its own request, what is recorded.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::time::Instant;
use tollgate_gateway::{AuthorizeError, Authorizer, Files, Invocation, Sink};
use tollgate_identity::sources::Sources;

const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main/";
const POLICY: &str = "\
route GET /open   is public
route GET /signed requires user
route $connect    requires user
route field *     requires user
";

/// Nobody signs in: no provider is asked.
fn files(policy: &str, more: &str) -> Files {
    let providers = "providers: [{ tiun: { environment: live, api_key: env:KEY } }]";
    Files {
        policies: vec![("access.policy".to_owned(), policy.as_bytes().to_vec())],
        settings: (
            "authorizer.yaml".to_owned(),
            format!("{providers}\n{more}\n"),
        ),
    }
}

fn sources() -> Sources {
    Sources::system().with_variables(|_| Some("tiun-live-key".to_owned()))
}

async fn start(policy: &str, more: &str) -> Authorizer {
    let started = Authorizer::start(&files(policy, more), &sources()).await;
    started.unwrap()
}

/// A REST API's event, an HTTP API's of both formats, and those of a WebSocket and an AppSync API.
fn events(call: &str) -> [(&'static str, Value); 6] {
    let arn = format!("{ARN}{call}");
    let request = json!({ "apiId": "a", "queryString": "{ me { id } }", "variables": {} });
    [
        ("TOKEN", json!({ "type": "TOKEN", "methodArn": arn })),
        ("REST", json!({ "type": "REQUEST", "methodArn": arn })),
        (
            "1.0",
            json!({ "type": "REQUEST", "version": "1.0", "methodArn": arn }),
        ),
        (
            "2.0",
            json!({ "type": "REQUEST", "version": "2.0", "routeArn": arn }),
        ),
        (
            "WebSocket",
            json!({
                "type": "REQUEST", "methodArn": format!("{ARN}$connect"),
                "requestContext": { "eventType": "CONNECT" },
            }),
        ),
        (
            "AppSync",
            json!({ "authorizationToken": "", "requestContext": request }),
        ),
    ]
}

fn rest(call: &str) -> Value {
    json!({ "type": "REQUEST", "methodArn": format!("{ARN}{call}") })
}

async fn sent(authorizer: &Authorizer, event: &Value) -> Value {
    let answer = authorizer.authorize(event, Invocation::new("d-1")).await;
    serde_json::to_value(answer.unwrap()).unwrap()
}

async fn allows(authorizer: &Authorizer, call: &str) -> bool {
    let event = rest(call);
    let answer = authorizer.authorize(&event, Invocation::new("d-1")).await;
    answer.unwrap().allows()
}

/// The error is the way to a 401 for REST and WebSocket APIs. HTTP APIs document none, and AppSync
/// makes one of a denial.
#[tokio::test]
async fn who_must_sign_in_is_told_so_by_an_error_where_that_makes_a_401() {
    for (http, with_error) in [
        ("deny", "TOKEN REST WebSocket"),
        ("error", "TOKEN REST 1.0 2.0 WebSocket"),
    ] {
        let settings = format!("answers: {{ http_unauthorized: {http} }}");
        let authorizer = start(POLICY, &settings).await;
        let mut told = Vec::new();
        for (kind, event) in events("GET/signed") {
            match authorizer.authorize(&event, Invocation::new("d-1")).await {
                Ok(answer) => {
                    assert!(!answer.allows(), "{kind}");
                    assert_eq!(answer.context().reason, "login_required", "{kind}");
                }
                Err(error) => {
                    assert_eq!(error, AuthorizeError::Unauthorized, "{kind}");
                    told.push(kind);
                }
            }
        }
        assert_eq!(told.join(" "), with_error);
        // Any other denial is none of those.
        assert!(!allows(&authorizer, "GET/nowhere").await);
    }
}

/// What is kept says why it denies what it denies; with a request that is denied for something else,
/// only that both are.
#[tokio::test]
async fn the_reason_in_an_answer_is_true_of_its_own_request_too() {
    let authorizer = start(POLICY, "answers: { scope: token }").await;
    for (call, reason) in [
        ("GET/open", "login_required"),
        ("GET/signed", "login_required"),
        ("GET/nowhere", "forbidden"),
    ] {
        let [.., http, _, _, _] = events(call);
        let answer = sent(&authorizer, &http.1).await;
        assert_eq!(answer["context"]["reason"], reason, "{call}");
    }
}

#[tokio::test]
async fn the_request_of_an_answer_is_denied_by_name_and_only_if_it_is_denied() {
    let authorizer = start(POLICY, "answers: { scope: token }").await;
    for (call, denied) in [("GET/open", false), ("GET/nowhere", true)] {
        let answer = sent(&authorizer, &rest(call)).await;
        let statements = answer["policyDocument"]["Statement"].as_array().unwrap();
        let is_own = |statement: &&Value| statement["Resource"] == format!("{ARN}{call}");
        let named: Vec<&Value> = statements.iter().filter(is_own).collect();
        assert_eq!(named.len(), usize::from(denied), "{call}");
        assert!(named.iter().all(|statement| statement["Effect"] == "Deny"));
    }
}

/// Dates on both sides of any time at which this runs.
#[tokio::test]
async fn an_event_is_judged_by_the_time_it_is() {
    let policy = "\
route GET /since requires after 2020-01-01
route GET /until requires before 2020-01-01
";
    let authorizer = start(policy, "").await;
    for (call, allowed) in [("GET/since", true), ("GET/until", false)] {
        assert_eq!(allows(&authorizer, call).await, allowed, "{call}");
    }
}

/// Its products are those of the configuration.
#[tokio::test]
async fn a_policy_that_is_loaded_later_decides() {
    let products = "products: { pro: { live: p-live, sandbox: p-test } }";
    let first = start(POLICY, products).await;
    let text = "route GET /other is public\nroute GET /pro requires product pro\n";
    let policy = files(text, "").policies;
    let second = first.with_policies(&policy).unwrap();
    for (authorizer, call, allowed) in [
        (&first, "GET/open", true),
        (&first, "GET/other", false),
        (&second, "GET/open", false),
        (&second, "GET/other", true),
    ] {
        assert_eq!(allows(authorizer, call).await, allowed, "{call}");
    }
    let version = &second.loaded().version;
    assert_ne!(*version, first.loaded().version);
    let afresh = start(text, products).await;
    assert_eq!(*version, afresh.loaded().version);
}

#[tokio::test]
async fn every_event_leaves_one_record() {
    let written = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&written);
    let sink = Sink::new(move |line| into.lock().unwrap().push(line.to_vec()));
    assert_eq!(format!("{sink:?}"), "Sink");
    let files = files(POLICY, "logs: { user: none }");
    let started = Authorizer::start_recording(&files, &sources(), sink, Instant::now()).await;
    let authorizer = started.unwrap();
    // What explains is let go of.
    assert!(authorizer.loaded().parsed.is_none());
    for (event, outcome, reason) in [
        (rest("GET/open"), "allow", None),
        (rest("GET/nowhere"), "deny", Some("no_route")),
        (rest("GET/signed"), "deny", Some("login_required")),
        (json!({}), "error", Some("UnknownEvent")),
    ] {
        for telling in [false, true] {
            let invocation = Invocation::new("d-1");
            if telling {
                let (_, ruling) = authorizer.authorize_telling(&event, invocation).await;
                assert_eq!(ruling.is_some(), outcome != "error");
            } else {
                let _ = authorizer.authorize(&event, invocation).await;
            }
            let lines = std::mem::take(&mut *written.lock().unwrap());
            assert_eq!(lines.len(), 1, "{outcome}");
            let line: Value = serde_json::from_slice(&lines[0]).unwrap();
            assert_eq!(line["outcome"], outcome);
            assert_eq!(line.get("reason").and_then(Value::as_str), reason);
            assert_eq!(line["policy"], authorizer.loaded().version);
        }
    }
}

/// The function sends an answer first: whoever asked need not wait for a line of the log.
#[tokio::test]
async fn records_wait_until_they_are_written_in_their_order() {
    let written = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&written);
    let sink = Sink::new(move |line| into.lock().unwrap().push(line.to_vec()));
    let files = files(POLICY, "");
    let started = Authorizer::start_recording(&files, &sources(), sink, Instant::now()).await;
    let authorizer = started.unwrap();
    for id in ["d-1", "d-2"] {
        let answer = authorizer
            .answer_first(&rest("GET/open"), Invocation::new(id))
            .await;
        assert!(answer.unwrap().allows());
    }
    let lines = || std::mem::take(&mut *written.lock().unwrap());
    assert!(lines().is_empty());
    authorizer.write_records();
    let ids = lines().into_iter().map(|line| {
        let line: Value = serde_json::from_slice(&line).unwrap();
        line["id"].clone()
    });
    assert_eq!(ids.collect::<Vec<_>>(), ["d-1", "d-2"]);
    authorizer.write_records();
    assert!(lines().is_empty());
}
