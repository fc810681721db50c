//! Which rules meet on some request, and which of two routes is the more specific.

use tollgate_grammar::tree::{Forbid, Route, Segment, Target};

/// What a rule covers.
pub(super) struct Covers<'t> {
    methods: Vec<&'t str>,
    /// The segments of the pattern; `None` for `$connect`.
    segments: Option<&'t [Segment]>,
}

impl<'t> Covers<'t> {
    pub(super) fn route(route: &'t Route) -> Self {
        let methods = route.methods.iter().map(|method| method.node.as_str());
        Self::new(methods.collect(), &route.target)
    }

    pub(super) fn forbid(forbid: &'t Forbid) -> Self {
        let methods = forbid.methods.iter().map(|method| method.node.as_str());
        Self::new(methods.collect(), &forbid.target)
    }

    fn new(methods: Vec<&'t str>, target: &'t Target) -> Self {
        let segments = match target {
            Target::Path(pattern) => Some(pattern.segments.as_slice()),
            Target::Connect(_) => None,
        };
        Self { methods, segments }
    }

    /// Whether some request is covered by both.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let methods = self.methods.is_empty()
            || other.methods.is_empty()
            || self
                .methods
                .iter()
                .any(|method| other.methods.contains(method));
        methods
            && match (self.segments, other.segments) {
                (Some(one), Some(two)) => meet(one, two),
                (None, None) => true,
                _ => false,
            }
    }

    /// Whether this route decides where both match: from left to right a literal beats a
    /// parameter beats `*`; with the pattern the same, a named method beats any.
    pub(super) fn is_more_specific(&self, other: &Self) -> bool {
        let (Some(one), Some(two)) = (self.segments, other.segments) else {
            return false;
        };
        let differing = one
            .iter()
            .zip(two)
            .map(|(a, b)| (rank(a), rank(b)))
            .find(|(a, b)| a != b);
        match differing {
            Some((a, b)) => a < b,
            None => !self.methods.is_empty() && other.methods.is_empty(),
        }
    }

    /// Whether the patterns are the same, names of parameters aside.
    pub(super) fn is_same_pattern(&self, other: &Self) -> bool {
        match (self.segments, other.segments) {
            (Some(one), Some(two)) => {
                one.len() == two.len()
                    && one.iter().zip(two).all(|(a, b)| match (a, b) {
                        (Segment::Literal(a), Segment::Literal(b)) => a.node == b.node,
                        _ => rank(a) == rank(b),
                    })
            }
            (None, None) => true,
            _ => false,
        }
    }
}

fn meet(one: &[Segment], two: &[Segment]) -> bool {
    for at in 0.. {
        return match (one.get(at), two.get(at)) {
            (None, None)
            | (Some(Segment::Rest { .. }), Some(_))
            | (Some(_), Some(Segment::Rest { .. })) => true,
            (None, Some(_)) | (Some(_), None) => false,
            (Some(Segment::Literal(a)), Some(Segment::Literal(b))) if a.node != b.node => false,
            _ => continue,
        };
    }
    false
}

fn rank(segment: &Segment) -> u8 {
    match segment {
        Segment::Literal(_) => 0,
        Segment::Parameter(_) => 1,
        Segment::Rest { .. } => 2,
    }
}
