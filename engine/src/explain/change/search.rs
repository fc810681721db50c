//! Candidates for a change: the smallest sets of facts that give a condition a value, by its
//! structure alone.

#[cfg(test)]
mod tests;

use std::cell::Cell;

use tollgate_grammar::tree::{Condition, Join};
use tollgate_grammar::{FileId, Span, Spanned, print_condition};

use super::{By, Step};
use crate::aspect::{Aspect, Value};
use crate::explain::condition::written;
use crate::fact::UserFact;
use crate::outline::Leaf;
use crate::truth::Truth;

/// Most candidates that are kept on the way, the smallest.
const MAX_WAYS: usize = 128;
/// How many facts are put into candidates before the search ends with what it has.
const MAX_WORK: usize = 100_000;

/// Most sets of one size that are tried one by one.
const MAX_SETS: usize = 4_096;

/// A fact by number, and whether it should hold.
pub(super) type Literal = (usize, bool);
/// Facts that together would give a condition a value; sorted, each once.
pub(super) type Way = Vec<Literal>;

/// The facts that were asked, each once, with what the path has in place of parameters.
#[derive(Default)]
pub(super) struct Search {
    pub(super) leaves: Vec<(Leaf, Truth)>,
    /// What each of them is about, as a number of `aspects`.
    pub(super) about: Vec<usize>,
    /// Each with the facts about it.
    pub(super) aspects: Vec<(Aspect, Vec<usize>)>,
    pub(super) work: Cell<usize>,
    pub(super) looked_up: Cell<usize>,
}

/// A condition over these facts.
pub(super) enum Node {
    Leaf(usize),
    Not(Box<Node>, Truth),
    Join(Join, Vec<Node>, Truth),
}

impl Search {
    pub(super) fn number(&mut self, leaf: Leaf, value: Truth) -> usize {
        if let Some(known) = self.leaves.iter().position(|(other, _)| *other == leaf) {
            return known;
        }
        let number = self.leaves.len();
        let aspect = leaf.aspect();
        let known = self.aspects.iter().position(|(other, _)| *other == aspect);
        let about = known.unwrap_or(self.aspects.len());
        match self.aspects.get_mut(about) {
            Some((_, leaves)) => leaves.push(number),
            None => self.aspects.push((aspect, vec![number])),
        }
        self.about.push(about);
        self.leaves.push((leaf, value));
        number
    }

    pub(super) fn aspect(&self, number: usize) -> Option<&Aspect> {
        let about = self.about.get(number)?;
        self.aspects.get(*about).map(|(aspect, _)| aspect)
    }

    pub(super) fn leaf(&self, number: usize) -> Option<&Leaf> {
        self.leaves.get(number).map(|(leaf, _)| leaf)
    }

    pub(super) fn value(&self, node: &Node) -> Truth {
        match node {
            Node::Leaf(number) => self
                .leaves
                .get(*number)
                .map_or(Truth::Unknown, |(_, value)| *value),
            Node::Not(_, value) | Node::Join(_, _, value) => *value,
        }
    }

    /// The value of an aspect that makes the facts of a way so and changes the fewest others.
    pub(super) fn best(&self, aspect: &Aspect, leaves: &[usize], way: &Way) -> Option<Value> {
        let about: Vec<(usize, &Leaf, Truth)> = leaves
            .iter()
            .filter_map(|number| {
                self.leaves
                    .get(*number)
                    .map(|(leaf, value)| (*number, leaf, *value))
            })
            .collect();
        let leaves: Vec<&Leaf> = about.iter().map(|(_, leaf, _)| *leaf).collect();
        let fits = |value: &Value| {
            about.iter().all(|(number, leaf, _)| {
                let wanted = way.iter().find(|(other, _)| other == number);
                wanted.is_none_or(|(_, holds)| value.truth(leaf) == Truth::from(*holds))
            })
        };
        let disturbs = |value: &Value| {
            let other = |(number, leaf, before): &&(usize, &Leaf, Truth)| {
                !way.iter().any(|(changed, _)| changed == number) && value.truth(leaf) != *before
            };
            about.iter().filter(other).count()
        };
        let values = aspect.values(&leaves)?;
        values.into_iter().filter(fits).min_by_key(disturbs)
    }

    pub(super) fn step(&self, (number, holds): Literal, allowed: bool) -> Option<Step> {
        let (leaf, value) = self.leaves.get(number)?;
        let by_user = matches!(
            leaf,
            Leaf::User(
                UserFact::SignedIn
                    | UserFact::Product(_)
                    | UserFact::EmailVerified
                    | UserFact::Mfa
                    | UserFact::MfaMethod(_)
            )
        );
        let by = match leaf {
            Leaf::Request(_) => By::Request,
            _ if *value == Truth::Unknown => By::Provider,
            // Nobody is let in for giving something up.
            _ if by_user && (holds || allowed) => By::User,
            _ => By::Operator,
        };
        Some(Step {
            fact: text(leaf),
            holds,
            by,
        })
    }

    /// The ways to give a condition a value.
    pub(super) fn ways(&self, node: &Node, wanted: bool) -> Vec<Way> {
        if self.value(node) == Truth::from(wanted) {
            return vec![Way::new()];
        }
        match node {
            Node::Leaf(number) => vec![vec![(*number, wanted)]],
            Node::Not(inner, _) => self.ways(inner, !wanted),
            // "All hold" and "not any holds" need every part, the other two need one.
            Node::Join(join, parts, _) if (*join == Join::All) == wanted => parts
                .iter()
                .map(|part| self.ways(part, wanted))
                .fold(vec![Way::new()], |all, more| self.together(&all, &more)),
            Node::Join(_, parts, _) => self.smallest(
                parts
                    .iter()
                    .flat_map(|part| self.ways(part, wanted))
                    .collect(),
            ),
        }
    }

    /// Every set of so many facts, each made what it is not; `None` if they are too many to try.
    pub(super) fn sets(&self, size: usize) -> Option<Vec<Way>> {
        let mut sets = vec![Way::new()];
        for _ in 0..size {
            let mut longer = Vec::new();
            for set in &sets {
                let next = set.last().map_or(0, |(last, _)| last + 1);
                for (number, (_, value)) in self.leaves.iter().enumerate().skip(next) {
                    let turned = [true, false].into_iter();
                    let turned = turned.filter(|holds| *value != Truth::from(*holds));
                    longer
                        .extend(turned.map(|holds| [set.as_slice(), &[(number, holds)]].concat()));
                }
                if longer.len() > MAX_SETS {
                    return None;
                }
            }
            sets = longer;
        }
        Some(sets)
    }

    /// Every way of the one with every way of the other.
    pub(super) fn together(&self, left: &[Way], right: &[Way]) -> Vec<Way> {
        let mut ways = Vec::new();
        for left in left {
            for right in right {
                if self.work.get() > MAX_WORK && !ways.is_empty() {
                    return ways;
                }
                let mut way = [left.as_slice(), right].concat();
                way.sort_unstable();
                way.dedup();
                self.work.set(self.work.get() + way.len() + 1);
                ways.push(way);
            }
        }
        self.smallest(ways)
    }

    pub(super) fn smallest(&self, mut ways: Vec<Way>) -> Vec<Way> {
        ways.sort_by_key(Vec::len);
        let mut kept: Vec<Way> = Vec::new();
        for way in ways {
            if kept.len() == MAX_WAYS || (self.work.get() > MAX_WORK && !kept.is_empty()) {
                break;
            }
            self.work.set(self.work.get() + kept.len());
            let contains = |smaller: &Way| {
                let has = |literal| way.binary_search(literal).is_ok();
                smaller.iter().all(has)
            };
            if !kept.iter().any(contains) {
                kept.push(way);
            }
        }
        kept
    }
}

/// The fact as a condition would say it.
pub(in crate::explain) fn text(leaf: &Leaf) -> String {
    let span = Span {
        file: FileId(0),
        start: 0,
        end: 0,
    };
    print_condition(&Condition::Facts {
        join: Join::Any,
        facts: vec![Spanned {
            node: written(leaf),
            span,
        }],
        span,
    })
}
