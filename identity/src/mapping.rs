//! Which claims say what of a user: from a verified token's claims, or an introspection's answer,
//! to the facts that policies ask for.
//!
//! A mapping starts from a preset, if one is named, and `claims:` of the configuration goes over
//! it. What it does not name is unknown, and so is a claim of a form it does not expect.

mod claim_path;
mod form;
mod preset;
mod requirement;
mod settings;

use std::fmt;

use serde_json::{Map, Value};
use tollgate_engine::user::{Fact, User};
use tollgate_engine::{FactKind, FactSet};

use crate::fact;
use crate::text;

pub use claim_path::ClaimPath;
pub use form::Form;
pub use preset::Preset;
pub use requirement::Requirement;
pub use settings::{ClaimsSettings, Listing};

/// A claim that settings name and users write themselves.
pub(crate) struct UserWritable(pub &'static str);

impl fmt::Display for UserWritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "users write `{}` themselves, so nothing may depend on it: name a claim that only the \
             issuer writes",
            self.0
        )
    }
}

/// Which claims say what of a user.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mapping {
    claims: ClaimsSettings,
    /// Claims that the user can write themselves: no policy may read them.
    hidden: &'static [&'static str],
}

impl Mapping {
    /// The preset's, or those of the standards, with `claims` over it.
    pub(crate) fn new(preset: Option<Preset>, claims: &ClaimsSettings) -> Self {
        let names = preset.map_or_else(preset::standard, Preset::claims);
        Self {
            claims: claims.clone().or(names),
            hidden: preset.map(Preset::user_writable).unwrap_or_default(),
        }
    }

    /// A claim that users can write themselves, if these settings would depend on one.
    pub(crate) fn user_writable(&self, requirements: &[Requirement]) -> Option<&'static str> {
        let required = requirements.iter().map(Requirement::claim);
        let named = self.claims.paths().chain(required);
        let mut roots = named.filter_map(ClaimPath::root);
        roots.find_map(|root| self.hidden.iter().find(|hidden| **hidden == root).copied())
    }

    /// What it can tell.
    pub(crate) fn facts(&self) -> FactSet {
        let claims = &self.claims;
        [
            (claims.email.is_some(), FactKind::Email),
            (claims.email_verified.is_some(), FactKind::EmailVerified),
            (claims.products.is_some(), FactKind::Products),
            (claims.mfa.is_some(), FactKind::Mfa),
            (claims.provider.is_some(), FactKind::Provider),
            (claims.roles.is_some(), FactKind::Roles),
            (claims.teams.is_some(), FactKind::Teams),
            (claims.permissions.is_some(), FactKind::Permissions),
            (claims.scopes.is_some(), FactKind::Scopes),
            (claims.groups.is_some(), FactKind::Groups),
            (true, FactKind::Claims),
        ]
        .into_iter()
        .filter_map(|(told, kind)| told.then_some(kind))
        .collect()
    }

    /// The user whose claims these are; `None` if they do not say who it is.
    pub(crate) fn user(&self, mut claims: Value) -> Option<User> {
        let members = claims.as_object_mut()?;
        for name in self.hidden {
            members.remove(*name);
        }
        let names = &self.claims;
        let id = match &names.user {
            Some(path) => path.find(&claims),
            None => claims.get("sub"),
        };
        let id = id
            .and_then(Value::as_str)
            .filter(|id| text::is_user_id(id))?;
        let list = |listing: &Option<Listing>| match listing {
            Some(listing) => listing.read(&claims),
            None => Fact::Unknown,
        };
        let find = |path: &Option<ClaimPath>| path.as_ref().and_then(|path| path.find(&claims));
        Some(User {
            id: id.to_owned(),
            email: fact::text(find(&names.email), text::is_email),
            email_verified: fact::flag(find(&names.email_verified)),
            products: list(&names.products),
            mfa: list(&names.mfa),
            provider: fact::text(find(&names.provider), text::is_name),
            roles: list(&names.roles),
            teams: list(&names.teams),
            permissions: list(&names.permissions),
            scopes: list(&names.scopes),
            groups: list(&names.groups),
            claims: Fact::Known(claims),
        })
    }

    /// Claims that say this of a user: what [`Mapping::user`] reads, as far as the claims have
    /// words for it.
    pub(crate) fn claims(&self, user: &User) -> Map<String, Value> {
        let mut claims = Map::new();
        claims.insert("sub".to_owned(), user.id.as_str().into());
        let names = &self.claims;
        let text = |fact: &Fact<Option<String>>| match fact {
            Fact::Known(Some(text)) => Some(text.as_str().into()),
            _ => None,
        };
        let verified = match user.email_verified {
            Fact::Known(verified) => Some(verified.into()),
            Fact::Unknown => None,
        };
        for (path, value) in [
            (&names.user, Some(user.id.as_str().into())),
            (&names.email, text(&user.email)),
            (&names.email_verified, verified),
            (&names.provider, text(&user.provider)),
        ] {
            if let (Some(path), Some(value)) = (path, value) {
                path.put(&mut claims, value);
            }
        }
        for (listing, fact) in [
            (&names.products, &user.products),
            (&names.mfa, &user.mfa),
            (&names.roles, &user.roles),
            (&names.teams, &user.teams),
            (&names.permissions, &user.permissions),
            (&names.scopes, &user.scopes),
            (&names.groups, &user.groups),
        ] {
            if let (Some(listing), Fact::Known(names)) = (listing, fact) {
                listing.write(names, &mut claims);
            }
        }
        claims
    }
}

#[cfg(test)]
mod tests;
