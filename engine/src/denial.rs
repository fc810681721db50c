//! Why a request is denied: the word a client can act on, found as the smallest set of facts
//! the user could change that would have let the request through.

use std::cell::Cell;

use tollgate_grammar::tree::{Join, Reason};

use crate::expression::{Expression, RequestFact, Situation};
use crate::fact::{FactTable, UserFact};
use crate::truth::Truth;

/// Most ways in that are kept while looking for the smallest; the smallest are kept.
pub const MAX_WAYS: usize = 256;
/// How many facts are put into ways before one way has to do: a denial must not take long,
/// however many ways a condition has.
const MAX_WORK: usize = 100_000;

/// Why a request is denied, and what would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The word for it.
    pub reason: Reason,
    /// With `upgrade_required`: the products that would do, fewest first; each entry is a set
    /// of product IDs that are needed together.
    pub required: Vec<Vec<String>>,
    /// What the policy says to a denied client.
    pub hint: Option<String>,
}

/// A fact that is missing and that the user could come to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Missing {
    /// Any user fact of somebody who is not signed in.
    Login,
    /// `email verified`
    Verification,
    /// Any second factor, or the one with this fact number.
    Mfa(usize),
    /// The product with this fact number.
    Product(usize),
}

/// Facts that together would let the request through; sorted, each once.
type Way = Vec<Missing>;

/// What the ways are looked for in.
pub(crate) struct Search<'a> {
    facts: &'a FactTable,
    named: &'a [Expression],
    situation: Situation<'a>,
    work: Cell<usize>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(
        facts: &'a FactTable,
        named: &'a [Expression],
        situation: Situation<'a>,
    ) -> Self {
        Self {
            facts,
            named,
            situation,
            work: Cell::new(0),
        }
    }

    /// The denial of a request that would be let through if every `(expression, wanted)` had
    /// the wanted value.
    pub(crate) fn denial(&self, demands: &[(&Expression, bool)]) -> Denial {
        let ways = demands
            .iter()
            .map(|(expression, wanted)| self.ways(expression, *wanted))
            .fold(vec![Way::new()], |all, more| self.together(&all, &more));
        let smallest = ways.iter().min_by_key(|way| (way.len(), rank(way)));
        let reason = smallest.map_or(Reason::Forbidden, reason);
        let required = if reason == Reason::UpgradeRequired {
            self.products(&ways)
        } else {
            Vec::new()
        };
        Denial {
            reason,
            required,
            hint: None,
        }
    }

    /// The ways to give an expression a value; none if the user can do nothing about it.
    fn ways(&self, expression: &Expression, wanted: bool) -> Vec<Way> {
        if expression.value(&self.situation) == Truth::from(wanted) {
            return vec![Way::new()];
        }
        match expression {
            Expression::User(number) => self.change(*number, wanted),
            Expression::Named(number) => self
                .named
                .get(*number)
                .map(|named| self.ways(named, wanted))
                .unwrap_or_default(),
            Expression::Request(RequestFact::UserIs(_) | RequestFact::Member(..))
                if wanted && self.situation.user.is_none() =>
            {
                vec![vec![Missing::Login]]
            }
            Expression::Request(_) => Vec::new(),
            Expression::Not(inner) => self.ways(inner, !wanted),
            // "All hold" and "not any holds" need every part, the other two need one.
            Expression::Join(join, parts) if (*join == Join::All) == wanted => parts
                .iter()
                .map(|part| self.ways(part, wanted))
                .fold(vec![Way::new()], |all, more| self.together(&all, &more)),
            Expression::Join(_, parts) => self.smallest(
                parts
                    .iter()
                    .flat_map(|part| self.ways(part, wanted))
                    .collect(),
            ),
        }
    }

    fn change(&self, number: usize, wanted: bool) -> Vec<Way> {
        if !wanted {
            return Vec::new();
        }
        if self.situation.user.is_none() {
            return vec![vec![Missing::Login]];
        }
        // What the provider cannot say, the user cannot change.
        if self.situation.bits.get(number) == Truth::Unknown {
            return Vec::new();
        }
        let missing = match self.facts.get(number) {
            Some(UserFact::Product(_)) => Missing::Product(number),
            Some(UserFact::Mfa | UserFact::MfaMethod(_)) => Missing::Mfa(number),
            Some(UserFact::EmailVerified) => Missing::Verification,
            _ => return Vec::new(),
        };
        vec![vec![missing]]
    }

    /// The ways that take products alone, as IDs.
    fn products(&self, ways: &[Way]) -> Vec<Vec<String>> {
        let id = |missing: &Missing| match missing {
            Missing::Product(number) => match self.facts.get(*number) {
                Some(UserFact::Product(id)) => Some(id.clone()),
                _ => None,
            },
            _ => None,
        };
        ways.iter()
            .filter_map(|way| way.iter().map(id).collect::<Option<Vec<_>>>())
            .collect()
    }

    /// Every way of the one with every way of the other.
    fn together(&self, left: &[Way], right: &[Way]) -> Vec<Way> {
        let mut ways = Vec::new();
        for left in left {
            for right in right {
                if self.is_tired() && !ways.is_empty() {
                    return ways;
                }
                let mut way = [left.as_slice(), right].concat();
                way.sort_unstable();
                way.dedup();
                self.work.set(self.work.get() + way.len());
                ways.push(way);
            }
        }
        self.smallest(ways)
    }

    /// The smallest ways, in the policy's order where they are equally small, without those that
    /// contain a smaller one.
    fn smallest(&self, mut ways: Vec<Way>) -> Vec<Way> {
        ways.sort_by_key(Vec::len);
        let mut kept: Vec<Way> = Vec::new();
        for way in ways {
            let full = kept.len() == MAX_WAYS || (self.is_tired() && !kept.is_empty());
            if full {
                break;
            }
            self.work.set(self.work.get() + kept.len());
            let contains = |smaller: &Way| {
                smaller
                    .iter()
                    .all(|missing| way.binary_search(missing).is_ok())
            };
            if !kept.iter().any(contains) {
                kept.push(way);
            }
        }
        kept
    }

    fn is_tired(&self) -> bool {
        self.work.get() > MAX_WORK
    }
}

/// Where ways are equally small: what costs the user nothing comes first. To sign in is never beside
/// another way.
fn rank(way: &Way) -> u8 {
    match reason(way) {
        Reason::VerificationRequired => 0,
        Reason::MfaRequired => 1,
        _ => 2,
    }
}

/// The first step on a way: an upgrade is named only where nothing but products is missing.
fn reason(way: &Way) -> Reason {
    match way.first() {
        Some(Missing::Login) => Reason::LoginRequired,
        Some(Missing::Verification) => Reason::VerificationRequired,
        Some(Missing::Mfa(_)) => Reason::MfaRequired,
        Some(Missing::Product(_)) => Reason::UpgradeRequired,
        None => Reason::Forbidden,
    }
}
