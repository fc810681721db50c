//! What a token must say for a configuration to take it: for a stand-in that makes such tokens.
//!
//! The other way round than verifying: from a user's facts to claims that the configuration's
//! mapping reads as these facts, and that meet its requirements.

use std::time::Duration;

use serde_json::{Map, Value};
use tollgate_engine::user::User;

use crate::jwt::{Algorithm, Audience};
use crate::mapping::{Mapping, Requirement};

/// The tokens that a configuration takes. Two configurations of one form take the same tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenForm {
    /// `iss`; `None` if any will do.
    pub issuer: Option<String>,
    /// What they may be signed with; empty where the issuer is asked about them.
    pub algorithms: Vec<Algorithm>,
    /// Whether their header must say `at+jwt` (RFC 9068).
    pub is_access_token: bool,
    /// Most time from `iat` to `exp`.
    pub max_lifetime: Option<Duration>,
    pub(crate) audience: Option<Audience>,
    pub(crate) mapping: Mapping,
    pub(crate) requirements: Vec<Requirement>,
}

impl TokenForm {
    /// What such a token says of a user, but for issuer and times.
    pub fn claims(&self, user: &User) -> Map<String, Value> {
        let mut claims = self.mapping.claims(user);
        if let Some(audience) = &self.audience
            // An issuer that has a choice of claims leaves the first ones out.
            && let (Some(claim), Some(name)) = (audience.claims.last(), audience.accepted.first())
        {
            claims.insert(claim.clone(), name.as_str().into());
        }
        for demand in &self.requirements {
            demand.meet(&mut claims);
        }
        claims
    }

    /// The same of somebody who is not taken for a user where the requirements rule that out: an
    /// anonymous visitor, somebody who is banned.
    pub fn claims_of_outsider(&self, user: &User) -> Map<String, Value> {
        let mut claims = self.claims(user);
        for demand in &self.requirements {
            demand.violate(&mut claims);
        }
        claims
    }
}

#[cfg(test)]
mod tests;
