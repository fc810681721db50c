//! Which rules meet on some request, and which of two routes is the more specific.

use tollgate_grammar::tree::{Forbid, Route, Segment, Target};
use tollgate_grammar::words::EVERY_FIELD;

/// What a rule covers.
pub(super) struct Covers<'t> {
    methods: Vec<&'t str>,
    what: What<'t>,
}

#[derive(Clone, Copy)]
enum What<'t> {
    /// The segments of a pattern.
    Path(&'t [Segment]),
    Connect,
    /// `Type.name`, or `*`.
    Field(&'t str),
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
        let what = match target {
            Target::Path(pattern) => What::Path(&pattern.segments),
            Target::Connect(_) => What::Connect,
            Target::Field(field) => What::Field(&field.node),
        };
        Self { methods, what }
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
            && match (self.what, other.what) {
                (What::Path(one), What::Path(two)) => meet(one, two),
                (What::Connect, What::Connect) => true,
                (What::Field(one), What::Field(two)) => {
                    one == two || one == EVERY_FIELD || two == EVERY_FIELD
                }
                _ => false,
            }
    }

    /// Whether this route decides where both match: from left to right a literal beats a
    /// parameter beats `*`; with the pattern the same, a named method beats any. The name of a
    /// field beats `*`.
    pub(super) fn is_more_specific(&self, other: &Self) -> bool {
        let (one, two) = match (self.what, other.what) {
            (What::Path(one), What::Path(two)) => (one, two),
            (What::Field(one), What::Field(two)) => {
                return one != EVERY_FIELD && two == EVERY_FIELD;
            }
            _ => return false,
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
        match (self.what, other.what) {
            (What::Path(one), What::Path(two)) => {
                one.len() == two.len()
                    && one.iter().zip(two).all(|(a, b)| match (a, b) {
                        (Segment::Literal(a), Segment::Literal(b)) => a.node == b.node,
                        _ => rank(a) == rank(b),
                    })
            }
            (What::Connect, What::Connect) => true,
            (What::Field(one), What::Field(two)) => one == two,
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
