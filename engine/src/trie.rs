//! A tree of path segments: from a path to the patterns that match it, most specific first,
//! in a time that depends on the depth of the path and not on the number of patterns.

use std::hash::{BuildHasher, Hasher};
use std::num::NonZeroU32;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use tollgate_grammar::tree::Segment;

use crate::path::AdmittedPath;

/// A segment tree that keeps something for each pattern.
#[derive(Debug, Clone)]
pub(crate) struct Trie<T> {
    /// The root first.
    nodes: Vec<Node>,
    /// The nodes below those that have several, by their segment.
    branches: HashTable<Branch>,
    /// What is kept; the first is kept for no pattern.
    kept: Vec<T>,
    /// The literal segments, one after the other.
    texts: Vec<u8>,
}

/// Small, so that many lie in a processor's cache; texts and what is kept lie elsewhere.
#[derive(Debug, Clone, Copy, Default)]
struct Node {
    literals: Literals,
    parameter: Option<Index>,
    /// For a path that ends here.
    here: Option<Index>,
    /// For a path that goes on from here, however far.
    rest: Option<Index>,
}

/// The nodes below a node by their segment.
#[derive(Debug, Clone, Copy, Default)]
enum Literals {
    #[default]
    None,
    /// Most nodes have one below them: a comparison finds it without hashing.
    One { start: u32, len: u16, node: Index },
    /// Among the branches.
    Many,
}

/// A node below one that has several.
#[derive(Debug, Clone, Copy)]
struct Branch {
    parent: u32,
    start: u32,
    len: u16,
    node: Index,
}

/// A place that is not the first.
type Index = NonZeroU32;

/// A node to go on to, and the path behind it: empty at its end, as no segment is.
type Way<'a> = (Index, &'a [u8]);

impl<T: Default> Default for Trie<T> {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
            branches: HashTable::new(),
            kept: vec![T::default()],
            texts: Vec::new(),
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
            let next = index(self.nodes.len());
            let node = match segment {
                Segment::Literal(text) => self.literal(at, text.node.as_bytes(), next),
                Segment::Parameter(_) => *self.nodes[at as usize].parameter.get_or_insert(next),
                // The grammar lets nothing follow.
                Segment::Rest { .. } => break,
            };
            if node == next {
                self.nodes.push(Node::default());
            }
            at = node.get();
        }
        let node = &mut self.nodes[at as usize];
        let place = match pattern.last() {
            Some(Segment::Rest { .. }) => &mut node.rest,
            _ => &mut node.here,
        };
        let next = index(self.kept.len());
        let place = *place.get_or_insert(next);
        if place == next {
            self.kept.push(T::default());
        }
        &mut self.kept[place.get() as usize]
    }

    /// The node below one by its segment, which is `next` if there was none.
    #[expect(
        clippy::indexing_slicing,
        reason = "indices are made here and nothing is ever removed"
    )]
    fn literal(&mut self, parent: u32, segment: &[u8], next: Index) -> Index {
        let literals = self.nodes[parent as usize].literals;
        if let Some(known) = self.below(parent, literals, segment) {
            return known.0;
        }
        let start = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        // The grammar lets no pattern be longer than a path.
        let len = u16::try_from(segment.len()).unwrap_or(u16::MAX);
        self.texts.extend_from_slice(segment);
        self.nodes[parent as usize].literals = match literals {
            Literals::None => Literals::One {
                start,
                len,
                node: next,
            },
            Literals::One { start, len, node } => {
                self.branch(Branch {
                    parent,
                    start,
                    len,
                    node,
                });
                Literals::Many
            }
            Literals::Many => Literals::Many,
        };
        if !matches!(literals, Literals::None) {
            self.branch(Branch {
                parent,
                start,
                len,
                node: next,
            });
        }
        next
    }

    fn branch(&mut self, branch: Branch) {
        let texts = &self.texts;
        let hash = |branch: &Branch| {
            let text = text(texts, branch.start, branch.len).unwrap_or_default();
            hash(branch.parent, text)
        };
        self.branches.insert_unique(hash(&branch), branch, hash);
    }
}

/// An index small enough to keep many: all files of a policy have fewer bytes than that.
fn index(len: usize) -> Index {
    u32::try_from(len)
        .ok()
        .and_then(Index::new)
        .unwrap_or(Index::MAX)
}

fn hash(parent: u32, segment: &[u8]) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
    hasher.write_u32(parent);
    hasher.write(segment);
    hasher.finish()
}

/// The first segment and what is behind it.
fn split_first(path: &[u8]) -> (&[u8], &[u8]) {
    let slash = path.iter().position(|byte| *byte == b'/');
    match slash.and_then(|slash| path.split_at_checked(slash)) {
        Some((segment, [_, behind @ ..])) => (segment, behind),
        _ => (path, &[]),
    }
}

fn text(texts: &[u8], start: u32, len: u16) -> Option<&[u8]> {
    texts.get(start as usize..)?.get(..usize::from(len))
}

impl<T> Trie<T> {
    /// Whether nothing is kept for any pattern.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.len() == 1
    }

    /// Calls `visit` with what is kept for each matching pattern, most specific first (from
    /// left to right a literal beats a parameter beats the rest), until it returns a value.
    pub(crate) fn find<'t, R>(
        &'t self,
        path: &AdmittedPath<'_>,
        visit: &mut impl FnMut(&'t T) -> Option<R>,
    ) -> Option<R> {
        self.descend(0, path.text().as_bytes(), visit)
    }

    /// What is below a node for the rest of a path. Depth is bounded by the path's segments.
    fn descend<'t, R>(
        &'t self,
        mut at: u32,
        mut path: &[u8],
        visit: &mut impl FnMut(&'t T) -> Option<R>,
    ) -> Option<R> {
        loop {
            let node = self.nodes.get(at as usize)?;
            if path.is_empty() {
                return self.visit(node.here?, visit);
            }
            let literal = self.below(at, node.literals, path);
            let parameter = node.parameter.map(|node| (node, split_first(path).1));
            let (next, behind) = match (literal, parameter) {
                (None, None) => return self.visit(node.rest?, visit),
                // Most nodes have one way on: it is gone without a thought of coming back.
                (Some(only), None) | (None, Some(only)) if node.rest.is_none() => only,
                (first, second) => {
                    for (next, behind) in [first, second].into_iter().flatten() {
                        let found = self.descend(next.get(), behind, visit);
                        if found.is_some() {
                            return found;
                        }
                    }
                    return self.visit(node.rest?, visit);
                }
            };
            at = next.get();
            path = behind;
        }
    }

    fn visit<'t, R>(
        &'t self,
        place: Index,
        visit: &mut impl FnMut(&'t T) -> Option<R>,
    ) -> Option<R> {
        self.kept.get(place.get() as usize).and_then(visit)
    }

    /// The node below one by the first segment of a path, and what is behind that.
    #[inline]
    fn below<'a>(&self, parent: u32, literals: Literals, path: &'a [u8]) -> Option<Way<'a>> {
        match literals {
            Literals::None => None,
            Literals::One { start, len, node } => {
                match path.strip_prefix(text(&self.texts, start, len)?)? {
                    [] => Some((node, &[])),
                    [b'/', behind @ ..] => Some((node, behind)),
                    _ => None,
                }
            }
            Literals::Many => self.among(parent, path),
        }
    }

    /// The same below a node that has several.
    fn among<'a>(&self, parent: u32, path: &'a [u8]) -> Option<Way<'a>> {
        let (segment, behind) = split_first(path);
        let is_it = |branch: &Branch| {
            branch.parent == parent && text(&self.texts, branch.start, branch.len) == Some(segment)
        };
        let branch = self.branches.find(hash(parent, segment), is_it)?;
        Some((branch.node, behind))
    }
}
