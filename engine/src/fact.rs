//! The facts a policy asks for, numbered, and which of them hold for a user.
//!
//! What depends on the user alone is looked up once a user; a decision is then a few bit tests.

#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;
use serde_json::Value;
use tollgate_grammar::tree::{ClaimTest, Membership};

use crate::claim;
use crate::truth::Truth;
use crate::user::{Fact, User};

/// A fact that depends on the user alone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum UserFact {
    SignedIn,
    Id(String),
    /// By ID, names from the configuration already replaced.
    Product(String),
    Email(String),
    EmailDomain(String),
    EmailVerified,
    Mfa,
    MfaMethod(String),
    Provider(String),
    Member(Membership, String),
    Claim(Vec<String>, ClaimTest),
}

/// All user facts of a policy, each once.
#[derive(Debug, Clone, Default)]
pub(crate) struct FactTable {
    facts: Vec<UserFact>,
    /// By their spelling, so that a user's lists are looked up rather than searched.
    index: FxHashMap<String, usize>,
}

impl FactTable {
    /// The number of a fact; equal facts share one.
    pub(crate) fn number(&mut self, fact: UserFact) -> usize {
        let next = self.facts.len();
        let known = *self.index.entry(key(&fact)).or_insert(next);
        if known == next {
            self.facts.push(fact);
        }
        known
    }

    pub(crate) fn len(&self) -> usize {
        self.facts.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &UserFact> {
        self.facts.iter()
    }

    pub(crate) fn get(&self, number: usize) -> Option<&UserFact> {
        self.facts.get(number)
    }

    /// The number of a fact the policy asks for.
    pub(crate) fn find(&self, fact: &UserFact) -> Option<usize> {
        self.index.get(&key(fact)).copied()
    }

    /// Writes down what holds for a signed-in user.
    pub(crate) fn look_up(&self, user: &User, bits: &mut Bits) {
        for (number, fact) in self.facts.iter().enumerate() {
            // Lists start as known absent and are set below, member by member.
            bits.set(number, value(fact, user));
        }
        let lists = [
            ("product", &user.products),
            (word(Membership::Role), &user.roles),
            (word(Membership::Team), &user.teams),
            (word(Membership::Permission), &user.permissions),
            (word(Membership::Scope), &user.scopes),
            (word(Membership::Group), &user.groups),
            ("mfa", &user.mfa),
        ];
        for (kind, list) in lists {
            for name in list.known().into_iter().flatten() {
                if let Some(number) = self.index.get(&format!("{kind} {name}")) {
                    bits.set(*number, Truth::True);
                }
            }
        }
    }
}

/// How a membership is written in a policy.
pub(crate) fn word(membership: Membership) -> &'static str {
    match membership {
        Membership::Role => "role",
        Membership::Team => "team",
        Membership::Permission => "permission",
        Membership::Scope => "scope",
        Membership::Group => "group",
    }
}

/// One spelling a fact. The kind is a single word, so that no name can reach into another kind.
fn key(fact: &UserFact) -> String {
    match fact {
        UserFact::SignedIn => "signed-in".into(),
        UserFact::Id(id) => format!("id {id}"),
        UserFact::Product(id) => format!("product {id}"),
        UserFact::Email(address) => format!("email {address}"),
        UserFact::EmailDomain(domain) => format!("domain {domain}"),
        UserFact::EmailVerified => "email-verified".into(),
        UserFact::Mfa => "mfa-any".into(),
        UserFact::MfaMethod(method) => format!("mfa {method}"),
        UserFact::Provider(name) => format!("provider {name}"),
        UserFact::Member(membership, name) => format!("{} {name}", word(*membership)),
        UserFact::Claim(path, test) => format!("claim {path:?} {test:?}"),
    }
}

/// The value of a fact; of a list, whether the list is known at all.
fn value(fact: &UserFact, user: &User) -> Truth {
    match fact {
        UserFact::SignedIn => Truth::True,
        UserFact::Id(id) => (user.id == *id).into(),
        UserFact::Product(_) => empty(&user.products),
        UserFact::Email(address) => email(user, |local, domain| {
            address
                .rsplit_once('@')
                .is_some_and(|(wanted, at)| local == wanted && domain.eq_ignore_ascii_case(at))
        }),
        UserFact::EmailDomain(wanted) => {
            email(user, |_, domain| domain.eq_ignore_ascii_case(wanted))
        }
        UserFact::EmailVerified => match user.email_verified {
            Fact::Known(verified) => verified.into(),
            Fact::Unknown => Truth::Unknown,
        },
        UserFact::Mfa => match &user.mfa {
            Fact::Known(methods) => (!methods.is_empty()).into(),
            Fact::Unknown => Truth::Unknown,
        },
        UserFact::MfaMethod(_) => empty(&user.mfa),
        UserFact::Provider(name) => match &user.provider {
            Fact::Known(known) => (known.as_deref() == Some(name)).into(),
            Fact::Unknown => Truth::Unknown,
        },
        UserFact::Member(membership, _) => empty(members(user, *membership)),
        UserFact::Claim(path, test) => match &user.claims {
            Fact::Known(claims) => claim::test(claims, path, test),
            Fact::Unknown => Truth::Unknown,
        },
    }
}

/// The value of a fact for somebody signed in, without a table of facts.
pub(crate) fn truth(fact: &UserFact, user: &User) -> Truth {
    let listed = |list: &Fact<Vec<String>>, name: &String| match list {
        Fact::Known(names) => names.contains(name).into(),
        Fact::Unknown => Truth::Unknown,
    };
    match fact {
        UserFact::Product(id) => listed(&user.products, id),
        UserFact::MfaMethod(method) => listed(&user.mfa, method),
        UserFact::Member(membership, name) => listed(members(user, *membership), name),
        fact => value(fact, user),
    }
}

fn empty(list: &Fact<Vec<String>>) -> Truth {
    match list {
        Fact::Known(_) => Truth::False,
        Fact::Unknown => Truth::Unknown,
    }
}

/// The list a membership is about.
pub(crate) fn members(user: &User, membership: Membership) -> &Fact<Vec<String>> {
    match membership {
        Membership::Role => &user.roles,
        Membership::Team => &user.teams,
        Membership::Permission => &user.permissions,
        Membership::Scope => &user.scopes,
        Membership::Group => &user.groups,
    }
}

/// The list a membership is about, to change it.
pub(crate) fn members_mut(user: &mut User, membership: Membership) -> &mut Fact<Vec<String>> {
    match membership {
        Membership::Role => &mut user.roles,
        Membership::Team => &mut user.teams,
        Membership::Permission => &mut user.permissions,
        Membership::Scope => &mut user.scopes,
        Membership::Group => &mut user.groups,
    }
}

/// An address that is not exactly `local@domain` proves nothing: `a@evil.com@corp.com` is
/// unknown rather than of either domain (CVE-2026-40574).
fn email(user: &User, holds: impl Fn(&str, &str) -> bool) -> Truth {
    match &user.email {
        Fact::Unknown => Truth::Unknown,
        Fact::Known(None) => Truth::False,
        Fact::Known(Some(address)) => match address.split_once('@') {
            Some((local, domain))
                if !local.is_empty() && !domain.is_empty() && !domain.contains('@') =>
            {
                holds(local, domain).into()
            }
            _ => Truth::Unknown,
        },
    }
}

/// A truth value for each number.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Bits {
    words: Vec<Word>,
}

/// Sixty-four values, one a bit; what is unknown does not hold.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Word {
    holds: u64,
    unknown: u64,
}

impl Bits {
    /// So many values, all false.
    pub(crate) fn new(len: usize) -> Self {
        Self {
            words: vec![Word::default(); len.div_ceil(64)],
        }
    }

    /// The value; unknown past the end, so that a mistake denies.
    pub(crate) fn get(&self, number: usize) -> Truth {
        let mask = 1 << (number % 64);
        match self.words.get(number / 64) {
            Some(word) if word.unknown & mask == 0 => (word.holds & mask != 0).into(),
            _ => Truth::Unknown,
        }
    }

    pub(crate) fn set(&mut self, number: usize, value: Truth) {
        let mask = 1 << (number % 64);
        let Some(word) = self.words.get_mut(number / 64) else {
            return;
        };
        for (bits, wanted) in [
            (&mut word.holds, value == Truth::True),
            (&mut word.unknown, value == Truth::Unknown),
        ] {
            *bits = if wanted { *bits | mask } else { *bits & !mask };
        }
    }
}

/// A member of the claims by its path, from the outside in.
pub(crate) fn member<'v>(claims: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter()
        .try_fold(claims, |at, name| at.as_object()?.get(name))
}
