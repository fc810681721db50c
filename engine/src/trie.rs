//! A tree of path segments: from a path to the patterns that match it, most specific first,
//! in a time that depends on the depth of the path and not on the number of patterns.

use rustc_hash::FxHashMap;
use tollgate_grammar::tree::Segment;

use crate::path::AdmittedPath;

/// A segment tree that keeps something for each pattern.
#[derive(Debug, Clone)]
pub(crate) struct Trie<T> {
    nodes: Vec<Node<T>>,
}

#[derive(Debug, Clone)]
struct Node<T> {
    literals: FxHashMap<Box<str>, usize>,
    parameter: Option<usize>,
    /// For a path that ends here.
    here: Option<T>,
    /// For a path that goes on from here, however far.
    rest: Option<T>,
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self {
            literals: FxHashMap::default(),
            parameter: None,
            here: None,
            rest: None,
        }
    }
}

impl<T> Default for Trie<T> {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
        }
    }
}

impl<T: Default> Trie<T> {
    /// The place for a pattern; two patterns that differ only in names of parameters share it.
    #[expect(
        clippy::indexing_slicing,
        reason = "indices are made here and nodes are never removed"
    )]
    pub(crate) fn entry(&mut self, pattern: &[Segment]) -> &mut T {
        let mut at = 0;
        for segment in pattern {
            let next = self.nodes.len();
            let node = &mut self.nodes[at];
            let child = match segment {
                Segment::Literal(text) => node
                    .literals
                    .entry(text.node.as_str().into())
                    .or_insert(next),
                Segment::Parameter(_) => node.parameter.get_or_insert(next),
                // The grammar lets nothing follow.
                Segment::Rest { .. } => break,
            };
            at = *child;
            if at == next {
                self.nodes.push(Node::default());
            }
        }
        let node = &mut self.nodes[at];
        match pattern.last() {
            Some(Segment::Rest { .. }) => node.rest.get_or_insert_default(),
            _ => node.here.get_or_insert_default(),
        }
    }
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
        at: usize,
        path: &AdmittedPath<'_>,
        depth: usize,
        visit: &mut impl FnMut(&'t T) -> Option<R>,
    ) -> Option<R> {
        let node = self.nodes.get(at)?;
        let Some(segment) = path.segment(depth) else {
            return node.here.as_ref().and_then(visit);
        };
        let literal = node.literals.get(segment).copied();
        for next in [literal, node.parameter].into_iter().flatten() {
            let found = self.descend(next, path, depth + 1, visit);
            if found.is_some() {
                return found;
            }
        }
        node.rest.as_ref().and_then(visit)
    }
}
