#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod forms;
mod paths;
mod requirements;

use serde_json::{Map, json};

use super::*;
use crate::known_facts::{self, known_facts};

/// What is known of the user with these claims.
fn known(preset: Option<Preset>, settings: &Value, claims: &Value) -> Option<Value> {
    let settings = serde_json::from_value(settings.clone()).unwrap();
    let user = Mapping::new(preset, &settings).user(claims.clone())?;
    Some(Value::Object(known_facts(&user)))
}

#[test]
fn what_is_absent_is_unknown_unless_it_means_none() {
    for (setting, claims, expected) in [
        (json!("plan"), json!({}), None),
        (json!("plan"), json!({"plan": null}), None),
        (json!("plan"), json!({"plan": []}), Some(json!([]))),
        (json!({"path": "plan"}), json!({}), None),
        (
            json!({"path": "plan", "absent": "unknown"}),
            json!({}),
            None,
        ),
        (
            json!({"path": "plan", "absent": "none"}),
            json!({}),
            Some(json!([])),
        ),
        (
            json!({"path": "plan", "absent": "none"}),
            json!({"plan": null}),
            Some(json!([])),
        ),
        (
            json!({"path": "/plan/x", "absent": "none"}),
            json!({"plan": 7}),
            Some(json!([])),
        ),
        // What is there in a form that is not expected is never none.
        (
            json!({"path": "plan", "absent": "none"}),
            json!({"plan": 7}),
            None,
        ),
        (
            json!({"any": ["a", "b"]}),
            json!({"a": "x", "b": "y"}),
            Some(json!(["x", "y"])),
        ),
        (json!({"any": ["a", "b"]}), json!({"a": "x"}), None),
        (
            json!({"any": ["a", "b"], "absent": "none"}),
            json!({"b": "y"}),
            Some(json!(["y"])),
        ),
        (
            json!({"any": ["a", "b"], "absent": "none"}),
            json!({"a": "x", "b": {}}),
            None,
        ),
        (
            json!({"any": ["a", ["b", "c"]], "form": "words", "absent": "none"}),
            json!({"a": "x y", "b": {"c": "z"}}),
            Some(json!(["x", "y", "z"])),
        ),
    ] {
        let mut claims_of_user = claims.clone();
        claims_of_user["sub"] = "u".into();
        let known = known(None, &json!({"products": setting}), &claims_of_user).unwrap();
        assert_eq!(
            known.get("products"),
            expected.as_ref(),
            "{setting} of {claims}"
        );
    }
}

#[test]
fn settings_go_over_what_the_preset_says() {
    let claims = json!({
        "sub": "u", "uid": "u-7", "email": "a@b.example", "mail": "c@d.example",
        "email_verified": true, "checked": false, "idp": "google", "roles": ["r"],
        "groups": ["g"], "scope": "s t", "plan": {"pro": true, "beta": false}, "amr": ["mfa", "otp"],
        "team": "t", "can": "x,y",
    });
    let standard = json!({
        "id": "u", "email": "a@b.example", "email_verified": true,
        "roles": ["r"], "groups": ["g"], "scopes": ["s", "t"],
    });
    assert_eq!(known(None, &json!({}), &claims), Some(standard));
    let settings = json!({
        "user": "uid", "email": "mail", "email_verified": ["checked"], "provider": "/idp",
        "products": {"path": "plan", "form": "keys"}, "mfa": {"path": "amr", "form": "amr"},
        "roles": "groups", "groups": "roles", "teams": "team",
        "permissions": {"path": "can", "form": "commas"}, "scopes": "scope",
    });
    let changed = json!({
        "id": "u-7", "email": "c@d.example", "email_verified": false, "provider": "google",
        "products": ["pro"], "mfa": ["otp"], "roles": ["g"], "groups": ["r"], "teams": ["t"],
        "permissions": ["x", "y"], "scopes": ["s t"],
    });
    assert_eq!(known(None, &settings, &claims), Some(changed));
}

#[test]
fn who_it_is_must_be_said_in_a_usable_text() {
    let long = |bytes| "u".repeat(bytes);
    for (claims, is_known) in [
        (json!({"sub": "u"}), true),
        (json!({"sub": "ü|1"}), true),
        (json!({"sub": long(256)}), true),
        (json!({"sub": long(257)}), false),
        (json!({}), false),
        (json!({"sub": ""}), false),
        (json!({"sub": "  "}), false),
        (json!({"sub": null}), false),
        (json!({"sub": 7}), false),
        (json!({"sub": ["u"]}), false),
        (json!({"sub": "u\nx-admin: 1"}), false),
        (json!({"sub": "u\u{0}"}), false),
        (json!({"sub": "u\u{85}"}), false),
        (json!({"user": "u"}), false),
    ] {
        assert_eq!(
            known(None, &json!({}), &claims).is_some(),
            is_known,
            "{claims}"
        );
    }
    // `sub` does not stand in for the claim that was named.
    let settings = json!({"user": ["ids", "own"]});
    assert_eq!(known(None, &settings, &json!({"sub": "u"})), None);
    let claims = json!({"sub": "u", "ids": {"own": "u-7"}});
    assert_eq!(known(None, &settings, &claims), Some(json!({"id": "u-7"})));
}

#[test]
fn texts_and_flags_are_known_in_their_own_form_alone() {
    let settings = json!({"provider": "idp"});
    for (claims, expected) in [
        (
            json!({"email": "a@b.example"}),
            json!({"email": "a@b.example"}),
        ),
        (json!({"email": null}), json!({"email": null})),
        (json!({"email": ""}), json!({"email": null})),
        (json!({"email": " "}), json!({})),
        (json!({"email": ["a@b.example"]}), json!({})),
        (json!({"email": "a@b.example\r\n"}), json!({})),
        (json!({"email": "a".repeat(321)}), json!({})),
        (json!({"email": 7}), json!({})),
        (
            json!({"email_verified": true}),
            json!({"email_verified": true}),
        ),
        (
            json!({"email_verified": false}),
            json!({"email_verified": false}),
        ),
        (json!({"email_verified": "true"}), json!({})),
        (json!({"email_verified": 1}), json!({})),
        (json!({"email_verified": null}), json!({})),
        (json!({"idp": "github"}), json!({"provider": "github"})),
        (json!({"idp": null}), json!({"provider": null})),
        (json!({"idp": {"name": "github"}}), json!({})),
        (json!({"idp": "x".repeat(257)}), json!({})),
    ] {
        let (mut claims, mut expected) = (claims, expected);
        claims["sub"] = "u".into();
        expected["id"] = "u".into();
        assert_eq!(known(None, &settings, &claims), Some(expected), "{claims}");
    }
}

#[test]
fn what_users_write_themselves_nobody_sees() {
    for (preset, claim) in [
        (Preset::Supabase, "user_metadata"),
        (Preset::Clerk, "unsafe_metadata"),
    ] {
        let mapping = Mapping::new(Some(preset), &ClaimsSettings::default());
        let claims = json!({"sub": "u", "app_metadata": {claim: 1}, claim: {"roles": ["admin"]}});
        let user = mapping.user(claims.clone()).unwrap();
        let expected = json!({"sub": "u", "app_metadata": {claim: 1}});
        assert_eq!(known_facts::claims(&user), expected);
        // Of another issuer it is a claim like any other.
        let user = Mapping::new(None, &ClaimsSettings::default()).user(claims.clone());
        assert_eq!(known_facts::claims(&user.unwrap()), claims);
    }
}

#[test]
fn no_setting_depends_on_what_users_write_themselves() {
    let writable = |preset, settings: Value, require: Value| {
        let settings = serde_json::from_value(settings).unwrap();
        let require: Vec<Requirement> = serde_json::from_value(require).unwrap();
        Mapping::new(preset, &settings).user_writable(&require)
    };
    let (supabase, none) = (Some(Preset::Supabase), json!([]));
    let found = Some("user_metadata");
    for setting in ["user", "email", "email_verified", "provider"] {
        let settings = json!({setting: "/user_metadata/x"});
        assert_eq!(
            writable(supabase, settings, none.clone()),
            found,
            "{setting}"
        );
    }
    for setting in [
        "products",
        "mfa",
        "roles",
        "teams",
        "permissions",
        "scopes",
        "groups",
    ] {
        let settings = json!({setting: {"any": ["x", "user_metadata"]}});
        assert_eq!(
            writable(supabase, settings, none.clone()),
            found,
            "{setting}"
        );
    }
    let require = json!([{"claim": ["user_metadata", "x"], "is": 1}]);
    assert_eq!(writable(supabase, json!({}), require.clone()), found);
    assert_eq!(writable(None, json!({}), require), None);
    let inner = json!({"roles": "/app_metadata/user_metadata"});
    assert_eq!(writable(supabase, inner, none), None);
}

#[test]
fn facts_are_those_that_a_claim_is_named_for() {
    let facts = |preset, settings: Value| {
        let settings = serde_json::from_value(settings).unwrap();
        Mapping::new(preset, &settings).facts()
    };
    let standard = FactSet::of(&[
        FactKind::Email,
        FactKind::EmailVerified,
        FactKind::Roles,
        FactKind::Scopes,
        FactKind::Groups,
        FactKind::Claims,
    ]);
    assert_eq!(facts(None, json!({})), standard);
    let more =
        json!({"products": "p", "mfa": "m", "provider": "i", "teams": "t", "permissions": "x"});
    assert_eq!(facts(None, more), FactKind::ALL.into_iter().collect());
    let better_auth = FactSet::of(&[
        FactKind::Email,
        FactKind::EmailVerified,
        FactKind::Roles,
        FactKind::Claims,
    ]);
    assert_eq!(facts(Some(Preset::BetterAuth), json!({})), better_auth);
}
