//! A tree of path segments: from a path to the patterns that match it, most specific first,
//! in a time that depends on the depth of the path and not on the number of patterns.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tollgate_grammar::tree::Segment;

use crate::path::AdmittedPath;

/// A segment tree that keeps something for each pattern.
#[derive(Debug, Clone)]
pub(crate) struct Trie<T> {
    nodes: Vec<Node>,
    kept: Vec<T>,
    /// Each segment once: what many paths share stays at hand.
    texts: FxHashSet<Arc<str>>,
}

/// Small, so that the way to a pattern touches little memory; what is kept lies elsewhere.
#[derive(Debug, Clone, Default)]
struct Node {
    literals: Literals,
    parameter: Option<u32>,
    /// For a path that ends here.
    here: Option<u32>,
    /// For a path that goes on from here, however far.
    rest: Option<u32>,
}

/// The nodes below a node by their segment.
#[derive(Debug, Clone, Default)]
enum Literals {
    #[default]
    None,
    /// Most nodes have one below them: a comparison finds it without hashing.
    One(Arc<str>, u32),
    Many(Box<FxHashMap<Arc<str>, u32>>),
}

impl Literals {
    fn get(&self, segment: &str) -> Option<u32> {
        match self {
            Self::One(text, node) if **text == *segment => Some(*node),
            Self::None | Self::One(..) => None,
            Self::Many(nodes) => nodes.get(segment).copied(),
        }
    }

    /// The node of a segment, which is `next` if it had none.
    fn entry(&mut self, segment: Arc<str>, next: u32) -> u32 {
        match self {
            Self::None => {
                *self = Self::One(segment, next);
                next
            }
            Self::One(text, node) if *text == segment => *node,
            Self::One(text, node) => {
                let both = [(Arc::clone(text), *node), (segment, next)];
                *self = Self::Many(Box::new(both.into_iter().collect()));
                next
            }
            Self::Many(nodes) => *nodes.entry(segment).or_insert(next),
        }
    }
}

impl<T> Default for Trie<T> {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
            kept: Vec::new(),
            texts: FxHashSet::default(),
        }
    }
}

impl<T: Default> Trie<T> {
    /// The place for a pattern; two patterns that differ only in names of parameters share it.
    #[expect(
        clippy::indexing_slicing,
        reason = "indices are made here and nothing is ever removed"
    )]
    pub(crate) fn entry(&mut self, pattern: &[Segment]) -> &mut T {
        let mut at = 0;
        for segment in pattern {
            let next = number(self.nodes.len());
            let node = &mut self.nodes[at as usize];
            at = match segment {
                Segment::Literal(text) => {
                    let known = self.texts.get(text.node.as_str()).cloned();
                    let text = known.unwrap_or_else(|| text.node.as_str().into());
                    self.texts.insert(Arc::clone(&text));
                    node.literals.entry(text, next)
                }
                Segment::Parameter(_) => *node.parameter.get_or_insert(next),
                // The grammar lets nothing follow.
                Segment::Rest { .. } => break,
            };
            if at == next {
                self.nodes.push(Node::default());
            }
        }
        let node = &mut self.nodes[at as usize];
        let place = match pattern.last() {
            Some(Segment::Rest { .. }) => &mut node.rest,
            _ => &mut node.here,
        };
        let next = number(self.kept.len());
        let place = *place.get_or_insert(next);
        if place == next {
            self.kept.push(T::default());
        }
        &mut self.kept[place as usize]
    }
}

/// A number small enough to keep many: all files of a policy have fewer bytes than that.
fn number(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

impl<T> Trie<T> {
    /// Calls `visit` with what is kept for each matching pattern, most specific first (from
    /// left to right a literal beats a parameter beats the rest), until it returns a value.
    pub(crate) fn find<'t, R>(
        &'t self,
        path: &AdmittedPath<'_>,
        visit: &mut impl FnMut(&'t T) -> Option<R>,
    ) -> Option<R> {
        self.descend(0, path, 0, visit)
    }

    /// Depth is bounded by the path's segments.
    fn descend<'t, R>(
        &'t self,
        at: u32,
        path: &AdmittedPath<'_>,
        depth: usize,
        visit: &mut impl FnMut(&'t T) -> Option<R>,
    ) -> Option<R> {
        let node = self.nodes.get(at as usize)?;
        let Some(segment) = path.segment(depth) else {
            return self.kept.get(node.here? as usize).and_then(visit);
        };
        let literal = node.literals.get(segment);
        for next in [literal, node.parameter].into_iter().flatten() {
            let found = self.descend(next, path, depth + 1, visit);
            if found.is_some() {
                return found;
            }
        }
        self.kept.get(node.rest? as usize).and_then(visit)
    }
}
