//! Every pattern of a tree, from first to last.

use super::{Fork, Literals, Node, Trie, split_first, tail};

/// A segment of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'t> {
    /// Exactly this one.
    Literal(&'t str),
    /// Any one.
    Parameter,
    /// One or more, to the end.
    Rest,
}

impl<T> Trie<T> {
    /// Calls `visit` with each pattern and what is kept for it, in no order that means anything.
    pub(crate) fn patterns<'t>(&'t self, visit: &mut impl FnMut(&[Part<'t>], &'t T)) {
        self.below_node(0, &mut Vec::new(), visit);
    }

    /// Depth is bounded by the patterns' segments.
    fn below_node<'t>(
        &'t self,
        at: u32,
        before: &mut Vec<Part<'t>>,
        visit: &mut impl FnMut(&[Part<'t>], &'t T),
    ) {
        match self.nodes.get(at as usize).map(|slot| &slot.0) {
            None => {}
            Some(Node::End { tail, kept }) => {
                let length = before.len();
                let tail = tail.of(&self.texts).split(|byte| *byte == b'/');
                before.extend(tail.filter(|segment| !segment.is_empty()).map(part));
                visit(before, kept);
                before.truncate(length);
            }
            Some(Node::Fork(fork)) => self.below_fork(fork, before, visit),
        }
    }

    fn below_fork<'t>(
        &'t self,
        fork: &'t Fork,
        before: &mut Vec<Part<'t>>,
        visit: &mut impl FnMut(&[Part<'t>], &'t T),
    ) {
        let branches: Vec<_> = match &fork.literals {
            Literals::None => Vec::new(),
            Literals::One(branch) => vec![*branch],
            Literals::Many(number) => {
                let branches = self.branches.get(*number as usize);
                branches.into_iter().flatten().copied().collect()
            }
        };
        for branch in branches {
            before.push(part(split_first(branch.texts(&self.texts)).0));
            self.below_node(branch.node.get(), before, visit);
            before.pop();
        }
        if let Some(node) = fork.parameter {
            before.push(Part::Parameter);
            self.below_node(node.get(), before, visit);
            before.pop();
        }
        // These have their segments in their tails.
        for node in [fork.here, fork.rest].into_iter().flatten() {
            self.below_node(node.get(), before, visit);
        }
    }
}

fn part(segment: &[u8]) -> Part<'_> {
    match segment {
        [tail::PARAMETER] => Part::Parameter,
        [tail::REST] => Part::Rest,
        // It was written from text.
        literal => std::str::from_utf8(literal).map_or(Part::Rest, Part::Literal),
    }
}
