//! The compiled policy: find the rules of a request, decide.

mod decision;

use std::sync::Arc;

use tollgate_grammar::Span;
use tollgate_grammar::tree::{ForbidMode, Reason};

use crate::compile::definition::Scope;
use crate::compile::rule::{ByMethod, Kind, Method, Rule, Rules};
use crate::denial::{Denial, Search};
use crate::expression::{Expression, Situation};
use crate::fact::{Bits, FactTable};
use crate::path::{AdmittedPath, Malformed, is_token};
use crate::request::{Request, Target};
use crate::truth::Truth;
use crate::user::User;

use decision::{Decider, plain};
pub use decision::{Decision, RuleName};

/// A policy ready to decide. Made by [`Policy::compile`].
#[derive(Debug, Clone)]
pub struct Policy {
    rules: Rules,
    facts: FactTable,
    named: Vec<Expression>,
    tiers: Vec<(Arc<str>, Expression)>,
    /// Of all rules, in the policy's order; shared with every decision.
    names: Arc<[Arc<RuleName>]>,
}

/// Who asks, and what of the policy's facts holds for them. Good for the policy that made it.
#[derive(Clone)]
pub struct Principal {
    user: Option<Arc<User>>,
    bits: Bits,
}

impl Principal {
    /// The signed-in user; `None` for a visitor.
    pub fn user(&self) -> Option<&User> {
        self.user.as_deref()
    }

    pub(crate) fn bits(&self) -> &Bits {
        &self.bits
    }
}

/// The rules a request meets; nothing is decided yet.
pub struct Found<'p> {
    policy: &'p Policy,
    request: &'p Request<'p>,
    path: Option<AdmittedPath<'p>>,
    route: Result<&'p Rule, Refusal>,
    forbids: Vec<&'p Rule>,
}

/// Why no route could be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Malformed(Malformed),
    NoRoute,
}

impl Policy {
    pub(crate) fn new(rules: Rules, scope: Scope<'_>) -> Self {
        Self {
            names: rules
                .all
                .iter()
                .map(|rule| Arc::clone(&rule.name))
                .collect(),
            rules,
            facts: scope.facts,
            named: scope.named,
            tiers: scope
                .tier_order
                .into_iter()
                .map(|(name, tier)| (name.into(), tier))
                .collect(),
        }
    }

    /// A signed-in user as this policy sees them.
    pub fn principal(&self, user: impl Into<Arc<User>>) -> Principal {
        let user = user.into();
        let mut bits = Bits::new(self.facts.len() + self.named.len());
        self.facts.look_up(&user, &mut bits);
        self.with_bits(Some(user), bits)
    }

    /// Somebody without a valid token. Every fact about a user is false of them.
    pub fn visitor(&self) -> Principal {
        self.with_bits(None, Bits::new(self.facts.len() + self.named.len()))
    }

    /// Works out the named conditions, which come after the facts and each after those it uses.
    pub(crate) fn with_bits(&self, user: Option<Arc<User>>, mut bits: Bits) -> Principal {
        let nothing = Request {
            target: Target::Connect,
            ip: None,
            unix_millis: 0,
            headers: None,
            query: None,
        };
        for (number, named) in self.named.iter().enumerate() {
            let situation = Situation {
                request: &nothing,
                path: None,
                user: user.as_deref(),
                bits: &bits,
                named: self.facts.len(),
            };
            let value = named.value(&situation);
            bits.set(self.facts.len() + number, value);
        }
        Principal { user, bits }
    }

    pub(crate) fn facts(&self) -> &FactTable {
        &self.facts
    }

    /// Every rule, in the policy's order.
    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules.all
    }

    pub(crate) fn bits(&self) -> usize {
        self.facts.len() + self.named.len()
    }

    /// Admits the path and finds the route and forbids of a request.
    pub fn find<'p>(&'p self, request: &'p Request<'p>) -> Found<'p> {
        let (path, route, forbids) = match request.target {
            Target::Connect => {
                let route = self
                    .rules
                    .connect_route
                    .and_then(|number| self.rule(number));
                let forbids = self.rules.connect_forbids.iter();
                let forbids = forbids.filter_map(|number| self.rule(*number)).collect();
                (None, route.ok_or(Refusal::NoRoute), forbids)
            }
            Target::Path { method, path } => match admit(method, path) {
                Ok(path) => {
                    let method = self.rules.methods.get(method).copied();
                    let route = self.route(method, &path).ok_or(Refusal::NoRoute);
                    let forbids = self.forbids(method, &path);
                    (Some(path), route, forbids)
                }
                Err(malformed) => (None, Err(Refusal::Malformed(malformed)), Vec::new()),
            },
        };
        Found {
            policy: self,
            request,
            path,
            route,
            forbids,
        }
    }

    /// The decision in one step.
    pub fn decide(&self, request: &Request<'_>, principal: &Principal) -> Decision {
        self.find(request).decide(principal)
    }

    fn rule(&self, number: usize) -> Option<&Rule> {
        self.rules.all.get(number)
    }

    fn route(&self, method: Option<Method>, path: &AdmittedPath<'_>) -> Option<&Rule> {
        let mut of_method = |routes: &ByMethod| routes.of(method);
        let number = self.rules.routes.find(path, &mut of_method)?;
        self.rule(number)
    }

    fn forbids(&self, method: Option<Method>, path: &AdmittedPath<'_>) -> Vec<&Rule> {
        let mut forbids = Vec::new();
        let mut collect = |numbers: &Vec<usize>| -> Option<()> {
            for rule in numbers.iter().filter_map(|number| self.rule(*number)) {
                let named =
                    method.is_some_and(|method| rule.methods.binary_search(&method).is_ok());
                if named || rule.methods.is_empty() {
                    forbids.push(rule);
                }
            }
            None
        };
        let _ = self.rules.forbids.find(path, &mut collect);
        forbids
    }
}

fn admit<'a>(method: &str, path: &'a str) -> Result<AdmittedPath<'a>, Malformed> {
    if is_token(method) {
        AdmittedPath::admit(path)
    } else {
        Err(Malformed::Method)
    }
}

impl Rule {
    /// Whether the rule by itself stops the request. Anything but the wanted value stops: unknown
    /// denies on a route and forbids on a forbid.
    pub(crate) fn stops(&self, situation: &Situation<'_>) -> bool {
        match self.demand() {
            Some((expression, wanted)) => expression.value(situation) != Truth::from(wanted),
            None => matches!(self.kind, Kind::Denied),
        }
    }

    /// The expression that must have this value for the rule to let the request pass.
    pub(crate) fn demand(&self) -> Option<(&Expression, bool)> {
        match &self.kind {
            Kind::Public | Kind::Denied => None,
            Kind::Requires(expression) | Kind::Forbid(ForbidMode::Unless, expression) => {
                Some((expression, true))
            }
            Kind::Forbid(ForbidMode::When, expression) => Some((expression, false)),
        }
    }
}

impl Found<'_> {
    /// Whether the decision depends on who asks; if not, the token need not be looked at.
    pub fn asks_user(&self) -> bool {
        let Ok(route) = self.route else { return false };
        if matches!(route.kind, Kind::Denied) {
            return false;
        }
        std::iter::once(route)
            .chain(self.forbids.iter().copied())
            .filter_map(Rule::demand)
            .any(|(expression, _)| expression.asks_user())
    }

    /// Whether the path and the method may be judged at all.
    pub fn is_well_formed(&self) -> bool {
        !matches!(self.route, Err(Refusal::Malformed(_)))
    }

    /// Where the route stands that decides, if there is one.
    pub fn route_span(&self) -> Option<Span> {
        self.route.ok().map(|route| route.span)
    }

    /// The path, if it may be judged.
    pub(crate) fn path(&self) -> Option<&AdmittedPath<'_>> {
        self.path.as_ref()
    }

    /// Everything the conditions of these rules are judged by.
    pub(crate) fn situation<'s>(&'s self, principal: &'s Principal) -> Situation<'s> {
        Situation {
            request: self.request,
            path: self.path.as_ref(),
            user: principal.user(),
            bits: &principal.bits,
            named: self.policy.facts.len(),
        }
    }

    /// The rules that are asked, the route first; none if there is no route to ask.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        let forbids = self.forbids.iter().copied();
        let asked = |route| std::iter::once(route).chain(forbids);
        self.route.ok().map(asked).into_iter().flatten()
    }

    /// Decides: allowed if the route lets the principal in and no forbid applies.
    pub fn decide(&self, principal: &Principal) -> Decision {
        let situation = self.situation(principal);
        let tier = self
            .policy
            .tiers
            .iter()
            .find(|(_, tier)| tier.value(&situation) == Truth::True);
        let mut decision = Decision {
            denial: None,
            rule: None,
            malformed: None,
            tier: tier.map(|(name, _)| Arc::clone(name)),
        };
        match self.route {
            Err(Refusal::Malformed(malformed)) => {
                decision.malformed = Some(malformed.describe());
                decision.denial = Some(plain(Reason::MalformedPath));
            }
            Err(Refusal::NoRoute) => decision.denial = Some(plain(Reason::NoRoute)),
            Ok(route) => {
                let (decider, denial) = self.judge(route, situation);
                decision.rule = Some(Decider {
                    names: Arc::clone(&self.policy.names),
                    number: decider.number,
                });
                decision.denial = denial;
            }
        }
        decision
    }

    fn judge<'r>(
        &'r self,
        route: &'r Rule,
        situation: Situation<'_>,
    ) -> (&'r Rule, Option<Denial>) {
        let rules = || std::iter::once(route).chain(self.forbids.iter().copied());
        let Some(stopper) = rules().find(|rule| rule.stops(&situation)) else {
            return (route, None);
        };
        let search = || Search::new(&self.policy.facts, &self.policy.named, situation);
        if matches!(route.kind, Kind::Denied) {
            return (route, Some(plain(Reason::Forbidden)));
        }
        let demands: Vec<_> = rules().filter_map(Rule::demand).collect();
        let mut denial = search().denial(&demands);
        // Of several, the rule that asks for what the reason says: its hint "buy this" is no help to
        // somebody whom another rule would turn away all the same.
        let apt = |rule: &&Rule| {
            let reason = rule
                .demand()
                .map(|demand| search().denial(&[demand]).reason);
            rule.stops(&situation) && reason == Some(denial.reason)
        };
        let decider = rules().find(apt).unwrap_or(stopper);
        denial.hint.clone_from(&decider.hint);
        (decider, Some(denial))
    }
}
