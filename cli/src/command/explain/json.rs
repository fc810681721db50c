//! An explanation as one JSON object.

use serde_json::{Value, json};
use tollgate_engine::Reason;
use tollgate_engine::explain::{Change, Checked, Considered};
use tollgate_engine::truth::Truth;

use super::Explained;

pub(super) fn text(explained: &Explained<'_>) -> Result<String, String> {
    let explanation = &explained.explanation;
    let decision = &explanation.decision;
    let denial = decision.denial();
    let object = json!({
        "call": explained.call,
        "asker": explained.asker.line,
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
    });
    let text = serde_json::to_string_pretty(&object).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

fn rules(explained: &Explained<'_>, rules: &[Considered]) -> Vec<Value> {
    let rule = |rule: &Considered| {
        json!({
            "rule": rule.rule.head,
            "place": rule.rule.place,
            "source": explained.loaded.read.sources.text(rule.span).trim(),
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
        "value": match checked.value {
            Truth::True => "true",
            Truth::False => "false",
            Truth::Unknown => "unknown",
        },
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
