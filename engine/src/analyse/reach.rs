//! Rules that no request reaches, and public routes that catch what others protect.

use std::collections::{BTreeMap, HashMap, HashSet};

use tollgate_grammar::tree::{Access, Forbid, Pattern, Route, Segment, Statement, Target, Tree};
use tollgate_grammar::{Code, Diagnostic, Span, Spanned};

use crate::path::MAX_SEGMENTS;
use crate::pattern::{beats, contains, intersects};
use crate::policy::Policy;
use crate::request::{EVERY_FIELD, Request};
use crate::sample::raw_path;

/// The routes of a policy, found by what their patterns begin with.
pub(super) struct Reach<'t> {
    routes: Vec<&'t Route>,
    connect: Option<&'t Route>,
    fields: HashMap<&'t str, &'t Route>,
    /// By first literal; `None` for those that begin with something else.
    by_first: HashMap<Option<&'t str>, Vec<&'t Route>>,
    by_shape: HashMap<String, Vec<&'t Route>>,
}

impl<'t> Reach<'t> {
    pub(super) fn new(tree: &'t Tree) -> Self {
        let mut reach = Self {
            routes: Vec::new(),
            connect: None,
            fields: HashMap::new(),
            by_first: HashMap::new(),
            by_shape: HashMap::new(),
        };
        for statement in &tree.statements {
            let Statement::Route(route) = statement else {
                continue;
            };
            let pattern = match &route.target {
                Target::Path(pattern) => pattern,
                Target::Connect(_) => {
                    reach.connect = Some(route);
                    continue;
                }
                Target::Field(field) => {
                    reach.fields.insert(&field.node, route);
                    continue;
                }
            };
            reach.routes.push(route);
            let first = reach.by_first.entry(first(pattern)).or_default();
            first.push(route);
            let same = reach.by_shape.entry(shape(&pattern.segments)).or_default();
            same.push(route);
        }
        reach
    }

    /// Routes that more specific ones leave nothing to: `/a/*` beside `/a/{x}` and `/a/{x}/*`.
    pub(super) fn routes(&self) -> impl Iterator<Item = Diagnostic> {
        self.routes.iter().filter_map(|route| {
            let Target::Path(pattern) = &route.target else {
                return None;
            };
            let (Segment::Rest { .. }, before) = pattern.segments.split_last()? else {
                return None;
            };
            let covering = if route.methods.is_empty() {
                self.covering(before, None)?
            } else {
                let methods = route.methods.iter();
                let covering = methods.map(|method| self.covering(before, Some(&method.node)));
                covering.collect::<Option<Vec<_>>>()?.concat()
            };
            let mut finding = unreachable(pattern.span, "no request reaches this route")
                .label("more specific routes cover all of it");
            let mut shown = HashSet::new();
            for other in covering {
                if shown.insert(other.span) && shown.len() <= 2 {
                    finding = finding.related(other.target.span(), "covers a part of it");
                }
            }
            Some(finding.help("remove it, or one of the routes that cover it"))
        })
    }

    /// The routes that take every path longer than these segments; `None` if they leave some.
    fn covering(&self, before: &[Segment], method: Option<&str>) -> Option<Vec<&'t Route>> {
        let mut shape = shape(before);
        let mut covering = Vec::new();
        for _ in before.len()..MAX_SEGMENTS {
            shape.push_str("/{}");
            covering.push(self.taking(&shape, method)?);
            if let Some(rest) = self.taking(&format!("{shape}/*"), method) {
                covering.push(rest);
                return Some(covering);
            }
        }
        // No path is longer.
        Some(covering)
    }

    fn taking(&self, shape: &str, method: Option<&str>) -> Option<&'t Route> {
        self.by_shape.get(shape)?.iter().copied().find(|route| {
            route.methods.is_empty() || method.is_some_and(|method| named(&route.methods, method))
        })
    }

    /// A `forbid` with nothing to take away: no route lets anybody in where it applies.
    pub(super) fn forbid(&self, forbid: &Forbid) -> Option<Diagnostic> {
        let reached = match &forbid.target {
            Target::Connect(_) => self.connect.is_some_and(|route| !denied(route)),
            Target::Field(field) if field.node == EVERY_FIELD => {
                self.fields.values().any(|route| !denied(route))
            }
            Target::Field(field) => {
                let named = self.fields.get(field.node.as_str());
                let route = named.or(self.fields.get(EVERY_FIELD));
                route.is_some_and(|route| !denied(route))
            }
            Target::Path(pattern) => {
                let near: Vec<&Route> = match first(pattern) {
                    Some(literal) => [Some(literal), None]
                        .iter()
                        .filter_map(|first| self.by_first.get(first))
                        .flatten()
                        .copied()
                        .collect(),
                    None => self.routes.clone(),
                };
                let mut granting = near.iter().filter(|route| !denied(route));
                granting.any(|route| grants(route, forbid, pattern, &near))
            }
        };
        let finding = unreachable(
            forbid.target.span(),
            "this `forbid` takes nothing away: no route lets anybody in here",
        );
        (!reached).then(|| {
            finding
                .label("what no route covers is denied already")
                .help("remove it, or correct its pattern or methods")
        })
    }

    /// Fields with routes, and none that lets a GraphQL request in: AppSync asks once for all of it,
    /// which `field *` decides. One warning for all of them.
    pub(super) fn fields(&self) -> Option<Diagnostic> {
        let every = self.fields.get(EVERY_FIELD);
        if every.is_some_and(|every| !denied(every)) {
            return None;
        }
        let named = self.fields.iter().filter(|(name, _)| **name != EVERY_FIELD);
        let granting = named.map(|(_, route)| route).filter(|route| !denied(route));
        let first = granting.min_by_key(|route| route.span)?;
        let finding = Diagnostic::new(
            Code::UnreachableFields,
            first.target.span(),
            "no GraphQL request gets to this field: AppSync asks once for all of a request, and `field *` answers",
        );
        Some(match every {
            Some(every) => finding
                .related(every.target.span(), "it lets nobody in")
                .help("let `route field *` ask for what every request needs, and write `is denied` for single fields"),
            None => finding
                .label("there is no `route field *`")
                .help("add `route field * requires user`, or whatever every request needs"),
        })
    }

    /// Public routes with a `*` or a parameter that take the paths of protected routes when a
    /// letter is written large: a backend that does not care about case serves both.
    pub(super) fn catch_alls(&self, policy: &Policy) -> Vec<Diagnostic> {
        let by_span: HashMap<Span, &Route> = self
            .routes
            .iter()
            .map(|route| (route.span, *route))
            .collect();
        let mut caught: BTreeMap<Span, Vec<(&Route, String)>> = BTreeMap::new();
        for route in &self.routes {
            let Target::Path(pattern) = &route.target else {
                continue;
            };
            if matches!(route.access, Access::Public) {
                continue;
            }
            for (at, other_case) in other_cases(pattern) {
                let method = route.methods.first();
                let method = method.map_or("GET", |method| method.node.as_str());
                let request = Request {
                    target: crate::request::Target::Path {
                        method,
                        path: &other_case,
                    },
                    ip: None,
                    unix_millis: 0,
                    headers: None,
                    query: None,
                };
                let taker = policy.find(&request).route_span();
                let taker = taker.and_then(|span| by_span.get(&span));
                if let Some(taker) = taker.filter(|taker| is_public_at(taker, at)) {
                    caught
                        .entry(taker.span)
                        .or_default()
                        .push((*route, other_case));
                    break;
                }
            }
        }
        let taker = |span: &Span| by_span.get(span).copied();
        let findings = caught.iter().filter_map(|(span, caught)| {
            let mut finding = Diagnostic::new(
                Code::PublicCatchAll,
                taker(span)?.target.span(),
                format!("this public route also takes `{}`", caught.first()?.1),
            )
            .label("public, whatever the case");
            for (route, _) in caught.iter().take(3) {
                finding = finding.related(route.target.span(), "protected, in this case only");
            }
            if caught.len() > 3 {
                finding = finding.help(format!("more routes like these: {}", caught.len() - 3));
            }
            Some(finding.help("if the backend does not care about case, it serves what is protected: name what is public one by one, or let the backend refuse other cases"))
        });
        findings.collect()
    }
}

/// Whether this route decides some request the `forbid` is about.
fn grants(route: &Route, forbid: &Forbid, pattern: &Pattern, near: &[&Route]) -> bool {
    let Target::Path(of_route) = &route.target else {
        return false;
    };
    if !intersects(of_route, pattern) {
        return false;
    }
    let methods: Vec<Option<&str>> = match (route.methods.as_slice(), forbid.methods.as_slice()) {
        ([], []) => vec![None],
        ([], named) | (named, []) => named.iter().map(|one| Some(one.node.as_str())).collect(),
        (one, other) => one
            .iter()
            .filter(|method| named(other, &method.node))
            .map(|method| Some(method.node.as_str()))
            .collect(),
    };
    methods.into_iter().any(|method| {
        // Another route may take all of it away from this one.
        !near.iter().any(|other| {
            let Target::Path(of_other) = &other.target else {
                return false;
            };
            let takes = other.methods.is_empty()
                || method.is_some_and(|method| named(&other.methods, method));
            // What a pattern contains beats it or is the same; then a named method beats any.
            let by_method = route.methods.is_empty() && !other.methods.is_empty();
            takes
                && contains(of_other, pattern)
                && (beats(of_other, of_route) || (by_method && contains(of_route, of_other)))
        })
    })
}

/// Whether a route lets nobody in.
fn denied(route: &Route) -> bool {
    matches!(route.access, Access::Denied)
}

fn named(methods: &[Spanned<String>], method: &str) -> bool {
    methods.iter().any(|name| name.node == method)
}

fn unreachable(span: Span, message: &str) -> Diagnostic {
    Diagnostic::new(Code::UnreachableRule, span, message)
}

fn first(pattern: &Pattern) -> Option<&str> {
    match pattern.segments.first() {
        Some(Segment::Literal(text)) => Some(&text.node),
        _ => None,
    }
}

/// The pattern without names. No literal holds a `/`, and `{}` and `*` are no literals.
fn shape(segments: &[Segment]) -> String {
    let mut shape = String::new();
    for segment in segments {
        shape.push('/');
        shape.push_str(match segment {
            Segment::Literal(text) => &text.node,
            Segment::Parameter(_) => "{}",
            Segment::Rest { .. } => "*",
        });
    }
    shape
}

/// For every literal, the number of its segment and paths in which it alone has another case.
fn other_cases(pattern: &Pattern) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    for (at, segment) in pattern.segments.iter().enumerate() {
        let Segment::Literal(text) = segment else {
            continue;
        };
        for changed in in_other_cases(&text.node) {
            let segments = pattern.segments.iter().enumerate();
            let texts = segments.map(|(number, segment)| match segment {
                Segment::Literal(_) if number == at => changed.as_str(),
                Segment::Literal(text) => &text.node,
                Segment::Parameter(_) | Segment::Rest { .. } => "example",
            });
            paths.push((at, raw_path(texts)));
        }
    }
    paths
}

/// All letters large, all small, the first or the last one changed.
fn in_other_cases(text: &str) -> Vec<String> {
    let changed = |letter: char| -> String {
        if letter.is_lowercase() {
            letter.to_uppercase().collect()
        } else {
            letter.to_lowercase().collect()
        }
    };
    let mut letters = text.chars();
    let first = letters.next().map_or_else(String::new, changed) + letters.as_str();
    let mut letters = text.chars();
    let last = letters.next_back().map_or_else(String::new, changed);
    let mut texts = vec![
        text.to_uppercase(),
        text.to_lowercase(),
        first,
        format!("{}{last}", letters.as_str()),
    ];
    texts.retain(|other| other != text);
    texts
}

/// Whether a route is public and does not care what stands in this segment.
fn is_public_at(route: &Route, at: usize) -> bool {
    let Target::Path(pattern) = &route.target else {
        return false;
    };
    let segment = pattern.segments.get(at).or(pattern.segments.last());
    matches!(route.access, Access::Public) && !matches!(segment, Some(Segment::Literal(_)))
}
