//! `claims:` of the configuration.

use serde::Deserialize;
use serde_json::Value;
use tollgate_engine::user::Fact;

use super::{ClaimPath, Form};

/// Which claim says what. What is not named is the preset's, or unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimsSettings {
    /// The user's ID; `sub` unless set.
    pub user: Option<ClaimPath>,
    /// The e-mail address.
    pub email: Option<ClaimPath>,
    /// Whether the address is verified: `true` or `false`.
    pub email_verified: Option<ClaimPath>,
    /// The OAuth provider the user signed in through.
    pub provider: Option<ClaimPath>,
    /// IDs of products, plans, entitlements.
    pub products: Option<Listing>,
    /// Second factors.
    pub mfa: Option<Listing>,
    /// Roles.
    pub roles: Option<Listing>,
    /// Teams, organisations.
    pub teams: Option<Listing>,
    /// Permissions.
    pub permissions: Option<Listing>,
    /// Scopes.
    pub scopes: Option<Listing>,
    /// Groups.
    pub groups: Option<Listing>,
}

impl ClaimsSettings {
    /// These, and the other's where these name nothing.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            user: self.user.or(other.user),
            email: self.email.or(other.email),
            email_verified: self.email_verified.or(other.email_verified),
            provider: self.provider.or(other.provider),
            products: self.products.or(other.products),
            mfa: self.mfa.or(other.mfa),
            roles: self.roles.or(other.roles),
            teams: self.teams.or(other.teams),
            permissions: self.permissions.or(other.permissions),
            scopes: self.scopes.or(other.scopes),
            groups: self.groups.or(other.groups),
        }
    }
}

/// Which claims hold a list, and what it means when none of them is there.
///
/// ```yaml
/// roles: /realm_access/roles
/// scopes: { path: scope, form: words }
/// products: { any: [ "outseta:planUid", "outseta:addOnUids" ], absent: none }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct Listing {
    sources: Vec<Source>,
    absent: Absent,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    path: ClaimPath,
    form: Form,
}

/// What it means when the claim is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Absent {
    /// Nobody knows: a misspelt name must not make "has not" true.
    #[default]
    Unknown,
    /// The user has none.
    None,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a list is named by its claim (a name, a list of names from the outside in, a JSON pointer), `{ path: …, form: …, absent: … }`, or `{ any: [claim, claim], form: …, absent: … }`"
)]
enum Written {
    Path(ClaimPath),
    One(One),
    Any(Any),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    path: ClaimPath,
    #[serde(default)]
    form: Form,
    #[serde(default)]
    absent: Absent,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Any {
    any: Vec<ClaimPath>,
    #[serde(default)]
    form: Form,
    #[serde(default)]
    absent: Absent,
}

impl From<Written> for Listing {
    fn from(written: Written) -> Self {
        let (paths, form, absent) = match written {
            Written::Path(path) => (vec![path], Form::default(), Absent::default()),
            Written::One(one) => (vec![one.path], one.form, one.absent),
            Written::Any(any) => (any.any, any.form, any.absent),
        };
        let sources = paths
            .into_iter()
            .map(|path| Source { path, form })
            .collect();
        Self { sources, absent }
    }
}

impl Listing {
    /// Claims whose absence says nothing.
    pub(super) fn of(sources: &[(&[&str], Form)]) -> Self {
        let source = |(path, form): &(&[&str], Form)| Source {
            path: ClaimPath::of(path),
            form: *form,
        };
        Self {
            sources: sources.iter().map(source).collect(),
            absent: Absent::Unknown,
        }
    }

    /// The same where the issuer leaves the claim out for a user who has none.
    pub(super) fn or_none(self) -> Self {
        Self {
            absent: Absent::None,
            ..self
        }
    }

    /// All names; unknown if one of the claims is not of its form.
    pub(super) fn read(&self, claims: &Value) -> Fact<Vec<String>> {
        let mut names = Vec::new();
        for source in &self.sources {
            let claim = source.path.find(claims).filter(|claim| !claim.is_null());
            match (claim.map(|claim| source.form.names(claim)), self.absent) {
                (Some(Some(found)), _) => names.extend(found),
                (None, Absent::None) => {}
                (None, Absent::Unknown) | (Some(None), _) => return Fact::Unknown,
            }
        }
        Fact::Known(names)
    }
}
