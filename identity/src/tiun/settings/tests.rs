#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use super::*;

fn read(json: &str) -> Result<TiunSettings, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[test]
fn the_least_and_the_most() {
    let least = read(r#"{"environment":"live","api_key":"ssm:/tiun"}"#).unwrap();
    assert_eq!(
        least.environment,
        EnvironmentSetting::Fixed(Environment::Live)
    );
    assert_eq!((least.base_url, least.api_key_max_age), (None, None));

    let most = read(
        r#"{"environment":"env:STAGE","api_key":"env:KEY",
            "base_url":"https://proxy.example/tiun/","api_key_max_age":"90s"}"#,
    )
    .unwrap();
    assert!(
        matches!(most.environment, EnvironmentSetting::Variable(name) if name.as_str() == "STAGE")
    );
    assert_eq!(
        most.api_key_max_age.unwrap().duration(),
        Duration::from_secs(90)
    );
    assert_eq!(
        most.base_url.unwrap().join("/x/y").as_str(),
        "https://proxy.example/tiun/x/y"
    );
}

#[test]
fn what_is_missing_unknown_or_wrong_is_said() {
    for (json, words) in [
        (r#"{"environment":"live"}"#, "missing field `api_key`"),
        (r#"{"api_key":"ssm:/tiun"}"#, "missing field `environment`"),
        (
            r#"{"environment":"live","api_key":"ssm:/t","key":1}"#,
            "unknown field `key`",
        ),
        (
            r#"{"environment":"live","environment":"live","api_key":"ssm:/t"}"#,
            "duplicate field",
        ),
        (
            r#"{"environment":"Live","api_key":"ssm:/t"}"#,
            "write `live`, `sandbox`",
        ),
        (
            r#"{"environment":"","api_key":"ssm:/t"}"#,
            "write `live`, `sandbox`",
        ),
        (
            r#"{"environment":"env:","api_key":"ssm:/t"}"#,
            "write `live`, `sandbox`",
        ),
        (
            r#"{"environment":"live","api_key":"sk_live_4711"}"#,
            "write `ssm:/name`",
        ),
        (
            r#"{"environment":"live","api_key":4711}"#,
            "write `ssm:/name`",
        ),
        (
            r#"{"environment":"live","api_key":"ssm:/t","base_url":"http://x.example"}"#,
            "write `https://`",
        ),
    ] {
        let error = read(json).unwrap_err();
        assert!(
            error.contains(words) && !error.contains("4711"),
            "{json} gave: {error}"
        );
    }
}

#[test]
fn each_environment_has_its_host_and_products() {
    for (environment, host, prefix) in [
        (Environment::Live, "https://api.tiun.live/", "p-live-"),
        (
            Environment::Sandbox,
            "https://api-sandbox.tiun.live/",
            "p-test-",
        ),
    ] {
        assert_eq!(environment.base_url().url().as_str(), host);
        assert_eq!(environment.product_prefix(), prefix);
        assert_eq!(environment.to_string().parse(), Ok(environment));
    }
}
