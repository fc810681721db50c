//! Fields of an AppSync API: which a policy names, and what is no field.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

use tollgate_engine::{EVERY_FIELD, Policy, Products, Reason, Request, Target};
use tollgate_grammar::{Code, Sources, parse};

fn compiled(text: &str) -> (Option<Policy>, Vec<Code>) {
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    let (tree, findings) = parse(&sources);
    let (policy, more) = Policy::compile(&sources, &tree, &Products::default());
    let codes = findings.iter().chain(&more).map(|finding| finding.code);
    (policy, codes.collect())
}

fn policy(text: &str) -> Policy {
    let (policy, codes) = compiled(text);
    policy.unwrap_or_else(|| panic!("{text}: {codes:?}"))
}

/// Why a visitor is denied a field; nothing if they are not.
fn reason(policy: &Policy, field: &str) -> Option<Reason> {
    let request = Request {
        target: Target::Field(field),
        ip: None,
        unix_millis: 0,
        headers: None,
        query: None,
    };
    let decision = policy.decide(&request, &policy.visitor());
    decision.denial().map(|denial| denial.reason)
}

#[test]
fn each_field_that_is_named_once_and_in_order() {
    let policy = policy(
        "route field Query.b is public\n\
         forbid field Query.a unless mfa\n\
         forbid field Query.a unless email verified\n\
         route field * is public\n\
         route field Mutation.a is denied\n\
         forbid field Query.b when user\n\
         route /Query.c is public\n\
         test \"t\" {\n  visitor\n  field Query.d is allowed\n}\n",
    );
    let fields: Vec<&str> = policy.fields().collect();
    assert_eq!(fields, ["Mutation.a", "Query.a", "Query.b"]);
}

#[test]
fn a_policy_without_fields_names_none_and_covers_none() {
    let policy = policy("route /* is public\nroute / is public\nroute $connect is public\n");
    assert_eq!(policy.fields().next(), None);
    assert_eq!(reason(&policy, EVERY_FIELD), Some(Reason::NoRoute));
    assert_eq!(reason(&policy, "Query.a"), Some(Reason::NoRoute));
}

#[test]
fn what_is_no_field_is_malformed() {
    let policy = policy("route field * is public\nroute /* is public\n");
    for sound in [EVERY_FIELD, "Query.a", "_._", "__Type.__typename", "T1.f1"] {
        assert_eq!(reason(&policy, sound), None, "{sound:?}");
    }
    let long = format!("Query.{}", "a".repeat(257));
    for malformed in [
        "",
        ".",
        "Query",
        "Query.",
        ".a",
        "Query.a.b",
        "Query..a",
        "Query.*",
        "*.a",
        "**",
        "* ",
        "1.a",
        "Query.1",
        "Query.é",
        "Ⅰ.a",
        "Query.a-b",
        "Query.a ",
        " Query.a",
        "Query.a\0",
        "Query/a",
        "/a",
        "$connect",
        &long,
    ] {
        let found = reason(&policy, malformed);
        assert_eq!(found, Some(Reason::MalformedPath), "{malformed:?}");
    }
}

#[test]
fn two_routes_of_one_field() {
    for (text, codes) in [
        (
            "route field Query.a is public\nroute field Query.a requires user\n",
            &[Code::DuplicateRoute][..],
        ),
        (
            "route field * is public\nroute field * requires user\n",
            &[Code::DuplicateRoute],
        ),
        (
            "route field Query.a is public\nroute field Query.A requires user\n",
            &[],
        ),
        (
            "route field Query.a is public\nroute field * requires user\n",
            &[],
        ),
        (
            "forbid field Query.a when mfa\nforbid field Query.a when user\n",
            &[],
        ),
        (
            "route field Query.a requires user {a}\n",
            &[Code::UnknownParameter],
        ),
        (
            "let own is user {id}\nroute field * requires own\n",
            &[Code::UnknownParameter],
        ),
    ] {
        assert_eq!(compiled(text).1, codes, "{text}");
    }
}
