//! Which rules of the policy meet which routes of an API: a rule meets a route if it decides some
//! request that API Gateway gives to the route.

use tollgate_engine::sample_within;
use tollgate_grammar::tree::{Access, Pattern, Route as Rule, Segment};
use tollgate_grammar::{FileId, Span, Spanned};
use tollgate_local::template::api::{Api, ApiKind, Route};

use super::subject::{Subject, is_guarded};

/// A place of nothing: patterns of routes are in no file.
const NOWHERE: Span = Span {
    file: FileId(0),
    start: 0,
    end: 0,
};

/// The rules that decide requests of this route, each with such a request.
pub fn rules<'a>(subject: &Subject<'a>, api: &Api, route: &Route) -> Vec<(&'a Rule, String)> {
    let patterns = patterns(&route.path);
    let rules = subject.rules().filter_map(|rule| {
        let request = request(subject, rule, api, route, &patterns)?;
        Some((rule, request))
    });
    rules.collect()
}

/// Whether the rule decides a request of this route.
pub fn meets(subject: &Subject<'_>, rule: &Rule, api: &Api, route: &Route) -> bool {
    request(subject, rule, api, route, &patterns(&route.path)).is_some()
}

/// A rule that protects a path of another route, which an HTTP API may give to this one if a slash
/// is behind it: to the policy that is the same path, and to such an API it need not be.
pub fn slashed<'a>(subject: &Subject<'a>, api: &Api, route: &Route) -> Option<(&'a Rule, String)> {
    if api.kind != ApiKind::Http || !route.is_greedy() {
        return None;
    }
    let patterns = patterns(&route.path);
    let accepts = |method: &str, path: &str| {
        let taker = api.route(method, path);
        let is_other = |taker: &Route| !taker.is_greedy() && is_guarded(api, taker);
        path != "/" && route.takes(method) && taker.is_some_and(is_other)
    };
    let protecting = |rule: &&Rule| !matches!(rule.access, Access::Public);
    subject.rules().filter(protecting).find_map(|rule| {
        let (method, path) = patterns
            .iter()
            .find_map(|pattern| sample_within(subject.policy, rule, pattern, &accepts))?;
        Some((rule, format!("{method} {path}/")))
    })
}

fn request(
    subject: &Subject<'_>,
    rule: &Rule,
    api: &Api,
    route: &Route,
    patterns: &[Pattern],
) -> Option<String> {
    let accepts = |method: &str, path: &str| {
        api.route(method, path)
            .is_some_and(|taker| std::ptr::eq(taker, route))
    };
    let found = patterns
        .iter()
        .find_map(|pattern| sample_within(subject.policy, rule, pattern, &accepts));
    found.map(|(method, path)| format!("{method} {path}"))
}

/// The path of a route as patterns of the policy: `$default` is every path, the root included.
fn patterns(path: &str) -> Vec<Pattern> {
    let pattern = |segments| Pattern {
        span: NOWHERE,
        segments,
    };
    let rest = || Segment::Rest {
        name: None,
        span: NOWHERE,
    };
    if path == "$default" {
        return vec![pattern(Vec::new()), pattern(vec![rest()])];
    }
    let spanned = |text: &str| Spanned {
        node: text.to_owned(),
        span: NOWHERE,
    };
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let segments = segments.map(|segment| {
        let name = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        match name {
            Some(name) if name.ends_with('+') => rest(),
            Some(name) => Segment::Parameter(spanned(name)),
            None => Segment::Literal(spanned(segment)),
        }
    });
    vec![pattern(segments.collect())]
}
