//! Which users share a document: those of whom the policy knows the same.

use tollgate_grammar::tree::Membership;

use super::{MAX_KEPT, Sees};
use crate::expression::{Expression, RequestFact};
use crate::fact::{Bits, members};
use crate::policy::{Policy, Principal};

/// What a document hangs on. Equal ones have equal documents.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sharing {
    bits: Bits,
    signed_in: bool,
    id: Option<String>,
    lists: Vec<Option<Vec<String>>>,
    /// How many of the policy's dates are past now, and when the document is no longer kept.
    dates: (usize, usize),
    sees: Sees,
}

impl std::fmt::Debug for Sharing {
    /// Never the user.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sharing").finish_non_exhaustive()
    }
}

/// What documents of a policy hang on beside the facts that are numbered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Varies {
    id: bool,
    lists: Vec<Membership>,
    dates: Vec<i64>,
}

impl Varies {
    /// By these conditions.
    pub(crate) fn by<'e>(conditions: impl Iterator<Item = &'e Expression>) -> Self {
        let mut varies = Self::default();
        for condition in conditions {
            varies.look_at(condition);
        }
        varies.dates.sort_unstable();
        varies
    }

    fn look_at(&mut self, condition: &Expression) {
        match condition {
            Expression::User(_) | Expression::Named(_) => {}
            Expression::Not(inner) => self.look_at(inner),
            Expression::Join(_, parts) => parts.iter().for_each(|part| self.look_at(part)),
            Expression::Request(fact) => match fact {
                RequestFact::UserIs(_) => self.id = true,
                RequestFact::Member(membership, _) if !self.lists.contains(membership) => {
                    self.lists.push(*membership);
                }
                RequestFact::Before(date) | RequestFact::After(date) => {
                    self.dates.push(date.unix_millis);
                }
                RequestFact::Member(..)
                | RequestFact::IpIn(_)
                | RequestFact::Header(..)
                | RequestFact::Query(..) => {}
            },
        }
    }
}

impl Policy {
    /// What the document of a user hangs on at a time.
    pub fn sharing(&self, principal: &Principal, sees: Sees, unix_millis: i64) -> Sharing {
        let varies = self.varies();
        let user = principal.user();
        let past = |time: i64| varies.dates.partition_point(|date| *date <= time);
        let list = |membership: &Membership| {
            let list = members(user?, *membership).known()?;
            Some(list.clone())
        };
        Sharing {
            bits: principal.bits().clone(),
            signed_in: user.is_some(),
            id: user.filter(|_| varies.id).map(|user| user.id.clone()),
            lists: varies.lists.iter().map(list).collect(),
            dates: (
                past(unix_millis),
                past(unix_millis.saturating_add(MAX_KEPT)),
            ),
            sees,
        }
    }
}
