//! An explanation as JSON.

use serde_json::{Value, json};
use tollgate_engine::explain::{Change, Checked, Considered};
use tollgate_engine::{Explanation, Reason};
use tollgate_grammar::Sources;

use super::word;

/// An explanation and what it is about.
pub struct Explained<'e> {
    /// `GET /pro/1`, `$connect` or `field Query.me`
    pub call: &'e str,
    /// As a `test` would say it: `visitor`, `user with mfa`.
    pub asker: &'e str,
    /// Of a field: why the whole GraphQL request is denied, if it is.
    pub whole_request: Option<Reason>,
    /// What the policy was compiled from.
    pub sources: &'e Sources,
    /// The explanation.
    pub explanation: &'e Explanation<'e>,
}

/// The object of `tollgate explain --format json`.
pub fn object(explained: &Explained<'_>) -> Value {
    let explanation = explained.explanation;
    let decision = &explanation.decision;
    let denial = decision.denial();
    json!({
        "call": explained.call,
        "asker": explained.asker,
        "outcome": if decision.is_allowed() { "allowed" } else { "denied" },
        "reason": denial.map(|denial| denial.reason.as_str()),
        "required": denial.map(|denial| &denial.required),
        "hint": denial.and_then(|denial| denial.hint.as_ref()),
        "malformed": decision.malformed(),
        "tier": decision.tier(),
        "whole_request": explained.whole_request.map(Reason::as_str),
        "segments": explanation.segments,
        "decided_by": decision.rule().map(|rule| json!({ "rule": rule.head, "place": rule.place })),
        "routes": rules(explained, &explanation.routes),
        "forbids": rules(explained, &explanation.forbids),
        "more_rules": explanation.more,
        "changes": explanation.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

fn rules(explained: &Explained<'_>, rules: &[Considered]) -> Vec<Value> {
    let rule = |rule: &Considered| {
        json!({
            "rule": rule.rule.head,
            "place": rule.rule.place,
            "source": explained.sources.text(rule.span).trim(),
            "part": rule.part.as_str(),
            "because": rule.because,
            "decides": explained.explanation.decider == Some(rule.span),
            "condition": rule.condition.as_ref().map(condition),
        })
    };
    rules.iter().map(rule).collect()
}

/// Depth is bounded by what compiles.
fn condition(checked: &Checked) -> Value {
    json!({
        "text": checked.text,
        "value": word(checked.value),
        "note": checked.note,
        "parts": checked.parts.iter().map(condition).collect::<Vec<_>>(),
    })
}

fn change(change: &Change) -> Value {
    let steps = change
        .steps
        .iter()
        .map(|step| json!({ "fact": step.fact, "holds": step.holds, "by": step.by.as_str() }));
    json!({
        "steps": steps.collect::<Vec<_>>(),
        "up_to_the_user": change.is_up_to_the_user(),
    })
}
