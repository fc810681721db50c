//! The compiled policy: find the rules of a request, decide.

use tollgate_grammar::tree::{ForbidMode, Reason};

use crate::compile::definition::Scope;
use crate::compile::rule::{ByMethod, Kind, Rule, Rules};
use crate::denial::{Denial, Search};
use crate::expression::{Expression, Situation};
use crate::fact::{Bits, FactTable};
use crate::path::{AdmittedPath, Malformed, is_token};
use crate::request::{Request, Target};
use crate::truth::Truth;
use crate::user::User;

/// A policy ready to decide. Made by [`Policy::compile`].
#[derive(Debug, Clone)]
pub struct Policy {
    rules: Rules,
    facts: FactTable,
    named: Vec<Expression>,
    tiers: Vec<(String, Expression)>,
}

/// Who asks, and what of the policy's facts holds for them. Good for the policy that made it.
#[derive(Clone)]
pub struct Principal {
    user: Option<User>,
    bits: Bits,
}

impl Principal {
    /// The signed-in user; `None` for a visitor.
    pub fn user(&self) -> Option<&User> {
        self.user.as_ref()
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

/// What came of a request. Only [`Found::decide`] can make one that
/// allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    denial: Option<Denial>,
    rule: Option<RuleName>,
    malformed: Option<&'static str>,
    tier: Option<String>,
}

/// A rule as a person would point to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleName {
    /// From the keyword to the pattern: `route GET /pro/*`.
    pub head: String,
    /// File and line: `access.policy:12`.
    pub place: String,
}

impl Policy {
    pub(crate) fn new(rules: Rules, scope: Scope<'_>) -> Self {
        Self {
            rules,
            facts: scope.facts,
            named: scope.named,
            tiers: scope.tier_order,
        }
    }

    /// A signed-in user as this policy sees them.
    pub fn principal(&self, user: User) -> Principal {
        let mut bits = Bits::new(self.facts.len() + self.named.len());
        self.facts.look_up(&user, &mut bits);
        self.with_bits(Some(user), bits)
    }

    /// Somebody without a valid token. Every fact about a user is false of them.
    pub fn visitor(&self) -> Principal {
        self.with_bits(None, Bits::new(self.facts.len() + self.named.len()))
    }

    /// Works out the named conditions, which come after the facts and each after those it uses.
    pub(crate) fn with_bits(&self, user: Option<User>, mut bits: Bits) -> Principal {
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
                user: user.as_ref(),
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

    fn route(&self, method: &str, path: &AdmittedPath<'_>) -> Option<&Rule> {
        let mut of_method = |routes: &ByMethod| routes.named.get(method).copied().or(routes.any);
        let number = self.rules.routes.find(path, &mut of_method)?;
        self.rule(number)
    }

    fn forbids(&self, method: &str, path: &AdmittedPath<'_>) -> Vec<&Rule> {
        let mut forbids = Vec::new();
        let mut collect = |numbers: &Vec<usize>| -> Option<()> {
            for rule in numbers.iter().filter_map(|number| self.rule(*number)) {
                if rule.methods.is_empty() || rule.methods.iter().any(|name| name == method) {
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
    fn name(&self) -> RuleName {
        RuleName {
            head: self.head.clone(),
            place: self.place.clone(),
        }
    }

    /// The expression that must have this value for the rule to let the request pass.
    fn demand(&self) -> Option<(&Expression, bool)> {
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

    /// Decides: allowed if the route lets the principal in and no forbid applies.
    pub fn decide(&self, principal: &Principal) -> Decision {
        let situation = Situation {
            request: self.request,
            path: self.path.as_ref(),
            user: principal.user.as_ref(),
            bits: &principal.bits,
            named: self.policy.facts.len(),
        };
        let tier = self
            .policy
            .tiers
            .iter()
            .find(|(_, tier)| tier.value(&situation) == Truth::True);
        let mut decision = Decision {
            denial: None,
            rule: None,
            malformed: None,
            tier: tier.map(|(name, _)| name.clone()),
        };
        match self.route {
            Err(Refusal::Malformed(malformed)) => {
                decision.malformed = Some(malformed.describe());
                decision.denial = Some(plain(Reason::MalformedPath));
            }
            Err(Refusal::NoRoute) => decision.denial = Some(plain(Reason::NoRoute)),
            Ok(route) => {
                let (decider, denial) = self.judge(route, situation);
                decision.rule = Some(decider.name());
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
        let stops = |rule: &&Rule| match &rule.kind {
            Kind::Public => false,
            Kind::Denied => true,
            // Anything but the wanted value stops: unknown denies on a route and forbids on a forbid.
            Kind::Requires(_) | Kind::Forbid(..) => {
                rule.demand().is_none_or(|(expression, wanted)| {
                    expression.value(&situation) != Truth::from(wanted)
                })
            }
        };
        let Some(stopper) = rules().find(stops) else {
            return (route, None);
        };
        let mut denial = if matches!(route.kind, Kind::Denied) {
            plain(Reason::Forbidden)
        } else {
            let demands: Vec<_> = rules().filter_map(Rule::demand).collect();
            Search::new(&self.policy.facts, &self.policy.named, situation).denial(&demands)
        };
        denial.hint.clone_from(&stopper.hint);
        (stopper, Some(denial))
    }
}

fn plain(reason: Reason) -> Denial {
    Denial {
        reason,
        required: Vec::new(),
        hint: None,
    }
}

impl Decision {
    /// Whether the request may pass.
    pub fn is_allowed(&self) -> bool {
        self.denial.is_none()
    }

    /// Why it may not.
    pub fn denial(&self) -> Option<&Denial> {
        self.denial.as_ref()
    }

    /// The rule that decided: the route, or the forbid that stopped the request.
    pub fn rule(&self) -> Option<&RuleName> {
        self.rule.as_ref()
    }

    /// The denial of a request that was found malformed before it came to a policy.
    pub fn refuse(malformed: &'static str) -> Self {
        Self {
            denial: Some(plain(Reason::MalformedPath)),
            rule: None,
            malformed: Some(malformed),
            tier: None,
        }
    }

    /// What made the request malformed, in words.
    pub fn malformed(&self) -> Option<&'static str> {
        self.malformed
    }

    /// The user's tier: the highest that holds.
    pub fn tier(&self) -> Option<&str> {
        self.tier.as_deref()
    }
}
