#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use serde_json::{Value, json};
use tollgate_engine::FactKind;

use super::*;

fn read(written: &Value) -> Result<OidcSettings, String> {
    serde_json::from_value(written.clone()).map_err(|error| error.to_string())
}

/// The least, with these members changed; `null` takes one out.
fn least(changes: Value) -> Value {
    let mut written = json!({
        "issuer": "https://a.example", "audience": "api", "algorithms": ["ES256"],
    });
    let Value::Object(changes) = changes else {
        panic!("members are to be changed")
    };
    let members = written.as_object_mut().unwrap();
    members.extend(changes);
    members.retain(|_, value| !value.is_null());
    written
}

#[test]
fn the_least_checks_issuer_audience_and_algorithm() {
    let settings = read(&least(json!({}))).unwrap();
    let rules = Rules {
        issuers: vec!["https://a.example".to_owned()],
        audience: Some(Audience {
            accepted: vec!["api".to_owned()],
            claims: vec!["aud".to_owned()],
        }),
        algorithms: vec![Algorithm::Es256],
        typ: Typ::Any,
        skew: jwt::DEFAULT_SKEW,
        max_lifetime: None,
    };
    assert_eq!(settings.rules(), rules);
    let issuer = "https://a.example".to_owned();
    assert_eq!(settings.key_location(), KeyLocation::Discovery { issuer });
    assert_eq!(settings.unchecked(), []);
    assert_eq!(settings.issuer(), Some("https://a.example"));
    assert!(settings.secrets().is_empty() && settings.requirements().is_empty());
}

#[test]
fn what_does_not_go_together_is_said() {
    use OidcSettingsError as E;
    let file = json!({"file": "keys.json"});
    for (changes, error) in [
        (json!({"issuer": null}), E::NotSet(Unchecked::Issuer)),
        (json!({"audience": null}), E::NotSet(Unchecked::Audience)),
        (
            json!({"algorithms": null}),
            E::NotSet(Unchecked::Algorithms),
        ),
        (
            json!({"audience": null, "unchecked": ["issuer"]}),
            E::SetAndUnchecked(Unchecked::Issuer),
        ),
        (
            json!({"unchecked": ["audience"]}),
            E::SetAndUnchecked(Unchecked::Audience),
        ),
        (
            json!({"unchecked": ["algorithms"]}),
            E::SetAndUnchecked(Unchecked::Algorithms),
        ),
        (json!({"issuer": ""}), E::Empty(Unchecked::Issuer)),
        (json!({"audience": ""}), E::Empty(Unchecked::Audience)),
        (json!({"audience": []}), E::Empty(Unchecked::Audience)),
        (
            json!({"audience": ["api", ""]}),
            E::Empty(Unchecked::Audience),
        ),
        (json!({"algorithms": []}), E::Empty(Unchecked::Algorithms)),
        (
            json!({"issuer": null, "unchecked": ["issuer"]}),
            E::Discovery,
        ),
        (json!({"issuer": "http://go.outseta.com"}), E::Discovery),
        (json!({"issuer": "acme"}), E::Discovery),
        (json!({"issuer": "acme", "keys": "discovery"}), E::Discovery),
        (json!({"algorithms": ["HS256"]}), E::Symmetric),
        (
            json!({"algorithms": ["ES256", "HS256"], "keys": {"secret": "env:S"}}),
            E::Symmetric,
        ),
        (json!({"keys": {"secret": "env:S"}}), E::Symmetric),
        (json!({"algorithms": ["HS512"], "keys": file}), E::Symmetric),
        (
            json!({"algorithms": null, "unchecked": ["algorithms"], "keys": {"secret": "env:S"}}),
            E::Symmetric,
        ),
        (json!({"audience_claims": []}), E::AudienceClaims),
        (json!({"audience_claims": ["aud", ""]}), E::AudienceClaims),
        (
            json!({"preset": "firebase", "issuer": null, "audience": null,
                   "unchecked": ["issuer", "audience"]}),
            E::SharedKeys,
        ),
        (json!({"skew": "301s"}), E::Skew),
        (
            json!({"preset": "supabase", "claims": {"roles": "/user_metadata/roles"}}),
            E::UserWritable("user_metadata"),
        ),
        (
            json!({"preset": "supabase", "claims": {"email": ["user_metadata", "email"]}}),
            E::UserWritable("user_metadata"),
        ),
        (
            json!({"preset": "clerk", "require": [{"claim": "/unsafe_metadata/ok", "is": true}]}),
            E::UserWritable("unsafe_metadata"),
        ),
    ] {
        assert_eq!(
            read(&least(changes.clone())),
            Err(error.to_string()),
            "{changes}"
        );
    }
}

#[test]
fn the_messages_say_what_to_do() {
    use OidcSettingsError as E;
    for (error, words) in [
        (
            E::NotSet(Unchecked::Audience),
            "oidc: `audience` is missing: a token must be checked for it. To go without, say so: \
             `unchecked: [audience]`",
        ),
        (
            E::SetAndUnchecked(Unchecked::Issuer),
            "take one of the two out",
        ),
        (
            E::Empty(Unchecked::Algorithms),
            "`algorithms` is empty, so no token could ever",
        ),
        (
            E::Discovery,
            "`keys: { url: https://… }` or `keys: { file: … }`",
        ),
        (E::Symmetric, "`keys: { secret: ssm:/… }`"),
        (E::AudienceClaims, "`audience_claims` names no claim"),
        (
            E::SharedKeys,
            "one of `issuer` and `audience` must be checked",
        ),
        (E::Skew, "`skew` is more than 5m"),
        (
            E::UserWritable("user_metadata"),
            "users write `user_metadata` themselves",
        ),
    ] {
        let message = error.to_string();
        assert!(
            message.starts_with("oidc: ") && message.contains(words),
            "{message}"
        );
    }
}

#[test]
fn what_is_of_a_wrong_form_is_said() {
    for (changes, words) in [
        (json!({"clientid": "x"}), "unknown field `clientid`"),
        (
            json!({"audience": 4711}),
            "an audience is a text, or a list of texts",
        ),
        (json!({"algorithms": "ES256"}), "invalid type"),
        (json!({"algorithms": ["none"]}), "ES256"),
        (json!({"unchecked": ["expiry"]}), "unknown variant `expiry`"),
        (json!({"preset": "okta"}), "unknown variant `okta`"),
        (json!({"typ": "JWT"}), "unknown variant `JWT`"),
        (
            json!({"keys": {"url": "http://a.example/jwks"}}),
            "write `https://`",
        ),
        (json!({"keys": {"secret": "hunter2"}}), "write `ssm:/name`"),
        (json!({"keys": "none"}), "unknown variant `none`"),
        (json!({"skew": "0s"}), "this is not a time span"),
        (json!({"max_lifetime": 60}), "invalid type"),
        (json!({"claims": {"role": "roles"}}), "unknown field `role`"),
        (
            json!({"claims": {"email": "/a/~2"}}),
            "the way to a claim has",
        ),
        (
            json!({"claims": {"roles": 7}}),
            "a list is named by its claim",
        ),
        (
            json!({"claims": {"roles": {"any": []}}}),
            "`any` names no claim",
        ),
        (
            json!({"require": [{"claim": "x"}]}),
            "one of `is`, `is_not` and `if_present`",
        ),
        (
            json!({"require": [{"claim": "x", "is": 1, "is_not": 2}]}),
            "one of `is`, `is_not` and `if_present`",
        ),
        (
            json!({"require": [{"claim": "x", "is": null}]}),
            "one of `is`, `is_not`",
        ),
    ] {
        let error = read(&least(changes.clone())).unwrap_err();
        assert!(
            error.contains(words) && !error.contains("hunter2"),
            "{changes} gave: {error}"
        );
    }
}

#[test]
fn keys_are_where_the_settings_say_or_the_preset_or_discovery() {
    let url = |url: &str| KeyLocation::Url(url.parse().unwrap());
    let firebase =
        "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";
    let discovery = || KeyLocation::Discovery {
        issuer: "https://a.example".to_owned(),
    };
    for (changes, location) in [
        (json!({"keys": "discovery"}), discovery()),
        (
            json!({"keys": {"url": "https://k.example/k?v=1"}}),
            url("https://k.example/k?v=1"),
        ),
        (
            json!({"keys": {"file": "keys.json"}}),
            KeyLocation::File("keys.json".into()),
        ),
        (
            json!({"preset": "firebase", "algorithms": null}),
            url(firebase),
        ),
        (
            json!({"preset": "firebase", "issuer": "acme"}),
            url(firebase),
        ),
        (
            json!({"preset": "firebase", "keys": "discovery"}),
            discovery(),
        ),
        (
            json!({"preset": "firebase", "keys": {"url": "https://k.example/"}}),
            url("https://k.example/"),
        ),
        (json!({"preset": "auth0"}), discovery()),
        // Without an address to ask, one has to be given.
        (
            json!({"issuer": null, "unchecked": ["issuer"], "keys": {"file": "k"}}),
            KeyLocation::File("k".into()),
        ),
    ] {
        let settings = read(&least(changes.clone())).unwrap();
        assert_eq!(settings.key_location(), location, "{changes}");
    }
}

#[test]
fn a_preset_knows_algorithms_and_audience_and_settings_know_better() {
    use Algorithm as A;
    for (changes, algorithms, audience) in [
        (
            json!({"preset": "cognito", "algorithms": null}),
            vec![A::Rs256],
            vec!["aud", "client_id"],
        ),
        (
            json!({"preset": "clerk", "algorithms": null}),
            vec![A::Rs256],
            vec!["azp"],
        ),
        (
            json!({"preset": "supabase", "algorithms": null}),
            vec![A::Es256, A::Rs256],
            vec!["aud"],
        ),
        (
            json!({"preset": "better_auth", "algorithms": null}),
            vec![A::EdDsa],
            vec!["aud"],
        ),
        (
            json!({"preset": "keycloak", "algorithms": ["PS256"]}),
            vec![A::Ps256],
            vec!["aud"],
        ),
        (
            json!({"preset": "clerk", "audience_claims": ["aud"]}),
            vec![A::Es256],
            vec!["aud"],
        ),
    ] {
        let rules = read(&least(changes.clone())).unwrap().rules();
        assert_eq!(rules.algorithms, algorithms, "{changes}");
        assert_eq!(rules.audience.unwrap().claims, audience, "{changes}");
    }
    let any = json!({"algorithms": null, "preset": "cognito", "unchecked": ["algorithms"]});
    let any = read(&least(any)).unwrap().rules().algorithms;
    assert!(any.len() > 1 && !any.iter().any(|algorithm| algorithm.is_symmetric()));
}

#[test]
fn a_shared_secret_is_the_one_that_is_needed() {
    let written = json!({"algorithms": ["HS256", "HS512"], "keys": {"secret": "ssm:/acme"}});
    let settings = read(&least(written)).unwrap();
    let secrets = settings.secrets();
    assert_eq!(secrets.len(), 1);
    assert_eq!(
        (secrets[0].0, secrets[0].1.to_string()),
        ("keys: secret", "ssm:/acme".to_owned())
    );
}

#[test]
fn the_other_limits_are_taken_over() {
    let written =
        json!({"skew": "5m", "max_lifetime": "1h", "typ": "at+jwt", "audience": ["a", "b"]});
    let rules = read(&least(written)).unwrap().rules();
    assert_eq!(rules.skew.as_secs(), 300);
    assert_eq!(rules.max_lifetime.unwrap().as_secs(), 3600);
    assert_eq!(rules.typ, Typ::AccessToken);
    assert_eq!(rules.audience.unwrap().accepted, ["a", "b"]);
    let any = read(&least(json!({"typ": "any"}))).unwrap().rules();
    assert_eq!(any.typ, Typ::Any);
}

/// An issuer whose keys are its customer's own may go without both checks, and with that known; one
/// whose keys are everybody's may not.
#[test]
fn what_goes_unchecked_is_told() {
    let neither = |preset: Value| {
        least(json!({
            "issuer": null, "audience": null, "unchecked": ["issuer", "audience"],
            "keys": { "url": "https://a.example/jwks" }, "preset": preset,
        }))
    };
    let settings = read(&neither(json!("keycloak"))).unwrap();
    let both = [Unchecked::Issuer, Unchecked::Audience];
    assert_eq!(settings.unchecked(), both);
    assert!(read(&neither(json!("firebase"))).is_err());
}

#[test]
fn its_tokens_carry_what_a_claim_is_named_for() {
    let named = read(&least(json!({ "claims": { "products": "plan" } }))).unwrap();
    assert!(named.facts().contains(FactKind::Products));
    let none = read(&least(json!({}))).unwrap();
    assert!(!none.facts().contains(FactKind::Products));
}
