//! Answers, in the form that each kind of event wants: no null member, nothing too long.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use tollgate_engine::Policy;
use tollgate_gateway::answer::MAX_WEBSOCKET;
use tollgate_gateway::answer::context::{Context, MAX_USER_ID, MAX_VALUE};
use tollgate_gateway::answer::document::PolicyDocument;
use tollgate_gateway::policy::Read;
use tollgate_gateway::settings::answers::{AnswerSettings, HttpFormat, MAX_CLAIMS, MAX_KEY};
use tollgate_gateway::{Answer, Event};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Level, Metadata, Subscriber};

const HTTP: &str = "arn:aws:execute-api:eu-central-1:123456789012:f6g7h8i9j0/$default/GET/x";
const CONNECT: &str = "arn:aws:execute-api:eu-central-1:123456789012:q1r2s3t4u5/main/$connect";

fn context() -> Context {
    Context {
        user_id: String::new(),
        email: String::new(),
        products: String::new(),
        roles: String::new(),
        tier: String::new(),
        reason: String::new(),
        required: String::new(),
        hint: String::new(),
        provider: String::new(),
        expires: String::new(),
        decision: String::new(),
        policy: String::new(),
        claims: BTreeMap::new(),
    }
}

fn public() -> Policy {
    let text = b"route /* is public\nroute $connect is public\n".to_vec();
    let files = [("access.policy".to_owned(), text)];
    let read = Read::files(&files, &std::iter::empty().collect());
    read.policy.unwrap()
}

/// The answer to an event of whoever may do everything.
fn allowed(event: &Value, context: Context, settings: &AnswerSettings) -> Answer {
    let policy = public();
    let event = Event::read(event).unwrap();
    let request = event.request(0);
    let decision = policy.decide(&request, &policy.visitor());
    assert!(decision.is_allowed());
    let document = PolicyDocument::of_request(event.arn(), true, None);
    Answer::new(&event, &decision, document, context, None, settings)
}

fn http(version: &str) -> Value {
    let member = if version == "2.0" {
        "routeArn"
    } else {
        "methodArn"
    };
    json!({ "type": "REQUEST", "version": version, member: HTTP })
}

fn connect() -> Value {
    json!({ "type": "REQUEST", "methodArn": CONNECT, "requestContext": { "eventType": "CONNECT" } })
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

#[test]
fn simple_responses_are_for_payload_format_2_0_alone() {
    let simple = AnswerSettings {
        http_api: HttpFormat::Simple,
        ..AnswerSettings::default()
    };
    let answer = |event: &Value, settings: &AnswerSettings| {
        let answer = allowed(event, context(), settings);
        assert!(answer.allows());
        let answer = serde_json::to_value(answer).unwrap();
        assert!(!has_null(&answer), "{answer}");
        let members = answer.as_object().unwrap();
        members.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    let iam = "context policyDocument principalId";
    assert_eq!(answer(&http("2.0"), &simple), "context isAuthorized");
    assert_eq!(answer(&http("2.0"), &AnswerSettings::default()), iam);
    assert_eq!(answer(&http("1.0"), &simple), iam);
    assert_eq!(answer(&connect(), &simple), iam);
    let token = json!({ "type": "TOKEN", "methodArn": HTTP });
    assert_eq!(answer(&token, &simple), iam);
}

/// The echo of an ARN that stands for more than itself could allow anything.
#[test]
fn an_arn_with_a_wildcard_is_never_allowed_in_any_form() {
    let mut event = http("2.0");
    let arn = HTTP.replace("/x", "/*");
    event
        .as_object_mut()
        .unwrap()
        .insert("routeArn".to_owned(), json!(arn));
    for http_api in [HttpFormat::Iam, HttpFormat::Simple] {
        let settings = AnswerSettings {
            http_api,
            ..AnswerSettings::default()
        };
        let event = Event::read(&event).unwrap();
        let (policy, request) = (public(), event.request(0));
        let refused = policy.find(&request);
        let refused = refused.refuse(&policy.visitor(), "a wildcard");
        let answer = Answer::new(
            &event,
            &refused,
            PolicyDocument::of_request(event.arn(), false, None),
            context(),
            None,
            &settings,
        );
        assert!(!answer.allows());
        let answer = serde_json::to_string(&answer).unwrap();
        assert!(!answer.contains(&arn), "{answer}");
    }
}

/// Each value that can be left out, with as many bytes.
fn long(bytes: usize) -> Context {
    let value = "v".repeat(bytes);
    Context {
        email: value.clone(),
        products: value.clone(),
        roles: value.clone(),
        hint: value.clone(),
        claims: [("orgId".to_owned(), value)].into(),
        ..context()
    }
}

#[test]
fn an_answer_to_a_websocket_api_leaves_out_whole_values_in_order() {
    let settings = AnswerSettings::default();
    for (bytes, left) in [
        (1400, "claims roles products hint email"),
        (1800, "roles products hint email"),
        (MAX_VALUE, "products hint email"),
    ] {
        let answer = allowed(&connect(), long(bytes), &settings);
        assert!(serde_json::to_vec(&answer).unwrap().len() <= MAX_WEBSOCKET);
        let context = answer.context();
        let values = [
            ("claims", context.claims.get("orgId").unwrap()),
            ("roles", &context.roles),
            ("products", &context.products),
            ("hint", &context.hint),
            ("email", &context.email),
        ];
        assert!(
            values
                .iter()
                .all(|(_, value)| [0, bytes].contains(&value.len()))
        );
        let values = values.iter().filter(|(_, value)| !value.is_empty());
        let names: Vec<_> = values.map(|(name, _)| *name).collect();
        assert_eq!(names.join(" "), left, "{bytes}");
    }
    // Others take more.
    let answer = allowed(&http("2.0"), long(MAX_VALUE), &settings);
    assert_eq!(*answer.context(), long(MAX_VALUE));
}

#[test]
fn a_websocket_answer_may_have_the_last_byte_and_no_more() {
    assert_eq!(MAX_WEBSOCKET, 8192);
    let settings = AnswerSettings::default();
    let with = |bytes: usize| Context {
        claims: [("orgId".to_owned(), "v".repeat(bytes))].into(),
        ..context()
    };
    let empty = allowed(&connect(), with(0), &settings);
    let room = MAX_WEBSOCKET - serde_json::to_vec(&empty).unwrap().len();
    let length = |bytes: usize| {
        let answer = allowed(&connect(), with(bytes), &settings);
        serde_json::to_vec(&answer).unwrap().len()
    };
    assert_eq!(length(room), MAX_WEBSOCKET);
    assert_eq!(length(room + 1), MAX_WEBSOCKET - room);
}

/// What is never left out is short enough by itself.
#[test]
fn the_longest_answer_to_a_websocket_api_fits() {
    let claim = |number: usize| (format!("{number:k>MAX_KEY$}"), "v".repeat(MAX_VALUE));
    let context = Context {
        user_id: "u".repeat(MAX_USER_ID),
        required: "r".repeat(MAX_VALUE),
        reason: "verification_required".to_owned(),
        tier: "t".repeat(128),
        provider: "p".repeat(32),
        expires: u64::MAX.to_string(),
        decision: "d".repeat(128),
        policy: "0123456789ab".to_owned(),
        claims: (0..MAX_CLAIMS).map(claim).collect(),
        ..long(MAX_VALUE)
    };
    let answer = allowed(&connect(), context, &AnswerSettings::default());
    let length = serde_json::to_vec(&answer).unwrap().len();
    assert!(length + 512 <= MAX_WEBSOCKET, "{length}");
}

#[test]
fn a_context_shows_why_it_denies_and_never_whom() {
    let told = Context {
        user_id: "u-4711".to_owned(),
        email: "4711@example.com".to_owned(),
        reason: "no_route".to_owned(),
        decision: "d-1".to_owned(),
        claims: [("orgId".to_owned(), "4711".to_owned())].into(),
        ..context()
    };
    assert_eq!(
        format!("{told:?}"),
        r#"Context { reason: "no_route", required: "", decision: "d-1", policy: "", .. }"#
    );
}

/// Counts warnings.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicU64>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn an_answer_that_leaves_something_out_is_warned_of_and_no_other() {
    let warnings = Warnings::default();
    let here = Dispatch::new(warnings.clone());
    // With one subscriber alone, what the first thread at a place says of it holds for all threads.
    let _never_alone = Dispatch::new(warnings.clone());
    tracing::dispatcher::with_default(&here, || {
        for (bytes, warned) in [(0, 0), (1400, 0), (1800, 1), (MAX_VALUE, 2)] {
            allowed(&connect(), long(bytes), &AnswerSettings::default());
            assert_eq!(warnings.0.load(Ordering::SeqCst), warned, "{bytes}");
        }
    });
}
