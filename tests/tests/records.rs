//! The record of a decision as the built function writes it: every line JSON, metrics by CloudWatch's
//! rules, and nothing in it that a log must not hold.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::io::{Read as _, Write as _};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tollgate_gateway::record::metric::{self, Metric};
use tollgate_gateway::record::user_hash::UserHash;
use tollgate_identity::secret::Secret;
use tollgate_local::tiun::{Fault, TiunStandIn, development_key};
use tollgate_local::users::Environment;
use tollgate_tests::function::{Invoked, LOG};
use tollgate_tests::request::Request;
use tollgate_tests::rig::{self, Configuration};
use tollgate_tests::runtime_api::{self, ConcurrentFunction};
use tollgate_tests::{build, emf};

const SALT: &str = "a salt of sixteen bytes or more";

/// A function that serves so many events at once and asks the stand-in, with these `logs:`.
async fn function(
    tiun: &TiunStandIn,
    logs: &str,
    concurrency: usize,
) -> (ConcurrentFunction, Configuration) {
    let more = format!("logs: {logs}\n");
    let configuration = Configuration::with_key(tiun, "env:TIUN_KEY", &more);
    let function = start(&configuration, concurrency, None).await;
    (function, configuration)
}

async fn start(
    configuration: &Configuration,
    concurrency: usize,
    level: Option<(&str, &str)>,
) -> ConcurrentFunction {
    let policy = build::root().join("policy").display().to_string();
    let settings = configuration.path().display().to_string();
    let variables = [
        ("TOLLGATE_POLICY", policy.as_str()),
        ("TOLLGATE_CONFIG", &settings),
        ("TIUN_KEY", development_key(Environment::Live)),
        ("LOG_SALT", SALT),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
    ];
    let variables: Vec<_> = variables.into_iter().chain(level).collect();
    ConcurrentFunction::authorizer(concurrency, &variables).await
}

/// The lines with metrics, every line checked, once there are as many decisions.
async fn records(function: &ConcurrentFunction, decisions: usize) -> Vec<Value> {
    let start = Instant::now();
    loop {
        let log = function.log();
        // What is being written now is judged when it is whole.
        let whole = log.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let lines = emf::lines(whole);
        if lines.iter().filter(|line| line["Decisions"] == 1).count() >= decisions {
            return lines;
        }
        assert!(start.elapsed() < LOG, "too few decisions:\n{log}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The log once it holds `text`.
async fn log_with(function: &ConcurrentFunction, text: &str) -> String {
    let start = Instant::now();
    loop {
        let log = function.log();
        if log.contains(text) {
            return log;
        }
        assert!(start.elapsed() < LOG, "no `{text}`:\n{log}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn told<'a>(line: &'a Value, names: &[&str]) -> Vec<&'a str> {
    let text = |name: &&str| line[*name].as_str().unwrap_or_default();
    names.iter().map(text).collect()
}

#[tokio::test]
async fn every_outcome_is_a_line_that_tells_it_and_no_secret() {
    let tiun = rig::tiun().await;
    let (function, _configuration) = function(&tiun, "{ salt: env:LOG_SALT }", 1).await;
    let token = |user| tiun.token(user).unwrap();
    let (light, free, pro) = (token("light"), token("free"), token("pro"));
    let get = |path| Request::get(path).header("X-Header", "header-value");
    let event = |path, token: &str| get(path).query("q", "query-value").bearer(token).rest();

    let allowed = function
        .invoke(&event("/pro/articles/parameter-value", &light))
        .await;
    let denied = function
        .invoke(&event("/pro/reports/parameter-value", &free))
        .await;
    let unknown = function
        .invoke(&get("/account/parameter-value").rest())
        .await;
    let no_event = function.invoke(&json!({"authorizationToken": light})).await;
    tiun.fail(Fault::Status(500));
    let unavailable = function
        .invoke(&event("/pro/articles/parameter-value", &pro))
        .await;
    let statuses = [&allowed, &denied, &unknown, &no_event, &unavailable].map(Invoked::status);
    assert_eq!(statuses, [200, 403, 401, 500, 500]);

    let lines = records(&function, 5).await;
    let names = ["outcome", "reason", "rule", "facts", "provider", "level"];
    let expected = [
        ["allow", "", "route /pro/*", "verified", "tiun", "INFO"],
        [
            "deny",
            "upgrade_required",
            "route /pro/reports/*",
            "verified",
            "tiun",
            "INFO",
        ],
        ["deny", "login_required", "route /account/*", "", "", "INFO"],
        ["error", "UnknownEvent", "", "", "", "ERROR"],
        ["error", "ProviderUnavailable", "", "", "tiun", "ERROR"],
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    for (number, (line, expected)) in lines.iter().zip(expected).enumerate() {
        assert_eq!(told(line, &names), expected, "{line}");
        let id = number.to_string();
        assert_eq!(line["id"], id, "{line}");
        assert_eq!(line["trace"], runtime_api::trace(&id), "{line}");
        assert_eq!(line["scope"], "request", "{line}");
    }
    let hash = UserHash::salted(&Secret::new(SALT)).unwrap();
    assert_eq!(lines[0]["user"], hash.of("u-light"));
    assert_eq!(lines[0]["ColdStarts"], 1);
    assert_eq!(lines[0]["ProviderCalls"], 1);
    assert_eq!(lines[1].get("ColdStarts"), None);
    assert_eq!(lines[4]["ProviderFailures"], 1);
    assert!(lines[4]["cause"].as_str().unwrap().contains("HTTP 500"));

    let log = function.log();
    for secret in [
        light.as_str(),
        &free,
        &pro,
        development_key(Environment::Live),
        SALT,
        "@example.com",
        "u-light",
        "u-free",
        "u-pro",
        "203.0.113.7",
        "parameter-value",
        "header-value",
        "query-value",
    ] {
        assert!(secret.len() > 4, "too short to be looked for");
        assert!(!log.contains(secret), "the log holds `{secret}`:\n{log}");
    }
}

/// The runtime prints whole events at TRACE; that level is not compiled in.
#[tokio::test]
async fn no_level_shows_a_token_or_an_event() {
    let tiun = rig::tiun().await;
    let token = tiun.token("light").unwrap();
    let event = Request::get("/pro/articles/parameter-value")
        .bearer(&token)
        .rest();
    for level in [
        ("RUST_LOG", "trace"),
        ("RUST_LOG", "lambda_runtime=trace,hyper=trace,reqwest=trace"),
        ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
        ("AWS_LAMBDA_LOG_LEVEL", "DEBUG"),
    ] {
        let configuration = Configuration::with_key(&tiun, "env:TIUN_KEY", "");
        let function = start(&configuration, 1, Some(level)).await;
        assert_eq!(function.invoke(&event).await.status(), 200);
        // Not judged line by line: of levels that are not compiled in the subscriber warns in plain words.
        let log = log_with(&function, "\"outcome\":\"allow\"").await;
        // The name of a member stands for the event.
        for secret in [
            token.as_str(),
            development_key(Environment::Live),
            "light@example.com",
            "u-light",
            "parameter-value",
            "methodArn",
            "203.0.113.7",
        ] {
            assert!(
                !log.contains(secret),
                "{level:?}: the log holds `{secret}`:\n{log}"
            );
        }
    }
}

/// Every metric and every set of dimensions that is sent is one of those declared.
#[tokio::test]
async fn what_is_sent_is_declared() {
    let tiun = rig::tiun().await;
    let (function, _configuration) =
        function(&tiun, "{ decisions: none, namespace: Shop }", 1).await;
    let token = tiun.token("light").unwrap();
    let event = Request::get("/pro/articles/1").bearer(&token).rest();
    assert_eq!(function.invoke(&event).await.status(), 200);
    let lines = records(&function, 1).await;
    assert_eq!(lines[0].get("id"), None, "{lines:?}");
    for directive in lines[0]["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
        assert_eq!(directive["Namespace"], "Shop");
        for sent in directive["Metrics"].as_array().unwrap() {
            let metric: &Metric = metric::ALL
                .iter()
                .find(|metric| sent["Name"] == metric.name)
                .unwrap_or_else(|| panic!("{sent} is not declared"));
            assert_eq!(sent["Unit"], metric.unit.as_str());
            for set in directive["Dimensions"].as_array().unwrap() {
                let declared = metric
                    .dimensions
                    .iter()
                    .any(|declared| json!(declared) == *set);
                assert!(declared, "{}: {set}", metric.name);
            }
        }
    }
}

/// With events beside each other the trace is that of the event, where the environment has none, and
/// what was counted is written once.
#[tokio::test]
async fn decisions_beside_each_other_keep_their_traces_and_count_once() {
    const TOGETHER: usize = 8;
    let tiun = rig::tiun().await;
    let (function, _configuration) = function(&tiun, "{}", TOGETHER).await;
    let function = Arc::new(function);
    tiun.fail(Fault::SlowHead(Duration::from_millis(300)));
    let calls: Vec<_> = (0..TOGETHER)
        .map(|_| {
            let (function, token) = (Arc::clone(&function), tiun.token("light").unwrap());
            let event = Request::get("/pro/articles/1").bearer(&token).rest();
            tokio::spawn(async move { function.invoke(&event).await.status() })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), 200);
    }
    let lines = records(&function, TOGETHER).await;
    for line in lines.iter().filter(|line| line.get("id").is_some()) {
        let id = line["id"].as_str().unwrap();
        assert_eq!(line["trace"], runtime_api::trace(id), "{line}");
    }
    let sum = |name: &str| -> u64 { lines.iter().filter_map(|line| line[name].as_u64()).sum() };
    assert_eq!(sum("ProviderCalls"), tiun.counts().requests);
    assert_eq!(sum("FactCacheMisses"), TOGETHER as u64);
    assert_eq!(sum("ColdStarts"), 1);
}

/// The trace would tell a third party which of its calls belong to one request of ours.
#[tokio::test]
async fn a_provider_is_not_told_the_trace() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let url = listen(Arc::clone(&heard)).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("authorizer.yaml");
    let text = format!(
        "providers:\n  - tiun:\n      environment: live\n      base_url: {url}\n      api_key: env:TIUN_KEY\n"
    );
    std::fs::write(&settings, text).unwrap();
    let policy = build::root().join("policy").display().to_string();
    let variables = [
        ("TOLLGATE_POLICY", policy.as_str()),
        ("TOLLGATE_CONFIG", settings.to_str().unwrap()),
        ("TIUN_KEY", "a-key"),
    ];
    let function = ConcurrentFunction::authorizer(1, &variables).await;
    let event = Request::get("/pro/articles/1").bearer("a-token").rest();
    assert_eq!(function.invoke(&event).await.status(), 401);
    let heard = String::from_utf8(heard.lock().unwrap().clone()).unwrap();
    assert!(heard.contains("a-token"), "{heard}");
    let trace = runtime_api::trace("0");
    assert!(!heard.contains(&trace), "{heard}");
    assert!(!heard.to_ascii_lowercase().contains("trace"), "{heard}");
}

/// A server that notes what it hears and knows nobody.
async fn listen(heard: Arc<Mutex<Vec<u8>>>) -> String {
    const NOBODY: &str = r#"{"isAuthenticated":false}"#;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = vec![0; 16 * 1024];
            // Head and body, which may come apart.
            while !heard.lock().unwrap().ends_with(b"}") {
                let read = stream.read(&mut buffer).await.unwrap();
                heard.lock().unwrap().extend_from_slice(&buffer[..read]);
            }
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{NOBODY}",
                NOBODY.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}

/// An answer that nobody takes was decided all the same.
#[test]
fn a_runtime_that_goes_away_leaves_the_record() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let runtime = std::thread::spawn(move || hand_out_one(&listener));
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("authorizer.yaml");
    let text = "providers:\n  - tiun: { environment: live, api_key: env:TIUN_KEY }\n";
    std::fs::write(&settings, text).unwrap();
    std::fs::write(folder.path().join("a.policy"), "route /open is public\n").unwrap();
    let ended = Command::new(build::binary("authorizer"))
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "authorizer")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_REGION", "eu-central-1")
        .env("TOLLGATE_POLICY", folder.path())
        .env("TOLLGATE_CONFIG", settings)
        .env("TIUN_KEY", "a-key")
        .output()
        .unwrap();
    assert!(!ended.status.success());
    let log = String::from_utf8(ended.stdout).unwrap();
    assert!(log.contains("the Lambda runtime is gone"), "{log}");
    assert!(log.contains(r#""outcome":"allow""#), "{log}");
    // Last: of a function that never asks for an event it would not come back.
    runtime.join().unwrap();
}

/// A Runtime API that is gone when its one event is answered.
fn hand_out_one(listener: &std::net::TcpListener) {
    let (mut stream, _) = listener.accept().unwrap();
    let mut buffer = [0; 16 * 1024];
    assert!(stream.read(&mut buffer).unwrap() > 0);
    let event = Request::get("/open").rest().to_string();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 0\r\nLambda-Runtime-Deadline-Ms: 99999999999999\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-central-1:123456789012:function:authorizer\r\n\
         Content-Length: {}\r\n\r\n{event}",
        event.len()
    );
    stream.write_all(answer.as_bytes()).unwrap();
    assert!(stream.read(&mut buffer).unwrap() > 0);
}
