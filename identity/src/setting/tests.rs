#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

#[test]
fn a_base_url_is_https_or_this_machine() {
    for url in [
        "https://api.example.com",
        "https://api.example.com:8443/prefix",
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
        ("api.example.com", SettingError::NotAUrl),
        ("https://", SettingError::NotAUrl),
        (" https://api.example.com", SettingError::NotAUrl),
        ("https://api.example.com\n", SettingError::NotAUrl),
        ("https:\\\\api.example.com", SettingError::NotAUrl),
        ("https://äpi.example.com", SettingError::NotAUrl),
        ("https://user:4711@api.example.com", SettingError::UrlParts),
        ("https://user@api.example.com", SettingError::UrlParts),
        ("https://api.example.com?x=1", SettingError::Query),
        ("https://api.example.com#x", SettingError::UrlParts),
        ("http://api.example.com", SettingError::InsecureUrl),
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
fn an_endpoint_may_have_a_query() {
    let url = "https://api.example.com/jwks.json?include=all";
    assert_eq!(url.parse::<EndpointUrl>().unwrap().url().as_str(), url);
    for (url, error) in [
        ("https://user@api.example.com/?x", SettingError::UrlParts),
        ("https://api.example.com/?x#y", SettingError::UrlParts),
        ("http://api.example.com/?x", SettingError::InsecureUrl),
    ] {
        assert_eq!(url.parse::<EndpointUrl>().unwrap_err(), error, "{url}");
    }
}

#[test]
fn a_path_is_put_under_the_prefix() {
    for (base, expected) in [
        ("https://api.example.com", "https://api.example.com/x/y"),
        ("https://api.example.com/", "https://api.example.com/x/y"),
        (
            "https://api.example.com/a//",
            "https://api.example.com/a/x/y",
        ),
    ] {
        assert_eq!(
            base.parse::<BaseUrl>().unwrap().join("/x/y").as_str(),
            expected
        );
    }
}

#[test]
fn a_time_span_is_a_number_and_a_unit() {
    let span =
        |text: &str| TimeSpan::try_from(text.to_owned()).map(|span| span.duration().as_secs());
    assert_eq!(span("1s"), Ok(1));
    assert_eq!(span("5m"), Ok(300));
    assert_eq!(span("24h"), Ok(86_400));
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
        assert_eq!(span(wrong), Err(SettingError::TimeSpan), "{wrong:?}");
    }
}
