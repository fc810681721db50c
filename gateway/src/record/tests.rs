#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::sync::Mutex;
use std::time::UNIX_EPOCH;

use serde_json::json;
use tollgate_engine::user::Fact;
use tollgate_engine::{Policy, Products, Reason, User};
use tollgate_identity::mode::Mode;
use tollgate_identity::outcome::{Identity, Outcome as Proof};
use tollgate_identity::providers::Verdict;
use tollgate_identity::secret::Secret;

use super::user_hash::UserHash;
use serde_json::Value;

use super::*;
use crate::authorize::AuthorizeError;
use crate::event::{EventError, Kind};
use crate::policy::Read;

const SALT: &str = "a salt of sixteen bytes or more";
const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

/// A recorder as these `logs:` make it, and what it wrote.
struct Rig {
    recorder: Recorder,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Rig {
    async fn new(logs: &str) -> Self {
        let text = format!(
            "providers:\n  - tiun: {{ environment: live, api_key: env:KEY }}\nlogs: {logs}\n"
        );
        let settings = Settings::read("authorizer.yaml", &text).unwrap();
        let clock = Clock::new(|| UNIX_EPOCH + Duration::from_millis(1_700_000_000_123));
        let sources = Sources::system()
            .with_clock(clock)
            .with_variables(|name| (name == "SALT").then(|| SALT.to_owned()));
        let written = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&written);
        let sink = Sink::new(move |line| into.lock().unwrap().extend_from_slice(line));
        let recorder = Recorder::start(&settings, &sources, sink).await.unwrap();
        // Tests that are about something else begin after the first decision.
        recorder.cold.store(false, Ordering::Relaxed);
        Self { recorder, written }
    }

    fn write(&self, trail: Trail, asked: Asked) -> Vec<Value> {
        let invocation = Invocation {
            id: "d-1",
            trace: Some(TRACE),
        };
        let record = Record {
            took: Duration::from_micros(1_500),
            ..Record::new(invocation, trail, "0123456789ab")
        };
        self.recorder.write(&record, asked);
        let written = std::mem::take(&mut *self.written.lock().unwrap());
        let text = String::from_utf8(written).unwrap();
        assert!(text.ends_with('\n'), "{text}");
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn one(&self, trail: Trail) -> Value {
        let lines = self.write(trail, Asked::default());
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines[0].clone()
    }
}

fn policy() -> Policy {
    let text = "route /open is public\nroute /pro/* requires product p-1\n";
    let file = ("access.policy".to_owned(), text.into());
    let products: Products = std::iter::empty().collect();
    Read::files(&[file], &products).policy.unwrap()
}

fn request(path: &str) -> tollgate_engine::Request<'_> {
    tollgate_engine::Request {
        target: tollgate_engine::Target::Path {
            method: "GET",
            path,
        },
        ip: None,
        unix_millis: 0,
        headers: None,
        query: None,
    }
}

fn user(id: &str) -> Arc<User> {
    Arc::new(User {
        id: id.to_owned(),
        products: Fact::Known(Vec::new()),
        ..User::default()
    })
}

fn verdict(outcome: Proof, origin: Origin) -> Verdict {
    Verdict {
        provider: Some("tiun".into()),
        mode: Mode::Rest,
        outcome,
        origin,
        ends: None,
    }
}

fn identity(id: &str) -> Proof {
    Proof::Identity(Identity {
        user: user(id),
        expires: None,
    })
}

/// The hash with the salt of these tests.
fn hash_of(id: &str) -> String {
    let salt = Secret::new(SALT);
    UserHash::salted(&salt).unwrap().of(id)
}

/// The trail of a user who was denied.
fn denied(policy: &Policy) -> Trail {
    let mut trail = Trail::begin();
    trail.event = Some(Kind::RestRequest);
    trail.verified(&verdict(identity("u-1"), Origin::Verified), Instant::now());
    trail.verifying = Some(Duration::from_millis(42));
    let request = request("/pro/secret-parameter");
    let found = policy.find(&request);
    trail.decided(&found.decide(&policy.principal(user("u-1"))));
    trail
}

fn allowed(policy: &Policy) -> Trail {
    let mut trail = Trail::begin();
    trail.event = Some(Kind::Http2);
    let request = request("/open");
    trail.decided(&policy.find(&request).decide(&policy.visitor()));
    trail
}

fn failed() -> Trail {
    let mut trail = Trail::begin();
    trail.failed(&AuthorizeError::Event(EventError::Unknown(
        "it has no `type`",
    )));
    trail
}

#[tokio::test]
async fn a_denial_is_told_to_the_rule() {
    let (rig, policy) = (Rig::new("{ salt: env:SALT }").await, policy());
    let line = rig.one(denied(&policy));
    let hash = hash_of("u-1");
    assert_eq!(
        line,
        json!({
            "level": "INFO", "message": "decided", "id": "d-1",
            "rule": "route /pro/*", "place": "access.policy:2", "scope": "request",
            "event": "REST REQUEST", "verification": "rest", "facts": "verified", "user": hash,
            "policy": "0123456789ab", "trace": "1-5759e988-bd862e3fe1be46a994272793",
            "provider_ms": 42.0, "outcome": "deny", "reason": "upgrade_required", "provider": "tiun",
            "Decisions": 1, "DecisionTime": 1.5, "FactCacheHits": 0, "FactCacheMisses": 1,
            "_aws": {
                "Timestamp": 1_700_000_000_123_u64,
                "CloudWatchMetrics": [
                    {"Namespace": "Tollgate", "Dimensions": [[], ["outcome"], ["outcome", "reason"]],
                     "Metrics": [{"Name": "Decisions", "Unit": "Count"}]},
                    {"Namespace": "Tollgate", "Dimensions": [[]],
                     "Metrics": [{"Name": "DecisionTime", "Unit": "Milliseconds"}]},
                    {"Namespace": "Tollgate", "Dimensions": [[], ["provider"]],
                     "Metrics": [{"Name": "FactCacheHits", "Unit": "Count"},
                                 {"Name": "FactCacheMisses", "Unit": "Count"}]},
                ],
            },
        })
    );
}

#[tokio::test]
async fn an_error_says_its_kind_and_cause() {
    let line = Rig::new("{ decisions: none }").await.one(failed());
    assert_eq!(line["outcome"], "error");
    assert_eq!(line["reason"], "UnknownEvent");
    assert_eq!(line["level"], "ERROR");
    let cause = line["cause"].as_str().unwrap();
    assert!(cause.contains("it has no `type`"), "{cause}");
}

#[tokio::test]
async fn a_401_is_a_denial_and_no_error() {
    let (rig, policy) = (Rig::new("{}").await, policy());
    let mut trail = Trail::begin();
    let request = request("/pro/1");
    trail.decided(&policy.find(&request).decide(&policy.visitor()));
    trail.failed(&AuthorizeError::Unauthorized);
    let line = rig.one(trail);
    assert_eq!(line["outcome"], "deny");
    assert_eq!(line["reason"], Reason::LoginRequired.as_str());
}

#[tokio::test]
async fn a_decision_that_cannot_be_answered_is_an_error() {
    let (rig, policy) = (Rig::new("{ user: plain }").await, policy());
    let mut trail = denied(&policy);
    trail.user = Some(user(&"u".repeat(257)));
    trail.failed(&AuthorizeError::UnfitUserId);
    let line = rig.one(trail);
    assert_eq!(line["outcome"], "error");
    assert_eq!(line["reason"], "UnfitUserId");
    assert_eq!(line["rule"], "route /pro/*");
    assert_eq!(line.get("user"), None);
}

#[tokio::test]
async fn a_user_is_named_as_the_configuration_says() {
    let policy = policy();
    for (logs, expected) in [
        ("{ user: plain }", Some("u-1".to_owned())),
        ("{ user: none }", None),
        ("{ salt: env:SALT }", Some(hash_of("u-1"))),
        ("{ user: hashed, salt: env:SALT }", Some(hash_of("u-1"))),
    ] {
        let line = Rig::new(logs).await.one(denied(&policy));
        assert_eq!(line["user"].as_str(), expected.as_deref(), "{logs}");
    }
    // Without a salt it is told apart in one process alone.
    let (one, other) = (Rig::new("{}").await, Rig::new("{}").await);
    let user = |rig: &Rig| rig.one(denied(&policy))["user"].clone();
    assert_eq!(user(&one), user(&one));
    assert_ne!(user(&one), user(&other));
}

#[tokio::test]
async fn what_has_no_line_of_its_own_still_counts() {
    let policy = policy();
    for (logs, whole) in [
        ("{ decisions: all }", [true, true, true]),
        ("{ decisions: denials }", [false, true, true]),
        ("{ decisions: none }", [false, false, true]),
    ] {
        let rig = Rig::new(logs).await;
        for (trail, whole) in [allowed(&policy), denied(&policy), failed()]
            .into_iter()
            .zip(whole)
        {
            let line = rig.one(trail);
            assert_eq!(line.get("id").is_some(), whole, "{logs}: {line}");
            assert_eq!(line["Decisions"], 1, "{logs}: {line}");
            if !whole {
                let metrics = metric::ALL.iter().map(|metric| metric.name);
                let allowed: Vec<_> = ["_aws", "outcome", "reason", "provider"]
                    .into_iter()
                    .chain(metrics)
                    .collect();
                let members = line.as_object().unwrap().keys();
                let more: Vec<_> = members
                    .filter(|member| !allowed.contains(&member.as_str()))
                    .collect();
                assert!(more.is_empty(), "{logs}: {more:?}");
            }
        }
    }
}

#[tokio::test]
async fn each_provider_that_was_asked_has_its_own_line() {
    let (rig, policy) = (Rig::new("{}").await, policy());
    let usage = |succeeded, failed| Usage {
        calls: Attempts { succeeded, failed },
        times: vec![Duration::from_millis(20); 2],
        kept_back: 3,
        key_sets: Attempts {
            succeeded: 0,
            failed: 1,
        },
    };
    let asked = Asked {
        providers: vec![("staff".into(), usage(1, 0)), ("tiun".into(), usage(0, 2))],
        secrets: Attempts {
            succeeded: 4,
            failed: 1,
        },
    };
    let lines = rig.write(denied(&policy), asked);
    let [own, other] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(own["provider"], "tiun");
    assert_eq!(own["ProviderCalls"], 2);
    assert_eq!(own["ProviderFailures"], 2);
    assert_eq!(own["SecretRefreshes"], 5);
    assert_eq!(own["SecretRefreshFailures"], 1);
    let mut other = other.clone();
    other.as_object_mut().unwrap().remove("_aws");
    assert_eq!(
        other,
        json!({
            "provider": "staff", "ProviderCalls": 1, "ProviderFailures": 0,
            "ProviderTime": [20.0, 20.0], "ProviderCallsKeptBack": 3,
            "KeySetRefreshes": 1, "KeySetRefreshFailures": 1,
        })
    );
}

#[tokio::test]
async fn the_first_decision_of_a_process_is_a_cold_start() {
    let (rig, policy) = (Rig::new("{ decisions: none }").await, policy());
    rig.recorder.cold.store(true, Ordering::Relaxed);
    let first = rig.one(allowed(&policy));
    assert_eq!(first["ColdStarts"], 1);
    assert!(first["InitTime"].is_number(), "{first}");
    assert_eq!(rig.one(allowed(&policy)).get("ColdStarts"), None);
}

/// What is known goes on to count when a second look, for fresher facts, fails.
#[tokio::test]
async fn a_second_look_that_fails_does_not_hide_the_first() {
    let mut trail = Trail::begin();
    trail.verified(&verdict(identity("u-1"), Origin::Cache), Instant::now());
    let unavailable = failing().await;
    trail.verified(&verdict(unavailable, Origin::Verified), Instant::now());
    assert_eq!((trail.hits, trail.misses), (1, 1));
    assert_eq!(trail.facts, Some(Origin::Cache));
    assert_eq!(trail.user.unwrap().id, "u-1");
}

/// The outcome of asking a provider that is not there.
async fn failing() -> Proof {
    let text = "providers:\n  - tiun: { environment: live, base_url: \"http://127.0.0.1:1\", api_key: env:KEY }\n";
    let settings = Settings::read("authorizer.yaml", text).unwrap();
    let sources = Sources::system().with_variables(|_| Some("key".to_owned()));
    let roots = tollgate_identity::http::ExtraRoots::default();
    let providers = Providers::start(&settings.providers, &roots, &sources)
        .await
        .unwrap();
    let source = providers.token_sources()[0].clone();
    let needs = policy().needs();
    let deadline = Instant::now() + Duration::from_secs(5);
    let verdict = providers
        .verify(&source, "token", &needs, None, deadline)
        .await;
    let usage = providers.take_usage();
    assert_eq!(usage[0].1.calls.failed, 1, "{usage:?}");
    verdict.outcome
}

/// Metrics are told apart by the members that their line has, those with the same ones together.
#[test]
fn metrics_with_the_same_dimensions_share_a_directive() {
    let mut line = Line::new(
        "Shop",
        UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
    );
    line.say("provider", "tiun");
    line.measure(metric::PROVIDER_CALLS, 1);
    line.measure(metric::COLD_STARTS, 1);
    line.measure(metric::PROVIDER_FAILURES, 0);
    let line: Value = serde_json::from_slice(&line.bytes()).unwrap();
    let metric = |name: &str| json!({ "Name": name, "Unit": "Count" });
    assert_eq!(
        line["_aws"],
        json!({
            "Timestamp": 1_700_000_000_123_u64,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Shop",
                    "Dimensions": [[], ["provider"]],
                    "Metrics": [metric("ProviderCalls"), metric("ProviderFailures")],
                },
                { "Namespace": "Shop", "Dimensions": [[]], "Metrics": [metric("ColdStarts")] },
            ],
        })
    );
}
