//! `answers:` in `authorizer.yaml`: what it says, and what is wrong with it.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;
use std::time::Duration;

use tollgate_engine::{FactKind, Needs};
use tollgate_gateway::Settings;
use tollgate_gateway::answer::context::{OWN_KEYS, RESERVED_KEYS};
use tollgate_gateway::settings::SettingsError;
use tollgate_gateway::settings::answers::{AnswerSettings, HttpFormat, HttpUnauthorized, Scope};

const PROVIDERS: &str = "\
providers:
  - tiun:
      environment: live
      api_key: env:KEY
";

fn read(answers: &str) -> Result<AnswerSettings, SettingsError> {
    let text = format!("{PROVIDERS}{answers}");
    Settings::read("authorizer.yaml", &text).map(|settings| settings.answers)
}

fn error(answers: &str) -> String {
    read(answers).unwrap_err().to_string()
}

fn claims(answers: &str) -> Vec<(String, Vec<String>)> {
    let settings = read(answers).unwrap();
    let claims = settings.claims.iter();
    claims
        .map(|(key, path)| (key.to_owned(), path.to_vec()))
        .collect()
}

#[test]
fn nothing_need_be_said() {
    for nothing in ["", "answers: {}\n"] {
        let answers = read(nothing).unwrap();
        assert_eq!(answers, AnswerSettings::default());
        assert_eq!(answers.scope, Scope::Token);
        assert_eq!(answers.http_api, HttpFormat::Iam);
        assert_eq!(answers.http_unauthorized, HttpUnauthorized::Deny);
        assert!(!answers.bound_by_expiry);
        assert_eq!(answers.appsync_ttl.duration(), Duration::from_mins(1));
        assert_eq!(answers.claims.iter().count(), 0);
        assert_eq!(answers.usage_keys.iter().count(), 0);
    }
}

#[test]
fn everything_can_be_said() {
    let answers = read(
        "\
answers:
  scope: request
  http_api: simple
  http_unauthorized: error
  bound_by_expiry: true
  claims: { orgId: org.id }
  usage_keys: { pro: \"ssm:/usage/pro\", default: env:USAGE }
  appsync_ttl: 1h
",
    )
    .unwrap();
    assert_eq!(answers.scope, Scope::Request);
    assert_eq!(answers.http_api, HttpFormat::Simple);
    assert_eq!(answers.http_unauthorized, HttpUnauthorized::Error);
    assert!(answers.bound_by_expiry);
    assert_eq!(answers.appsync_ttl.duration(), Duration::from_hours(1));
    let keys = answers.usage_keys.iter();
    let keys: Vec<_> = keys.map(|(tier, key)| format!("{tier} {key}")).collect();
    assert_eq!(keys, ["default env:USAGE", "pro ssm:/usage/pro"]);
}

#[test]
fn a_claim_is_named_by_a_path_or_a_list_of_names() {
    let one = |written: &str| {
        let mut claims = claims(&format!("answers: {{ claims: {{ key: {written} }} }}"));
        claims.pop().unwrap().1
    };
    assert_eq!(one("plan"), ["plan"]);
    assert_eq!(one("org.id"), ["org", "id"]);
    assert_eq!(one("[org, id]"), ["org", "id"]);
    assert_eq!(
        one("[\"https://example.com/plan\"]"),
        ["https://example.com/plan"]
    );
}

#[test]
fn mistakes_are_named_with_place_and_cure() {
    for (answers, words) in [
        ("answers:\n  claim: {}\n", "claim"),
        ("answers:\n  scope: route\n", "token"),
        ("answers:\n  http_api: json\n", "simple"),
        ("answers:\n  http_unauthorized: 401\n", "deny"),
        ("answers:\n  bound_by_expiry: always\n", "line 6"),
        (
            "answers:\n  appsync_ttl: 61m\n",
            "no answer for longer than 1h",
        ),
        ("answers:\n  appsync_ttl: 60\n", "line 6"),
        ("answers:\n  appsync_ttl: 0s\n", "not a time span"),
        (
            "answers:\n  claims: { 1st: a }\n",
            "no digit first: rename it",
        ),
        ("answers:\n  claims: { \"\": a }\n", "no digit first"),
        (
            "answers:\n  claims: { org-id: a }\n",
            "letters, digits and `_`",
        ),
        ("answers:\n  claims: { ä: a }\n", "letters, digits and `_`"),
        ("answers:\n  claims: { a: \"\" }\n", "none of them empty"),
        ("answers:\n  claims: { a: b..c }\n", "none of them empty"),
        ("answers:\n  claims: { a: .b }\n", "none of them empty"),
        ("answers:\n  claims: { a: [] }\n", "1 to 16 names"),
        (
            "answers:\n  claims: { a: [b, \"\"] }\n",
            "none of them empty",
        ),
        ("answers:\n  claims: { a: 7 }\n", "by its path"),
        (
            "answers:\n  claims: { a: a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q }\n",
            "1 to 16 names",
        ),
        ("answers:\n  claims: { a: b, a: c }\n", "line 6"),
        (
            "answers:\n  usage_keys: { pro: sk_live_TopSecret }\n",
            "not a reference to a secret",
        ),
        ("answers:\n  usage_keys: { pro: 4711 }\n", "line 6"),
    ] {
        let message = error(answers);
        assert!(message.starts_with("authorizer.yaml: "), "{message}");
        assert!(message.contains(words), "{answers}{message}");
        assert!(message.contains("line "), "{answers}{message}");
        assert!(
            !message.contains("TopSecret") && !message.contains("4711"),
            "{message}"
        );
    }
}

#[test]
fn no_claim_takes_a_key_that_is_taken() {
    for (keys, words) in [
        (&OWN_KEYS[..], "that every answer has"),
        (&RESERVED_KEYS[..], "API Gateway keeps"),
    ] {
        for key in keys {
            for key in [(*key).to_owned(), key.to_ascii_uppercase()] {
                let message = error(&format!("answers:\n  claims: {{ {key}: a }}\n"));
                assert!(
                    message.contains(words) && message.contains("line 6"),
                    "{key}: {message}"
                );
            }
        }
    }
    let longest = "k".repeat(64);
    assert_eq!(
        claims(&format!("answers: {{ claims: {{ {longest}: a, _9: b }} }}")).len(),
        2
    );
    assert!(error(&format!("answers: {{ claims: {{ {longest}k: a }} }}")).contains("1 to 64"));
}

#[test]
fn there_is_an_end_to_claims_and_keys() {
    let many = |count: usize, member: &str, value: &str| {
        (0..count).fold(format!("answers:\n  {member}:\n"), |mut text, number| {
            let _ = writeln!(text, "    k{number}: {value}");
            text
        })
    };
    assert!(read(&many(32, "claims", "a")).is_ok());
    assert!(error(&many(33, "claims", "a")).contains("more than 32"));
    assert!(read(&many(32, "usage_keys", "env:A")).is_ok());
    assert!(error(&many(33, "usage_keys", "env:A")).contains("more than 32"));
}

/// A policy that asks for no claim, of a provider that tells claims by a call of their own.
#[test]
fn providers_are_asked_for_the_claims_that_are_passed_on() {
    let answers = read("answers: { claims: { one: org.id, other: plan, again: plan } }\n").unwrap();
    let needs = answers.needs(Needs::default());
    assert!(needs.facts.contains(FactKind::Claims));
    let path = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(needs.claims, [path(&["plan"]), path(&["org", "id"])]);

    let known = Needs {
        facts: FactKind::Products.into(),
        claims: vec![path(&["plan"])],
    };
    let needs = answers.needs(known.clone());
    assert!(needs.facts.contains(FactKind::Products) && needs.facts.contains(FactKind::Claims));
    assert_eq!(needs.claims, [path(&["plan"]), path(&["org", "id"])]);

    assert_eq!(AnswerSettings::default().needs(known.clone()), known);
}
