//! The event cases of `tests/events`, as its README describes them.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tollgate_gateway::answer::context::OWN_KEYS;
use tollgate_local::iam::{self, Call, Verdict};

use crate::build;

/// What must come of an event.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Expect {
    /// What is special.
    pub about: String,
    /// Whose token is put in.
    pub user: Option<String>,
    /// The advisory it comes from.
    pub past: Option<String>,
    /// What the function does.
    pub outcome: Outcome,
    /// Of the IAM answer.
    pub principal_id: Option<String>,
    /// Of the IAM answer.
    pub resource: Option<String>,
    /// Of the context.
    pub reason: Option<String>,
    /// Of the context.
    pub required: Option<String>,
    /// What `answers:` says in the configuration.
    pub answers: Option<Value>,
    /// The whole answer.
    pub answer: Option<Value>,
}

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// An answer that allows.
    Allow,
    /// An answer that denies.
    Deny,
    /// It fails with exactly `Unauthorized`.
    Unauthorized,
    /// It fails with anything else.
    Error,
}

/// An event and what must come of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Names the case in a failure.
    pub name: String,
    /// The event, as it is written.
    pub event: Value,
    /// What must come of it.
    pub expect: Expect,
}

/// One row of `paths.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathRow {
    /// The advisory it comes from.
    pub past: Option<String>,
    path: String,
    then: Option<String>,
    times: Option<usize>,
    /// `malformed`, `allowed`, or the reason of the denial.
    pub expect: String,
    /// The decoded segments.
    #[serde(rename = "as")]
    pub segments: Option<Vec<String>>,
    /// Not as an event.
    #[serde(default)]
    pub alone: bool,
}

impl PathRow {
    /// The raw path.
    pub fn path(&self) -> String {
        let then = self.then.as_deref().unwrap_or_default();
        self.path.clone() + &then.repeat(self.times.unwrap_or(1))
    }
}

fn folder() -> PathBuf {
    build::root().join("tests/events")
}

fn yaml<T: DeserializeOwned>(name: &str) -> T {
    let path = folder().join(name);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of `paths.yaml`.
pub fn paths() -> Vec<PathRow> {
    yaml("paths.yaml")
}

/// All events with their expectations: whole files, then the variants.
///
/// # Panics
/// If a file is not as the README has it.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap_or_else(|error| panic!("{}: {error}", folder().display()))
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".expect.json").map(str::to_owned))
        .collect();
    names.sort();
    for name in names {
        cases.push(Case {
            event: yaml(&format!("{name}.json")),
            expect: yaml(&format!("{name}.expect.json")),
            name,
        });
    }
    // A map, since an `event` that is null is an event too.
    for mut variant in yaml::<Vec<Map<String, Value>>>("variants.yaml") {
        let (base, change) = (variant.remove("base"), variant.remove("change"));
        let event = variant.remove("event");
        let expect: Expect = serde_json::from_value(Value::Object(variant))
            .unwrap_or_else(|error| panic!("variants.yaml: {error}"));
        let mut event = match (base.as_ref().and_then(Value::as_str), event) {
            (Some(base), None) => yaml(&format!("{base}.json")),
            (None, Some(event)) => event,
            _ => panic!("variants.yaml: {}: either `base` or `event`", expect.about),
        };
        if let Some(change) = &change {
            merge(&mut event, change);
        }
        cases.push(Case {
            name: expect.about.clone(),
            event,
            expect,
        });
    }
    cases
}

/// A JSON merge patch (RFC 7386).
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, change) in members {
        if let Some(target) = target.as_object_mut() {
            if change.is_null() {
                target.remove(name);
            } else {
                merge(target.entry(name.clone()).or_insert(Value::Null), change);
            }
        }
    }
}

/// Whether an answer lets the request through, of whatever form it is; `None` if it is of none.
fn allows(answer: &Value, event: &Value) -> Option<bool> {
    if let Some(authorized) = answer.get("isAuthorized") {
        return authorized.as_bool();
    }
    let mut names = ["methodArn", "routeArn"].iter();
    let call = Call {
        arn: names.find_map(|name| event.get(name)?.as_str())?,
        unix_millis: 0,
        ip: None,
    };
    let verdict = iam::evaluate(answer.get("policyDocument")?, &call);
    Some(verdict.ok()? == Verdict::Allowed)
}

impl Expect {
    /// What is wrong with an outcome, if anything.
    pub fn compare(
        &self,
        event: &Value,
        got: &crate::function::Invoked,
        policy: &str,
    ) -> Option<String> {
        use crate::function::Invoked;
        let answer = match (self.outcome, got) {
            (Outcome::Unauthorized, Invoked::Failed(_, message)) if message == "Unauthorized" => {
                return None;
            }
            (Outcome::Error, Invoked::Failed(_, message))
                if message != "Unauthorized" && !message.is_empty() =>
            {
                return None;
            }
            (Outcome::Allow | Outcome::Deny, Invoked::Answer(answer)) => answer,
            (wanted, got) => return Some(format!("{wanted:?} was expected, but it is {got:?}")),
        };
        let at = |pointer: &str| answer.pointer(pointer)?.as_str().map(str::to_owned);
        let context = answer.get("context").or(answer.get("resolverContext"));
        let told = |key: &str| context?.get(key)?.as_str().map(str::to_owned);
        if allows(answer, event) != Some(self.outcome == Outcome::Allow) {
            return Some(format!("{:?} was expected: {answer}", self.outcome));
        }
        let wanted = [
            (
                &self.resource,
                "resource",
                at("/policyDocument/Statement/0/Resource"),
            ),
            (&self.principal_id, "principalId", at("/principalId")),
            (&self.reason, "reason", told("reason")),
            (&self.required, "required", told("required")),
        ];
        for (wanted, name, got) in wanted {
            if wanted.is_some() && *wanted != got {
                return Some(format!("the {name} should be {wanted:?}: {answer}"));
            }
        }
        let configured = self.answers.as_ref().and_then(|said| said.get("claims"));
        let configured = configured.and_then(Value::as_object).into_iter().flatten();
        let mut keys = OWN_KEYS
            .into_iter()
            .chain(configured.map(|(key, _)| key.as_str()));
        let missing = keys.find(|key| told(key).is_none());
        if let Some(missing) = missing {
            return Some(format!("the context lacks `{missing}`: {answer}"));
        }
        let decision = told("decision").unwrap_or_default();
        if decision.is_empty() {
            return Some(format!("the decision has no name: {answer}"));
        }
        let whole = self.answer.as_ref().map(|whole| {
            let whole = whole.to_string().replace("{{policy}}", policy);
            whole.replace("{{decision}}", &decision)
        });
        let differs = whole.as_ref().is_some_and(|whole| {
            serde_json::from_str::<Value>(whole).ok().as_ref() != Some(answer)
        });
        differs.then(|| {
            format!(
                "the answer should be {}, but is {answer}",
                whole.unwrap_or_default()
            )
        })
    }
}
