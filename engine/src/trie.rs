//! A tree of path segments: from a path to the patterns that match it, most specific first,
//! in a time that depends on the depth of the path and not on the number of patterns.

pub(crate) mod patterns;
mod tail;
#[cfg(test)]
mod tests;

use std::hash::{BuildHasher, Hasher};
use std::num::NonZeroU32;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use tollgate_grammar::tree::Segment;

use crate::path::AdmittedPath;

/// A segment tree that keeps something for each pattern.
///
/// With many patterns a look-up takes as long as it waits for memory. So a pattern has a node of
/// its own from where no other goes its way: of thousands, most are two steps from the root.
#[derive(Debug, Clone)]
pub(crate) struct Trie<T> {
    /// The root first, which is a fork.
    nodes: Vec<Slot<T>>,
    /// The nodes below forks that have several, by their segment.
    branches: Vec<HashTable<Branch>>,
    /// The patterns, one after the other, with a slash before and behind each.
    texts: Vec<u8>,
}

/// A node, of which two share a cache line and none lies in two.
#[derive(Debug, Clone)]
#[repr(align(32))]
struct Slot<T>(Node<T>);

#[derive(Debug, Clone)]
enum Node<T> {
    /// Where patterns part.
    Fork(Fork),
    /// Where one pattern is left.
    End { tail: Text, kept: T },
}

const _: () = assert!(size_of::<Slot<[u64; 3]>>() == 32, "so that two fit");

/// The ways on from a node. The last two lead to an end.
#[derive(Debug, Clone, Copy, Default)]
struct Fork {
    literals: Literals,
    parameter: Option<Index>,
    /// For a path that ends here.
    here: Option<Index>,
    /// For a path that goes on from here, however far.
    rest: Option<Index>,
}

/// The nodes below a fork by their segment.
#[derive(Debug, Clone, Copy, Default)]
enum Literals {
    #[default]
    None,
    /// Many forks have one below them: a comparison finds it without hashing.
    One(Branch),
    /// By number among the branches.
    Many(u32),
}

/// A node by its segment. No longer than it must be: what is looked up first is fetched first.
#[derive(Debug, Clone, Copy)]
struct Branch {
    /// Where the texts have the segment, and a slash behind it.
    start: Index,
    node: Index,
}

/// A place that is not the first.
type Index = NonZeroU32;

/// A part of the texts.
#[derive(Debug, Clone, Copy)]
struct Text {
    start: Index,
    /// The grammar lets no pattern be longer than a path.
    len: u16,
}

/// A node to go on to, and the path behind it: empty at its end, as no segment is.
type Way<'a> = (Index, &'a [u8]);

impl<T> Default for Trie<T> {
    fn default() -> Self {
        Self {
            nodes: vec![Slot(Node::Fork(Fork::default()))],
            branches: Vec::new(),
            texts: vec![b'/'],
        }
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "indices are made here and nothing is ever removed"
)]
impl<T: Default> Trie<T> {
    /// The place for a pattern; two patterns that differ only in names of parameters share it.
    pub(crate) fn entry(&mut self, pattern: &[Segment]) -> &mut T {
        let mut tail = self.write(pattern);
        let mut at = 0;
        loop {
            match &self.nodes[at].0 {
                Node::Fork(_) => {
                    let (node, behind) = self.step(at, tail, T::default);
                    at = node.get() as usize;
                    tail = behind;
                }
                Node::End { tail: known, .. } if known.of(&self.texts) == tail.of(&self.texts) => {
                    break;
                }
                Node::End { .. } => self.part(at),
            }
        }
        match &mut self.nodes[at].0 {
            Node::End { kept, .. } => kept,
            Node::Fork(_) => unreachable!("the walk ends at an end"),
        }
    }

    /// A pattern among the texts.
    fn write(&mut self, pattern: &[Segment]) -> Text {
        let start = self.texts.len();
        tail::write(pattern, &mut self.texts);
        let len = u16::try_from(self.texts.len() - start).unwrap_or(u16::MAX);
        self.texts.push(b'/');
        Text {
            start: index(start),
            len,
        }
    }

    /// Makes a fork of an end, which moves one segment down.
    fn part(&mut self, at: usize) {
        let fork = Node::Fork(Fork::default());
        if let Node::End { tail, kept } = std::mem::replace(&mut self.nodes[at].0, fork) {
            self.step(at, tail, || kept);
        }
    }

    /// From a fork the node by the first segment of a tail, if need be a new end, and the tail
    /// from there on.
    fn step(&mut self, at: usize, tail: Text, kept: impl FnOnce() -> T) -> (Index, Text) {
        let next = index(self.nodes.len());
        let (first, behind) = tail.split_first(&self.texts);
        let (node, tail) = match first.of(&self.texts) {
            [] => (self.way(at, |fork| &mut fork.here, next), tail),
            [tail::REST] => (self.way(at, |fork| &mut fork.rest, next), tail),
            [tail::PARAMETER] => (self.way(at, |fork| &mut fork.parameter, next), behind),
            _ => (self.literal(at, first, next), behind),
        };
        if node == next {
            let kept = kept();
            self.nodes.push(Slot(Node::End { tail, kept }));
        }
        (node, tail)
    }

    /// A node below a fork, which is `next` if there was none.
    fn way(&mut self, at: usize, way: fn(&mut Fork) -> &mut Option<Index>, next: Index) -> Index {
        match &mut self.nodes[at].0 {
            Node::Fork(fork) => *way(fork).get_or_insert(next),
            Node::End { .. } => next,
        }
    }

    /// The node below a fork by its segment, which is `next` if there was none.
    fn literal(&mut self, at: usize, text: Text, next: Index) -> Index {
        let Node::Fork(Fork { literals, .. }) = self.nodes[at].0 else {
            return next;
        };
        if let Some(known) = self.below(literals, text.of(&self.texts)) {
            return known.0;
        }
        let branch = Branch {
            start: text.start,
            node: next,
        };
        let literals = match literals {
            Literals::None => Literals::One(branch),
            Literals::One(first) => {
                self.branches.push(HashTable::new());
                let number = self.branches.len() - 1;
                self.branch(number, first);
                self.branch(number, branch);
                Literals::Many(u32::try_from(number).unwrap_or(u32::MAX))
            }
            Literals::Many(number) => {
                self.branch(number as usize, branch);
                literals
            }
        };
        if let Node::Fork(fork) = &mut self.nodes[at].0 {
            fork.literals = literals;
        }
        next
    }

    /// Adds a branch to those of a fork.
    fn branch(&mut self, number: usize, branch: Branch) {
        let texts = &self.texts;
        let hash = |branch: &Branch| hash(split_first(branch.texts(texts)).0);
        self.branches[number].insert_unique(hash(&branch), branch, hash);
    }
}

/// An index small enough to keep many: all files of a policy have fewer bytes than that.
fn index(len: usize) -> Index {
    u32::try_from(len)
        .ok()
        .and_then(Index::new)
        .unwrap_or(Index::MAX)
}

fn hash(segment: &[u8]) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
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

impl Branch {
    /// The texts from its segment on.
    fn texts(self, texts: &[u8]) -> &[u8] {
        texts.get(self.start.get() as usize..).unwrap_or_default()
    }

    /// Whether this is its segment.
    fn is(self, segment: &[u8], texts: &[u8]) -> bool {
        let behind = self.texts(texts).strip_prefix(segment);
        behind.is_some_and(|behind| behind.starts_with(b"/"))
    }
}

impl Text {
    /// The bytes; none of a part that is not there, which no segment is.
    fn of(self, texts: &[u8]) -> &[u8] {
        let text = texts.get(self.start.get() as usize..);
        let text = text.and_then(|text| text.get(..usize::from(self.len)));
        text.unwrap_or_default()
    }

    /// The first segment and what is behind it, which starts behind a slash even if it is empty.
    fn split_first(self, texts: &[u8]) -> (Self, Self) {
        let (segment, behind) = split_first(self.of(texts));
        let len = |part: &[u8]| u16::try_from(part.len()).unwrap_or(self.len);
        let first = Self {
            len: len(segment),
            ..self
        };
        let behind = Self {
            start: self.start.saturating_add(u32::from(first.len) + 1),
            len: len(behind),
        };
        (first, behind)
    }
}

impl<T> Trie<T> {
    /// Whether nothing is kept for any pattern.
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.len() == 1
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
            let fork = match &self.nodes.get(at as usize)?.0 {
                Node::Fork(fork) => fork,
                Node::End { tail, kept } => {
                    let matches = tail::matches(tail.of(&self.texts), path);
                    return if matches { visit(kept) } else { None };
                }
            };
            if path.is_empty() {
                at = fork.here?.get();
                continue;
            }
            let literal = self.below(fork.literals, path);
            let parameter = fork.parameter.map(|node| (node, split_first(path).1));
            let (next, behind) = match (literal, parameter) {
                (None, None) => (fork.rest?, path),
                // Most nodes have one way on: it is gone without a thought of coming back.
                (Some(only), None) | (None, Some(only)) if fork.rest.is_none() => only,
                (first, second) => {
                    for (next, behind) in [first, second].into_iter().flatten() {
                        let found = self.descend(next.get(), behind, visit);
                        if found.is_some() {
                            return found;
                        }
                    }
                    (fork.rest?, path)
                }
            };
            at = next.get();
            path = behind;
        }
    }

    /// The node below a fork by the first segment of a path, and what is behind that.
    #[inline]
    fn below<'a>(&self, literals: Literals, path: &'a [u8]) -> Option<Way<'a>> {
        let (segment, behind) = split_first(path);
        let is_it = |branch: &Branch| branch.is(segment, &self.texts);
        let branch = match literals {
            Literals::None => None,
            Literals::One(branch) => Some(branch).filter(is_it),
            Literals::Many(number) => {
                let branches = self.branches.get(number as usize)?;
                branches.find(hash(segment), is_it).copied()
            }
        };
        Some((branch?.node, behind))
    }
}
