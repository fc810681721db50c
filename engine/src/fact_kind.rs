//! Kinds of facts about a user: what a policy asks for, and what a provider tells.

#[cfg(test)]
mod tests;

use std::fmt;

/// A kind of fact about a user. Who the user is, is no kind: every provider tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FactKind {
    /// The e-mail address.
    Email,
    /// Whether the address is verified.
    EmailVerified,
    /// Products.
    Products,
    /// Second factors.
    Mfa,
    /// The OAuth provider a user signed in through.
    Provider,
    /// Roles.
    Roles,
    /// Teams.
    Teams,
    /// Permissions.
    Permissions,
    /// Scopes.
    Scopes,
    /// Groups.
    Groups,
    /// Claims, or the provider's user object.
    Claims,
}

impl FactKind {
    /// Every kind, in the order of the documentation's tables.
    pub const ALL: [Self; 11] = [
        Self::Email,
        Self::EmailVerified,
        Self::Products,
        Self::Mfa,
        Self::Provider,
        Self::Roles,
        Self::Teams,
        Self::Permissions,
        Self::Scopes,
        Self::Groups,
        Self::Claims,
    ];

    /// What messages call it, as in "tiun does not tell roles".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Email => "e-mail addresses",
            Self::EmailVerified => "whether an address is verified",
            Self::Products => "products",
            Self::Mfa => "second factors",
            Self::Provider => "how a user signed in",
            Self::Roles => "roles",
            Self::Teams => "teams",
            Self::Permissions => "permissions",
            Self::Scopes => "scopes",
            Self::Groups => "groups",
            Self::Claims => "claims",
        }
    }
}

/// A set of kinds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FactSet(u16);

impl FactSet {
    /// No kind.
    pub const NONE: Self = Self(0);

    /// Every kind.
    pub const ALL: Self = Self::of(&FactKind::ALL);

    /// These kinds.
    pub const fn of(kinds: &[FactKind]) -> Self {
        let (mut set, mut rest) = (0, kinds);
        while let [kind, others @ ..] = rest {
            set |= 1 << *kind as u16;
            rest = others;
        }
        Self(set)
    }

    /// Whether this kind is in it.
    pub const fn contains(self, kind: FactKind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }

    /// Whether all of `others` are in it.
    pub const fn contains_all(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// Those in either.
    #[must_use]
    pub const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those that are not in `others`.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each kind in it, in the order of [`FactKind::ALL`].
    pub fn iter(self) -> impl Iterator<Item = FactKind> {
        FactKind::ALL
            .into_iter()
            .filter(move |kind| self.contains(*kind))
    }
}

impl From<FactKind> for FactSet {
    fn from(kind: FactKind) -> Self {
        Self::of(&[kind])
    }
}

impl FromIterator<FactKind> for FactSet {
    fn from_iter<I: IntoIterator<Item = FactKind>>(kinds: I) -> Self {
        kinds
            .into_iter()
            .fold(Self::NONE, |set, kind| set.with(kind.into()))
    }
}

impl fmt::Debug for FactSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl fmt::Display for FactSet {
    /// `products, roles`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, kind) in self.iter().enumerate() {
            if number > 0 {
                f.write_str(", ")?;
            }
            f.write_str(kind.words())?;
        }
        Ok(())
    }
}
