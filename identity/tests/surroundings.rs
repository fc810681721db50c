//! What a provider takes from its process's environment, and what it does not.
//!
//! Each test starts itself again as a child with the environment under test, since a
//! process must not change its own while other threads run.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use std::time::Duration;

use tokio::time::Instant;
use tollgate_engine::Needs;
use tollgate_identity::http::ExtraRoots;
use tollgate_identity::providers::Providers;
use tollgate_identity::sources::Sources;
use tollgate_identity::token_source::TokenSource;

/// Set in a child: the settings to start tiun with.
const SETTINGS: &str = "TOLLGATE_TEST_SETTINGS";
const IDENTITY: &str = r#"{"isAuthenticated":true,"userInfo":{"userId":"u-ann"}}"#;
const PARAMETER: &str =
    r#"{"Parameters":[{"Name":"/tiun","Type":"SecureString","Value":"key-4711"}]}"#;

/// tiun and SSM in one: tells them apart by the path.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap());
        }
    });
    address.to_string()
}

fn answer(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let (status, body) = match head.starts_with("POST /live_api/") {
        true if head.contains("x-tiun-api-key: key-4711\r\n") => (200, IDENTITY),
        true => (401, "{}"),
        false => (200, PARAMETER),
    };
    write!(
        stream,
        "HTTP/1.1 {status} Text\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
}

/// In a child: starts tiun, verifies a token, and says what came of it.
async fn say_what_happens(settings: &str) {
    let settings = [serde_json::from_str(settings).unwrap()];
    match Providers::start(&settings, &ExtraRoots::default(), &Sources::system()).await {
        Ok(providers) => {
            let (bearer, needs) = (TokenSource::Bearer, Needs::default());
            let deadline = Instant::now() + Duration::from_secs(3);
            let verdict = providers
                .verify(&bearer, "a.b.c", &needs, None, deadline)
                .await;
            println!("RESULT {:?}", verdict.outcome);
        }
        Err(error) => println!("RESULT {error}"),
    }
}

/// Runs this test again with these variables and nothing else, and gives what it says.
fn child(test: &str, settings: &str, variables: &[(&str, &str)]) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env_clear()
        // Where a measured run writes what it reached.
        .envs(std::env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE", file)))
        .env("HOME", "/nonexistent")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env(SETTINGS, settings)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let (_, result) = said.split_once("RESULT ").expect("the child says nothing");
    result.lines().next().unwrap().to_owned()
}

fn settings(api_key: &str, address: &str) -> String {
    format!(
        r#"{{"tiun":{{"environment":"live","api_key":"{api_key}","base_url":"http://{address}"}}}}"#
    )
}

#[tokio::test]
async fn ssm_is_found_by_the_environment() {
    if let Ok(settings) = std::env::var(SETTINGS) {
        return say_what_happens(&settings).await;
    }
    let address = server();
    let said = child(
        "ssm_is_found_by_the_environment",
        &settings("ssm:/tiun", &address),
        &[
            ("AWS_ENDPOINT_URL_SSM", &format!("http://{address}")),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDTEST"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ],
    );
    assert!(
        said.starts_with("Identity") && said.contains("u-ann"),
        "{said}"
    );
}

#[tokio::test]
async fn what_ssm_needs_is_said_when_it_is_missing() {
    if let Ok(settings) = std::env::var(SETTINGS) {
        return say_what_happens(&settings).await;
    }
    let name = "what_ssm_needs_is_said_when_it_is_missing";
    let settings = settings("ssm:/tiun", "127.0.0.1:1");
    let said = child(name, &settings, &[]);
    assert!(said.contains("set `AWS_REGION`"), "{said}");
    let said = child(name, &settings, &[("AWS_REGION", "eu-central-1")]);
    assert!(
        said.contains("/tiun") && said.contains("credentials"),
        "{said}"
    );
    let region = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL_SSM", "not a url"),
    ];
    let said = child(name, &settings, &region);
    assert!(said.contains("/tiun"), "{said}");
}

#[tokio::test]
async fn no_proxy_of_the_environment_sees_key_or_token() {
    if let Ok(settings) = std::env::var(SETTINGS) {
        return say_what_happens(&settings).await;
    }
    let (address, proxy) = (server(), "http://127.0.0.1:1");
    let said = child(
        "no_proxy_of_the_environment_sees_key_or_token",
        &settings("env:KEY", &address),
        &[
            ("KEY", "key-4711"),
            ("HTTP_PROXY", proxy),
            ("http_proxy", proxy),
            ("ALL_PROXY", proxy),
            ("all_proxy", proxy),
        ],
    );
    assert!(said.starts_with("Identity"), "{said}");
}
