//! `claims:` of the configuration.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};
use tollgate_engine::user::Fact;

use super::{ClaimPath, Form};

/// Which claim says what. What is not named is the preset's, or unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimsSettings {
    /// The user's ID; `sub` unless set. A signed token has a `sub` all the same.
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

    /// The ways to all claims that are named.
    pub(super) fn paths(&self) -> impl Iterator<Item = &ClaimPath> {
        let texts = [
            &self.user,
            &self.email,
            &self.email_verified,
            &self.provider,
        ];
        let lists = [
            &self.products,
            &self.mfa,
            &self.roles,
            &self.teams,
            &self.permissions,
            &self.scopes,
            &self.groups,
        ];
        let listed = lists.into_iter().flatten().flat_map(Listing::paths);
        texts.into_iter().flatten().chain(listed)
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
#[serde(try_from = "Written")]
pub struct Listing(Vec<Source>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    path: ClaimPath,
    form: Form,
    absent: Absent,
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
    #[serde(rename = "any")]
    paths: Vec<ClaimPath>,
    #[serde(default)]
    form: Form,
    #[serde(default)]
    absent: Absent,
}

/// `any: []`, which would say of every user that they have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListingError;

impl fmt::Display for ListingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`any` names no claim: write it as in `{ any: [roles, groups] }`")
    }
}

impl std::error::Error for ListingError {}

impl TryFrom<Written> for Listing {
    type Error = ListingError;

    fn try_from(written: Written) -> Result<Self, ListingError> {
        let (paths, form, absent) = match written {
            Written::Path(path) => (vec![path], Form::default(), Absent::default()),
            Written::One(one) => (vec![one.path], one.form, one.absent),
            Written::Any(any) => (any.paths, any.form, any.absent),
        };
        if paths.is_empty() {
            return Err(ListingError);
        }
        let source = |path| Source { path, form, absent };
        Ok(Self(paths.into_iter().map(source).collect()))
    }
}

impl Listing {
    /// A claim whose absence says nothing.
    pub(super) fn of(path: &[&str], form: Form) -> Self {
        Self(vec![Source {
            path: ClaimPath::of(path),
            form,
            absent: Absent::Unknown,
        }])
    }

    /// A claim that the issuer leaves out for a user who has none.
    pub(super) fn of_optional(path: &[&str], form: Form) -> Self {
        Self(vec![Source {
            path: ClaimPath::of(path),
            form,
            absent: Absent::None,
        }])
    }

    /// The names of both.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// All names; unknown if one of the claims is not of its form, or is not there and that says
    /// nothing.
    pub(super) fn read(&self, claims: &Value) -> Fact<Vec<String>> {
        let mut names = Vec::new();
        for Source { path, form, absent } in &self.0 {
            match path.find(claims).filter(|claim| !claim.is_null()) {
                Some(claim) => match form.names(claim) {
                    Some(found) => names.extend(found),
                    None => return Fact::Unknown,
                },
                None if *absent == Absent::None => {}
                None => return Fact::Unknown,
            }
        }
        Fact::Known(names)
    }

    fn paths(&self) -> impl Iterator<Item = &ClaimPath> {
        self.0.iter().map(|source| &source.path)
    }

    /// Writes claims that hold these names, and no claim where that says that there are none.
    pub(super) fn write(&self, names: &[String], claims: &mut Map<String, Value>) {
        for (number, source) in self.0.iter().enumerate() {
            // Another claim of the same form would say the same twice.
            let mut before = self.0.iter().take(number);
            let again = before.any(|other| other.form == source.form);
            let names = if again { &[] } else { names };
            if !names.is_empty() || source.absent == Absent::Unknown {
                source.path.put(claims, source.form.claim(names));
            }
        }
    }
}
