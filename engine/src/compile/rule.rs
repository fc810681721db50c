//! Routes and forbids: into the tree, with every overlap an error.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tollgate_grammar::tree::{Access, Forbid, ForbidMode, Pattern, Route, Segment, Target};
use tollgate_grammar::{Code, Diagnostic, Sources, Span, Spanned};

use super::condition::compile;
use super::definition::Scope;
use crate::expression::Expression;
use crate::policy::RuleName;
use crate::trie::Trie;

/// All rules of a policy.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    /// In the policy's order; the other members hold indices into it.
    pub(crate) all: Vec<Rule>,
    pub(crate) routes: Trie<ByMethod>,
    pub(crate) forbids: Trie<Vec<usize>>,
    /// Every method that a rule names.
    pub(crate) methods: FxHashMap<Box<str>, Method>,
    pub(crate) connect_route: Option<usize>,
    pub(crate) connect_forbids: Vec<usize>,
}

/// The number of a method that some rule names.
pub(crate) type Method = u32;

/// The routes of one pattern.
#[derive(Debug, Clone, Default)]
pub(crate) struct ByMethod {
    any: Option<u32>,
    /// The first method named; kept here as most patterns have no other.
    first: Option<(Method, u32)>,
    others: BTreeMap<Method, u32>,
}

impl ByMethod {
    /// The route for a method: one that names it beats one for any.
    pub(crate) fn of(&self, method: Option<Method>) -> Option<usize> {
        let named = match (method, self.first) {
            (Some(method), Some((first, route))) if method == first => Some(route),
            (Some(method), _) => self.others.get(&method).copied(),
            (None, _) => None,
        };
        named.or(self.any).map(|route| route as usize)
    }

    /// Gives a method to a route; the route that had it.
    fn take(&mut self, method: Method, route: u32) -> Option<u32> {
        match &mut self.first {
            Some((first, taken)) if *first == method => Some(std::mem::replace(taken, route)),
            Some(_) => self.others.insert(method, route),
            None => {
                self.first = Some((method, route));
                None
            }
        }
    }
}

/// A route or a forbid.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// Its place among all rules.
    pub(crate) number: usize,
    pub(crate) name: Arc<RuleName>,
    pub(crate) span: Span,
    /// In order; empty means any.
    pub(crate) methods: Box<[Method]>,
    pub(crate) kind: Kind,
    pub(crate) hint: Option<String>,
}

/// What a rule does.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Public,
    Denied,
    Requires(Expression),
    Forbid(ForbidMode, Expression),
}

impl Rules {
    pub(super) fn route(
        &mut self,
        route: &Route,
        sources: &Sources,
        scope: &mut Scope<'_>,
        findings: &mut Vec<Diagnostic>,
    ) {
        let kind = match &route.access {
            Access::Public => Some(Kind::Public),
            Access::Denied => Some(Kind::Denied),
            Access::Requires(condition) => {
                let pattern = pattern(&route.target);
                compile(condition, Some(&pattern), scope, findings)
                    .map(|(expression, _)| Kind::Requires(expression))
            }
        };
        let number = self.all.len();
        let methods = self.numbers(&route.methods);
        // Also a rule whose condition is broken takes its place, so that its overlaps are seen.
        self.all.push(Rule {
            number,
            name: name(sources, route.span, &route.target),
            span: route.span,
            methods,
            kind: kind.unwrap_or(Kind::Denied),
            hint: route.hint.as_ref().map(|hint| hint.node.clone()),
        });
        let taken = match &route.target {
            Target::Connect(span) => self
                .connect_route
                .replace(number)
                .map(|other| (other, *span)),
            Target::Path(pattern) => self.take(pattern, &route.methods, number),
        };
        if let Some((other, span)) = taken
            && let Some(other) = self.all.get(other)
        {
            findings.push(duplicate(span, other));
        }
    }

    /// The numbers of methods, in order.
    fn numbers(&mut self, methods: &[Spanned<String>]) -> Box<[Method]> {
        let mut numbers: Box<[Method]> = methods
            .iter()
            .map(|method| {
                let next = Method::try_from(self.methods.len()).unwrap_or(Method::MAX);
                *self
                    .methods
                    .entry(method.node.as_str().into())
                    .or_insert(next)
            })
            .collect();
        numbers.sort_unstable();
        numbers
    }

    /// Gives the methods of a pattern to a route; the route that already had one, and where.
    fn take(
        &mut self,
        pattern: &Pattern,
        methods: &[Spanned<String>],
        number: usize,
    ) -> Option<(usize, Span)> {
        let taken = self.routes.entry(&pattern.segments);
        // A file is short enough for `u32`.
        let route = u32::try_from(number).ok()?;
        let mut first = None;
        if methods.is_empty() {
            first = taken.any.replace(route).map(|other| (other, pattern.span));
        }
        for method in methods {
            let known = self.methods.get(method.node.as_str()).copied();
            let before = known.and_then(|known| taken.take(known, route));
            first = first.or(before.map(|other| (other, method.span)));
        }
        first.map(|(other, span)| (other as usize, span))
    }

    pub(super) fn forbid(
        &mut self,
        forbid: &Forbid,
        sources: &Sources,
        scope: &mut Scope<'_>,
        findings: &mut Vec<Diagnostic>,
    ) {
        let pattern = pattern(&forbid.target);
        let Some((expression, _)) = compile(&forbid.condition, Some(&pattern), scope, findings)
        else {
            return;
        };
        let number = self.all.len();
        let methods = self.numbers(&forbid.methods);
        self.all.push(Rule {
            number,
            name: name(sources, forbid.span, &forbid.target),
            span: forbid.span,
            methods,
            kind: Kind::Forbid(forbid.mode, expression),
            hint: forbid.hint.as_ref().map(|hint| hint.node.clone()),
        });
        match &forbid.target {
            Target::Connect(_) => self.connect_forbids.push(number),
            Target::Path(pattern) => self.forbids.entry(&pattern.segments).push(number),
        }
    }
}

fn duplicate(span: Span, other: &Rule) -> Diagnostic {
    Diagnostic::new(
        Code::DuplicateRoute,
        span,
        "two routes cover the same pattern and method",
    )
    .label("covered again here")
    .related(other.span, "first covered here")
    .help("join the two conditions with `or` in one route, or name different methods")
}

/// The pattern of a target; `$connect` has no segments and so no parameters.
fn pattern(target: &Target) -> Pattern {
    match target {
        Target::Path(pattern) => pattern.clone(),
        Target::Connect(span) => Pattern {
            span: *span,
            segments: Vec::<Segment>::new(),
        },
    }
}

fn name(sources: &Sources, statement: Span, target: &Target) -> Arc<RuleName> {
    Arc::new(RuleName {
        head: head(sources, statement, target),
        place: place(sources, statement),
    })
}

/// The statement up to its pattern, on one line.
pub(crate) fn head(sources: &Sources, statement: Span, target: &Target) -> String {
    let end = match target {
        Target::Path(pattern) => pattern.span,
        Target::Connect(span) => *span,
    };
    let words = Span {
        end: end.end,
        ..statement
    };
    let words: Vec<&str> = sources.text(words).split_whitespace().collect();
    words.join(" ")
}

pub(crate) fn place(sources: &Sources, span: Span) -> String {
    sources
        .file(span.file)
        .map(|file| format!("{}:{}", file.name(), file.place(span.start).line))
        .unwrap_or_default()
}
