//! How the paths of two patterns relate, and whether one path matches.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use tollgate_grammar::tree::{Pattern, Segment};

use crate::path::AdmittedPath;

/// Whether some path matches both.
pub(crate) fn intersects(one: &Pattern, other: &Pattern) -> bool {
    let (mut left, mut right) = (one.segments.iter(), other.segments.iter());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(Segment::Rest { .. }), Some(_)) | (Some(_), Some(Segment::Rest { .. })) => {
                return true;
            }
            (Some(Segment::Literal(one)), Some(Segment::Literal(other)))
                if one.node != other.node =>
            {
                return false;
            }
            (Some(_), Some(_)) => {}
            (None, Some(_)) | (Some(_), None) => return false,
        }
    }
}

/// Whether every path of the second matches the first.
pub(crate) fn contains(outer: &Pattern, inner: &Pattern) -> bool {
    let (mut left, mut right) = (outer.segments.iter(), inner.segments.iter());
    loop {
        match (left.next(), right.next()) {
            (None, None) | (Some(Segment::Rest { .. }), Some(_)) => return true,
            (Some(Segment::Literal(outer)), Some(Segment::Literal(inner)))
                if outer.node == inner.node => {}
            (Some(Segment::Parameter(_)), Some(Segment::Literal(_) | Segment::Parameter(_))) => {}
            _ => return false,
        }
    }
}

/// A pattern of the paths that match both; `None` if there are none.
pub(crate) fn meet(one: &Pattern, other: &Pattern) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let (mut left, mut right) = (one.segments.iter(), other.segments.iter());
    loop {
        let narrower = match (left.next(), right.next()) {
            (None, None) => return Some(segments),
            (None, Some(_)) | (Some(_), None) => return None,
            (Some(rest @ Segment::Rest { .. }), Some(Segment::Rest { .. })) => {
                segments.push(rest.clone());
                return Some(segments);
            }
            (Some(Segment::Rest { .. }), Some(first)) => {
                segments.push(first.clone());
                segments.extend(right.cloned());
                return Some(segments);
            }
            (Some(first), Some(Segment::Rest { .. })) => {
                segments.push(first.clone());
                segments.extend(left.cloned());
                return Some(segments);
            }
            (Some(Segment::Literal(one)), Some(Segment::Literal(other)))
                if one.node != other.node =>
            {
                return None;
            }
            (Some(literal @ Segment::Literal(_)), Some(_)) => literal,
            (Some(Segment::Parameter(_)), Some(narrower)) => narrower,
        };
        segments.push(narrower.clone());
    }
}

/// Whether, for a path that matches both, the first is the more specific: from left to right a
/// literal beats a parameter beats the rest.
pub(crate) fn beats(one: &Pattern, other: &Pattern) -> bool {
    let pairs = one.segments.iter().zip(&other.segments);
    let first_difference = pairs
        .map(|(one, other)| rank(one).cmp(&rank(other)))
        .find(|order| order.is_ne());
    first_difference == Some(Ordering::Less)
}

/// Whether the path matches, and if not, whether it would with letters in another case.
pub(crate) fn matches(pattern: &Pattern, path: &AdmittedPath<'_>) -> Match {
    let mut result = Match::Yes;
    let mut found = path.segments();
    for segment in &pattern.segments {
        let Some(found) = found.next() else {
            return Match::No;
        };
        match segment {
            Segment::Rest { .. } => return result,
            Segment::Parameter(_) => {}
            Segment::Literal(text) if text.node == found => {}
            Segment::Literal(text) if text.node.to_lowercase() == found.to_lowercase() => {
                result = Match::InAnotherCase;
            }
            Segment::Literal(_) => return Match::No,
        }
    }
    match found.next() {
        None => result,
        Some(_) => Match::No,
    }
}

/// How a path meets a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    Yes,
    InAnotherCase,
    No,
}

fn rank(segment: &Segment) -> u8 {
    match segment {
        Segment::Literal(_) => 0,
        Segment::Parameter(_) => 1,
        Segment::Rest { .. } => 2,
    }
}
