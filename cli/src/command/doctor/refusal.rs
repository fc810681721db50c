//! What refused callers of a REST API are told, and what the resource policy and the document do to
//! refusals.

use tollgate_grammar::Span;
use tollgate_local::template::api::{Api, ApiKind, GatewayResponse};
use tollgate_local::template::authorizer::Authorizer;

use super::code::Code;
use super::finding::Finding;
use super::subject::Subject;

const REASON: &str = "$context.authorizer.reason";
const ORIGIN: &str = "access-control-allow-origin";

/// Everything found.
pub fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for api in &subject.deployment.apis {
        if let Some(span) = api.root_security {
            let message = "`security` of the whole document is not read for a REST API";
            findings.push(Finding::new(Code::SecurityIgnored, span, message));
        }
        let is_asked = api.authorizers.iter().any(Authorizer::is_lambda);
        if api.kind != ApiKind::Rest || !is_asked {
            continue;
        }
        if let Some(allow) = api.policy_allows.first() {
            let message = "what the authorizer says nothing about is allowed here";
            findings.push(Finding::new(Code::SilenceAllowed, *allow, message));
        }
        findings.extend(silent(api));
        findings.extend(unquoted(api));
        // Without a setting for it, routes for preflight requests tell the same.
        let mut routes = api.routes.iter();
        let preflight = routes.find(|route| route.method == "OPTIONS");
        let cors = api.cors.as_ref().map(|cors| cors.span);
        if let Some(cors) = cors.or(preflight.map(|route| route.span)) {
            findings.extend(unreadable(api, cors));
        }
    }
}

/// Responses that are missing, or do not say why.
fn silent(api: &Api) -> Option<Finding> {
    let find = |kind: &str| {
        let mut responses = api.gateway_responses.iter();
        responses.find(|response| response.kind.eq_ignore_ascii_case(kind))
    };
    let mut missing: Vec<String> = Vec::new();
    for kind in [
        "UNAUTHORIZED",
        "ACCESS_DENIED",
        "DEFAULT_4XX",
        "DEFAULT_5XX",
    ] {
        if find(kind).is_none() {
            missing.push(kind.to_owned());
        }
    }
    if let Some(denied) = find("ACCESS_DENIED") {
        let mut bodies = denied.templates.iter();
        if !bodies.any(|(_, body)| body.contains(REASON)) {
            let message = "ACCESS_DENIED does not say why";
            return Some(Finding::new(Code::RefusalsSilent, denied.span, message));
        }
    }
    let message = format!(
        "{} says nothing of its own for {}",
        api.name,
        missing.join(", ")
    );
    (!missing.is_empty()).then(|| Finding::new(Code::RefusalsSilent, api.span, message))
}

fn unreadable(api: &Api, cors: Span) -> Option<Finding> {
    let lacks =
        |response: &&GatewayResponse| !response.headers.iter().any(|(name, _)| name == ORIGIN);
    let response = api.gateway_responses.iter().find(lacks)?;
    let message = format!("{} has no Access-Control-Allow-Origin", response.kind);
    let finding = Finding::new(Code::RefusalsUnreadable, response.span, message);
    Some(finding.related(cors, "pages of other origins are meant to call this API"))
}

/// The first value of the authorizer that is not in quotes.
fn unquoted(api: &Api) -> Option<Finding> {
    const START: &str = "$context.authorizer.";
    for response in &api.gateway_responses {
        for (_, body) in &response.templates {
            for (at, _) in body.match_indices(START) {
                let (before, value) = body.split_at_checked(at)?;
                let of_value =
                    |letter: char| letter.is_ascii_alphanumeric() || "$._-".contains(letter);
                let after = value.trim_start_matches(of_value);
                if !(before.ends_with('"') && after.starts_with('"')) {
                    let message = format!("{} has a value without quotes", response.kind);
                    return Some(Finding::new(Code::ContextUnquoted, response.span, message));
                }
            }
        }
    }
    None
}
