//! What a form writes, the same settings read again.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::json;
use tollgate_engine::user::Fact;

use super::*;
use crate::introspection::IntrospectionSettings;
use crate::mapping::{Form, Preset};
use crate::oidc::OidcSettings;

fn user() -> User {
    let names = |names: &[&str]| Fact::Known(names.iter().map(|&name| name.to_owned()).collect());
    User {
        id: "u-1".to_owned(),
        email: Fact::Known(Some("a@example.com".to_owned())),
        email_verified: Fact::Known(true),
        products: names(&["basic", "pro"]),
        mfa: names(&["totp"]),
        provider: Fact::Known(Some("github".to_owned())),
        roles: names(&["admin", "editor"]),
        teams: names(&["team-red"]),
        permissions: names(&["articles:read"]),
        scopes: names(&["read", "write"]),
        groups: names(&["staff"]),
        claims: Fact::Unknown,
    }
}

fn oidc(more: &serde_json::Value) -> OidcSettings {
    let mut settings = json!({
        "issuer": "https://id.example.com/",
        "audience": ["https://api.example.com", "other"],
    });
    let members = settings.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    serde_json::from_value(settings).unwrap()
}

/// Facts that are known in what was read are those that were written.
fn agrees<T: PartialEq + std::fmt::Debug>(read: &Fact<T>, written: &Fact<T>, what: &str) {
    if let Fact::Known(_) = read {
        assert_eq!(read, written, "{what}");
    }
}

#[test]
fn every_preset_takes_the_tokens_of_its_form() {
    for name in [
        "cognito",
        "auth0",
        "clerk",
        "supabase",
        "firebase",
        "keycloak",
        "better_auth",
        "outseta",
    ] {
        let form = oidc(&json!({ "preset": name })).token_form();
        let claims = form.claims(&user());
        let value = Value::Object(claims.clone());
        for demand in &form.requirements {
            assert!(demand.is_met(&value), "{name}: {demand:?}");
        }
        let preset: Preset = serde_json::from_value(json!(name)).unwrap();
        let named = preset
            .audience_claims()
            .iter()
            .find_map(|at| claims.get(*at));
        assert_eq!(named, Some(&json!("https://api.example.com")), "{name}");
        let (read, written) = (form.mapping.user(claims.into()).unwrap(), user());
        assert_eq!(read.id, "u-1");
        agrees(&read.email, &written.email, name);
        agrees(&read.email_verified, &written.email_verified, name);
        agrees(&read.products, &written.products, name);
        agrees(&read.provider, &written.provider, name);
        agrees(&read.roles, &written.roles, name);
        agrees(&read.teams, &written.teams, name);
        agrees(&read.permissions, &written.permissions, name);
        agrees(&read.scopes, &written.scopes, name);
        agrees(&read.groups, &written.groups, name);
        let told = form.mapping.facts();
        let lists = [&read.products, &read.mfa, &read.roles, &read.teams];
        let known = lists.iter().filter(|fact| fact.known().is_some()).count();
        let kinds = [
            tollgate_engine::FactKind::Products,
            tollgate_engine::FactKind::Mfa,
            tollgate_engine::FactKind::Roles,
            tollgate_engine::FactKind::Teams,
        ];
        let expected = kinds.iter().filter(|kind| told.contains(**kind)).count();
        assert_eq!(known, expected, "{name}: every list it tells is known");
    }
}

#[test]
fn every_form_is_written_as_it_is_read() {
    let forms = [
        (Form::List, json!(["a", "b"])),
        (Form::Words, json!("a b")),
        (Form::Commas, json!("a,b")),
        (Form::Keys, json!({ "a": true, "b": true })),
        (Form::Clerk, json!("u:a,u:b")),
        (Form::Amr, json!(["pwd", "a", "b", "mfa"])),
        (
            Form::SupabaseAmr,
            json!([{ "method": "password" }, { "method": "mfa/a" }, { "method": "mfa/b" }]),
        ),
    ];
    let names = ["a".to_owned(), "b".to_owned()];
    for (form, claim) in forms {
        assert_eq!(form.claim(&names), claim, "{form:?}");
        assert_eq!(form.names(&claim).unwrap(), names, "{form:?}");
        let none = form.names(&form.claim(&[]));
        // A sign-in without a second factor does not say that there is none.
        let expected = (form != Form::Amr).then(Vec::new);
        assert_eq!(none, expected, "{form:?}");
    }
    assert_eq!(Form::Aal.claim(&names), "aal2");
    assert_eq!(Form::Aal.claim(&[]), "aal1");
}

#[test]
fn claims_are_put_where_the_configuration_looks() {
    let settings = oidc(&json!({
        "algorithms": ["ES256"],
        "typ": "at+jwt",
        "audience_claims": ["client"],
        "max_lifetime": "1h",
        "claims": {
            "user": "/person/id",
            "roles": "/person/roles",
            "products": { "path": "plan", "form": "commas", "absent": "none" },
        },
        "require": [{ "claim": "/kind", "is": "access" }, { "claim": "guest", "is_not": true }],
    }));
    let form = settings.token_form();
    assert_eq!(
        (
            form.is_access_token,
            form.max_lifetime,
            form.algorithms.as_slice()
        ),
        (true, Some(Duration::from_hours(1)), &[Algorithm::Es256][..])
    );
    let claims = form.claims(&user());
    assert_eq!(
        Value::Object(claims.clone()),
        json!({
            "sub": "u-1",
            "person": { "id": "u-1", "roles": ["admin", "editor"] },
            "email": "a@example.com",
            "email_verified": true,
            "plan": "basic,pro",
            "scope": "read write",
            "groups": ["staff"],
            "client": "https://api.example.com",
            "kind": "access",
        })
    );
    let outsider = form.claims_of_outsider(&user());
    assert_eq!(outsider["guest"], true);
    let nothing = User {
        products: Fact::Known(Vec::new()),
        ..User::default()
    };
    assert!(!form.claims(&nothing).contains_key("plan"));
}

#[test]
fn introspection_has_its_audience_too() {
    let settings: IntrospectionSettings = serde_json::from_value(json!({
        "url": "https://id.example.com/introspect",
        "client_id": "tollgate",
        "client_secret": "env:SECRET",
        "audience": "https://api.example.com",
    }))
    .unwrap();
    let form = settings.token_form();
    assert_eq!(form.claims(&user())["aud"], "https://api.example.com");
    assert!(form.algorithms.is_empty());
}

#[test]
fn only_keys_are_a_stand_ins() {
    let url = || "http://127.0.0.1:3400/jwks".parse().unwrap();
    let secret = || "env:DEVELOPMENT".parse().unwrap();
    for more in [
        json!({ "preset": "firebase" }),
        json!({ "algorithms": ["HS256"], "keys": { "secret": "ssm:/secret" } }),
    ] {
        let settings = oidc(&more);
        let replaced = settings.clone().with_keys(url(), secret());
        assert_eq!(replaced.token_form(), settings.token_form(), "{more}");
        assert_ne!(replaced, settings, "{more}");
        let secrets: Vec<String> = replaced
            .secrets()
            .iter()
            .map(|(_, secret)| secret.to_string())
            .collect();
        let shared = more.get("keys").is_some();
        assert_eq!(
            secrets,
            vec!["env:DEVELOPMENT"; usize::from(shared)],
            "{more}"
        );
    }
}
