//! Preflight requests of browsers, which carry no token (Fetch standard, "CORS-preflight fetch").

use tollgate_local::template::api::{ANY, Api, ApiKind, Route};

use super::code::Code;
use super::finding::Finding;
use super::subject::{Subject, is_guarded};

/// Everything found.
pub fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for api in &subject.deployment.apis {
        if !matches!(api.kind, ApiKind::Rest | ApiKind::Http) {
            continue;
        }
        findings.extend(guarded(api));
        findings.extend(swallowed(api));
    }
}

fn guarded(api: &Api) -> Option<Finding> {
    let mut routes = api.routes.iter();
    let route = routes.find(|route| route.method == "OPTIONS" && is_guarded(api, route))?;
    let message = format!("`{}` has the authorizer", route.shown());
    let finding = Finding::new(Code::PreflightGuarded, route.span, message);
    Some(if route.preflight {
        finding.label("SAM makes this route, and gives it the default authorizer")
    } else {
        finding
    })
}

/// A route for any method that takes OPTIONS, of an API that answers pages of other origins.
fn swallowed(api: &Api) -> Option<Finding> {
    let cors = api.cors.as_ref()?.span;
    let takes_preflight = |route: &&Route| {
        let path = sample(&route.path);
        let taker = api.route("OPTIONS", &path);
        route.method == ANY
            && is_guarded(api, route)
            && taker.is_some_and(|taker| std::ptr::eq(taker, *route))
    };
    let route = api.routes.iter().find(takes_preflight)?;
    let message = format!("`{}` takes preflight requests", route.shown());
    let finding = Finding::new(Code::PreflightSwallowed, route.span, message);
    Some(finding.related(cors, "pages of other origins are meant to call this API"))
}

/// A path of a route.
fn sample(path: &str) -> String {
    if path.starts_with('$') {
        return "/example".to_owned();
    }
    let segments = path.split('/').map(|segment| {
        if segment.starts_with('{') {
            "example"
        } else {
            segment
        }
    });
    segments.collect::<Vec<_>>().join("/")
}
