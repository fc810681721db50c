//! The provider Neon Auth: tokens of a managed Better Auth, verified by their signature.
//!
//! Issuer and audience are both the origin of the branch's address, and the same service signs
//! tokens for anonymous visitors, so a token is a user's only with `role` `authenticated` and
//! without a ban (Neon Auth, "JWT"). Team and role are those of the active organisation; where
//! users may create organisations, everybody can be the owner of one, so a policy that asks for a
//! role asks for the team as well. An older form of Neon Auth is Stack Auth by another name.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;
use tollgate_engine::user::{Fact, User};
use tollgate_engine::{FactKind, FactSet};

use crate::fact;
use crate::jwks::{KeyCache, KeyLocation, KeysProblem};
use crate::jwt::{self, Algorithm, Audience, Rules, Typ, Verified};
use crate::line::Line;
use crate::mode::Verify;
use crate::outcome::{Identity, Outcome};
use crate::provider::Call;
use crate::rfc3339;
use crate::secret_ref::SecretRef;
use crate::setting::{BaseUrl, EndpointUrl};
use crate::sources::Clock;
use crate::stack_auth::{StackAuthSettings, StackAuthSettingsError};
use crate::text;

/// How long its access tokens live, at most (README.md, "Neon Auth").
pub(crate) const LIFETIME: Duration = Duration::from_mins(15);

/// How Neon Auth is to be used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub enum NeonAuthSettings {
    /// Today's: `url`.
    Branch(BranchSettings),
    /// The older one, on Stack Auth: `stack_project`.
    Stack(StackAuthSettings),
}

/// A branch's Better Auth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchSettings {
    url: BaseUrl,
    jwks_url: Option<EndpointUrl>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    url: Option<BaseUrl>,
    #[serde(default)]
    jwks_url: Option<EndpointUrl>,
    #[serde(default)]
    stack_project: Option<String>,
    #[serde(default)]
    secret_server_key: Option<SecretRef>,
    #[serde(default)]
    verify: Verify,
}

/// Settings that do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeonAuthSettingsError {
    /// Neither form, or both.
    Form,
    /// The older form's are wrong.
    Stack(StackAuthSettingsError),
}

impl fmt::Display for NeonAuthSettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => f.write_str(
                "neon_auth: write `url`, the address that Neon's console shows (and `jwks_url` if \
                 the keys are elsewhere); or, for a project of the older Neon Auth on Stack Auth, \
                 `stack_project` (with `secret_server_key` and `verify` if tokens alone do not do)",
            ),
            Self::Stack(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NeonAuthSettingsError {}

impl TryFrom<Written> for NeonAuthSettings {
    type Error = NeonAuthSettingsError;

    fn try_from(written: Written) -> Result<Self, NeonAuthSettingsError> {
        match written {
            Written {
                url: Some(url),
                jwks_url,
                stack_project: None,
                secret_server_key: None,
                verify: Verify::Auto | Verify::Jwt,
            } => Ok(Self::Branch(BranchSettings { url, jwks_url })),
            Written {
                url: None,
                jwks_url: None,
                stack_project: Some(project),
                secret_server_key,
                verify,
            } => StackAuthSettings::of_project(project, secret_server_key, verify)
                .map(Self::Stack)
                .map_err(NeonAuthSettingsError::Stack),
            _ => Err(NeonAuthSettingsError::Form),
        }
    }
}

impl BranchSettings {
    /// What its tokens carry.
    pub(crate) const FACTS: FactSet = FactSet::of(&[
        FactKind::Email,
        FactKind::EmailVerified,
        FactKind::Roles,
        FactKind::Teams,
        FactKind::Claims,
    ]);

    /// With a stand-in's keys in place of the branch's; what tokens must say stays.
    #[must_use]
    pub fn with_keys(mut self, published: EndpointUrl) -> Self {
        self.jwks_url = Some(published);
        self
    }

    /// What its tokens name as issuer and as audience: scheme and host of its address.
    pub fn origin(&self) -> String {
        self.url.url().origin().ascii_serialization()
    }

    fn rules(&self) -> Rules {
        let origin = self.origin();
        Rules {
            issuers: vec![origin.clone()],
            audience: Some(Audience {
                accepted: vec![origin],
                claims: vec!["aud".to_owned()],
            }),
            algorithms: vec![Algorithm::EdDsa],
            typ: Typ::Any,
            skew: jwt::DEFAULT_SKEW,
            max_lifetime: None,
        }
    }
}

/// Neon Auth, ready to verify tokens.
pub(crate) struct NeonAuth {
    name: String,
    rules: Rules,
    keys: KeyCache,
    clock: Clock,
}

impl NeonAuth {
    pub(crate) fn new(settings: &BranchSettings, line: Arc<Line>, clock: Clock) -> Self {
        let jwks = match &settings.jwks_url {
            Some(url) => url.url().clone(),
            None => settings.url.join("/.well-known/jwks.json"),
        };
        Self {
            name: line.name().to_owned(),
            rules: settings.rules(),
            keys: KeyCache::new(KeyLocation::Url(jwks), line, clock.clone()),
            clock,
        }
    }

    /// Fetches the keys.
    pub(crate) async fn warm(&self, deadline: Instant) -> Result<(), KeysProblem> {
        self.keys.warm(deadline).await
    }

    /// Whose token this is.
    pub(crate) async fn verify(&self, call: &Call<'_>) -> Outcome {
        let keys = &self.keys;
        match keys.verify(call.token, &self.rules, call.deadline).await {
            Ok(verified) => match read(verified, self.clock.now()) {
                Ok(identity) => Outcome::Identity(identity),
                Err(why) => Outcome::refused(&self.name, why),
            },
            Err(problem) => problem.outcome(&self.name),
        }
    }
}

/// The user of a verified token; the error is why it is not a user's.
fn read(verified: Verified, now: SystemTime) -> Result<Identity, &'static str> {
    let Verified {
        claims,
        subject,
        expires,
    } = verified;
    let claims = Value::Object(claims);
    if claims.get("role").and_then(Value::as_str) != Some("authenticated") {
        return Err("its role is not `authenticated`");
    }
    if is_banned(&claims, now) {
        return Err("the user is banned");
    }
    let user = User {
        id: subject,
        email: fact::nullable(claims.get("email"), text::is_email),
        email_verified: fact::flag(claims.get("emailVerified")),
        teams: of_organization(&claims, "id"),
        roles: of_organization(&claims, "role"),
        claims: Fact::Known(claims),
        ..User::default()
    };
    Ok(Identity {
        user: Arc::new(user),
        expires: Some(expires),
    })
}

/// A member of `o`, the active organisation; a user without one has no `o`.
///
/// Of the names of an organisation the ID alone counts: whoever makes one chooses its slug, and
/// could choose another's ID.
fn of_organization(claims: &Value, member: &str) -> Fact<Vec<String>> {
    let Some(organization) = claims.get("o").filter(|o| !o.is_null()) else {
        return Fact::Known(Vec::new());
    };
    match organization.get(member).and_then(Value::as_str) {
        Some(name) if text::is_name(name) => Fact::Known(vec![name.to_owned()]),
        _ => Fact::Unknown,
    }
}

/// A ban without an end, or one that cannot be read, goes on. Better Auth writes the end as a text;
/// of a number nobody could tell whether it counts seconds or milliseconds.
fn is_banned(claims: &Value, now: SystemTime) -> bool {
    match claims.get("banned") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(_) => match claims
            .get("banExpires")
            .and_then(Value::as_str)
            .and_then(rfc3339::moment)
        {
            Some(end) => now < end,
            None => true,
        },
    }
}

#[cfg(test)]
mod tests;
