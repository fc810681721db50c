#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::loopback::{Log, Server, ssm_at, ssm_names, ssm_store};

const ENOUGH: Duration = Duration::from_secs(5);
const DOCUMENT: &str = r#"{"tiun":"t-4711","stack":{"server":"s-4711"},"n":4711}"#;

/// Each of these as it is read: the key, or the text of the error.
async fn read(sources: &Sources, references: &[&str]) -> Vec<Result<String, String>> {
    let references: Vec<SecretRef> = references.iter().map(|r| r.parse().unwrap()).collect();
    let wanted: Vec<&SecretRef> = references.iter().collect();
    let read = sources.read(&wanted, ENOUGH).await;
    read.into_iter()
        .map(|one| match one {
            Ok(secret) => Ok(secret.expose().to_owned()),
            Err(error) => Err(error.to_string()),
        })
        .collect()
}

#[tokio::test]
async fn members_of_one_parameter_are_read_in_one_call_from_everywhere_in_order() {
    let server = Server::start(|_, request| {
        ssm_store(request, |name| match name {
            "/all" | "/all:live" => Some(DOCUMENT.to_owned()),
            "/plain" => Some("plain\n".to_owned()),
            _ => None,
        })
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    std::fs::write(&path, DOCUMENT).unwrap();
    let in_file = |member: &str| format!("file:{}{member}", path.display());
    let sources = Sources::system()
        .with_parameters(ssm_at(&server))
        .with_variables(|name| (name == "KEYS").then(|| DOCUMENT.to_owned()));
    let read = read(
        &sources,
        &[
            "ssm:/all#/stack/server",
            "env:KEYS#tiun",
            "ssm:/all#tiun",
            &in_file("#/stack/server"),
            "ssm:/plain",
            "ssm:/all:live#tiun",
            &in_file("#tiun"),
        ],
    )
    .await;
    let expected = [
        "s-4711", "t-4711", "t-4711", "s-4711", "plain", "t-4711", "t-4711",
    ];
    assert_eq!(read, expected.map(|key| Ok(key.to_owned())));
    let mut calls: Vec<_> = server.requests().iter().map(ssm_names).collect();
    calls.sort(); // they go out at the same time
    assert_eq!(calls, [vec!["/all", "/plain"], vec!["/all:live"]]);
}

#[tokio::test]
async fn what_is_wrong_names_the_reference_and_never_the_value() {
    let server = Server::start(|_, request| {
        ssm_store(request, |name| match name {
            "/all" => Some(DOCUMENT.to_owned()),
            "/plain" => Some("ke\ny-4711".to_owned()),
            "/empty" => Some(" \n".to_owned()),
            "/umlaut" => Some("schlüssel-4711".to_owned()),
            _ => None,
        })
    })
    .await;
    let sources = Sources::system()
        .with_parameters(ssm_at(&server))
        .with_variables(|name| (name == "KEYS").then(|| DOCUMENT.to_owned()));
    let log = Log::start();
    for (reference, words) in [
        ("ssm:/missing", "parameter `/missing` does not exist"),
        ("ssm:/all:9#tiun", "parameter `/all:9` does not exist"),
        ("ssm:/all#other", "`ssm:/all#other` is not in the JSON"),
        ("ssm:/all#n", "`ssm:/all#n` is not a JSON string"),
        ("ssm:/all#/stack", "`ssm:/all#/stack` is not a JSON string"),
        ("ssm:/plain#tiun", "`ssm:/plain#tiun` is not JSON"),
        ("ssm:/plain", "`ssm:/plain` holds a line break"),
        ("ssm:/umlaut", "`ssm:/umlaut` holds a line break"),
        ("ssm:/empty", "`ssm:/empty` is empty"),
        ("env:KEYS#x", "`env:KEYS#x` is not in the JSON"),
        ("env:NONE", "environment variable `NONE` is not set"),
        ("file:/nowhere/key", "file `/nowhere/key` does not exist"),
    ] {
        let read = read(&sources, &[reference]).await;
        let [Err(error)] = read.as_slice() else {
            unreachable!("{read:?}")
        };
        assert!(error.starts_with(words), "{error}");
        assert!(!error.contains("4711"), "{error}");
    }
    assert!(!log.ours().contains("4711"), "{}", log.ours());
}

#[tokio::test]
async fn no_account_is_needed_without_parameters() {
    let sources = Sources::system().with_variables(|_| Some("key".to_owned()));
    assert_eq!(read(&sources, &["env:KEY"]).await, [Ok("key".to_owned())]);
    assert!(sources.parameters.get().is_none(), "SSM was touched");
}
