//! The IAM evaluator against the table in `iam.yaml`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_local::iam::{Verdict, evaluate};

const STAGE: &str = "arn:aws:execute-api:us-east-1:123456789012:local00000/local/";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    statements: Value,
    calls: BTreeMap<String, String>,
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

#[test]
fn every_case_of_the_table_holds() {
    let mut cases: Vec<Case> = serde_yaml::from_str(include_str!("iam.yaml")).unwrap();
    assert!(cases.len() > 20);
    for case in &mut cases {
        lengthen(&mut case.statements);
        let document = json!({ "Version": "2012-10-17", "Statement": case.statements });
        for (call, expected) in &case.calls {
            let verdict = match evaluate(&document, &format!("{STAGE}{call}")) {
                Ok(Verdict::Allowed) => "allowed".to_owned(),
                Ok(Verdict::ExplicitlyDenied) => "explicitly denied".to_owned(),
                Ok(Verdict::ImplicitlyDenied) => "implicitly denied".to_owned(),
                Err(why) => why,
            };
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
        assert!(
            evaluate(&document, &format!("{STAGE}GET/a")).is_err(),
            "{document}"
        );
    }
    let one = json!({ "Version": "2012-10-17", "Statement": statement });
    assert_eq!(
        evaluate(&one, &format!("{STAGE}GET/a")),
        Ok(Verdict::Allowed)
    );
    let deny = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Action": "*", "Resource": format!("{STAGE}*") } });
    assert_eq!(evaluate(&deny, "no ARN"), Ok(Verdict::ImplicitlyDenied));
}

#[test]
fn many_stars_do_not_take_long() {
    let resource = format!("{STAGE}{}b", "*a".repeat(200));
    let document = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": resource }] });
    let begun = std::time::Instant::now();
    assert_eq!(
        evaluate(&document, &format!("{STAGE}{}", "a".repeat(1500))),
        Ok(Verdict::ImplicitlyDenied)
    );
    assert!(begun.elapsed() < std::time::Duration::from_secs(1));
}
