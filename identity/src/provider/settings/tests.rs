#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};

use super::*;

fn read(written: &Value) -> Result<ProviderSettings, String> {
    serde_json::from_value(written.clone()).map_err(|error| error.to_string())
}

fn tiun() -> Value {
    json!({"environment": "live", "api_key": "ssm:/tiun"})
}

fn authgate() -> Value {
    json!({"url": "https://auth.example", "api_key": "ssm:/authgate"})
}

fn oidc(issuer: &str) -> Value {
    json!({"issuer": issuer, "audience": "api", "algorithms": ["ES256"]})
}

fn introspection() -> Value {
    json!({
        "url": "https://id.example/introspect", "client_id": "tollgate",
        "client_secret": "ssm:/introspection", "audience": "api",
    })
}

fn neon(host: &str) -> Value {
    json!({"url": format!("https://{host}/neondb/auth")})
}

/// tiun's entry with these members beside it.
fn entry(members: &Value) -> Value {
    let mut entry = json!({"tiun": tiun()});
    let members = members.as_object().unwrap().clone();
    entry.as_object_mut().unwrap().extend(members);
    entry
}

#[test]
fn each_kind_has_its_name_place_secrets_and_issuers() {
    let bearer = || vec![TokenSource::Bearer];
    let stack_header = || vec![TokenSource::Header("x-stack-access-token".to_owned())];
    let stack = "https://api.stack-auth.com/api/v1/projects/p";
    let shared = json!({
        "issuer": "https://a.example", "audience": "api", "algorithms": ["HS256"],
        "keys": {"secret": "env:S"},
    });
    let (local, keyed) = (
        "env:LOCAL",
        json!({"project": "p", "secret_server_key": "env:S"}),
    );
    let mut both = authgate();
    both["local_hs256_secret"] = local.into();
    for (kind, settings, token_from, secrets, issuer) in [
        ("tiun", tiun(), bearer(), vec!["tiun: api_key"], None),
        (
            "authgate",
            authgate(),
            bearer(),
            vec!["authgate: api_key"],
            Some("authgate"),
        ),
        (
            "authgate",
            both,
            bearer(),
            vec!["authgate: api_key", "authgate: local_hs256_secret"],
            Some("authgate"),
        ),
        (
            "stack_auth",
            json!({"project": "p"}),
            stack_header(),
            vec![],
            Some(stack),
        ),
        (
            "stack_auth",
            keyed,
            stack_header(),
            vec!["stack_auth: secret_server_key"],
            Some(stack),
        ),
        (
            "neon_auth",
            neon("a.example"),
            bearer(),
            vec![],
            Some("https://a.example"),
        ),
        (
            "neon_auth",
            json!({"stack_project": "p"}),
            bearer(),
            vec![],
            Some(stack),
        ),
        (
            "oidc",
            oidc("https://a.example"),
            bearer(),
            vec![],
            Some("https://a.example"),
        ),
        (
            "oidc",
            shared,
            bearer(),
            vec!["oidc: keys: secret"],
            Some("https://a.example"),
        ),
        (
            "introspection",
            introspection(),
            bearer(),
            vec!["introspection: client_secret"],
            None,
        ),
    ] {
        let provider = read(&json!({kind: settings})).unwrap();
        assert_eq!((provider.name.as_str(), provider.kind.name()), (kind, kind));
        assert_eq!(provider.token_from, token_from, "{kind}");
        let wanted: Vec<_> = provider
            .secrets()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(wanted, secrets, "{kind}");
        match (provider.issuers(), issuer) {
            (None, None) => {}
            (Some(issuers), Some(issuer)) => {
                assert!(issuers.contains(&issuer.to_owned()), "{kind}: {issuers:?}");
            }
            (issuers, _) => assert_eq!(issuers, None, "{kind}"),
        }
    }
}

#[test]
fn an_entry_that_cannot_be_used_says_why() {
    use ProviderSettingsError as E;
    let bearer = TokenSource::Bearer;
    let long = "a".repeat(33);
    for (written, error) in [
        (json!({}), E::Kind),
        (json!({"name": "tiun"}), E::Kind),
        (json!({"tiun": null}), E::Kind),
        (json!({"tiun": tiun(), "authgate": authgate()}), E::Kind),
        (entry(&json!({"oidc": oidc("https://a.example")})), E::Kind),
        (entry(&json!({"name": ""})), E::Name),
        (entry(&json!({"name": "Tiun"})), E::Name),
        (entry(&json!({"name": "a b"})), E::Name),
        (entry(&json!({"name": "ä"})), E::Name),
        (entry(&json!({"name": long})), E::Name),
        (entry(&json!({"token_from": []})), E::NoTokenSource),
        (
            entry(&json!({"token_from": ["bearer", "bearer"]})),
            E::TokenSourceTwice(bearer),
        ),
        (
            entry(&json!({"token_from": ["header X-A", "query x", "header x-a"]})),
            E::TokenSourceTwice(TokenSource::Header("x-a".to_owned())),
        ),
        (entry(&json!({"cache_for": "0s"})), E::CacheFor),
        (entry(&json!({"cache_for": "25h"})), E::CacheFor),
        (entry(&json!({"cache_for": "never"})), E::CacheFor),
        (entry(&json!({"cache_for": "OFF"})), E::CacheFor),
        (
            entry(&json!({"when_unavailable": "allow"})),
            E::WhenUnavailable,
        ),
        (
            entry(&json!({"when_unavailable": "last_known_for"})),
            E::WhenUnavailable,
        ),
        (
            entry(&json!({"when_unavailable": "last_known_for 0s"})),
            E::WhenUnavailable,
        ),
        (
            entry(&json!({"when_unavailable": "last_known_for  5m"})),
            E::WhenUnavailable,
        ),
        (
            entry(&json!({"when_unavailable": "last_known_for 5m 3s"})),
            E::WhenUnavailable,
        ),
        (entry(&json!({"when_unavailable": ""})), E::WhenUnavailable),
    ] {
        assert_eq!(read(&written), Err(error.to_string()), "{written}");
    }
    for (written, words) in [
        (entry(&json!({"cache": "5m"})), "unknown field `cache`"),
        (
            entry(&json!({"token_from": ["body x"]})),
            "a token is taken from `bearer`",
        ),
        (entry(&json!({"token_from": "bearer"})), "invalid type"),
        (json!({"okta": {}}), "unknown field `okta`"),
        (
            json!({"oidc": {"issuer": "https://a.example"}}),
            "oidc: `audience` is missing",
        ),
    ] {
        let error = read(&written).unwrap_err();
        assert!(error.contains(words), "{written} gave: {error}");
    }
}

#[test]
fn the_messages_say_what_to_do() {
    use ProviderSettingsError as E;
    let cookie = || TokenSource::Cookie("session".to_owned());
    for (error, words) in [
        (
            E::Kind,
            "`tiun`, `authgate`, `stack_auth`, `neon_auth`, `oidc` or `introspection`",
        ),
        (E::Name, "1 to 32 lower-case letters, digits, `-` and `_`"),
        (E::NoTokenSource, "as in `[bearer]`"),
        (
            E::TokenSourceTwice(cookie()),
            "`token_from` has `cookie session` twice",
        ),
        (E::CacheFor, "as in `30s`, or `off`"),
        (E::WhenUnavailable, "`last_known_for 5m`"),
        (E::NameTwice("a".into()), "two providers are called `a`"),
        (
            E::NotToldApart(cookie(), "a".into(), "b".into()),
            "`a` and `b` both take tokens from `cookie session`",
        ),
    ] {
        let message = error.to_string();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn how_long_facts_are_kept() {
    let minutes = Duration::from_mins;
    for (members, fresh, last_known) in [
        (json!({}), DEFAULT_CACHE, None),
        (json!({"cache_for": "off"}), Duration::ZERO, None),
        (json!({"cache_for": "1s"}), Duration::from_secs(1), None),
        (json!({"cache_for": "24h"}), Duration::from_hours(24), None),
        (json!({"when_unavailable": "fail"}), DEFAULT_CACHE, None),
        (
            json!({"when_unavailable": "last_known_for 5m"}),
            DEFAULT_CACHE,
            Some(minutes(5)),
        ),
        (
            json!({"cache_for": "off", "when_unavailable": "last_known_for 2m"}),
            Duration::ZERO,
            Some(minutes(2)),
        ),
    ] {
        let keep = read(&entry(&members)).unwrap().keep();
        let whole = Some(minutes(5));
        assert_eq!(
            keep,
            Keep {
                fresh,
                whole,
                last_known
            },
            "{members}"
        );
    }
    // Whose tokens say themselves how long they live.
    for (kind, settings, whole) in [
        ("tiun", tiun(), Some(minutes(5))),
        ("authgate", authgate(), Some(minutes(5))),
        ("stack_auth", json!({"project": "p"}), None),
        ("neon_auth", neon("a.example"), None),
        ("oidc", oidc("https://a.example"), None),
        ("introspection", introspection(), None),
    ] {
        let provider = read(&json!({kind: settings})).unwrap();
        assert_eq!(provider.keep().whole, whole, "{kind}");
    }
}

/// What is wrong with these entries together.
fn together(entries: &[Value]) -> Option<String> {
    let providers: Vec<_> = entries.iter().map(|entry| read(entry).unwrap()).collect();
    ProviderSettings::check_together(&providers)
        .err()
        .map(|error| error.to_string())
}

#[test]
fn tokens_of_providers_must_be_told_apart() {
    let tiun = || entry(&json!({}));
    let a = || json!({"oidc": oidc("https://a.example"), "name": "a"});
    let b = || json!({"oidc": oidc("https://b.example"), "name": "b"});
    let same = || json!({"oidc": oidc("https://a.example"), "name": "same"});
    let any = || {
        let mut settings = oidc("https://a.example");
        settings.as_object_mut().unwrap().remove("issuer");
        settings["unchecked"] = json!(["issuer"]);
        settings["keys"] = json!({"url": "https://a.example/jwks"});
        json!({"oidc": settings, "name": "any"})
    };
    let asked = || json!({"introspection": introspection()});
    let stack = |name: &str| json!({"stack_auth": {"project": "p"}, "name": name, "token_from": ["bearer"]});
    let legacy = || json!({"neon_auth": {"stack_project": "p"}});
    let at = |mut entry: Value, source: &str| {
        entry["token_from"] = json!([source]);
        entry
    };
    let alike = |one: &str, other: &str| {
        let (one, other) = (one.to_owned(), other.to_owned());
        Some(ProviderSettingsError::NotToldApart(TokenSource::Bearer, one, other).to_string())
    };
    for (entries, error) in [
        (vec![], None),
        (vec![tiun()], None),
        (vec![tiun(), a()], None),
        (vec![a(), b(), tiun()], None),
        (
            vec![
                a(),
                json!({"authgate": authgate()}),
                json!({"neon_auth": neon("n.example")}),
            ],
            None,
        ),
        (vec![a(), same()], alike("a", "same")),
        (vec![a(), b(), tiun(), same()], alike("a", "same")),
        (vec![a(), at(same(), "cookie session")], None),
        (vec![tiun(), asked()], alike("tiun", "introspection")),
        (vec![tiun(), at(asked(), "header x-token")], None),
        (vec![tiun(), any()], alike("tiun", "any")),
        (vec![any(), asked()], alike("any", "introspection")),
        (vec![a(), any()], None),
        (vec![stack("s"), legacy()], alike("s", "neon_auth")),
        (
            vec![json!({"neon_auth": neon("a.example"), "name": "n"}), same()],
            alike("n", "same"),
        ),
        (
            vec![tiun(), at(tiun(), "cookie session")],
            Some(ProviderSettingsError::NameTwice("tiun".to_owned()).to_string()),
        ),
    ] {
        assert_eq!(together(&entries), error, "{entries:?}");
    }
    let mut two_places = asked();
    two_places["token_from"] = json!(["header x-token", "bearer"]);
    assert_eq!(
        together(&[tiun(), two_places]),
        alike("tiun", "introspection")
    );
}

#[test]
fn what_goes_unchecked_can_be_told() {
    let audience = Unchecked::Audience;
    let mut any = introspection();
    any.as_object_mut().unwrap().remove("audience");
    any["unchecked"] = json!(["audience"]);
    for (kind, settings, unchecked) in [
        ("introspection", any, vec![audience]),
        ("introspection", introspection(), vec![]),
        ("oidc", oidc("https://a.example"), vec![]),
        ("tiun", tiun(), vec![]),
    ] {
        let provider = read(&json!({kind: settings})).unwrap();
        assert_eq!(provider.unchecked(), unchecked, "{kind}");
    }
}

#[test]
fn tokens_live_as_long_as_somebody_says() {
    let bounded = |life: Option<&str>| {
        let mut settings = oidc("https://id.example.com");
        settings["max_lifetime"] = life.into();
        json!({"oidc": settings})
    };
    let stack_auth = json!({"project": "0f9a3c1e-0000-4000-8000-000000000000"});
    for (entry, seconds, told) in [
        (json!({"tiun": tiun()}), Some(300), false),
        (json!({"stack_auth": stack_auth}), Some(600), true),
        (bounded(Some("2m")), Some(120), true),
        (bounded(None), None, true),
    ] {
        let provider = read(&entry).unwrap();
        let life = provider.token_life();
        assert_eq!(life.map(|life| life.as_secs()), seconds, "{entry}");
        assert_eq!(provider.tells_expiry(), told, "{entry}");
    }
}
