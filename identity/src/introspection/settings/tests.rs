#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use serde_json::json;

use super::*;

/// The least, with these members changed; `null` takes one out.
fn read(changes: Value) -> Result<IntrospectionSettings, String> {
    let mut written = json!({
        "url": "https://id.example/introspect", "client_id": "tollgate",
        "client_secret": "ssm:/introspection", "audience": "api",
    });
    let Value::Object(changes) = changes else {
        panic!("members are to be changed")
    };
    let members = written.as_object_mut().unwrap();
    members.extend(changes);
    members.retain(|_, value| !value.is_null());
    serde_json::from_value(written).map_err(|error| error.to_string())
}

#[test]
fn the_least_and_the_most() {
    let least = read(json!({})).unwrap();
    assert_eq!(least.url.url().as_str(), "https://id.example/introspect");
    assert_eq!(
        (least.client_id.as_str(), least.auth),
        ("tollgate", ClientAuth::Basic)
    );
    assert!(least.requirements().is_empty());
    let [(setting, secret)] = least.secrets()[..] else {
        panic!("one secret")
    };
    assert_eq!(
        (setting, secret.to_string()),
        ("client_secret", "ssm:/introspection".to_owned())
    );

    let most = read(json!({
        "url": "http://127.0.0.1:8080/introspect?x=1", "auth": "post",
        "issuer": "https://id.example", "audience": ["a", "b"], "preset": "keycloak",
        "claims": {"products": "plan"}, "require": [{"claim": "client_id", "is": "web"}],
    }))
    .unwrap();
    assert_eq!(most.auth, ClientAuth::Post);
    assert_eq!(most.requirements().len(), 2);
    for (claims, issuer, audience) in [
        (json!({"iss": "https://id.example", "aud": "b"}), true, true),
        (
            json!({"iss": "https://id.example/", "aud": ["x", "a"]}),
            false,
            true,
        ),
        (json!({"aud": "c"}), false, false),
        (json!({}), false, false),
    ] {
        let fits = (most.issuer_fits(&claims), most.audience_fits(&claims));
        assert_eq!(fits, (issuer, audience), "{claims}");
    }
}

#[test]
fn what_does_not_go_together_is_said() {
    use IntrospectionSettingsError as E;
    for (changes, error) in [
        (json!({"audience": null}), E::Audience),
        (json!({"unchecked": ["audience"]}), E::Unchecked),
        (
            json!({"audience": null, "unchecked": ["issuer"]}),
            E::Unchecked,
        ),
        (
            json!({"audience": null, "unchecked": ["audience", "issuer"]}),
            E::Unchecked,
        ),
        (json!({"unchecked": ["algorithms"]}), E::Unchecked),
        (json!({"audience": ""}), E::Empty),
        (json!({"audience": []}), E::Empty),
        (json!({"audience": ["api", ""]}), E::Empty),
        (json!({"client_id": ""}), E::Empty),
        (json!({"issuer": ""}), E::Empty),
        (
            json!({"preset": "supabase", "claims": {"roles": "user_metadata"}}),
            E::UserWritable("user_metadata"),
        ),
        (
            json!({"preset": "supabase", "require": [{"claim": "/user_metadata/x", "is": 1}]}),
            E::UserWritable("user_metadata"),
        ),
    ] {
        assert_eq!(read(changes.clone()), Err(error.to_string()), "{changes}");
    }
    assert!(read(json!({"audience": null, "unchecked": ["audience"]})).is_ok());
    for (error, words) in [
        (E::Audience, "say so: `unchecked: [audience]`"),
        (E::Unchecked, "only `audience` can go unchecked"),
        (
            E::Empty,
            "`client_id`, `issuer` and `audience` are never empty",
        ),
        (E::UserWritable("x"), "users write `x` themselves"),
    ] {
        let message = error.to_string();
        assert!(
            message.starts_with("introspection: ") && message.contains(words),
            "{message}"
        );
    }
}

#[test]
fn what_is_of_a_wrong_form_is_said() {
    for (changes, words) in [
        (json!({"url": null}), "missing field `url`"),
        (json!({"client_id": null}), "missing field `client_id`"),
        (
            json!({"client_secret": null}),
            "missing field `client_secret`",
        ),
        (json!({"url": "http://id.example/"}), "write `https://`"),
        (json!({"client_secret": "hunter2"}), "write `ssm:/name`"),
        (json!({"auth": "bearer"}), "unknown variant `bearer`"),
        (
            json!({"audience": 7}),
            "an audience is a text, or a list of texts",
        ),
        (json!({"unchecked": ["expiry"]}), "unknown variant `expiry`"),
        (json!({"scope": "x"}), "unknown field `scope`"),
    ] {
        let error = read(changes.clone()).unwrap_err();
        assert!(
            error.contains(words) && !error.contains("hunter2"),
            "{changes} gave: {error}"
        );
    }
}
