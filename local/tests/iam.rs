//! The IAM evaluator against the table in `iam.yaml`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tollgate_local::iam::{Call, Document, Verdict, evaluate};

const STAGE: &str = "arn:aws:execute-api:us-east-1:123456789012:local00000/local/";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    version: Option<String>,
    statements: Value,
    calls: BTreeMap<String, String>,
    /// Where another evaluator decides otherwise; see `tests/tests/judge.rs`.
    #[serde(rename = "differs")]
    _differs: Option<String>,
}

/// Resources of the table are short for ARNs of the stage, unless they are ARNs or begin with a star.
fn lengthen(statements: &mut Value) {
    let long = |text: &mut String| {
        if text.starts_with("arn:") || text == "*" {
            return;
        }
        *text = format!("{STAGE}{text}");
    };
    for statement in statements.as_array_mut().into_iter().flatten() {
        match statement.get_mut("Resource") {
            Some(Value::String(text)) => long(text),
            Some(Value::Array(list)) => {
                for item in list {
                    if let Value::String(text) = item {
                        long(text);
                    }
                }
            }
            _ => {}
        }
    }
}

/// `GET/a at 2026-11-26T12:00:00Z from 203.0.113.7`, with only what matters.
fn verdict(document: &Value, call: &str) -> String {
    let (call, ip) = call.split_once(" from ").unwrap_or((call, "203.0.113.7"));
    let (path, at) = call
        .split_once(" at ")
        .unwrap_or((call, "2026-11-26T12:00:00Z"));
    let at = OffsetDateTime::parse(at, &Rfc3339).unwrap();
    let call = Call {
        arn: &format!("{STAGE}{path}"),
        unix_millis: i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap(),
        ip: (ip != "nowhere").then(|| ip.parse().unwrap()),
    };
    match evaluate(document, &call) {
        Ok(Verdict::Allowed) => "allowed".to_owned(),
        Ok(Verdict::ExplicitlyDenied) => "explicitly denied".to_owned(),
        Ok(Verdict::ImplicitlyDenied) => "implicitly denied".to_owned(),
        Err(why) => why,
    }
}

fn call(arn: &str) -> Call<'_> {
    Call {
        arn,
        unix_millis: 0,
        ip: None,
    }
}

#[test]
fn every_case_of_the_table_holds() {
    let mut cases: Vec<Case> = serde_yaml::from_str(include_str!("iam.yaml")).unwrap();
    assert!(cases.len() > 50, "{}", cases.len());
    for case in &mut cases {
        lengthen(&mut case.statements);
        let version = case.version.as_deref().unwrap_or("2012-10-17");
        let document = json!({ "Version": version, "Statement": case.statements });
        for (call, expected) in &case.calls {
            let verdict = verdict(&document, call);
            assert!(
                verdict.starts_with(expected),
                "{}: {call} gives {verdict}, not {expected}",
                case.name
            );
        }
    }
}

#[test]
fn documents_that_are_none_are_refused() {
    let statement = json!({ "Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*" });
    for document in [
        json!(null),
        json!([]),
        json!("Allow"),
        json!({}),
        json!({ "Version": "2012-10-17" }),
        json!({ "Statement": [statement] }),
        json!({ "Version": null, "Statement": [statement] }),
        json!({ "Version": "2012-10-18", "Statement": [statement] }),
        json!({ "Version": "2012-10-17", "statement": [statement] }),
        json!({ "Version": "2012-10-17", "Statement": [statement], "More": 1 }),
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": format!("arn:aws:execute-api:::{}", "a".repeat(600)) }] }),
    ] {
        assert!(Document::read(&document).is_err(), "{document}");
    }
    let one = json!({ "Version": "2012-10-17", "Statement": statement });
    assert_eq!(
        evaluate(&one, &call(&format!("{STAGE}GET/a"))),
        Ok(Verdict::Allowed)
    );
    let deny = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Action": "*", "Resource": format!("{STAGE}*") } });
    assert_eq!(
        evaluate(&deny, &call("no ARN")),
        Ok(Verdict::ImplicitlyDenied)
    );
}

/// A table of answers by the definition: a star takes nothing, or one character and stays.
fn covers(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', after @ ..], _) => {
            covers(after, text) || matches!(text, [_, rest @ ..] if covers(pattern, rest))
        }
        ([p, after @ ..], [t, rest @ ..]) => (*p == '?' || p == t) && covers(after, rest),
        _ => false,
    }
}

#[test]
fn a_pattern_covers_what_the_definition_says() {
    let texts = |letters: &str, longest: u32| -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut last = texts.clone();
        for _ in 0..longest {
            let longer = |text: &String| {
                let text = text.clone();
                letters.chars().map(move |letter| format!("{text}{letter}"))
            };
            last = last.iter().flat_map(longer).collect();
            texts.extend(last.clone());
        }
        texts
    };
    let paths = texts("ab", 5);
    for pattern in texts("ab*?", 4) {
        let document = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "*", "Resource": format!("{STAGE}GET/{pattern}") } });
        let document = Document::read(&document).unwrap();
        let chars: Vec<char> = pattern.chars().collect();
        for path in &paths {
            let covered = covers(&chars, &path.chars().collect::<Vec<_>>());
            let expected = if covered {
                Verdict::Allowed
            } else {
                Verdict::ImplicitlyDenied
            };
            let arn = format!("{STAGE}GET/{path}");
            assert_eq!(document.verdict(&call(&arn)), expected, "{pattern} {path}");
        }
    }
}

#[test]
fn many_stars_do_not_take_long() {
    // With a way back to every star this would not end in years.
    for piece in ["*a", "*a?"] {
        let resource = format!("{STAGE}{}b", piece.repeat(130));
        let document = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": resource }] });
        assert_eq!(
            evaluate(&document, &call(&format!("{STAGE}{}", "a".repeat(1500)))),
            Ok(Verdict::ImplicitlyDenied)
        );
    }
}
