//! Which rules leave some users without a document, found by writing one for each kind of user.

use tollgate_grammar::tree::Membership;

use super::{Document, Inexact, Sees};
use crate::fact::{Bits, UserFact, members_mut};
use crate::policy::{Policy, Principal};
use crate::truth::Truth;
use crate::user::{Fact, User};

/// Most facts of which every combination is tried; of more, each by itself and each one missing.
const ALL_COMBINATIONS: usize = 8;
/// Most facts that are tried by themselves and missing: the first of the policy. Those of more are
/// much alike.
const EACH: usize = 64;

impl Policy {
    /// Why some users have no document, each cause once: for every combination of the facts that the
    /// policy asks for if they are few, otherwise for nobody, somebody with all of them, with one of the
    /// first, and with all but one of them. A document that does not fit where it is sent is none.
    pub fn inexact(
        &self,
        sees: Sees,
        unix_millis: i64,
        fits: impl Fn(&Document) -> bool,
    ) -> Vec<Inexact> {
        let mut causes: Vec<Inexact> = Vec::new();
        for principal in self.kinds_of_user() {
            let document = self.document(&principal, sees, unix_millis);
            let sent = document.and_then(|document| {
                let fits = fits(&document);
                fits.then_some(()).ok_or(Inexact::TooLarge)
            });
            if let Err(cause) = sent
                && !causes.iter().any(|known| known.is_by_same_rule(&cause))
            {
                causes.push(cause);
            }
        }
        causes
    }

    fn kinds_of_user(&self) -> Vec<Principal> {
        let count = self.facts().len();
        let combinations: Vec<Vec<bool>> = if count <= ALL_COMBINATIONS {
            let holds =
                |combination: usize| (0..count).map(move |fact| combination >> fact & 1 == 1);
            (0..1 << count)
                .map(|combination| holds(combination).collect())
                .collect()
        } else {
            let but_one = |one: usize, value| (0..count).map(move |fact| (fact == one) == value);
            let each =
                (0..count.min(EACH)).flat_map(|one| [true, false].map(|value| but_one(one, value)));
            let all = [true, false].map(|value| vec![value; count]);
            each.map(Iterator::collect).chain(all).collect()
        };
        let mut kinds = vec![self.visitor()];
        for holds in combinations {
            let mut bits = Bits::new(self.bits());
            for (number, (fact, holds)) in self.facts().iter().zip(holds).enumerate() {
                let value = holds || *fact == UserFact::SignedIn;
                bits.set(number, Truth::from(value));
            }
            kinds.push(self.with_bits(Some(somebody().into()), bits));
        }
        kinds
    }
}

/// Somebody with an ID and one membership of each kind, for parameters to be compared with.
fn somebody() -> User {
    let mut user = User {
        id: "somebody".to_owned(),
        ..User::default()
    };
    for membership in [
        Membership::Role,
        Membership::Team,
        Membership::Permission,
        Membership::Scope,
        Membership::Group,
    ] {
        *members_mut(&mut user, membership) = Fact::Known(vec!["one-of-theirs".to_owned()]);
    }
    user
}

impl Inexact {
    /// The rule that is the cause, if one is.
    pub fn rule(&self) -> Option<&crate::policy::RuleName> {
        match self {
            Self::Request { rule, .. } | Self::Crossing { rule, .. } => Some(rule),
            Self::Tier(_) | Self::TooLarge => None,
        }
    }

    fn is_by_same_rule(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other) && self.rule() == other.rule()
    }
}
