//! Routes and forbids: into the tree, with every overlap an error.

use std::borrow::Cow;
use std::collections::BTreeMap;

use smallvec::SmallVec;
use tollgate_grammar::tree::{Access, Forbid, ForbidMode, Pattern, Route, Target};
use tollgate_grammar::{Code, Diagnostic, Sources, Span, Spanned};

use super::condition::compile;
use super::definition::Scope;
use super::method::{Method, Methods};
use crate::expression::Expression;
use crate::policy::RuleName;
use crate::trie::Trie;

/// All rules of a policy.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    /// In the policy's order; the other members hold indices into it.
    pub(crate) all: Vec<Rule>,
    pub(crate) routes: Trie<Entries>,
    pub(crate) forbids: Trie<Entries>,
    pub(crate) methods: Methods,
    pub(crate) connect: Single,
    /// By `Type.name`, and by [`EVERY_FIELD`]; in the order of names.
    pub(crate) fields: BTreeMap<String, Single>,
}

/// The rules of something that has no methods.
#[derive(Debug, Clone, Default)]
pub(crate) struct Single {
    pub(crate) route: Option<Entry>,
    pub(crate) forbids: Entries,
}

impl Single {
    /// Gives it to a route; the route that already had it, and where.
    fn take(&mut self, rule: &Rule, span: Span) -> Option<(u32, Span)> {
        let other = self.route.replace(Entry::new(None, rule))?;
        Some((other.rule, span))
    }
}

/// The rules of one pattern: most have one.
pub(crate) type Entries = SmallVec<[Entry; 1]>;

/// A rule at its pattern, for one of its methods or for any.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) method: Option<Method>,
    /// Its place among all rules; a file is short enough for `u32`.
    pub(crate) rule: u32,
    pub(crate) gate: Gate,
}

impl Entry {
    fn new(method: Option<Method>, rule: &Rule) -> Self {
        Self {
            method,
            rule: u32::try_from(rule.number).unwrap_or(u32::MAX),
            gate: Gate::of(&rule.kind),
        }
    }

    /// Whether the rule is asked about a request with this method; `None` is one no rule names.
    pub(crate) fn is_for(&self, method: Option<Method>) -> bool {
        self.method.is_none() || self.method == method
    }
}

/// What a rule asks, short enough to stand beside its method: most decisions look no further.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Gate {
    Public,
    Denied,
    /// [`Expression::User`]
    User(u32),
    /// [`Expression::Named`]
    Named(u32),
    /// See the rule itself.
    Rule,
}

impl Gate {
    fn of(kind: &Kind) -> Self {
        let short = |number: &usize| u32::try_from(*number).ok();
        match kind {
            Kind::Public => Self::Public,
            Kind::Denied => Self::Denied,
            Kind::Requires(Expression::User(number)) => {
                short(number).map_or(Self::Rule, Self::User)
            }
            Kind::Requires(Expression::Named(number)) => {
                short(number).map_or(Self::Rule, Self::Named)
            }
            Kind::Requires(_) | Kind::Forbid(..) => Self::Rule,
        }
    }
}

/// A route or a forbid.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// Its place among all rules.
    pub(crate) number: usize,
    pub(crate) name: RuleName,
    pub(crate) span: Span,
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
                compile(condition, Some(pattern.as_ref()), scope, findings)
                    .map(|(expression, _)| Kind::Requires(expression))
            }
        };
        let number = self.all.len();
        // Also a rule whose condition is broken takes its place, so that its overlaps are seen.
        let rule = Rule {
            number,
            name: name(sources, route.span, &route.target),
            span: route.span,
            kind: kind.unwrap_or(Kind::Denied),
            hint: route.hint.as_ref().map(|hint| hint.node.clone()),
        };
        let taken = match &route.target {
            Target::Connect(span) => self.connect.take(&rule, *span),
            Target::Field(field) => {
                let rules = self.fields.entry(field.node.clone()).or_default();
                rules.take(&rule, field.span)
            }
            Target::Path(pattern) => self.take(pattern, &route.methods, &rule),
        };
        if let Some((other, span)) = taken
            && let Some(other) = self.all.get(other as usize)
        {
            findings.push(duplicate(span, other, &route.target));
        }
        self.all.push(rule);
    }

    /// Gives the methods of a pattern to a route; the route that already had one, and where.
    fn take(
        &mut self,
        pattern: &Pattern,
        methods: &[Spanned<String>],
        rule: &Rule,
    ) -> Option<(u32, Span)> {
        let taken = self.routes.entry(&pattern.segments);
        let mut first = None;
        let mut take = |method: Option<Method>, span: Span| {
            let entry = Entry::new(method, rule);
            match taken.iter_mut().find(|taken| taken.method == method) {
                Some(taken) => {
                    let other = std::mem::replace(taken, entry);
                    first = first.or(Some((other.rule, span)));
                }
                // Before one for any method, which it beats.
                None if method.is_some() => taken.insert(0, entry),
                None => taken.push(entry),
            }
        };
        if methods.is_empty() {
            take(None, pattern.span);
        }
        for method in methods {
            take(Some(self.methods.number(&method.node)), method.span);
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
        let Some((expression, _)) =
            compile(&forbid.condition, Some(pattern.as_ref()), scope, findings)
        else {
            return;
        };
        let rule = Rule {
            number: self.all.len(),
            name: name(sources, forbid.span, &forbid.target),
            span: forbid.span,
            kind: Kind::Forbid(forbid.mode, expression),
            hint: forbid.hint.as_ref().map(|hint| hint.node.clone()),
        };
        let entries = match &forbid.target {
            Target::Connect(_) => &mut self.connect.forbids,
            Target::Field(field) => &mut self.fields.entry(field.node.clone()).or_default().forbids,
            Target::Path(pattern) => self.forbids.entry(&pattern.segments),
        };
        if forbid.methods.is_empty() {
            entries.push(Entry::new(None, &rule));
        }
        for method in &forbid.methods {
            let method = self.methods.number(&method.node);
            entries.push(Entry::new(Some(method), &rule));
        }
        self.all.push(rule);
    }
}

fn duplicate(span: Span, other: &Rule, target: &Target) -> Diagnostic {
    let (message, help) = match target {
        Target::Path(_) | Target::Connect(_) => (
            "two routes cover the same pattern and method",
            "join the two conditions with `or` in one route, or name different methods",
        ),
        Target::Field(_) => (
            "two routes cover the same field",
            "join the two conditions with `or` in one route",
        ),
    };
    Diagnostic::new(Code::DuplicateRoute, span, message)
        .label("covered again here")
        .related(other.span, "first covered here")
        .help(help)
}

/// The pattern of a target; `$connect` and fields have no segments and so no parameters.
fn pattern(target: &Target) -> Cow<'_, Pattern> {
    match target {
        Target::Path(pattern) => Cow::Borrowed(pattern),
        Target::Connect(_) | Target::Field(_) => Cow::Owned(Pattern {
            span: target.span(),
            segments: Vec::new(),
        }),
    }
}

fn name(sources: &Sources, statement: Span, target: &Target) -> RuleName {
    RuleName {
        head: head(sources, statement, target),
        place: place(sources, statement),
    }
}

/// The statement up to its pattern, on one line.
pub(crate) fn head(sources: &Sources, statement: Span, target: &Target) -> String {
    let words = Span {
        end: target.span().end,
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
