//! Every bypass of `tests/bypasses` end to end: event, built function, answer, both IAM evaluators; and
//! every answer that was kept, asked about it.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tollgate_local::iam::{self, Call, Verdict};
use tollgate_local::tiun::{TiunOptions, TiunStandIn, development_key};
use tollgate_local::users::{Environment, Users};
use tollgate_tests::build;
use tollgate_tests::bypass::{self, Attempt, Bypass, Expect, KINDS, Kind, Request, VISITOR};
use tollgate_tests::function::{Function, Invoked};
use tollgate_tests::judge::Judge;
use tollgate_tests::rig::Setup;

/// The scopes an answer can have, as lines of the configuration.
const SCOPES: [&str; 2] = [TOKEN, "answers:\n  scope: request\n"];
const TOKEN: &str = "answers:\n  scope: token\n";

/// Paths of the policy by which somebody may come first.
const FIRST: [&str; 9] = [
    "/health",
    "/public/a",
    "/api/auth/validate-sso/a",
    "/foo/a/bar",
    "/user/a",
    "/v1/transfers",
    "/john/a",
    "/admin/a",
    "/config/0/a",
];

/// The function, who it asks, and what its answers were.
struct Stage {
    scope: &'static str,
    tiun: TiunStandIn,
    function: Function,
    judge: Judge,
    /// Documents that allowed a well-formed request, by kind of event and user.
    kept: BTreeMap<(Kind, String), Vec<Value>>,
}

impl Stage {
    async fn start(policy: &str, scope: &'static str) -> Self {
        let users = Users::parse(&bypass::text("users.yaml"), "tests/bypasses/users.yaml").unwrap();
        let tiun = TiunStandIn::start(TiunOptions {
            users,
            ..TiunOptions::development(Environment::Live).unwrap()
        });
        let tiun = tiun.await.unwrap();
        let configuration = format!(
            "providers:\n  - tiun:\n      environment: live\n      base_url: {}\n      api_key: env:TIUN_KEY\n{}",
            tiun.url(),
            scope
        );
        let setup = Setup::new(&configuration, &bypass::text(policy))
            .with("TIUN_KEY", development_key(Environment::Live));
        let mut stage = Self {
            scope,
            tiun,
            function: setup.function(),
            judge: Judge::start(),
            kept: BTreeMap::new(),
        };
        for user in [VISITOR, "member", "pro", "forger", "stranger"] {
            for path in FIRST {
                for attempt in stage.attempts(&Request::get(path, user)) {
                    let invoked = stage.function.invoke(&attempt.event).await;
                    let Some((document, Verdict::Allowed)) = stage.verdict(&invoked, &attempt.arn)
                    else {
                        continue;
                    };
                    let kept = stage.kept.entry((attempt.kind, attempt.user));
                    let kept = kept.or_default();
                    // With one for every route it is the same each time.
                    if !kept.contains(&document) {
                        kept.push(document);
                    }
                }
            }
        }
        stage
    }

    fn attempts(&self, request: &Request) -> Vec<Attempt> {
        let token = |user: &str| self.tiun.token(user);
        request.attempts(|user| token(user).unwrap_or_else(|| panic!("no user `{user}`")))
    }

    /// The document of an answer, and what it says about a call; `None` if there is no answer.
    fn verdict(&self, invoked: &Invoked, arn: &str) -> Option<(Value, Verdict)> {
        let Invoked::Answer(answer) = invoked else {
            return None;
        };
        let document = answer.get("policyDocument").cloned().unwrap_or_default();
        let verdict = self.evaluate(&document, arn);
        Some((document, verdict))
    }

    /// What both evaluators say.
    fn evaluate(&self, document: &Value, arn: &str) -> Verdict {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let call = Call {
            arn,
            unix_millis: i64::try_from(since.as_millis()).unwrap(),
            ip: "203.0.113.7".parse().ok(),
        };
        let ours = iam::evaluate(document, &call)
            .unwrap_or_else(|why| panic!("not understood: {why}: {document}"));
        // To the judge a star in the call is a wildcard, and a line end nothing a wildcard covers.
        if !arn.contains(['*', '\n', '\r']) {
            let theirs = self.judge.verdicts(document, &[call]);
            assert_eq!(theirs, Ok(vec![ours]), "{arn}: {document}");
        }
        ours
    }

    /// Without them the replay would say nothing.
    fn assert_answers_are_kept(&self) {
        for kind in KINDS {
            for user in [VISITOR, "member", "pro"] {
                let key = (kind, user.to_owned());
                assert!(self.kept.contains_key(&key), "nothing is kept of {key:?}");
            }
        }
    }

    /// What is wrong with what came of the requests of a policy, a line for each.
    async fn failures(&self, policy: &str, cases: &[Bypass]) -> String {
        let mut failures = String::new();
        for case in cases {
            let requests = case.requests.iter();
            for request in requests.filter(|request| request.policy == policy) {
                for attempt in self.attempts(request) {
                    let Some(problem) = self.problem(request, &attempt).await else {
                        continue;
                    };
                    let Attempt {
                        kind, user, arn, ..
                    } = attempt;
                    let id = case.id.join(", ");
                    let _ = writeln!(failures, "{id}: {kind:?} by {user}, {arn}: {problem}");
                }
            }
        }
        failures
    }

    /// What is wrong with what came of a request, if anything.
    async fn problem(&self, request: &Request, attempt: &Attempt) -> Option<String> {
        let invoked = self.function.invoke(&attempt.event).await;
        let verdict = self.verdict(&invoked, &attempt.arn);
        let allowed = matches!(verdict, Some((_, Verdict::Allowed)));
        let denied = verdict.is_some_and(|(document, verdict)| refuses(&document, verdict));
        let held = match attempt.expect {
            Expect::Allowed => allowed,
            Expect::Denied => denied,
            Expect::Unauthorized if attempt.kind == Kind::Http => {
                // An answer for every route says what is true of all.
                let reasons: &[_] = match self.scope {
                    TOKEN => &["login_required", "forbidden"],
                    _ => &["login_required"],
                };
                denied && reasons.contains(&invoked.context("reason"))
            }
            Expect::Unauthorized => invoked.status() == 401,
            Expect::Error => invoked.status() == 500,
        };
        if !held {
            return Some(format!("should be {:?}: {invoked:?}", attempt.expect));
        }
        let of_denials = ["reason", "required", "hint"];
        let context = request.context.iter();
        let said = |name: &str| self.scope != TOKEN || !of_denials.contains(&name);
        for (name, value) in context.filter(|(name, _)| said(name)) {
            let Invoked::Answer(answer) = &invoked else {
                return Some(format!("has no context: {invoked:?}"));
            };
            if answer.pointer(&format!("/context/{name}")) != Some(&Value::from(value.as_str())) {
                return Some(format!("`{name}` should be `{value}`: {answer}"));
            }
        }
        if attempt.expect == Expect::Allowed {
            return None;
        }
        let key = (attempt.kind, attempt.user.clone());
        let kept = self.kept.get(&key).into_iter().flatten();
        let mut allowing =
            kept.filter(|document| self.evaluate(document, &attempt.arn) == Verdict::Allowed);
        let allowing = allowing.next()?;
        // A kept answer sees the ARN alone, and is right to allow what is allowed by that.
        let alone = attempt.alone();
        let fresh = self.verdict(&self.function.invoke(&alone).await, &attempt.arn);
        if matches!(fresh, Some((_, Verdict::Allowed))) {
            return None;
        }
        Some(format!("is allowed by an answer that was kept: {allowing}"))
    }
}

/// Whether a verdict is a refusal as it must be. Silence can be an allow beside a resource policy, so
/// only a document that allows other routes may be silent about one.
fn refuses(document: &Value, verdict: Verdict) -> bool {
    let statements = document.get("Statement").and_then(Value::as_array);
    let allow = |statement: &Value| statement.get("Effect") == Some(&Value::from("Allow"));
    match verdict {
        Verdict::Allowed => false,
        Verdict::ExplicitlyDenied => true,
        Verdict::ImplicitlyDenied => statements.into_iter().flatten().any(allow),
    }
}

#[tokio::test]
async fn no_bypass_gets_through() {
    let cases = bypass::cases();
    let policies = cases.iter().flat_map(|case| &case.requests);
    let policies: BTreeSet<&str> = policies.map(|request| request.policy.as_str()).collect();
    for scope in SCOPES {
        for policy in &policies {
            let stage = Stage::start(policy, scope).await;
            if *policy == bypass::ACCESS {
                stage.assert_answers_are_kept();
            }
            let failures = stage.failures(policy, &cases).await;
            assert!(failures.is_empty(), "{policy}, {scope:?}\n{failures}");
        }
    }
}

#[test]
fn every_case_is_told_and_held_somewhere() {
    let cases = bypass::cases();
    assert!(cases.len() > 45, "only {}", cases.len());
    let mut ids = BTreeSet::new();
    for case in &cases {
        let name = case.id.join(", ");
        for text in [&case.product, &case.passed, &case.holds] {
            assert!(!text.is_empty(), "{name}");
        }
        assert!(
            !(case.requests.is_empty() && case.tests.is_empty()),
            "{name}: neither requests nor tests"
        );
        for id in &case.id {
            assert!(ids.insert(id), "{id} is there twice");
        }
        for test in &case.tests {
            let (file, text) = test.split_once(": ").unwrap_or((test.as_str(), ""));
            let read = fs::read_to_string(build::root().join(file));
            let read = read.unwrap_or_else(|error| panic!("{name}: {file}: {error}"));
            let wanted = match Path::new(file).extension() {
                Some(extension) if extension == "rs" => format!("fn {text}("),
                _ => text.to_owned(),
            };
            assert!(
                read.contains(&wanted),
                "{name}: `{wanted}` is not in {file}"
            );
        }
    }
}
