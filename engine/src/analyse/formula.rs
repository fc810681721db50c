//! A condition over every case there can be.
//!
//! Nothing is unknown here: what is unknown can only make a condition unknown, never true or
//! false, so a condition that is never true with everything known is never true at all.

use std::rc::Rc;

use tollgate_grammar::tree::Join;

use crate::aspect::{Aspect, Value};
use crate::fact::UserFact;
use crate::outline::{Leaf, Part, PartKind};
use crate::truth::Truth;

/// Most different facts of one condition that are looked at together.
const MAX_FACTS: usize = 24;

/// Facts, each once, and the parts of a condition over them, each after those it is made of.
#[derive(Default)]
pub(super) struct Formula {
    leaves: Vec<Leaf>,
    nodes: Vec<Node>,
}

struct Node {
    kind: NodeKind,
    /// Under an odd number of `not`.
    negated: bool,
}

enum NodeKind {
    Leaf(usize),
    Not(usize),
    Join(Join, Vec<usize>),
}

/// What was seen of a part over all cases.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four things seen or not")]
pub(super) struct Seen {
    pub(super) holds: bool,
    pub(super) fails: bool,
    /// It once decided what the row it stands in came to.
    pub(super) matters: bool,
    /// It once held for somebody not signed in, and only for a `not` before a user fact.
    pub(super) lets_visitor_in: bool,
}

/// The values of an aspect: what each makes of the facts about it.
struct Dimension {
    of_user: bool,
    rows: Vec<Vec<(usize, Truth)>>,
}

impl Formula {
    /// The number of a part; `None` if there are more different facts than can be looked at.
    pub(super) fn add(&mut self, part: &Part) -> Option<usize> {
        self.part(part, false)
    }

    /// The number of a row of parts.
    pub(super) fn join(&mut self, join: Join, parts: &[Rc<Part>]) -> Option<usize> {
        let parts = parts.iter().map(|part| self.part(part, false));
        let parts = parts.collect::<Option<Vec<_>>>()?;
        Some(self.row(join, parts))
    }

    /// A row of parts that are already there.
    pub(super) fn row(&mut self, join: Join, parts: Vec<usize>) -> usize {
        self.push(NodeKind::Join(join, parts), false)
    }

    fn part(&mut self, part: &Part, negated: bool) -> Option<usize> {
        let kind = match &part.kind {
            PartKind::Leaf(leaf) => NodeKind::Leaf(self.leaf(leaf)?),
            PartKind::Not(inner) => NodeKind::Not(self.part(inner, !negated)?),
            PartKind::Join(join, parts) => {
                let parts = parts.iter().map(|part| self.part(part, negated));
                NodeKind::Join(*join, parts.collect::<Option<_>>()?)
            }
            PartKind::Named(_, inner) => return self.part(inner, negated),
        };
        Some(self.push(kind, negated))
    }

    fn push(&mut self, kind: NodeKind, negated: bool) -> usize {
        self.nodes.push(Node { kind, negated });
        self.nodes.len() - 1
    }

    fn leaf(&mut self, leaf: &Leaf) -> Option<usize> {
        if let Some(known) = self.leaves.iter().position(|other| other == leaf) {
            return Some(known);
        }
        self.leaves.push(leaf.clone());
        (self.leaves.len() <= MAX_FACTS).then_some(self.leaves.len() - 1)
    }

    fn dimensions(&self) -> Vec<Dimension> {
        let mut aspects: Vec<(Aspect, Vec<usize>)> = Vec::new();
        for (number, leaf) in self.leaves.iter().enumerate() {
            let aspect = leaf.aspect();
            match aspects.iter_mut().find(|(other, _)| *other == aspect) {
                Some((_, leaves)) => leaves.push(number),
                None => aspects.push((aspect, vec![number])),
            }
        }
        let mut dimensions = Vec::new();
        for (aspect, numbers) in aspects {
            // Told by the case itself: a visitor or not.
            if aspect == Aspect::SignedIn {
                continue;
            }
            let of_user = aspect.is_of_user();
            let about = |number: &usize| Some((*number, self.leaves.get(*number)?));
            let about: Vec<(usize, &Leaf)> = numbers.iter().filter_map(about).collect();
            let leaves: Vec<&Leaf> = about.iter().map(|(_, leaf)| *leaf).collect();
            let Some(values) = aspect.values(&leaves) else {
                // Too much to tell: each fact by itself, so that too much is possible, never too little.
                dimensions.extend(numbers.iter().map(|number| Dimension {
                    of_user,
                    rows: vec![vec![(*number, Truth::True)], vec![(*number, Truth::False)]],
                }));
                continue;
            };
            let mut rows: Vec<Vec<(usize, Truth)>> = Vec::new();
            for value in &values {
                let row = |value: &Value| -> Vec<_> {
                    about
                        .iter()
                        .map(|(number, leaf)| (*number, value.truth(leaf)))
                        .collect()
                };
                let row = row(value);
                if !rows.contains(&row) {
                    rows.push(row);
                }
            }
            dimensions.push(Dimension { of_user, rows });
        }
        dimensions
    }

    /// Looks at every case, if there are at most so many; counts the work done.
    pub(super) fn look(&self, max_cases: usize, work: &mut usize) -> Option<Vec<Seen>> {
        let dimensions = self.dimensions();
        let count = |of_user_too: bool| {
            let mut dimensions = dimensions.iter();
            dimensions.try_fold(1usize, |cases, dimension| {
                let rows = if dimension.of_user && !of_user_too {
                    1
                } else {
                    dimension.rows.len()
                };
                cases.checked_mul(rows).filter(|cases| *cases <= max_cases)
            })
        };
        let cases = count(true)? + count(false)?;
        *work = work.saturating_add(cases.saturating_mul(self.nodes.len()));
        let mut looker = Looker {
            formula: self,
            facts: vec![Truth::False; self.leaves.len()],
            values: vec![Truth::False; self.nodes.len()],
            pretended: vec![Truth::False; self.nodes.len()],
            seen: vec![Seen::default(); self.nodes.len()],
        };
        let of_request: Vec<_> = dimensions.iter().filter(|one| !one.of_user).collect();
        looker.each(&of_request, false);
        let all: Vec<_> = dimensions.iter().collect();
        for (number, leaf) in self.leaves.iter().enumerate() {
            if *leaf == Leaf::User(UserFact::SignedIn)
                && let Some(fact) = looker.facts.get_mut(number)
            {
                *fact = Truth::True;
            }
        }
        looker.each(&all, true);
        Some(looker.seen)
    }
}

struct Looker<'f> {
    formula: &'f Formula,
    facts: Vec<Truth>,
    values: Vec<Truth>,
    /// The values if a `not` before a user fact said no.
    pretended: Vec<Truth>,
    seen: Vec<Seen>,
}

impl Looker<'_> {
    /// Every row of the first dimension with everything of the others; the depth is the number of
    /// dimensions, at most [`MAX_FACTS`].
    fn each(&mut self, dimensions: &[&Dimension], signed_in: bool) {
        let Some((first, others)) = dimensions.split_first() else {
            return self.case(signed_in);
        };
        for row in &first.rows {
            for (number, truth) in row {
                if let Some(fact) = self.facts.get_mut(*number) {
                    *fact = *truth;
                }
            }
            self.each(others, signed_in);
        }
    }

    fn case(&mut self, signed_in: bool) {
        for number in 0..self.formula.nodes.len() {
            let value = self.value(number, &self.values, false);
            let pretended = self.value(number, &self.pretended, !signed_in);
            if let Some(slot) = self.values.get_mut(number) {
                *slot = value;
            }
            if let Some(slot) = self.pretended.get_mut(number) {
                *slot = pretended;
            }
            if let Some(seen) = self.seen.get_mut(number) {
                seen.holds |= value == Truth::True;
                seen.fails |= value == Truth::False;
                seen.lets_visitor_in |=
                    !signed_in && value == Truth::True && pretended != Truth::True;
            }
            self.decisive(number);
        }
    }

    fn value(&self, number: usize, values: &[Truth], pretend: bool) -> Truth {
        let Some(node) = self.formula.nodes.get(number) else {
            return Truth::Unknown;
        };
        let of = |part: &usize| values.get(*part).copied().unwrap_or(Truth::Unknown);
        match &node.kind {
            NodeKind::Leaf(leaf) => {
                // `not user` means visitors and says so.
                let meant =
                    |leaf: &Leaf| leaf.asks_user() && *leaf != Leaf::User(UserFact::SignedIn);
                if pretend && node.negated && self.formula.leaves.get(*leaf).is_some_and(meant) {
                    return Truth::True;
                }
                self.facts.get(*leaf).copied().unwrap_or(Truth::Unknown)
            }
            NodeKind::Not(inner) => !of(inner),
            NodeKind::Join(Join::All, parts) => parts.iter().map(of).fold(Truth::True, Truth::and),
            NodeKind::Join(Join::Any, parts) => parts.iter().map(of).fold(Truth::False, Truth::or),
        }
    }

    /// Notes which part of a row decided: the one that holds where no other does, or the one
    /// that does not where all others do.
    fn decisive(&mut self, number: usize) {
        let Some(NodeKind::Join(join, parts)) =
            self.formula.nodes.get(number).map(|node| &node.kind)
        else {
            return;
        };
        let stands_out = |part: &usize| {
            let value = self.values.get(*part).copied();
            match join {
                Join::Any => value == Some(Truth::True),
                Join::All => value != Some(Truth::True),
            }
        };
        let mut standing_out = parts.iter().filter(|part| stands_out(part));
        if let (Some(part), None) = (standing_out.next(), standing_out.next())
            && let Some(seen) = self.seen.get_mut(*part)
        {
            seen.matters = true;
        }
    }
}
