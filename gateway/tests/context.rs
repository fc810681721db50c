//! What the backend is told: every key, always, as text that is safe wherever it is put.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use tollgate_engine::{Fact, Policy, Request, Target, User};
use tollgate_gateway::Settings;
use tollgate_gateway::answer::context::{About, Context, MAX_VALUE, OWN_KEYS, UnfitUserId, Who};
use tollgate_gateway::policy::Read;
use tollgate_gateway::settings::answers::Claims;

const POLICY: &str = "\
tier pro is product p-pro
route /x requires user
route /pro requires tier pro else \"Buy it\"
";

fn policy() -> Policy {
    let files = [("access.policy".to_owned(), POLICY.as_bytes().to_vec())];
    let read = Read::files(&files, &std::iter::empty().collect());
    let rendered = read.render(tollgate_grammar::Style::Plain);
    read.policy.unwrap_or_else(|| panic!("{rendered}"))
}

fn claims(text: &str) -> Claims {
    let text = format!(
        "providers: [{{ tiun: {{ environment: live, api_key: env:KEY }} }}]\nanswers: {{ claims: {text} }}\n"
    );
    Settings::read("authorizer.yaml", &text)
        .unwrap()
        .answers
        .claims
}

fn told(user: Option<&User>, path: &str, named: &Claims) -> Result<Value, UnfitUserId> {
    let policy = policy();
    let request = Request {
        target: Target::Path {
            method: "GET",
            path,
        },
        ip: None,
        unix_millis: 0,
        headers: None,
        query: None,
    };
    let principal = user.map_or_else(|| policy.visitor(), |user| policy.principal(user.clone()));
    let decision = policy.decide(&request, &principal);
    let who = Who {
        user,
        provider: if user.is_some() { "tiun" } else { "" },
        expires: user.map(|_| UNIX_EPOCH + Duration::from_millis(1_795_253_425_999)),
    };
    let about = About {
        decision: "7f2c9b1e",
        denial: decision.denial(),
        policy: "0123456789ab",
        claims: named,
    };
    let context = Context::new(&decision, who, about)?;
    Ok(serde_json::to_value(context).unwrap())
}

fn user() -> User {
    User {
        id: "u-1".to_owned(),
        email: Fact::Known(Some("a@example.com".to_owned())),
        products: Fact::Known(vec!["p-1".to_owned(), "p-2".to_owned()]),
        roles: Fact::Known(vec!["admin".to_owned(), "editor".to_owned()]),
        claims: Fact::Known(json!({ "org": { "id": "o-1" }, "seats": 5 })),
        ..User::default()
    }
}

#[test]
fn a_user_is_told_of_in_full() {
    let named = claims("{ orgId: org.id, seats: seats, plan: plan }");
    let expected = json!({
        "userId": "u-1", "email": "a@example.com", "products": "p-1,p-2", "roles": "admin,editor",
        "tier": "", "reason": "", "required": "", "hint": "", "provider": "tiun",
        "expires": "1795253425", "decision": "7f2c9b1e", "policy": "0123456789ab",
        "orgId": "o-1", "seats": "5", "plan": "",
    });
    assert_eq!(told(Some(&user()), "/x", &named), Ok(expected));
}

#[test]
fn every_key_is_there_whoever_asks() {
    let named = claims("{ orgId: org.id }");
    let keys: BTreeSet<&str> = OWN_KEYS.into_iter().chain(["orgId"]).collect();
    let unknown = User {
        id: "u-1".to_owned(),
        ..User::default()
    };
    for user in [None, Some(&unknown), Some(&user())] {
        for path in ["/x", "/pro", "/nowhere", "//"] {
            let told = told(user, path, &named).unwrap();
            let told = told.as_object().unwrap();
            let found: BTreeSet<&str> = told.keys().map(String::as_str).collect();
            assert_eq!(found, keys);
            assert!(told.values().all(Value::is_string), "{told:?}");
        }
    }
}

/// The last byte of a value may be used, by one item or by the joint of two.
#[test]
fn a_list_has_as_many_items_as_there_is_room_for() {
    let long = |letter: &str, bytes: usize| letter.repeat(bytes);
    for (items, told_of) in [
        (vec![long("a", MAX_VALUE)], 1),
        (vec![long("a", MAX_VALUE + 1)], 0),
        (vec![long("a", 1000), long("b", MAX_VALUE - 1001)], 2),
        (vec![long("a", 1000), long("b", MAX_VALUE - 1000)], 1),
        (
            vec![
                long("a", 1000),
                long("b", 1000),
                long("c", MAX_VALUE - 2002),
            ],
            3,
        ),
        (
            vec![
                long("a", 1000),
                long("b", 1000),
                long("c", MAX_VALUE - 2001),
            ],
            2,
        ),
    ] {
        let user = User {
            roles: Fact::Known(items.clone()),
            ..user()
        };
        let told = told(Some(&user), "/x", &Claims::default()).unwrap();
        let roles = told.get("roles").unwrap();
        let lengths: Vec<usize> = items.iter().map(String::len).collect();
        assert_eq!(*roles, items[..told_of].join(","), "{lengths:?}");
    }
}

#[test]
fn a_denial_says_what_would_do() {
    let told = told(Some(&user()), "/pro", &Claims::default()).unwrap();
    let of = |key: &str| told.get(key).and_then(Value::as_str).unwrap().to_owned();
    assert_eq!(of("reason"), "upgrade_required");
    assert_eq!(
        (of("required"), of("hint")),
        ("p-pro".to_owned(), "Buy it".to_owned())
    );
}

#[test]
fn a_claim_is_text_whatever_it_was_or_empty() {
    let named = claims("{ key: a.b }");
    let long = "x".repeat(MAX_VALUE);
    for (claim, expected) in [
        (json!("o-1"), "o-1"),
        (json!(""), ""),
        (json!("a b;c=é"), "a b;c=é"),
        (json!(5), "5"),
        (json!(-0.5), "-0.5"),
        (json!(true), "true"),
        (json!(["a", "b"]), "a,b"),
        (json!(["a"]), "a"),
        (json!([]), ""),
        (json!(null), ""),
        (json!({ "c": 1 }), ""),
        (json!(["a", 1]), ""),
        (json!(["a", ["b"]]), ""),
        // Half a list would be another one.
        (json!(["a", "b,c"]), ""),
        (json!(["a", "\""]), ""),
        (json!([long, "b"]), ""),
        (json!("a\"b"), ""),
        (json!("a\\b"), ""),
        (json!("a\r\nX-User: b"), ""),
        (json!("a\u{0}"), ""),
        (json!("a\u{85}"), ""),
        (json!(long), &long),
        (json!(format!("{long}x")), ""),
    ] {
        let user = User {
            claims: Fact::Known(json!({ "a": { "b": claim } })),
            ..user()
        };
        let told = told(Some(&user), "/x", &named).unwrap();
        assert_eq!(told.get("key"), Some(&json!(expected)), "{claim}");
    }
    for claims in [
        json!({}),
        json!({ "a": "b" }),
        json!({ "a": ["b"] }),
        json!({ "a.b": "x" }),
    ] {
        let user = User {
            claims: Fact::Known(claims.clone()),
            ..user()
        };
        let told = told(Some(&user), "/x", &named).unwrap();
        assert_eq!(told.get("key"), Some(&json!("")), "{claims}");
    }
}

#[test]
fn lists_leave_out_what_would_break_them() {
    let user = User {
        roles: Fact::Known(["a", "b,c", "d\"", "e"].map(str::to_owned).to_vec()),
        products: Fact::Unknown,
        ..user()
    };
    let told = told(Some(&user), "/x", &Claims::default()).unwrap();
    assert_eq!(told.get("roles"), Some(&json!("a,e")));
    assert_eq!(told.get("products"), Some(&json!("")));
}

#[test]
fn an_id_is_carried_as_it_is_or_nobody_is() {
    for id in ["", "a\"", "a\n", &"x".repeat(257)] {
        let user = User {
            id: id.to_owned(),
            ..user()
        };
        assert_eq!(
            told(Some(&user), "/x", &Claims::default()),
            Err(UnfitUserId),
            "{id:?}"
        );
    }
}
