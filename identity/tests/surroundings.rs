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
/// Set in a child that runs on a developer's machine.
const DEVELOPER: &str = "TOLLGATE_TEST_DEVELOPER";
const IDENTITY: &str = r#"{"isAuthenticated":true,"userInfo":{"userId":"u-ann"}}"#;
const PARAMETER: &str =
    r#"{"Parameters":[{"Name":"/tiun","Type":"SecureString","Value":"key-4711"}]}"#;
const CREDENTIALS: &str = r#"{"AccessKeyId":"AKIDTEST","SecretAccessKey":"secret","Token":"token",
    "Expiration":"2099-01-01T00:00:00Z"}"#;

/// tiun, SSM and where Lambda hands out credentials in one: tells them apart by the path.
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
        false if head.starts_with("GET /credentials ") => (200, CREDENTIALS),
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
    let sources = match std::env::var(DEVELOPER) {
        Ok(_) => Sources::system().of_developer(),
        Err(_) => Sources::system(),
    };
    match Providers::start(&settings, &ExtraRoots::default(), &sources).await {
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
async fn a_function_takes_credentials_from_where_lambda_says_that_they_are() {
    if let Ok(settings) = std::env::var(SETTINGS) {
        return say_what_happens(&settings).await;
    }
    let address = server();
    let said = child(
        "a_function_takes_credentials_from_where_lambda_says_that_they_are",
        &settings("ssm:/tiun", &address),
        &[
            ("AWS_ENDPOINT_URL", &format!("http://{address}")),
            ("AWS_REGION", "eu-central-1"),
            (
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                &format!("http://{address}/credentials"),
            ),
        ],
    );
    assert!(said.starts_with("Identity"), "{said}");
}

#[tokio::test]
async fn a_developer_may_have_it_all_in_a_profile_and_a_function_may_not() {
    if let Ok(settings) = std::env::var(SETTINGS) {
        return say_what_happens(&settings).await;
    }
    let name = "a_developer_may_have_it_all_in_a_profile_and_a_function_may_not";
    let address = server();
    let settings = settings("ssm:/tiun", &address);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let profile = format!(
        "[default]\nregion = eu-central-1\naws_access_key_id = AKIDTEST\n\
         aws_secret_access_key = secret\nendpoint_url = http://{address}\n"
    );
    std::fs::write(&file, profile).unwrap();
    let file = ("AWS_CONFIG_FILE", file.to_str().unwrap());
    let said = child(name, &settings, &[file, (DEVELOPER, "yes")]);
    assert!(said.starts_with("Identity"), "{said}");
    let said = child(name, &settings, &[file]);
    assert!(said.contains("set `AWS_REGION`"), "{said}");
}

#[tokio::test]
async fn a_function_heeds_what_the_sdks_say_of_endpoints() {
    if let Ok(settings) = std::env::var(SETTINGS) {
        return say_what_happens(&settings).await;
    }
    let name = "a_function_heeds_what_the_sdks_say_of_endpoints";
    let address = server();
    let settings = settings("ssm:/tiun", &address);
    let url = format!("http://{address}");
    let account = [
        ("AWS_DEFAULT_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDTEST"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_SSM", &url),
    ];
    let with = |flag: &'static str, value| {
        let variables = [&account[..], &[(flag, value)]].concat();
        child(name, &settings, &variables)
    };
    let said = with("AWS_USE_FIPS_ENDPOINT", "");
    assert!(said.starts_with("Identity"), "{said}");
    // SSM's rules: no address of one's own with either of them.
    let said = with("AWS_USE_FIPS_ENDPOINT", "true");
    assert!(said.contains("FIPS and custom endpoint"), "{said}");
    let said = with("AWS_USE_DUALSTACK_ENDPOINT", "TRUE");
    assert!(said.contains("Dualstack and custom endpoint"), "{said}");
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
    let no_credentials = "no AWS credentials to read parameter `/tiun` with";
    let half = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDTEST"),
    ];
    let said = child(name, &settings, &half);
    assert!(said.contains(no_credentials), "{said}");
    let developer = [("AWS_REGION", "eu-central-1"), (DEVELOPER, "yes")];
    let said = child(name, &settings, &developer);
    assert!(said.contains(no_credentials), "{said}");
    let nobody_there = [
        ("AWS_REGION", "eu-central-1"),
        (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "http://127.0.0.1:1/credentials",
        ),
    ];
    let said = child(name, &settings, &nobody_there);
    let unavailable = "the AWS credentials to read parameter `/tiun` with could not be had";
    assert!(
        said.contains(unavailable) && !said.contains("SSM could not"),
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
