//! What a policy says of one request, by the plainest reading of the language: every rule is
//! looked at in turn, every set of facts somebody could gain is tried.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_engine::Target as RequestTarget;
use tollgate_engine::{Reason, Request, User};
use tollgate_grammar::tree::{Access, Forbid, ForbidMode, Route, Tree};
use tollgate_grammar::{Span, Spanned};

use crate::admit;
use crate::condition::{Judge, Missing};
use crate::fact::{ProductNames, World};
use crate::route::{self, Called, Values};

/// What comes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub outcome: Outcome,
    /// The highest tier that certainly holds.
    pub tier: Option<String>,
    /// The rules that may be named as having decided, each with its hint: the route that let the
    /// request through, or whatever stopped it.
    pub rules: BTreeMap<Span, Option<String>>,
}

/// The part of it a client sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Allowed,
    Denied {
        reason: Reason,
        /// Sets of product IDs of which each would do.
        required: BTreeSet<BTreeSet<String>>,
    },
}

/// Evaluates a request of a user, or of a visitor.
pub fn evaluate(
    tree: &Tree,
    products: &ProductNames,
    user: Option<&User>,
    request: &Request<'_>,
) -> Answer {
    let world = World {
        products,
        user,
        request,
    };
    let judge = Judge { tree, world };
    let answer = |outcome, rules| Answer {
        outcome,
        tier: tier(&judge),
        rules,
    };
    let deny = |reason| {
        answer(
            Outcome::Denied {
                reason,
                required: BTreeSet::new(),
            },
            BTreeMap::new(),
        )
    };

    let Some(called) = called(request.target) else {
        return deny(Reason::MalformedPath);
    };
    let Some((route, values)) = route::deciding(tree, &called) else {
        return deny(Reason::NoRoute);
    };
    let forbids = route::forbids(tree, &called);
    let rules = Rules {
        judge: &judge,
        route,
        values,
        forbids,
    };
    let stopping = rules.stopping(&BTreeSet::new());
    if stopping.is_empty() {
        let route = BTreeMap::from([(route.span, hint(route.hint.as_ref()))]);
        return answer(Outcome::Allowed, route);
    }
    answer(denied(&minimal_ways(&rules)), stopping)
}

/// What is called; nothing if it is malformed.
fn called(target: RequestTarget<'_>) -> Option<Called> {
    match target {
        RequestTarget::Connect => Some(Called::Connect),
        RequestTarget::Field(field) => {
            admit::is_field(field).then(|| Called::Field(field.to_owned()))
        }
        RequestTarget::Path { method, path } => {
            let segments = admit::admit(path)?;
            let method = admit::is_method(method).then(|| method.to_owned())?;
            Some(Called::Path { method, segments })
        }
    }
}

fn tier(judge: &Judge<'_>) -> Option<String> {
    let holds = |condition| judge.holds(condition, &Values::new(), &BTreeSet::new(), true);
    let tiers = judge.tiers();
    let highest = tiers
        .iter()
        .find(|tier| holds(&tier.condition) == Some(true));
    highest.map(|tier| tier.name.node.clone())
}

/// The rules a request meets.
struct Rules<'a> {
    judge: &'a Judge<'a>,
    route: &'a Route,
    values: Values,
    forbids: Vec<(&'a Forbid, Values)>,
}

impl Rules<'_> {
    /// Those that do not let the request through if `assumed` holds. What is unknown denies.
    fn stopping(&self, assumed: &BTreeSet<Missing>) -> BTreeMap<Span, Option<String>> {
        let mut stopping = BTreeMap::new();
        let lets_in = match &self.route.access {
            Access::Public => true,
            Access::Denied => false,
            Access::Requires(condition) => {
                self.judge.holds(condition, &self.values, assumed, true) == Some(true)
            }
        };
        if !lets_in {
            stopping.insert(self.route.span, hint(self.route.hint.as_ref()));
        }
        for (forbid, values) in &self.forbids {
            let wanted = forbid.mode == ForbidMode::Unless;
            let truth = self.judge.holds(&forbid.condition, values, assumed, wanted);
            if truth != Some(wanted) {
                stopping.insert(forbid.span, hint(forbid.hint.as_ref()));
            }
        }
        stopping
    }

    /// Everything somebody could gain that a rule asks about.
    fn missing(&self) -> BTreeSet<Missing> {
        let mut missing = BTreeSet::new();
        if let Access::Requires(condition) = &self.route.access {
            missing.extend(self.judge.all_missing(condition));
        }
        for (forbid, _) in &self.forbids {
            missing.extend(self.judge.all_missing(&forbid.condition));
        }
        missing
    }
}

fn hint(hint: Option<&Spanned<String>>) -> Option<String> {
    hint.map(|hint| hint.node.clone())
}

/// The sets of missing facts that let the request through, without those that hold another one.
///
/// A fact gained where a rule asks for it does not count where the same rule asks for its absence
/// (see [`Judge::holds`]), so each place of a condition can be met on its own and more facts never
/// do worse: the minimal sets are then exactly the unions of one way of each part of an `and` and
/// the ways of any part of an `or`.
fn minimal_ways(rules: &Rules<'_>) -> Vec<BTreeSet<Missing>> {
    let ways: Vec<_> = subsets(&rules.missing().into_iter().collect::<Vec<_>>())
        .into_iter()
        .filter(|assumed| rules.stopping(assumed).is_empty())
        .collect();
    let is_minimal = |way: &BTreeSet<_>| {
        !ways
            .iter()
            .any(|other| other != way && other.is_subset(way))
    };
    ways.iter().filter(|way| is_minimal(way)).cloned().collect()
}

fn subsets(all: &[Missing]) -> Vec<BTreeSet<Missing>> {
    let Some((first, rest)) = all.split_first() else {
        return vec![BTreeSet::new()];
    };
    let without = subsets(rest);
    let mut subsets = without.clone();
    for mut subset in without {
        subset.insert(first.clone());
        subsets.push(subset);
    }
    subsets
}

/// The reason is that of the smallest ways; products are named if nothing else is missing.
fn denied(ways: &[BTreeSet<Missing>]) -> Outcome {
    let fewest = ways.iter().map(BTreeSet::len).min();
    let has = |kind: fn(&Missing) -> bool| {
        ways.iter()
            .any(|way| Some(way.len()) == fewest && way.iter().any(kind))
    };
    let reason = if fewest.is_none() {
        Reason::Forbidden
    } else if has(|missing| *missing == Missing::Login) {
        Reason::LoginRequired
    } else if has(|missing| *missing == Missing::Verification) {
        Reason::VerificationRequired
    } else if has(|missing| matches!(missing, Missing::Mfa(_))) {
        Reason::MfaRequired
    } else {
        Reason::UpgradeRequired
    };
    let mut required = BTreeSet::new();
    if reason == Reason::UpgradeRequired {
        required.extend(ways.iter().filter_map(products));
    }
    Outcome::Denied { reason, required }
}

/// The products of a way that is made of nothing else.
fn products(way: &BTreeSet<Missing>) -> Option<BTreeSet<String>> {
    let id = |missing: &Missing| match missing {
        Missing::Product(id) => Some(id.clone()),
        _ => None,
    };
    way.iter().map(id).collect()
}
