//! Policy against API: routes without rules, rules without routes, routes without the authorizer.

use tollgate_grammar::tree::{Access, Route as Rule, Statement, Target};
use tollgate_local::template::api::{Api, ApiKind, Guard, Route};

use super::code::Code;
use super::finding::Finding;
use super::meeting;
use super::subject::{Subject, is_guarded, other_guard};

/// Everything found.
pub fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for unread in &subject.deployment.unread {
        let message = format!("{} was not read", unread.what);
        findings.push(Finding::new(Code::NotRead, unread.span, message));
    }
    public_rules(subject, findings);
    if subject.authorizers().next().is_none() {
        // Everything else would be a finding about every rule and route.
        return;
    }
    for api in &subject.deployment.apis {
        for route in &api.routes {
            match api.kind {
                ApiKind::Rest | ApiKind::Http => path_route(subject, api, route, findings),
                ApiKind::WebSocket => socket_route(subject, api, route, findings),
                ApiKind::AppSync => {}
            }
        }
    }
    unreached_rules(subject, findings);
}

/// What is said of an API without Lambda authorizers, once for the whole description.
pub fn without_authorizer(subject: &Subject<'_>, span: tollgate_grammar::Span) -> Option<Finding> {
    let none = subject.authorizers().next().is_none();
    none.then(|| {
        let message = "no API here has a Lambda authorizer";
        Finding::new(Code::NoAuthorizer, span, message)
    })
}

fn public_rules(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let public = subject.rules().filter(|rule| is_public(rule));
    findings.extend(
        public.map(|rule| Finding::new(Code::PublicRule, rule.span, "anyone may call this")),
    );
}

fn is_public(rule: &Rule) -> bool {
    matches!(rule.access, Access::Public)
}

/// A route of a REST or HTTP API.
fn path_route(subject: &Subject<'_>, api: &Api, route: &Route, findings: &mut Vec<Finding>) {
    if known_guard(api, route, findings).is_none() || route.method == "OPTIONS" {
        return;
    }
    let met = meeting::rules(subject, api, route);
    let shown = route.shown();
    if let Some(guard) = other_guard(api, route) {
        if !met.is_empty() {
            findings.push(guarded_otherwise(route, guard));
        }
    } else if is_guarded(api, route) {
        if met.is_empty() {
            let message = format!("no rule covers `{shown}`, so everybody is denied there");
            findings.push(Finding::new(Code::UncoveredRoute, route.span, message));
        }
    } else if route.guard == Guard::Open {
        let slashed = || meeting::slashed(subject, api, route);
        findings.push(open_route(route, &met, slashed));
    }
}

/// The route, unless nobody knows who guards it.
fn known_guard<'r>(api: &Api, route: &'r Route, findings: &mut Vec<Finding>) -> Option<&'r Route> {
    let finding = match &route.guard {
        Guard::Unknown(text) => {
            let message = format!("who guards `{}` is not known: {text}", route.shown());
            Finding::new(Code::UnknownValue, route.span, message)
        }
        Guard::Authorizer(name) if api.authorizer(route).is_none() => {
            let message = format!("{} has no authorizer `{name}`", api.name);
            Finding::new(Code::MissingAuthorizer, route.span, message)
        }
        _ => return Some(route),
    };
    // The default of an API would be reported for each of its routes.
    let known = |known: &Finding| known.code == finding.code && known.message == finding.message;
    if !findings.iter().any(known) {
        findings.push(finding);
    }
    None
}

fn guarded_otherwise(route: &Route, guard: &str) -> Finding {
    let message = format!("`{}` is guarded by {guard}", route.shown());
    Finding::new(Code::OtherGuard, route.span, message)
}

/// A route that everybody may call.
fn open_route<'a>(
    route: &Route,
    met: &[(&'a Rule, String)],
    slashed: impl FnOnce() -> Option<(&'a Rule, String)>,
) -> Finding {
    let shown = route.shown();
    if let Some((rule, request)) = met.iter().find(|(rule, _)| !is_public(rule)) {
        let message = format!("`{shown}` has no authorizer, though the policy protects it");
        return Finding::new(Code::UnguardedRoute, route.span, message)
            .label(format!("`{request}` reaches the backend"))
            .related(rule.span, "this rule is not enforced there");
    }
    if let Some((rule, request)) = slashed() {
        let message = format!("`{shown}` has no authorizer, and takes other routes' slashed paths");
        return Finding::new(Code::UnguardedRoute, route.span, message)
            .label(format!("`{request}` may reach the backend"))
            .related(rule.span, "to this rule the slash at the end means nothing");
    }
    let message = format!("`{shown}` has no authorizer: anyone may call it");
    let finding = Finding::new(Code::OpenRoute, route.span, message);
    match met.first() {
        Some((rule, _)) => finding.related(rule.span, "as the policy says"),
        None => finding,
    }
}

/// `$connect` of a WebSocket API; messages of other routes are never asked about.
fn socket_route(subject: &Subject<'_>, api: &Api, route: &Route, findings: &mut Vec<Finding>) {
    if known_guard(api, route, findings).is_none() {
        return;
    }
    if route.path != "$connect" {
        if is_guarded(api, route) {
            let message = format!("`{}` has an authorizer", route.shown());
            findings.push(Finding::new(Code::NotOnConnect, route.span, message));
        }
        return;
    }
    let rule = subject.rules().find(|rule| connects(&rule.target));
    if let Some(guard) = other_guard(api, route) {
        findings.push(guarded_otherwise(route, guard));
    } else if is_guarded(api, route) {
        if rule.is_none() {
            let message = "no rule is about `$connect`, so nobody can connect";
            findings.push(Finding::new(Code::UncoveredRoute, route.span, message));
        }
    } else {
        let met: Vec<_> = rule
            .map(|rule| (rule, "$connect".to_owned()))
            .into_iter()
            .collect();
        findings.push(open_route(route, &met, || None));
    }
}

fn connects(target: &Target) -> bool {
    matches!(target, Target::Connect(_))
}

fn unreached_rules(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    // What was not read may have the route.
    if !subject.deployment.unread.is_empty() {
        return;
    }
    let apis = || subject.deployment.apis.iter();
    let sockets = apis().flat_map(|api| &api.routes);
    let has_connect = sockets.clone().any(|route| route.path == "$connect");
    for statement in &subject.tree.statements {
        let Statement::Route(rule) = statement else {
            continue;
        };
        // A denial may be a precaution for routes to come.
        if matches!(rule.access, Access::Denied) {
            continue;
        }
        let reached = if let Target::Path(_) = &rule.target {
            apis()
                .filter(|api| matches!(api.kind, ApiKind::Rest | ApiKind::Http))
                .any(|api| {
                    let mut routes = api.routes.iter();
                    routes.any(|route| meeting::meets(subject, rule, api, route))
                })
        } else {
            has_connect || !connects(&rule.target)
        };
        if !reached {
            let message = "no route of the APIs takes what this rule is about";
            findings.push(Finding::new(Code::UnreachedRule, rule.span, message));
        }
    }
}
