//! Where a secret may be kept: a parameter's versions and labels, members of JSON, files; and
//! a key that is stored here before the provider knows it.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::time::Duration;

use aws_sdk_ssm::config::{BehaviorVersion, Credentials, Region};
use serde_json::{Value, json};
use tollgate_identity::secret_ref::ParameterRef;
use tollgate_identity::ssm::{Parameters, Problem};
use tollgate_local::tiun::{TiunStandIn, development_key};
use tollgate_local::users::Environment;
use tollgate_tests::aws::Ssm;
use tollgate_tests::function::Function;
use tollgate_tests::rig::{self, Configuration, PARAMETER};

/// A parameter whose first version is not the key and whose second, labelled one is; a third
/// holds both in JSON.
async fn ssm() -> Ssm {
    let (ssm, key) = (Ssm::start(), development_key(Environment::Live));
    ssm.put(PARAMETER, "another-key").await;
    ssm.put(PARAMETER, key).await;
    ssm.label(PARAMETER, 2, "live").await;
    let document = json!({"tiun": key, "other": {"keys": ["another-key", key]}});
    ssm.put(PARAMETER, &document.to_string()).await;
    ssm
}

/// The effect of the answer to the `light` user on a page they have paid for.
async fn effect(function: &Function, tiun: &TiunStandIn) -> Value {
    let token = tiun.token("light").unwrap();
    let arn = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main/GET/pro/articles/1";
    let event =
        json!({"type": "TOKEN", "methodArn": arn, "authorizationToken": format!("Bearer {token}")});
    let answer = function.invoke(&event).await.answer();
    answer["policyDocument"]["Statement"][0]["Effect"].clone()
}

#[tokio::test]
async fn each_place_a_key_may_be_kept_in_is_read() {
    let (ssm, tiun) = (ssm().await, rig::tiun().await);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let key = development_key(Environment::Live);
    std::fs::write(&path, format!("{key}\n")).unwrap();
    let document = folder.path().join("keys.json");
    std::fs::write(&document, json!({"tiun": key}).to_string()).unwrap();
    for reference in [
        format!("ssm:{PARAMETER}:2"),
        format!("ssm:{PARAMETER}:live"),
        format!("ssm:{PARAMETER}#tiun"),
        format!("ssm:{PARAMETER}:3#/other/keys/1"),
        format!("file:{}", path.display()),
        format!("file:{}#tiun", document.display()),
    ] {
        let configuration = Configuration::with_key(&tiun, &reference, "");
        let function = rig::function(ssm.url(), &configuration);
        assert_eq!(effect(&function, &tiun).await, "Allow", "{reference}");
        assert!(!function.log().contains(key), "the log holds the key");
    }
    assert_eq!(tiun.counts().wrong_key, 0);
}

#[tokio::test]
async fn what_is_not_there_fails_the_init_and_is_named() {
    let (ssm, tiun) = (ssm().await, rig::tiun().await);
    for (reference, words) in [
        (format!("ssm:{PARAMETER}:9"), "has no such version"),
        (format!("ssm:{PARAMETER}:test"), "has this label"),
        (format!("ssm:{PARAMETER}#missing"), "is not in the JSON"),
        (format!("ssm:{PARAMETER}:2#tiun"), "is not JSON"),
        ("file:/missing/key".to_owned(), "does not exist"),
    ] {
        let configuration = Configuration::with_key(&tiun, &reference, "");
        let function = rig::function(ssm.url(), &configuration);
        let message = function.invoke(&json!({"type": "TOKEN"})).await.failure();
        assert_ne!(message, "Unauthorized");
        let place = reference.split_once(':').unwrap().1;
        // What the process printed last may still be on its way.
        let log = function.log_with(words).await;
        assert!(log.contains(words) && log.contains(place), "{log}");
    }
    assert_eq!(tiun.counts().requests, 0);
}

/// A real SSM API in place of the scripted one of the unit tests.
#[tokio::test]
async fn more_than_ten_parameters_with_versions_and_labels_are_read_at_once() {
    let ssm = ssm().await;
    let mut wanted = Vec::new();
    for n in 0..12 {
        let name = format!("/p{n}");
        ssm.put(&name, &format!("value of {name}")).await;
        wanted.push(name);
    }
    let also = [":1", ":2", ":live", ":9", ":test"];
    wanted.extend(also.map(|selector| format!("{PARAMETER}{selector}")));
    wanted.push("/missing".to_owned());
    let wanted: Vec<ParameterRef> = wanted.iter().map(|name| name.parse().unwrap()).collect();

    let config = aws_sdk_ssm::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(ssm.url())
        .build();
    let parameters = Parameters::new(aws_sdk_ssm::Client::from_conf(config));
    let read = parameters.read(&wanted, Duration::from_secs(10)).await;

    let key = development_key(Environment::Live);
    for parameter in &wanted {
        let name = parameter.to_string();
        let value = match &read[parameter] {
            Ok(secret) => Ok(secret.expose()),
            Err(problem) => Err(problem.clone()),
        };
        let own = format!("value of {name}");
        let expected = match name.strip_prefix(PARAMETER) {
            None if name == "/missing" => Err(Problem::Missing),
            None => Ok(own.as_str()),
            Some(":1") => Ok("another-key"),
            Some(":2" | ":live") => Ok(key),
            Some(_) => Err(Problem::Missing),
        };
        assert_eq!(value, expected, "{name}");
    }
}

/// Stored here first: the key the provider still knows goes on, until it knows the new one.
#[tokio::test]
async fn a_key_stored_before_the_provider_knows_it_costs_no_outage() {
    let (ssm, tiun) = (rig::ssm().await, rig::tiun().await);
    let configuration = Configuration::new(&tiun, "      api_key_max_age: 1s\n");
    let function = rig::function(ssm.url(), &configuration);
    assert_eq!(effect(&function, &tiun).await, "Allow");

    ssm.put(PARAMETER, "new-key").await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(effect(&function, &tiun).await, "Allow");
    assert_eq!(tiun.counts().wrong_key, 1, "the new key, once");
    assert_eq!(effect(&function, &tiun).await, "Allow");
    assert_eq!(tiun.counts().wrong_key, 1, "the old key is used at once");

    tiun.set_keys(["new-key"]);
    assert_eq!(effect(&function, &tiun).await, "Allow");
    assert_eq!(tiun.counts().wrong_key, 2, "the old key, once");
    assert_eq!(effect(&function, &tiun).await, "Allow");
    assert_eq!(tiun.counts().wrong_key, 2);
}
