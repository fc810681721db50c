//! What becomes of a request at every stage, as JSON: how far it comes in the local gateway, and what
//! the authorizer then makes of it. Never a token.

pub mod explanation;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};
use tollgate_engine::truth::Truth;
use tollgate_engine::{Fact, Principal, User};
use tollgate_gateway::Answer;
use tollgate_gateway::authorize::inspect::{Inspection, TokenCheck};
use tollgate_gateway::settings::answers::Scope;
use tollgate_identity::fact_cache::Origin;
use tollgate_identity::token_source::TokenSource;
use tollgate_local::gateway::Approach;

use self::explanation::Explained;

/// A request on its way: `inspection` is of the event that it comes with, if it comes with one. `call` is
/// its method and path.
pub fn object(call: &str, approach: &Approach, inspection: Option<&Inspection<'_>>) -> Value {
    let malformed = inspection
        .and_then(|it| it.decision.as_ref()?.malformed())
        .filter(|_| approach.admitted);
    let turned_away = approach.stopped.as_deref().filter(|_| !approach.admitted);
    let template = approach.route.as_ref();
    json!({
        "admission": {
            "ok": approach.admitted && malformed.is_none(),
            "message": turned_away.or(malformed),
        },
        "route": template.map(|template| json!({
            "api": approach.api,
            "template": template,
            "arn": approach.arn,
            "authorizer": approach.authorizer,
        })),
        "event": approach.shown,
        "token": inspection.map_or_else(|| unasked(approach), |it| token(&it.token)),
        "facts": inspection.map(|it| it.facts.iter().map(fact).collect::<Vec<_>>()).unwrap_or_default(),
        "user": inspection.and_then(|it| it.principal.as_ref()?.user()).map(user),
        "decision": inspection.map(|it| decision(call, it)),
        "answer": inspection.map(answer),
        "policy_version": inspection.map(|it| &it.loaded.version),
    })
}

/// Of a request that the authorizer is not asked about.
fn unasked(approach: &Approach) -> Value {
    let open = "the route has no authorizer";
    json!({
        "found_in": null,
        "provider": null,
        "outcome": "visitor",
        "message": approach.stopped.as_deref().unwrap_or(open),
        "origin": null,
        "verification": null,
        "ms": 0,
    })
}

fn token(token: &TokenCheck) -> Value {
    json!({
        "found_in": token.found_in.as_ref().map(place),
        "provider": token.provider.as_deref(),
        "outcome": token.proof.as_str(),
        "message": token.message,
        "origin": token.origin.map(Origin::as_str),
        "verification": token.mode.map(|mode| mode.to_string()),
        "ms": token.took.map_or(0.0, |took| (took.as_secs_f64() * 1_000_000.0).round() / 1000.0),
    })
}

/// Where in the request, in the words of HTTP.
fn place(source: &TokenSource) -> String {
    match source {
        TokenSource::Bearer => "header Authorization".to_owned(),
        named => named.to_string(),
    }
}

fn fact((fact, value): &(String, Truth)) -> Value {
    json!({ "fact": fact, "value": word(*value) })
}

fn word(value: Truth) -> &'static str {
    match value {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    }
}

/// Who it is and what they have; neither address nor claims.
fn user(user: &User) -> Value {
    let mut members = Map::from_iter([("id".to_owned(), user.id.as_str().into())]);
    for (name, list) in user.lists() {
        // What is unknown is not told, rather than told to be nothing.
        if let Fact::Known(list) = list {
            members.insert(name.to_owned(), list.clone().into());
        }
    }
    members.into()
}

fn decision(call: &str, inspection: &Inspection<'_>) -> Value {
    let error = inspection.answer.as_ref().err().map(ToString::to_string);
    let Some(decision) = &inspection.decision else {
        return json!({
            "outcome": "failed",
            "reason": null,
            "required": [],
            "hint": null,
            "tier": null,
            "message": error,
            "explanation": null,
        });
    };
    let denial = decision.denial();
    json!({
        "outcome": if decision.is_allowed() { "allowed" } else { "denied" },
        "reason": denial.map(|denial| denial.reason.as_str()),
        "required": denial.map(|denial| denial.required.clone()).unwrap_or_default(),
        "hint": denial.and_then(|denial| denial.hint.as_ref()),
        "tier": decision.tier(),
        "message": decision.malformed(),
        "explanation": explained(call, inspection),
    })
}

fn explained(call: &str, inspection: &Inspection<'_>) -> Option<Value> {
    let explanation = inspection.explanation.as_ref()?;
    let parsed = inspection.loaded.parsed.as_ref()?;
    let object = explanation::object(&Explained {
        call,
        asker: &asker(inspection),
        whole_request: None,
        sources: &parsed.sources,
        explanation,
    });
    Some(object)
}

/// `visitor`, `user u-1 with product p-1, mfa`
fn asker(inspection: &Inspection<'_>) -> String {
    let Some(user) = inspection.principal.as_ref().and_then(Principal::user) else {
        return "visitor".to_owned();
    };
    let holds = |(fact, value): &&(String, Truth)| {
        *value == Truth::True && fact != "user" && !fact.starts_with("user ")
    };
    let facts = inspection.facts.iter().filter(holds);
    let facts: Vec<&str> = facts.map(|(fact, _)| fact.as_str()).collect();
    let with = if facts.is_empty() { "" } else { " with " };
    format!("user {}{with}{}", user.id, facts.join(", "))
}

fn answer(inspection: &Inspection<'_>) -> Value {
    let given = |answer: &Answer| serde_json::to_value(answer).ok();
    json!({
        "scope": inspection.scope.map(Scope::as_str),
        "why_not_token": inspection.alone,
        "json": inspection.answer.as_ref().ok().and_then(given),
        "error": inspection.answer.as_ref().err().map(ToString::to_string),
    })
}
