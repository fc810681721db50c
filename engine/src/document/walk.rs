//! Every path there is, by what rules and resources can tell of it: two paths that they cannot
//! tell apart are one state, so that the states are few and all can be looked at.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Inexact;
use super::cover::{Segment, Segments, Step};
use crate::sample::raw_path;

/// Most states that are looked at.
pub const MAX_STATES: usize = 20_000;
/// Most steps that are taken between them for a document, of all methods together.
const MAX_WORK: usize = 4_000_000;

/// Steps that are left to take.
pub(super) struct Steps(usize);

impl Steps {
    /// All that a document may take.
    pub(super) fn all() -> Self {
        Self(MAX_WORK)
    }

    fn take(&mut self, count: usize) -> Result<(), Inexact> {
        self.0 = self.0.checked_sub(count).ok_or(Inexact::TooLarge)?;
        Ok(())
    }
}

/// What a path has at a place: a segment that some step names, or any other one.
type Letter = Option<Segment>;

/// A track and how many of its steps a path has come: what else there is to know of a path.
type Position = (u32, u16);

/// A way on from a state: a segment, and what there is to know of a path then.
type Way = (Letter, Box<[Position]>);

/// Paths that no track tells apart.
pub(super) struct State {
    positions: Box<[Position]>,
    /// The state before, and the segment that leads here; none at the root.
    from: Option<(usize, Letter)>,
}

/// Every state that paths lead to.
pub(super) struct Walk {
    pub(super) states: Vec<State>,
    lengths: Vec<usize>,
}

impl Walk {
    /// Goes everywhere that paths lead, as these tracks see them.
    pub(super) fn through(tracks: &[&[Step]], left: &mut Steps) -> Result<Self, Inexact> {
        let start: Box<[Position]> = (0..tracks.len())
            .map(|track| (u32::try_from(track).unwrap_or(u32::MAX), 0))
            .collect();
        let mut known = FxHashSet::from_iter([start.clone()]);
        let mut states = vec![State {
            positions: start,
            from: None,
        }];
        let mut at = 0;
        while let Some(state) = states.get(at) {
            for (letter, positions) in ways(&state.positions, tracks, left)? {
                if states.len() > MAX_STATES {
                    return Err(Inexact::TooLarge);
                }
                if known.insert(positions.clone()) {
                    states.push(State {
                        positions,
                        from: Some((at, letter)),
                    });
                }
            }
            at += 1;
        }
        let lengths = tracks.iter().map(|steps| steps.len()).collect();
        Ok(Self { states, lengths })
    }

    /// The tracks that cover the paths of a state, by number.
    pub(super) fn complete<'w>(&'w self, state: &'w State) -> impl Iterator<Item = usize> + 'w {
        let positions = state.positions.iter();
        positions
            .map(|(track, step)| (*track as usize, usize::from(*step)))
            .filter(|(track, step)| self.lengths.get(*track) == Some(step))
            .map(|(track, _)| track)
    }

    /// A path of a state, as a client would send it.
    pub(super) fn path(&self, state: &State, segments: &Segments<'_>) -> String {
        let other = segments.other();
        let mut letters = Vec::new();
        let mut from = state.from;
        while let Some((before, letter)) = from {
            letters.push(letter);
            from = self.states.get(before).and_then(|state| state.from);
        }
        let text = |letter: &Letter| letter.and_then(|number| segments.text(number));
        let texts = letters
            .iter()
            .rev()
            .map(|letter| text(letter).unwrap_or(&other));
        raw_path(texts)
    }
}

/// The ways on from a state: one for each segment that some step names, one for all others.
fn ways(positions: &[Position], tracks: &[&[Step]], left: &mut Steps) -> Result<Vec<Way>, Inexact> {
    // Gone by any segment; by this one; by any but these.
    let mut always = Vec::new();
    let mut named: FxHashMap<Segment, Vec<Position>> = FxHashMap::default();
    let mut unless: Vec<(&[Segment], Position)> = Vec::new();
    for &(track, step) in positions {
        let steps = tracks.get(track as usize);
        let Some(next) = steps.and_then(|steps| steps.get(usize::from(step))) else {
            continue;
        };
        let behind = (track, step.saturating_add(1));
        match next {
            Step::One => always.push(behind),
            // Behind it, or still within.
            Step::Some => always.extend([(track, step), behind]),
            Step::Literal(segment) => named.entry(*segment).or_default().push(behind),
            Step::Except(segments) => {
                for segment in segments {
                    named.entry(*segment).or_default();
                }
                unless.push((segments, behind));
            }
        }
    }
    let letters = named.into_iter().map(|(segment, own)| (Some(segment), own));
    let mut ways = Vec::new();
    for (letter, own) in letters.chain([(None, Vec::new())]) {
        let free = unless.iter().filter(|(segments, _)| {
            letter.is_none_or(|letter| segments.binary_search(&letter).is_err())
        });
        let mut next = always.clone();
        next.extend(own);
        next.extend(free.map(|(_, behind)| *behind));
        next.sort_unstable();
        next.dedup();
        left.take(next.len() + unless.len() + 1)?;
        // Where no track goes on, nothing is told apart any more: it is looked at once.
        ways.push((letter, next.into()));
    }
    // In an order that does not hang on how they were hashed.
    ways.sort_by_key(|(letter, _)| *letter);
    Ok(ways)
}
