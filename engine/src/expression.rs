//! A compiled condition and its value.

use tollgate_grammar::tree::{Cidr, Date, Join, Membership};

use crate::fact::{Bits, members};
use crate::path::AdmittedPath;
use crate::request::Request;
use crate::truth::Truth;
use crate::user::{Fact, User};

/// A condition: facts by number, names resolved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    /// A user fact.
    User(usize),
    /// A `let` or tier that depends on the user alone, worked out once a user.
    Named(usize),
    /// A fact of this request.
    Request(RequestFact),
    Not(Box<Expression>),
    /// All or any of them; never empty.
    Join(Join, Box<[Expression]>),
}

/// A fact that depends on the request, or on user and request together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RequestFact {
    /// `user {id}`
    UserIs(Capture),
    /// `team {team}`
    Member(Membership, Capture),
    IpIn(Cidr),
    Header(String, String),
    Query(String, String),
    Before(Date),
    After(Date),
}

/// Which part of the path a parameter names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Capture {
    /// One segment.
    Segment(usize),
    /// All from this segment on.
    Rest(usize),
}

/// Everything a condition is judged by.
#[derive(Clone, Copy)]
pub(crate) struct Situation<'a> {
    pub(crate) request: &'a Request<'a>,
    /// `None` for `$connect` and for fields.
    pub(crate) path: Option<&'a AdmittedPath<'a>>,
    pub(crate) user: Option<&'a User>,
    pub(crate) bits: &'a Bits,
    /// Where the bits of named conditions begin.
    pub(crate) named: usize,
}

impl Situation<'_> {
    /// The value of [`Expression::User`].
    pub(crate) fn user_fact(&self, number: usize) -> Truth {
        self.bits.get(number)
    }

    /// The value of [`Expression::Named`].
    pub(crate) fn named(&self, number: usize) -> Truth {
        self.bits.get(self.named + number)
    }
}

impl Expression {
    /// The value in a situation.
    pub(crate) fn value(&self, situation: &Situation<'_>) -> Truth {
        match self {
            Self::User(number) => situation.user_fact(*number),
            Self::Named(number) => situation.named(*number),
            Self::Request(fact) => fact.value(situation),
            Self::Not(inner) => !inner.value(situation),
            Self::Join(Join::All, parts) => {
                let mut value = Truth::True;
                for part in parts {
                    value = value.and(part.value(situation));
                    if value == Truth::False {
                        break;
                    }
                }
                value
            }
            Self::Join(Join::Any, parts) => {
                let mut value = Truth::False;
                for part in parts {
                    value = value.or(part.value(situation));
                    if value == Truth::True {
                        break;
                    }
                }
                value
            }
        }
    }

    /// Whether it asks anything of the request.
    pub(crate) fn asks_request(&self) -> bool {
        match self {
            Self::User(_) | Self::Named(_) => false,
            Self::Request(_) => true,
            Self::Not(inner) => inner.asks_request(),
            Self::Join(_, parts) => parts.iter().any(Self::asks_request),
        }
    }

    /// Whether two requests of one user for one path can differ in it.
    pub(crate) fn varies(&self) -> bool {
        match self {
            Self::User(_) | Self::Named(_) => false,
            Self::Request(fact) => {
                !matches!(fact, RequestFact::UserIs(_) | RequestFact::Member(..))
            }
            Self::Not(inner) => inner.varies(),
            Self::Join(_, parts) => parts.iter().any(Self::varies),
        }
    }

    /// Whether it asks anything of the user.
    pub(crate) fn asks_user(&self) -> bool {
        match self {
            Self::User(_) | Self::Named(_) => true,
            Self::Request(fact) => {
                matches!(fact, RequestFact::UserIs(_) | RequestFact::Member(..))
            }
            Self::Not(inner) => inner.asks_user(),
            Self::Join(_, parts) => parts.iter().any(Self::asks_user),
        }
    }
}

impl RequestFact {
    fn value(&self, situation: &Situation<'_>) -> Truth {
        let request = situation.request;
        match self {
            Self::UserIs(capture) => match (situation.user, capture.text(situation)) {
                (None, _) => Truth::False,
                (Some(user), Some(text)) => (user.id == text).into(),
                (Some(_), None) => Truth::Unknown,
            },
            Self::Member(membership, capture) => match (situation.user, capture.text(situation)) {
                (None, _) => Truth::False,
                (Some(user), Some(text)) => match members(user, *membership) {
                    Fact::Known(names) => names.iter().any(|name| name == text).into(),
                    Fact::Unknown => Truth::Unknown,
                },
                (Some(_), None) => Truth::Unknown,
            },
            Self::IpIn(network) => match request.ip {
                Some(address) => contains(network, address).into(),
                None => Truth::Unknown,
            },
            Self::Header(name, wanted) => only(request.headers, name, wanted),
            Self::Query(name, wanted) => only(request.query, name, wanted),
            Self::Before(date) => (request.unix_millis < date.unix_millis).into(),
            Self::After(date) => (request.unix_millis >= date.unix_millis).into(),
        }
    }
}

impl Capture {
    /// What the path has there; `None` for `$connect` and for fields.
    pub(crate) fn text<'a>(self, situation: &Situation<'a>) -> Option<&'a str> {
        match self {
            Self::Segment(index) => situation.path?.segment(index),
            Self::Rest(index) => situation.path?.rest(index),
        }
    }
}

/// Whether the one field of that name has the value. A field sent twice is unknown: the backend
/// may read the other one.
fn only(fields: Option<&[(String, String)]>, name: &str, wanted: &str) -> Truth {
    let Some(fields) = fields else {
        return Truth::Unknown;
    };
    let mut values = fields
        .iter()
        .filter(|(field, _)| field == name)
        .map(|(_, value)| value == wanted);
    match (values.next(), values.next()) {
        (None, _) => Truth::False,
        (Some(holds), None) => holds.into(),
        (Some(_), Some(_)) => Truth::Unknown,
    }
}

/// Whether an address lies in a network; an IPv4 address written as IPv6 counts as IPv4.
fn contains(network: &Cidr, address: std::net::IpAddr) -> bool {
    use std::net::IpAddr::{V4, V6};
    match (network.address, address.to_canonical()) {
        (V4(network_bits), V4(address)) => {
            let ignored = 32u32.saturating_sub(network.prefix.into());
            (network_bits.to_bits() ^ address.to_bits())
                .checked_shr(ignored)
                .unwrap_or(0)
                == 0
        }
        (V6(network_bits), V6(address)) => {
            let ignored = 128u32.saturating_sub(network.prefix.into());
            (network_bits.to_bits() ^ address.to_bits())
                .checked_shr(ignored)
                .unwrap_or(0)
                == 0
        }
        _ => false,
    }
}
