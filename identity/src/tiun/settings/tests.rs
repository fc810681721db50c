#![allow(clippy::unwrap_used, reason = "tests")]

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
        assert_eq!(environment.base_url().0.as_str(), host);
        assert_eq!(environment.product_prefix(), prefix);
        assert_eq!(environment.to_string().parse(), Ok(environment));
    }
}

#[test]
fn a_base_url_is_https_or_this_machine() {
    for url in [
        "https://api.tiun.live",
        "https://api.tiun.live:8443/prefix",
        "http://localhost:3000",
        "http://LOCALHOST",
        "http://127.0.0.1:3000",
        "http://127.8.9.10",
        "http://[::1]:3000/",
    ] {
        assert!(url.parse::<BaseUrl>().is_ok(), "{url}");
    }
    for (url, error) in [
        ("", SettingError::NotAUrl),
        ("api.tiun.live", SettingError::NotAUrl),
        ("https://", SettingError::NotAUrl),
        (" https://api.tiun.live", SettingError::NotAUrl),
        ("https://api.tiun.live\n", SettingError::NotAUrl),
        ("https:\\\\api.tiun.live", SettingError::NotAUrl),
        ("https://äpi.tiun.live", SettingError::NotAUrl),
        ("https://user:4711@api.tiun.live", SettingError::UrlParts),
        ("https://user@api.tiun.live", SettingError::UrlParts),
        ("https://api.tiun.live?x=1", SettingError::UrlParts),
        ("https://api.tiun.live#x", SettingError::UrlParts),
        ("http://api.tiun.live", SettingError::InsecureUrl),
        ("http://10.0.0.1", SettingError::InsecureUrl),
        ("http://0.0.0.0", SettingError::InsecureUrl),
        ("http://127.0.0.1.example.com", SettingError::InsecureUrl),
        ("http://localhost.example.com", SettingError::InsecureUrl),
        ("http://[::ffff:127.0.0.1]", SettingError::InsecureUrl),
        ("http://[::2]", SettingError::InsecureUrl),
        ("file:///etc/passwd", SettingError::InsecureUrl),
        ("ftp://127.0.0.1", SettingError::InsecureUrl),
    ] {
        assert_eq!(url.parse::<BaseUrl>().unwrap_err(), error, "{url}");
        assert!(!error.to_string().contains("4711"));
    }
}

#[test]
fn an_age_is_a_number_and_a_unit() {
    let age = |text: &str| MaxAge::try_from(text.to_owned()).map(|age| age.duration().as_secs());
    assert_eq!(age("1s"), Ok(1));
    assert_eq!(age("5m"), Ok(300));
    assert_eq!(age("24h"), Ok(86_400));
    for wrong in [
        "",
        "5",
        "m",
        "0s",
        "-5m",
        "+5m",
        "5 m",
        "5M",
        "25h",
        "1.5h",
        "٥m",
        "99999999999999999999s",
        "18446744073709551615h",
    ] {
        assert_eq!(age(wrong), Err(SettingError::MaxAge), "{wrong:?}");
    }
}
