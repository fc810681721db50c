//! The WebSocket API of `tollgate dev` with a client of somebody else (npm `ws`) and AWS's own client of the
//! management API: `tests/websocket`.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tollgate_tests::build;
use tollgate_tests::process::{Process, free_port};

/// `tollgate dev` with a WebSocket API of a template, and the project's policy.
fn dev(template: &Path, api: &str) -> (Process, String, String) {
    let port = free_port().to_string();
    let mut command = Command::new(build::tollgate());
    command
        .args(["dev", "--port", &port, "--tiun-port", "0", "--api", api])
        .args(["--page-port", "0"])
        .arg("--template")
        .arg(template)
        .arg("--policy")
        .arg(build::root().join("policy"))
        .env_remove("TIUN_ENVIRONMENT");
    let mut process = Process::start(&mut command);
    let greeting = process.wait_for("Ctrl-C ends it", Duration::from_secs(30));
    (process, format!("ws://127.0.0.1:{port}/"), greeting)
}

/// The token that the greeting prints for a user.
fn token<'a>(greeting: &'a str, user: &str) -> &'a str {
    let start = format!("{user} ");
    let mut lines = greeting.lines().map(str::trim_start);
    let line = lines.find(|line| line.starts_with(&start)).unwrap();
    line.split_whitespace().last().unwrap()
}

/// What the client tells of a conversation.
fn conversation(url: &str, token: Option<&str>) -> Value {
    let client = build::websocket().join("client.mjs");
    let output = Command::new("node")
        .arg(client)
        .arg(url)
        .args(token)
        .output();
    let output = output.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn the_connect_rule_of_the_policy_decides_and_messages_are_answered() {
    let template = build::root().join("template.yaml");
    let (mut process, url, greeting) = dev(&template, "WebSocketApi");
    assert_eq!(conversation(&url, None), json!({ "status": 401 }));
    let free = token(&greeting, "free");
    assert_eq!(conversation(&url, Some(free)), json!({ "status": 403 }));
    let told = conversation(&url, Some(token(&greeting, "pro")));
    assert_eq!(
        told.pointer("/answer/user"),
        Some(&json!("u-pro")),
        "{told}"
    );
    assert_eq!(told.pointer("/answer/route"), Some(&json!("$default")));
    assert_eq!(told.pointer("/code"), Some(&json!(1000)));
    assert_eq!(told.pointer("/gone"), Some(&json!(true)));
    let log = process.wait_for("DISCONNECT $disconnect → 1000", Duration::from_secs(10));
    for line in [
        "CONNECT / → 401 unauthorized login_required",
        "CONNECT / → 403 denied upgrade_required",
        "CONNECT / → 101 allowed",
        "MESSAGE $default → 200 open",
    ] {
        assert!(log.contains(line), "no {line:?} in\n{log}");
    }
}

/// A message that no route takes is answered with the connection's identifier.
#[test]
fn the_management_client_of_aws_reaches_a_connection() {
    let template = build::websocket().join("template.yaml");
    let (_process, url, greeting) = dev(&template, "Sockets");
    let told = conversation(&url, Some(token(&greeting, "pro")));
    assert_eq!(
        told.pointer("/answer/message"),
        Some(&json!("Forbidden")),
        "{told}"
    );
    assert_eq!(told.pointer("/pushed"), Some(&json!("from AWS's client")));
    assert_eq!(told.pointer("/source"), Some(&json!("127.0.0.1")));
    assert_eq!(told.pointer("/code"), Some(&json!(1000)));
    assert_eq!(told.pointer("/gone"), Some(&json!(true)));
}
