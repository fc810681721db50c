//! The provider Stack Auth (Hexclave): a token is verified by its signature, or by asking for the
//! user it belongs to.
//!
//! A token alone carries the user's ID, address and whether it is verified, and whether a second
//! factor is required. Products, permissions, teams and the metadata of the user are the server's:
//! for those, `GET /api/v1/users/me` and the endpoints of each are asked with the project's secret
//! server key (Stack Auth, "Backend Integration").
//!
//! The claims of a user are the token's; where the server is asked, they are its user object, to
//! which the token's claims are added. So a condition on a claim means the same both ways.

mod answer;
mod rest;
mod settings;
mod token;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tollgate_engine::user::{Fact, User};
use tollgate_engine::{FactKind, FactSet, Needs};

pub use settings::{AcceptedUsers, StackAuthSettings, StackAuthSettingsError};

use crate::fact;
use crate::jwks::{KeyCache, KeyLocation, KeysProblem};
use crate::jwt;
use crate::keyring::Keyring;
use crate::line::Line;
use crate::mode::Mode;
use crate::outcome::{Cause, Identity, Outcome};
use crate::provider::Call;
use crate::sources::Clock;
use crate::text;
use rest::Rest;
use tokio::time::Instant;

/// How long its access tokens live, at most (README.md, "Stack Auth").
pub(crate) const LIFETIME: Duration = Duration::from_mins(10);

/// What a token carries; of claims, its own.
const JWT: FactSet = FactSet::of(&[
    FactKind::Email,
    FactKind::EmailVerified,
    FactKind::Mfa,
    FactKind::Claims,
]);

/// What the server tells beside it.
const REST: FactSet = JWT.with(FactSet::of(&[
    FactKind::Products,
    FactKind::Permissions,
    FactKind::Teams,
]));

impl StackAuthSettings {
    /// Whether a token alone carries all that is needed and can be had. What the server does not
    /// tell either is no reason to ask it.
    pub(crate) fn token_is_enough(needs: &Needs) -> bool {
        Self::only_the_server_tells(needs).is_empty()
    }

    /// What is needed and the server alone can tell.
    pub(crate) fn only_the_server_tells(needs: &Needs) -> FactSet {
        let beyond_tokens = REST.without(JWT);
        let listed = needs
            .facts
            .iter()
            .filter(|kind| beyond_tokens.contains(*kind));
        let claims = (!token::carries(needs)).then_some(FactKind::Claims);
        listed.chain(claims).collect()
    }

    /// What it tells a policy with these needs when verified that way.
    pub(crate) fn facts(mode: Mode, needs: &Needs) -> FactSet {
        match mode {
            Mode::Jwt if token::carries(needs) => JWT,
            Mode::Jwt => JWT.without(FactKind::Claims.into()),
            Mode::Rest => REST,
        }
    }
}

/// Stack Auth, ready to verify tokens.
pub(crate) struct StackAuth {
    name: String,
    settings: StackAuthSettings,
    keys: KeyCache,
    rest: Option<Rest>,
    clock: Clock,
}

impl StackAuth {
    pub(crate) fn new(
        settings: &StackAuthSettings,
        secret: Option<Keyring>,
        line: &Arc<Line>,
        clock: Clock,
    ) -> Self {
        let jwks = KeyLocation::Url(settings.jwks_url());
        Self {
            name: line.name().to_owned(),
            keys: KeyCache::new(jwks, Arc::clone(line), clock.clone()),
            rest: secret.map(|secret| Rest::new(settings, secret, Arc::clone(line))),
            settings: settings.clone(),
            clock,
        }
    }

    /// Fetches the keys, if the policy will need them.
    pub(crate) async fn warm(&self, needs: &Needs, deadline: Instant) -> Result<(), KeysProblem> {
        match self.settings.mode(needs) {
            Mode::Jwt => self.keys.warm(deadline).await,
            Mode::Rest => Ok(()),
        }
    }

    /// Whose token this is.
    pub(crate) async fn verify(&self, call: &Call<'_>) -> Outcome {
        match (self.settings.mode(call.needs), &self.rest) {
            // Boxed: several questions at once, each with its retries.
            (Mode::Rest, Some(rest)) => match Box::pin(rest.user(call, self.clock.now())).await {
                Ok(identity) => Outcome::Identity(identity),
                Err(problem) => problem.into(),
            },
            (Mode::Rest, None) => Outcome::Misconfigured(Cause::new(
                "stack_auth has no `secret_server_key` to ask with",
            )),
            (Mode::Jwt, _) => self.verify_locally(call).await,
        }
    }

    /// Issuer, audience, flags and branch go together: which of the three kinds of user it is, is
    /// told by the issuer, and the rest must fit.
    async fn verify_locally(&self, call: &Call<'_>) -> Outcome {
        let issuer = jwt::unverified_issuer(call.token);
        let kind = issuer.and_then(|issuer| self.settings.kind_of_issuer(&issuer));
        let Some(kind) = kind else {
            return Outcome::refused(&self.name, "its issuer is none that is accepted");
        };
        let rules = self.settings.rules(kind);
        match self.keys.verify(call.token, &rules, call.deadline).await {
            Ok(verified) if token::fits(kind, &verified.claims) => Outcome::Identity(Identity {
                expires: Some(verified.expires),
                user: Arc::new(user(verified, call.needs)),
            }),
            Ok(_) => Outcome::refused(&self.name, "its flags or branch do not fit its issuer"),
            Err(problem) => problem.outcome(&self.name),
        }
    }
}

fn user(verified: jwt::Verified, needs: &Needs) -> User {
    let claims = verified.claims;
    User {
        id: verified.subject,
        email: fact::nullable(claims.get("email"), text::is_email),
        email_verified: fact::flag(claims.get("email_verified")),
        mfa: mfa(claims.get("requires_totp_mfa")),
        claims: if token::has(&claims, needs) {
            Fact::Known(Value::Object(claims))
        } else {
            Fact::Unknown
        },
        ..User::default()
    }
}

/// `requires_totp_mfa`: Stack's one second factor.
fn mfa(requires_totp: Option<&Value>) -> Fact<Vec<String>> {
    match requires_totp {
        Some(Value::Bool(true)) => Fact::Known(vec!["totp".to_owned()]),
        Some(Value::Bool(false)) => Fact::Known(Vec::new()),
        _ => Fact::Unknown,
    }
}

#[cfg(test)]
mod tests;
