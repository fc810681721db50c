//! The verified user: the one type by which identity and engine meet.

use serde_json::Value;

/// Something a provider tells of a user, or cannot tell.
///
/// Unknown is not false: a condition on an unknown fact neither holds nor fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Fact<T> {
    /// The provider says so.
    Known(T),
    /// The provider cannot say.
    #[default]
    Unknown,
}

impl<T> Fact<T> {
    /// The value if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown => None,
        }
    }
}

/// A signed-in user as the provider vouches for them. Made only after verification.
#[derive(Clone, PartialEq, Default)]
pub struct User {
    /// The provider's ID of the user; never empty.
    pub id: String,
    /// The e-mail address, or known to have none.
    pub email: Fact<Option<String>>,
    /// Whether the provider says the address is verified.
    pub email_verified: Fact<bool>,
    /// IDs of the products the user has.
    pub products: Fact<Vec<String>>,
    /// Second factors the user is enrolled in; empty means none.
    pub mfa: Fact<Vec<String>>,
    /// The OAuth provider they signed in through, or known to be none.
    pub provider: Fact<Option<String>>,
    /// Roles.
    pub roles: Fact<Vec<String>>,
    /// Teams.
    pub teams: Fact<Vec<String>>,
    /// Permissions.
    pub permissions: Fact<Vec<String>>,
    /// Scopes of the token.
    pub scopes: Fact<Vec<String>>,
    /// Groups.
    pub groups: Fact<Vec<String>>,
    /// The verified claims or the provider's user object; an object.
    pub claims: Fact<Value>,
}

impl User {
    /// What they have of each kind, under the names of the fields.
    pub fn lists(&self) -> [(&'static str, &Fact<Vec<String>>); 7] {
        [
            ("products", &self.products),
            ("mfa", &self.mfa),
            ("roles", &self.roles),
            ("teams", &self.teams),
            ("permissions", &self.permissions),
            ("scopes", &self.scopes),
            ("groups", &self.groups),
        ]
    }
}

impl std::fmt::Debug for User {
    /// Says who, never the address or the claims: this ends up in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("products", &self.products)
            .finish_non_exhaustive()
    }
}
