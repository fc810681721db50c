//! Documents as they are sent: pinned to API and stage, bounded, kept.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
#![allow(
    clippy::format_collect,
    reason = "short texts, read more easily than fast"
)]

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use tollgate_engine::{Fact, Inexact, Policy, Sees, User};
use tollgate_gateway::answer::document::PolicyDocument;
use tollgate_gateway::arn::{MAX_RESOURCE, MethodArn};
use tollgate_gateway::documents::{Documents, MAX_DOCUMENT, NoDocument};
use tollgate_gateway::policy::Read;

const STAGE: &str = "arn:aws-cn:execute-api:cn-north-1:123456789012:a1b2c3/$default/";

fn policy(text: &str) -> Policy {
    let files = [("access.policy".to_owned(), text.as_bytes().to_vec())];
    let read = Read::files(&files, &std::iter::empty().collect());
    read.policy.unwrap()
}

fn user(products: &[&str]) -> User {
    User {
        id: "u-1".to_owned(),
        products: Fact::Known(products.iter().map(|&product| product.to_owned()).collect()),
        ..User::default()
    }
}

fn sent(document: &PolicyDocument) -> Value {
    serde_json::to_value(document).unwrap()
}

#[test]
fn allows_what_is_allowed_and_denies_what_is_taken_back() {
    let policy = policy(
        "route GET /a/* requires product p-1\nroute GET /a/b requires product p-2\nroute GET /c is public\n",
    );
    let whole = format!("{STAGE}GET/a/x");
    let arn = MethodArn::read(&whole).unwrap();
    let principal = policy.principal(user(&["p-1"]));
    let written = Documents::default()
        .of(&policy, &principal, &arn, Sees::ALL, 0)
        .unwrap();
    let until = UNIX_EPOCH + Duration::from_hours(498_806);
    let document = sent(&PolicyDocument::of_token(&written, None, Some(until)));
    assert_eq!(document["Version"], "2012-10-17");
    let statements = document["Statement"].as_array().unwrap();
    let on_stage = |tail: &str| format!("{STAGE}{tail}");
    assert_eq!(
        statements[0],
        json!({
            "Action": "execute-api:Invoke",
            "Effect": "Allow",
            "Resource": [on_stage("GET/a/?*"), on_stage("GET/c"), on_stage("GET/c/")],
            "Condition": { "DateLessThan": { "aws:CurrentTime": "2026-11-26T14:00:00Z" } },
        })
    );
    assert_eq!(
        statements[1],
        json!({
            "Action": "execute-api:Invoke",
            "Effect": "Deny",
            "Resource": [on_stage("GET/a/b"), on_stage("GET/a/b/")],
        })
    );
    let malformed = statements[2]["Resource"].as_array().unwrap();
    assert!(malformed.contains(&json!("arn:aws-cn:execute-api:*:*:*/*/*//*")));
    assert!(malformed.len() > 300, "{}", malformed.len());
    assert_eq!(statements.len(), 3);
    // A denied request is denied in so many words.
    let denied = sent(&PolicyDocument::of_token(&written, Some(&arn), None));
    assert_eq!(denied["Statement"][3]["Resource"], whole);
    assert_eq!(denied["Statement"][3]["Effect"], "Deny");
    assert_eq!(denied["Statement"][0].get("Condition"), None);
}

#[test]
fn whoever_may_do_nothing_is_denied_everything() {
    let policy = policy("route /a requires product p-1\n");
    let whole = format!("{STAGE}GET/a");
    let arn = MethodArn::read(&whole).unwrap();
    let written = Documents::default()
        .of(&policy, &policy.visitor(), &arn, Sees::ALL, 0)
        .unwrap();
    assert_eq!(
        sent(&PolicyDocument::of_token(&written, None, None)),
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Action": "execute-api:Invoke",
                "Effect": "Deny",
                "Resource": [format!("{STAGE}*")],
            }],
        })
    );
}

#[test]
fn users_of_whom_the_policy_knows_the_same_share_one() {
    let policy = policy("route /a requires product p-1\nroute /b requires product p-2\n");
    let documents = Documents::default();
    let of = |user: User, stage: &str| {
        let whole = format!("arn:aws:execute-api:eu-central-1:123456789012:a1/{stage}/GET/a");
        let arn = MethodArn::read(&whole).unwrap();
        let principal = policy.principal(user);
        documents
            .of(&policy, &principal, &arn, Sees::ALL, 0)
            .unwrap()
    };
    let first = of(user(&["p-1"]), "main");
    let mut other = user(&["p-1", "p-3"]);
    other.id = "u-2".to_owned();
    assert!(Arc::ptr_eq(&first, &of(other, "main")));
    assert!(!Arc::ptr_eq(&first, &of(user(&["p-2"]), "main")));
    assert!(!Arc::ptr_eq(&first, &of(user(&["p-1"]), "test")));
    // Others in between do not drive out what is used.
    for stage in 0..1000 {
        of(user(&["p-1"]), &format!("stage-{stage}"));
        assert!(Arc::ptr_eq(&first, &of(user(&["p-1"]), "main")), "{stage}");
    }
}

/// A resource has 512 characters at most, of which the start of the ARN has its share.
#[test]
fn the_longest_resource_is_sent_and_one_character_more_is_not() {
    let whole = format!("{STAGE}GET/a");
    let arn = MethodArn::read(&whole).unwrap();
    let of = |length: usize| {
        let path = "x".repeat(length - STAGE.len() - "GET//".len());
        let policy = policy(&format!("route GET /{path} is public\n"));
        let documents = Documents::default();
        documents.of(&policy, &policy.visitor(), &arn, Sees::ALL, 0)
    };
    let allow = of(MAX_RESOURCE).unwrap().allow.clone().unwrap();
    let allow: Vec<String> = serde_json::from_str(allow.get()).unwrap();
    let longest = allow.iter().map(String::len).max();
    assert_eq!(longest, Some(MAX_RESOURCE));
    assert_eq!(*of(MAX_RESOURCE + 1).unwrap_err(), NoDocument::TooLong);
}

#[test]
fn the_longest_document_is_sent_and_one_byte_more_is_not() {
    assert_eq!(MAX_DOCUMENT, 65_536);
    let whole = format!("{STAGE}GET/a");
    let arn = MethodArn::read(&whole).unwrap();
    let of = |routes: usize, last: usize| {
        let filling: String = (0..routes)
            .map(|number| format!("route GET /{number:03}{}/* is public\n", "x".repeat(300)))
            .collect();
        let last = format!("route GET /{}/* is public\n", "y".repeat(last));
        let policy = policy(&(filling + &last));
        let documents = Documents::default();
        documents.of(&policy, &policy.visitor(), &arn, Sees::ALL, 0)
    };
    let length = |routes| {
        let written = of(routes, 1).unwrap();
        let all = written.allow.iter().chain(&written.deny);
        all.map(|resources| resources.get().len()).sum::<usize>()
    };
    let (one, each) = (length(1), length(2) - length(1));
    let (more, left) = ((MAX_DOCUMENT - one) / each, (MAX_DOCUMENT - one) % each);
    assert!(of(1 + more, 1 + left).is_ok());
    let longer = of(1 + more, 2 + left).unwrap_err();
    assert_eq!(*longer, NoDocument::TooLong);
}

/// What `tollgate check` and the doctor ask: fifty routes for any method have room, a hundred have not.
#[test]
fn a_policy_with_too_many_routes_is_found_before_it_is_deployed() {
    let documents = Documents::default();
    let causes = |routes: usize| {
        let text: String = (0..routes)
            .map(|number| format!("route /r{number}/* requires user\n"))
            .collect();
        policy(&text).inexact(Sees::ALL, 0, |document| documents.can_send(document))
    };
    assert_eq!(causes(50), []);
    assert_eq!(causes(100), [Inexact::TooLarge]);
}

/// No rule asks for `trial`, but the backend is told it: what is known of one time is not known of
/// another.
#[test]
fn the_date_of_a_tier_that_no_rule_requires_ends_what_is_kept() {
    const DATE: i64 = 1_780_272_000_000;
    const DAY: i64 = 86_400_000;
    let policy = policy("tier trial is before 2026-06-01T00:00:00Z\nroute /a requires user\n");
    let documents = Documents::default();
    let whole = format!("{STAGE}GET/a");
    let arn = MethodArn::read(&whole).unwrap();
    let principal = policy.principal(user(&[]));
    let at = |time| documents.of(&policy, &principal, &arn, Sees::ALL, time);
    assert!(at(DATE - DAY).is_ok());
    let near = at(DATE - 1).unwrap_err();
    let trial = NoDocument::Inexact(Inexact::Tier("trial".to_owned()));
    assert_eq!(*near, trial);
    assert!(at(DATE).is_ok());
}

#[test]
fn there_is_none_that_is_too_long_or_for_many_stages() {
    let long = "x".repeat(60);
    let many: String = (0..200)
        .map(|number| format!("route /{long}-{number} is public\n"))
        .collect();
    for (text, stage) in [
        // All of them together.
        (many, "main".to_owned()),
        // One resource: 512 characters.
        (
            format!("route /{} is public\n", "y".repeat(460)),
            "main".to_owned(),
        ),
        ("route /a/* is public\n".to_owned(), "s".repeat(500)),
    ] {
        let policy = policy(&text);
        let whole = format!("arn:aws:execute-api:eu-central-1:123456789012:a1/{stage}/GET/a");
        let arn = MethodArn::read(&whole).unwrap();
        let documents = Documents::default();
        let outcome = documents.of(&policy, &policy.visitor(), &arn, Sees::ALL, 0);
        assert!(outcome.is_err(), "{text:.80}");
    }
    // The stage of the console's test, in which every stage would be allowed.
    let policy_of_one = policy("route /a is public\n");
    for stage in ["*", "ma?n", "${x}"] {
        let whole = format!("arn:aws:execute-api:eu-central-1:123456789012:a1/{stage}/GET/a");
        let arn = MethodArn::read(&whole).unwrap();
        let visitor = policy_of_one.visitor();
        let outcome = Documents::default().of(&policy_of_one, &visitor, &arn, Sees::ALL, 0);
        assert!(outcome.is_err(), "{stage}");
    }
    // What is not is within the bound with all around it.
    let policy = policy("route /a/* is public\n");
    let whole = format!("{STAGE}GET/a/x");
    let arn = MethodArn::read(&whole).unwrap();
    let written = Documents::default()
        .of(&policy, &policy.visitor(), &arn, Sees::ALL, 0)
        .unwrap();
    let length = sent(&PolicyDocument::of_token(&written, None, None))
        .to_string()
        .len();
    assert!(length < MAX_DOCUMENT, "{length}");
}
