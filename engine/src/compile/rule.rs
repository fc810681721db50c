//! Routes and forbids: into the tree, with every overlap an error.

use rustc_hash::FxHashMap;
use tollgate_grammar::tree::{Access, Forbid, ForbidMode, Pattern, Route, Segment, Target};
use tollgate_grammar::{Code, Diagnostic, Sources, Span, Spanned};

use super::condition::compile;
use super::definition::Scope;
use crate::expression::Expression;
use crate::trie::Trie;

/// All rules of a policy.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    /// In the policy's order; the other members hold indices into it.
    pub(crate) all: Vec<Rule>,
    pub(crate) routes: Trie<ByMethod>,
    pub(crate) forbids: Trie<Vec<usize>>,
    pub(crate) connect_route: Option<usize>,
    pub(crate) connect_forbids: Vec<usize>,
}

/// The routes of one pattern.
#[derive(Debug, Clone, Default)]
pub(crate) struct ByMethod {
    pub(crate) named: FxHashMap<Box<str>, usize>,
    pub(crate) any: Option<usize>,
}

/// A route or a forbid.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// As written, from the keyword to the pattern: `route GET /pro/*`.
    pub(crate) head: String,
    /// File and line: `access.policy:12`.
    pub(crate) place: String,
    pub(crate) span: Span,
    /// Empty means any.
    pub(crate) methods: Vec<String>,
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
        // Also a rule whose condition is broken takes its place, so that its overlaps are seen.
        self.all.push(Rule {
            head: head(sources, route.span, &route.target),
            place: place(sources, route.span),
            span: route.span,
            methods: names(&route.methods),
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

    /// Gives the methods of a pattern to a route; the route that already had one, and where.
    fn take(
        &mut self,
        pattern: &Pattern,
        methods: &[Spanned<String>],
        number: usize,
    ) -> Option<(usize, Span)> {
        let taken = self.routes.entry(&pattern.segments);
        if methods.is_empty() {
            return taken.any.replace(number).map(|other| (other, pattern.span));
        }
        let mut first = None;
        for method in methods {
            let before = taken.named.insert(method.node.as_str().into(), number);
            first = first.or(before.map(|other| (other, method.span)));
        }
        first
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
        self.all.push(Rule {
            head: head(sources, forbid.span, &forbid.target),
            place: place(sources, forbid.span),
            span: forbid.span,
            methods: names(&forbid.methods),
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

fn names(methods: &[Spanned<String>]) -> Vec<String> {
    methods.iter().map(|method| method.node.clone()).collect()
}

/// The statement up to its pattern, on one line.
fn head(sources: &Sources, statement: Span, target: &Target) -> String {
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

fn place(sources: &Sources, span: Span) -> String {
    sources
        .file(span.file)
        .map(|file| format!("{}:{}", file.name(), file.place(span.start).line))
        .unwrap_or_default()
}
