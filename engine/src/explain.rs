//! Why a decision came out as it did, and what would have made it come out otherwise.

mod change;
mod condition;
mod known;
mod rule;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use tollgate_grammar::tree::{Condition, Forbid, ForbidMode, Route, Statement, Target, Tree};
use tollgate_grammar::{Sources, Span};

use crate::outline::Outline;
use crate::policy::{Decision, Found, Policy, Principal, RuleName};
use crate::products::Products;
use crate::request::{EVERY_FIELD, Request};
use crate::truth::Truth;

pub use change::{By, Change, MAX_CHANGES, Step};
pub use condition::Checked;

/// Most rules that are listed though they have no part in the decision.
pub const MAX_NEAR: usize = 12;

/// A decision and all that led to it.
#[derive(Debug, Clone)]
pub struct Explanation<'p> {
    /// What [`Policy::decide`] says.
    pub decision: Decision<'p>,
    /// The decoded segments of the path; `None` for `$connect`, for fields and where
    /// the request is malformed.
    pub segments: Option<Vec<String>>,
    /// The rule that decided, if one did: it is also among the routes or the forbids.
    pub decider: Option<Span>,
    /// The route that was asked, then those that match less specifically or nearly match.
    pub routes: Vec<Considered>,
    /// The forbids that were asked, then those that nearly match.
    pub forbids: Vec<Considered>,
    /// How many more rules nearly match.
    pub more: usize,
    /// The smallest sets of facts that would turn a denial into an allow or an allow into a
    /// denial, fewest first; a denial that nothing of the kind changes has none.
    pub changes: Vec<Change>,
}

/// A rule and why it had the say or had not.
#[derive(Debug, Clone)]
pub struct Considered {
    /// Its name and place.
    pub rule: RuleName,
    /// Where it stands.
    pub span: Span,
    /// What part it had.
    pub part: Role,
    /// Why, in a few words.
    pub because: String,
    /// Its condition, part by part, if it was asked.
    pub condition: Option<Checked>,
}

/// What part a rule had in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The route that was asked.
    Asked,
    /// A forbid that denies.
    Forbids,
    /// A forbid that was asked and has nothing against the request.
    Passes,
    /// It matches, and another route is more specific.
    LessSpecific,
    /// It matches but for the method.
    OtherMethod,
    /// It would match with letters in another case.
    OtherCase,
    /// Its path is longer or shorter.
    OtherLength,
}

impl Role {
    /// One word, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Forbids => "forbids",
            Self::Passes => "passes",
            Self::LessSpecific => "less-specific",
            Self::OtherMethod => "other-method",
            Self::OtherCase => "other-case",
            Self::OtherLength => "other-length",
        }
    }
}

/// Explains the decision of a policy that compiled from this tree with these products.
pub fn explain<'p>(
    policy: &'p Policy,
    sources: &Sources,
    tree: &Tree,
    products: &Products,
    request: &Request<'_>,
    principal: &Principal,
) -> Explanation<'p> {
    let found = policy.find(request);
    let decision = found.decide(principal);
    let explainer = Explainer {
        policy,
        sources,
        outline: Outline::new(tree, products),
        found: &found,
        principal,
    };
    let mut explanation = Explanation {
        segments: found
            .path()
            .map(|path| path.segments().map(str::to_owned).collect()),
        decision,
        decider: None,
        routes: Vec::new(),
        forbids: Vec::new(),
        more: 0,
        changes: Vec::new(),
    };
    if !found.is_well_formed() {
        return explanation;
    }
    explainer.rules(tree, request, &mut explanation);
    explanation.changes = explainer.changes(tree, request, explanation.decision.is_allowed());
    explanation
}

/// What an explanation is put together from.
struct Explainer<'e, 't> {
    policy: &'e Policy,
    sources: &'e Sources,
    outline: Outline<'t>,
    found: &'e Found<'e, 'e>,
    principal: &'e Principal,
}

impl<'t> Explainer<'_, 't> {
    fn rules(&self, tree: &'t Tree, request: &Request<'_>, explanation: &mut Explanation<'_>) {
        let deciding = tree
            .statements
            .iter()
            .find_map(|statement| match statement {
                Statement::Route(route) if self.found.route_span() == Some(route.span) => {
                    Some(route)
                }
                _ => None,
            });
        let (mut routes, mut forbids) = (Vec::new(), Vec::new());
        for statement in &tree.statements {
            match statement {
                Statement::Route(route) => routes.extend(self.route(route, request, deciding)),
                Statement::Forbid(forbid) => forbids.extend(self.forbid(forbid, request)),
                _ => {}
            }
        }
        let far = |considered: &Considered| match considered.part {
            Role::Asked | Role::Forbids | Role::Passes => 0,
            Role::LessSpecific => 1,
            Role::OtherMethod => 2,
            Role::OtherCase => 3,
            Role::OtherLength => 4,
        };
        // In the order they are asked.
        let turn: HashMap<Span, usize> =
            self.found.rules().map(|rule| rule.span).zip(0..).collect();
        for list in [&mut routes, &mut forbids] {
            list.sort_by_key(|considered| (far(considered), turn.get(&considered.span).copied()));
            // What is only near in length is of interest where nothing is nearer.
            if list.first().is_some_and(|first| far(first) == 0) {
                list.retain(|considered| far(considered) < 4);
            }
            let asked = list.iter().filter(|one| far(one) == 0).count();
            let near = list.len() - asked;
            explanation.more += near.saturating_sub(MAX_NEAR);
            list.truncate(asked + MAX_NEAR);
        }
        let route = routes.first().filter(|route| route.part == Role::Asked);
        let named = explanation.decision.rule();
        explanation.decider = route
            .into_iter()
            .chain(&forbids)
            .find(|rule| Some(&rule.rule) == named)
            .map(|rule| rule.span);
        explanation.routes = routes;
        explanation.forbids = forbids;
    }

    fn route(
        &self,
        route: &'t Route,
        request: &Request<'_>,
        deciding: Option<&Route>,
    ) -> Option<Considered> {
        let asked = self.found.route_span() == Some(route.span);
        let (part, because) = if asked {
            let text = match &route.target {
                Target::Connect(_) => "it is the route of `$connect`",
                Target::Field(field) if field.node == EVERY_FIELD => {
                    "it is the route of every field that no other route names"
                }
                Target::Field(_) => "it is the route of this field",
                Target::Path(_) => "it is the most specific route that matches",
            };
            (Role::Asked, text.to_owned())
        } else {
            rule::near(
                &route.target,
                &route.methods,
                request,
                self.found.path(),
                deciding,
            )?
        };
        let condition = match &route.access {
            tollgate_grammar::tree::Access::Requires(condition) if asked => Some(condition),
            _ => None,
        };
        Some(Considered {
            rule: self.name(&route.target, route.span),
            span: route.span,
            part,
            because,
            condition: condition
                .map(|condition| self.checked(&self.outline.part(condition), &route.target)),
        })
    }

    fn forbid(&self, forbid: &'t Forbid, request: &Request<'_>) -> Option<Considered> {
        let (part, because) = rule::near(
            &forbid.target,
            &forbid.methods,
            request,
            self.found.path(),
            None,
        )?;
        let mut considered = Considered {
            rule: self.name(&forbid.target, forbid.span),
            span: forbid.span,
            part,
            because,
            condition: None,
        };
        // Every forbid that matches is asked, whether it is specific or not.
        if part == Role::Asked {
            let checked = self.checked(&self.outline.part(&forbid.condition), &forbid.target);
            let (word, wanted) = match forbid.mode {
                ForbidMode::When => ("when", Truth::False),
                ForbidMode::Unless => ("unless", Truth::True),
            };
            considered.part = if checked.value == wanted {
                Role::Passes
            } else {
                Role::Forbids
            };
            considered.because = match checked.value {
                Truth::True => format!("what follows `{word}` holds"),
                Truth::False => format!("what follows `{word}` does not hold"),
                Truth::Unknown => {
                    format!("what follows `{word}` is unknown, and a `forbid` then forbids")
                }
            };
            considered.condition = Some(checked);
        }
        Some(considered)
    }

    fn name(&self, target: &Target, span: Span) -> RuleName {
        rule::name(self.sources, target, span)
    }

    /// The conditions that were asked, each with its target and the value it had to have.
    fn demands(
        &self,
        tree: &'t Tree,
        request: &Request<'_>,
    ) -> Vec<(&'t Condition, &'t Target, bool)> {
        let mut demands = Vec::new();
        for statement in &tree.statements {
            match statement {
                Statement::Route(route) if self.found.route_span() == Some(route.span) => {
                    if let tollgate_grammar::tree::Access::Requires(condition) = &route.access {
                        demands.push((condition, &route.target, true));
                    }
                }
                Statement::Forbid(forbid) => {
                    let path = self.found.path();
                    let near = rule::near(&forbid.target, &forbid.methods, request, path, None);
                    if near.is_some_and(|(part, _)| part == Role::Asked) {
                        let wanted = forbid.mode == ForbidMode::Unless;
                        demands.push((&forbid.condition, &forbid.target, wanted));
                    }
                }
                _ => {}
            }
        }
        demands
    }
}
