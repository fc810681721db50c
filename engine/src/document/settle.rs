//! What a condition comes to for one user whatever else a request says: the least and the most
//! it can be.

use tollgate_grammar::tree::Join;

use super::Sees;
use crate::expression::{Capture, Expression, RequestFact};
use crate::fact::{Bits, members};
use crate::truth::Truth;
use crate::user::{Fact, User};

/// The least and the most a condition can be; most conditions can be one thing only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) least: Truth,
    pub(super) most: Truth,
}

impl Range {
    const OPEN: Self = Self {
        least: Truth::False,
        most: Truth::True,
    };

    fn only(value: Truth) -> Self {
        Self {
            least: value,
            most: value,
        }
    }
}

/// What is known of every request at once.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) user: Option<&'a User>,
    pub(super) bits: &'a Bits,
    /// Where the bits of named conditions begin.
    pub(super) named: usize,
    pub(super) sees: Sees,
    /// From when to when it must be right, in milliseconds since 1970.
    pub(super) from: i64,
    pub(super) until: i64,
    /// What the path has at the parameters that matter, by their place in it; `None` is
    /// something that no condition asks for.
    pub(super) captured: &'a [(usize, Option<&'a str>)],
}

impl Known<'_> {
    /// Between which values a condition stays.
    pub(super) fn range(&self, expression: &Expression) -> Range {
        match expression {
            Expression::User(number) => Range::only(self.bits.get(*number)),
            Expression::Named(number) => Range::only(self.bits.get(self.named + number)),
            Expression::Request(fact) => self.fact(fact),
            Expression::Not(inner) => {
                let inner = self.range(inner);
                Range {
                    least: !inner.most,
                    most: !inner.least,
                }
            }
            Expression::Join(join, parts) => {
                let (start, both): (_, fn(Truth, Truth) -> Truth) = match join {
                    Join::All => (Truth::True, Truth::and),
                    Join::Any => (Truth::False, Truth::or),
                };
                let parts = parts.iter().map(|part| self.range(part));
                parts.fold(Range::only(start), |all, part| Range {
                    least: both(all.least, part.least),
                    most: both(all.most, part.most),
                })
            }
        }
    }

    fn fact(&self, fact: &RequestFact) -> Range {
        let told = |told: bool| {
            if told {
                Range::OPEN
            } else {
                Range::only(Truth::Unknown)
            }
        };
        match fact {
            RequestFact::UserIs(capture) => match (self.user, capture) {
                (None, _) => Range::only(Truth::False),
                (Some(user), Capture::Segment(place)) => {
                    self.captured(*place, |text| (user.id == text).into())
                }
                (Some(_), Capture::Rest(_)) => Range::OPEN,
            },
            RequestFact::Member(membership, capture) => match self.user {
                None => Range::only(Truth::False),
                Some(user) => match (members(user, *membership), capture) {
                    (Fact::Unknown, _) => Range::only(Truth::Unknown),
                    (Fact::Known(names), Capture::Segment(place)) => {
                        self.captured(*place, |text| names.iter().any(|name| name == text).into())
                    }
                    (Fact::Known(_), Capture::Rest(_)) => Range::OPEN,
                },
            },
            RequestFact::IpIn(_) => told(self.sees.ip),
            RequestFact::Header(..) => told(self.sees.headers),
            RequestFact::Query(..) => told(self.sees.query),
            RequestFact::Before(date) => Range {
                least: (self.until < date.unix_millis).into(),
                most: (self.from < date.unix_millis).into(),
            },
            RequestFact::After(date) => Range {
                least: (self.from >= date.unix_millis).into(),
                most: (self.until >= date.unix_millis).into(),
            },
        }
    }

    fn captured(&self, place: usize, of: impl Fn(&str) -> Truth) -> Range {
        let captured = self.captured.iter().find(|(at, _)| *at == place);
        match captured {
            Some((_, Some(text))) => Range::only(of(text)),
            Some((_, None)) => Range::only(Truth::False),
            // A parameter that nobody looked at could be anything.
            None => Range::OPEN,
        }
    }
}

/// The places of the path that a condition compares with what is known of the user, and what it
/// compares them with; nothing for a visitor, of whom all of it is false.
pub(super) fn compared<'u>(
    expression: &Expression,
    user: Option<&'u User>,
    found: &mut Vec<(usize, Vec<&'u str>)>,
) {
    let (place, names): (_, Vec<&str>) = match (expression, user) {
        (Expression::Not(inner), _) => return compared(inner, user, found),
        (Expression::Join(_, parts), _) => {
            return parts.iter().for_each(|part| compared(part, user, found));
        }
        (Expression::Request(RequestFact::UserIs(Capture::Segment(place))), Some(user)) => {
            (*place, vec![&user.id])
        }
        (
            Expression::Request(RequestFact::Member(membership, Capture::Segment(place))),
            Some(user),
        ) => {
            let names = members(user, *membership).known().into_iter().flatten();
            (*place, names.map(String::as_str).collect())
        }
        _ => return,
    };
    match found.iter_mut().find(|(known, _)| *known == place) {
        Some((_, known)) => known.extend(names),
        None => found.push((place, names)),
    }
}
