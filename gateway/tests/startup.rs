//! What stops the boot: nothing is answered without all that an authorizer is made of.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use tokio::time::Instant;
use tollgate_gateway::{Authorizer, Files, Sink};
use tollgate_identity::sources::Sources;

/// Why an authorizer with this key, these settings and this policy does not start.
async fn error(key: Option<&str>, settings: &str, policy: &str) -> String {
    let key = key.map(str::to_owned);
    let sources = Sources::system().with_variables(move |_| key.clone());
    let files = Files {
        policies: vec![("access.policy".to_owned(), policy.as_bytes().to_vec())],
        settings: ("authorizer.yaml".to_owned(), settings.to_owned()),
    };
    let started = Authorizer::start(&files, &sources).await;
    let error = started.map(|_| ()).unwrap_err().to_string();
    let recording =
        Authorizer::start_recording(&files, &sources, Sink::new(|_| {}), Instant::now());
    assert_eq!(recording.await.map(|_| ()).unwrap_err().to_string(), error);
    error
}

const PROVIDERS: &str = "providers: [{ tiun: { environment: live, api_key: env:KEY } }]\n";
const KEY: Option<&str> = Some("tiun-live-key");
const POLICY: &str = "route /x is public\n";

#[tokio::test]
async fn each_part_that_is_missing_or_wrong_is_named() {
    for (key, settings, policy, words) in [
        (KEY, "", POLICY, "authorizer.yaml: "),
        (
            None,
            PROVIDERS,
            POLICY,
            "environment variable `KEY` is not set",
        ),
        (KEY, PROVIDERS, "", "the policy cannot be used:\n"),
        (KEY, PROVIDERS, "router\n", "access.policy:1"),
    ] {
        let error = error(key, settings, policy).await;
        assert!(error.contains(words), "{error}");
    }
}

/// Started without them, every call to a provider behind a private CA would fail later.
#[tokio::test]
async fn extra_roots_are_read_or_the_boot_stops() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roots.pem");
    let settings = |path: &Path| format!("{PROVIDERS}extra_roots: {}\n", path.display());
    let missing = error(KEY, &settings(&file), POLICY).await;
    assert!(missing.contains("roots.pem` cannot be read"), "{missing}");
    fs::write(&file, "no certificate\n").unwrap();
    let odd = error(KEY, &settings(&file), POLICY).await;
    assert!(odd.contains("extra_roots: `"), "{odd}");
    assert!(!odd.contains("cannot be read"), "{odd}");
}
