//! The compiled policy: find the rules of a request, decide.

mod decision;
mod single;

use std::sync::Arc;

use smallvec::SmallVec;
use tollgate_grammar::Span;
use tollgate_grammar::tree::{ForbidMode, Reason};

use crate::compile::definition::Scope;
use crate::compile::method::Method;
use crate::compile::rule::{Entries, Entry, Gate, Kind, Rule, Rules};
use crate::denial::{Denial, Search};
use crate::document::Varies;
use crate::expression::{Expression, Situation};
use crate::fact::{Bits, FactTable};
use crate::path::{AdmittedPath, Malformed, is_token};
use crate::request::{Request, Target};
use crate::truth::Truth;
use crate::user::User;

pub(crate) use decision::plain;
pub use decision::{Decision, RuleName};

/// A policy ready to decide. Made by [`Policy::compile`].
#[derive(Debug, Clone)]
pub struct Policy {
    rules: Rules,
    facts: FactTable,
    named: Vec<Expression>,
    /// By name, the highest first.
    tiers: Vec<(String, Expression)>,
    varies: Varies,
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
pub struct Found<'p, 'r> {
    policy: &'p Policy,
    request: &'r Request<'r>,
    path: Option<AdmittedPath<'r>>,
    route: Result<&'p Entry, Refusal>,
    forbids: Forbids,
}

/// The forbids of one request: few, so that they need no memory of their own.
type Forbids = SmallVec<[Entry; 4]>;

/// Why no route could be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Malformed(Malformed),
    NoRoute,
}

impl Policy {
    pub(crate) fn new(rules: Rules, scope: Scope<'_>) -> Self {
        let demands = rules.all.iter().filter_map(Rule::demand);
        let demands = demands.map(|(condition, _)| condition);
        // A tier that no rule requires is told to the backend all the same.
        let tiers = scope.tier_order.iter().map(|(_, tier)| tier);
        let varies = Varies::by(demands.chain(tiers));
        Self {
            rules,
            varies,
            facts: scope.facts,
            named: scope.named,
            tiers: scope.tier_order,
        }
    }

    /// A signed-in user as this policy sees them.
    pub fn principal(&self, user: impl Into<Arc<User>>) -> Principal {
        let user = user.into();
        let mut bits = Bits::new(self.bits());
        self.facts.look_up(&user, &mut bits);
        self.with_bits(Some(user), bits)
    }

    /// Somebody without a valid token. Every fact about a user is false of them.
    pub fn visitor(&self) -> Principal {
        self.with_bits(None, Bits::new(self.bits()))
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

    pub(crate) fn rule_set(&self) -> &Rules {
        &self.rules
    }

    pub(crate) fn varies(&self) -> &Varies {
        &self.varies
    }

    /// How many values there are to know of somebody.
    pub(crate) fn bits(&self) -> usize {
        self.facts.len() + self.named.len()
    }

    /// Its tiers and what they stand for, the highest first.
    pub(crate) fn tier_conditions(&self) -> impl Iterator<Item = (&str, &Expression)> {
        self.tiers.iter().map(|(name, tier)| (name.as_str(), tier))
    }

    /// The names of its tiers, the highest first.
    pub fn tiers(&self) -> impl Iterator<Item = &str> {
        self.tiers.iter().map(|(name, _)| name.as_str())
    }

    /// Admits the path and finds the route and forbids of a request.
    pub fn find<'p, 'r>(&'p self, request: &'r Request<'r>) -> Found<'p, 'r> {
        let Target::Path { method, path } = request.target else {
            return self.find_single(request);
        };
        let found = |path, route, forbids| Found {
            policy: self,
            request,
            path,
            route,
            forbids,
        };
        // One with a number is a token.
        let number = self.rules.methods.find(method);
        let admitted = if number.is_some() || is_token(method) {
            AdmittedPath::admit(path)
        } else {
            Err(Malformed::Method)
        };
        match admitted {
            Err(malformed) => found(None, Err(Refusal::Malformed(malformed)), SmallVec::new()),
            Ok(path) => {
                let route = self.route(number, &path).ok_or(Refusal::NoRoute);
                let forbids = self.forbids(number, &path);
                found(Some(path), route, forbids)
            }
        }
    }

    /// The decision in one step.
    pub fn decide(&self, request: &Request<'_>, principal: &Principal) -> Decision<'_> {
        self.find(request).decide(principal)
    }

    pub(crate) fn rule(&self, entry: &Entry) -> Option<&Rule> {
        self.rules.all.get(entry.rule as usize)
    }

    fn route(&self, method: Option<Method>, path: &AdmittedPath<'_>) -> Option<&Entry> {
        self.rules.routes.find(path, &mut |routes: &Entries| {
            routes.iter().find(|route| route.is_for(method))
        })
    }

    fn forbids(&self, method: Option<Method>, path: &AdmittedPath<'_>) -> Forbids {
        let mut forbids = Forbids::new();
        // Many policies have none.
        if self.rules.forbids.is_empty() {
            return forbids;
        }
        let mut every = |found: &Entries| -> Option<()> {
            let asked = found.iter().filter(|forbid| forbid.is_for(method));
            forbids.extend(asked.copied());
            None
        };
        let _ = self.rules.forbids.find(path, &mut every);
        forbids
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

impl<'p> Found<'p, '_> {
    /// Whether the decision depends on who asks; if not, the token need not be looked at.
    pub fn asks_user(&self) -> bool {
        !matches!(
            self.route,
            Ok(Entry {
                gate: Gate::Denied,
                ..
            })
        ) && self
            .rules()
            .filter_map(Rule::demand)
            .any(|(expression, _)| expression.asks_user())
    }

    /// Whether decision or tier depend on more of the request than what is called and who asks: on a
    /// header, a query parameter, the address, the time.
    pub fn asks_request(&self) -> bool {
        let demands = self.rules().filter_map(Rule::demand);
        let tiers = self.policy.tiers.iter().map(|(_, tier)| tier);
        demands
            .map(|(expression, _)| expression)
            .chain(tiers)
            .any(Expression::asks_request)
    }

    /// Whether the path and the method may be judged at all.
    pub fn is_well_formed(&self) -> bool {
        !matches!(self.route, Err(Refusal::Malformed(_)))
    }

    /// Where the route stands that decides, if there is one.
    pub fn route_span(&self) -> Option<Span> {
        Some(self.policy.rule(self.route.ok()?)?.span)
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

    /// What is asked, the route first; nothing if there is no route to ask.
    fn entries(&self) -> impl Iterator<Item = &Entry> {
        let forbids = self.forbids.iter();
        let asked = |route| std::iter::once(route).chain(forbids);
        self.route.ok().map(asked).into_iter().flatten()
    }

    /// The rules that are asked, the route first; none if there is no route to ask.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &'p Rule> {
        let policy = self.policy;
        self.entries().filter_map(|entry| policy.rule(entry))
    }

    /// The denial of a request that is malformed for what the policy is not shown; who asks is of
    /// the same tier all the same.
    pub fn refuse(&self, principal: &Principal, malformed: &'static str) -> Decision<'p> {
        let tier = self.tier(&self.situation(principal));
        Decision::without_rule(Reason::MalformedPath, Some(malformed), tier)
    }

    /// The highest tier that holds.
    fn tier(&self, situation: &Situation<'_>) -> Option<&'p str> {
        let mut tiers = self.policy.tiers.iter();
        let tier = tiers.find(|(_, tier)| tier.value(situation) == Truth::True);
        tier.map(|(name, _)| name.as_str())
    }

    /// Decides: allowed if the route lets the principal in and no forbid applies.
    pub fn decide(&self, principal: &Principal) -> Decision<'p> {
        let situation = self.situation(principal);
        let tier = self.tier(&situation);
        let route = match self.route {
            Ok(route) => route,
            Err(Refusal::NoRoute) => {
                return Decision::without_rule(Reason::NoRoute, None, tier);
            }
            Err(Refusal::Malformed(malformed)) => {
                let words = Some(malformed.describe());
                return Decision::without_rule(Reason::MalformedPath, words, tier);
            }
        };
        let (rule, denial) = match self.stopper(route, &situation) {
            None => (self.policy.rule(route), None),
            Some(stopper) => {
                let (rule, denial) = self.turn_away(route, stopper, situation);
                (rule, Some(Box::new(denial)))
            }
        };
        Decision {
            denial,
            // Its memory is not looked at: a rule that allows is seldom asked for its name.
            rule: rule.map(|rule| &rule.name),
            malformed: None,
            tier,
        }
    }

    /// The first that by itself stops the request.
    fn stopper(&self, route: &'p Entry, situation: &Situation<'_>) -> Option<&Entry> {
        if self.stops(route, situation) {
            return Some(route);
        }
        let mut forbids = self.forbids.iter();
        forbids.find(|forbid| self.stops(forbid, situation))
    }

    fn stops(&self, entry: &Entry, situation: &Situation<'_>) -> bool {
        match entry.gate {
            Gate::Public => false,
            Gate::Denied => true,
            Gate::User(number) => situation.user_fact(number as usize) != Truth::True,
            Gate::Named(number) => situation.named(number as usize) != Truth::True,
            Gate::Rule => {
                let rule = self.policy.rule(entry);
                // One that is not there stops as well.
                rule.is_none_or(|rule| rule.stops(situation))
            }
        }
    }

    /// The rule that denies, and why. Kept apart from what allows, which is fast
    /// because it is small.
    #[inline(never)]
    fn turn_away(
        &self,
        route: &Entry,
        stopper: &Entry,
        situation: Situation<'_>,
    ) -> (Option<&'p Rule>, Denial) {
        if matches!(route.gate, Gate::Denied) {
            return (self.policy.rule(route), plain(Reason::Forbidden));
        }
        let search = || Search::new(&self.policy.facts, &self.policy.named, situation);
        let demands: Vec<_> = self.rules().filter_map(Rule::demand).collect();
        let mut denial = search().denial(&demands);
        // Of several, the rule that asks for what the reason says: its hint "buy this" is no help to
        // somebody whom another rule would turn away all the same.
        let apt = |rule: &&Rule| {
            let reason = rule
                .demand()
                .map(|demand| search().denial(&[demand]).reason);
            rule.stops(&situation) && reason == Some(denial.reason)
        };
        let decider = self.rules().find(apt).or_else(|| self.policy.rule(stopper));
        denial.hint = decider.and_then(|rule| rule.hint.clone());
        (decider, denial)
    }
}
