//! The provider Stack Auth (Hexclave): a token is verified by its signature, or by asking for the
//! user it belongs to.
//!
//! A token alone carries the user's ID, address and whether it is verified, and whether a second
//! factor is required. Products, permissions, teams and the metadata of the user are the server's:
//! for those, `GET /api/v1/users/me` and the endpoints of each are asked with the project's secret
//! server key (Stack Auth, "Backend Integration").

mod answer;
mod rest;
mod settings;

use std::sync::Arc;

use serde_json::Value;
use tollgate_engine::user::{Fact, User};
use tollgate_engine::{FactKind, FactSet, Needs};

pub use settings::{AcceptedUsers, StackAuthSettings, StackAuthSettingsError};

use crate::jwks::{KeyCache, KeyLocation, KeysProblem, VerifyProblem};
use crate::jwt;
use crate::keyring::Keyring;
use crate::line::Line;
use crate::mode::Mode;
use crate::outcome::{Cause, Identity, Outcome};
use crate::provider::Call;
use crate::sources::Clock;
use crate::text;
use rest::Rest;
use settings::UserKind;
use tokio::time::Instant;

/// What a token carries. `claims` only as far as [`CLAIMS`] goes.
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

/// The claims of a token. A condition on any other is one on the server's user object.
const CLAIMS: [&str; 17] = [
    "sub",
    "iss",
    "aud",
    "iat",
    "exp",
    "project_id",
    "branch_id",
    "refresh_token_id",
    "role",
    "name",
    "email",
    "email_verified",
    "selected_team_id",
    "signed_up_at",
    "is_anonymous",
    "is_restricted",
    "requires_totp_mfa",
];

impl StackAuthSettings {
    /// Whether a token alone carries all that is needed.
    pub(crate) fn token_is_enough(needs: &Needs) -> bool {
        let carried = |path: &Vec<String>| {
            path.first()
                .is_some_and(|name| CLAIMS.contains(&name.as_str()))
        };
        JWT.contains_all(needs.facts) && needs.claims.iter().all(carried)
    }

    /// What it tells when verified that way.
    pub(crate) fn facts(mode: Mode) -> FactSet {
        match mode {
            Mode::Jwt => JWT,
            Mode::Rest => REST,
        }
    }
}

/// Stack Auth, ready to verify tokens.
pub(crate) struct StackAuth {
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
            (Mode::Rest, Some(rest)) => match rest.user(call, self.clock.now()).await {
                Ok(identity) => Outcome::Identity(identity),
                Err(problem) => problem.into(),
            },
            (Mode::Rest, None) => Outcome::Misconfigured(Cause::new(
                "stack_auth has no `secret_server_key` to ask with",
            )),
            (Mode::Jwt, _) => self.verify_locally(call).await,
        }
    }

    /// Issuer, audience and the two flags go together: which of the three kinds of user it is, is
    /// told by the issuer, and the rest must fit.
    async fn verify_locally(&self, call: &Call<'_>) -> Outcome {
        let issuer = jwt::unverified_issuer(call.token);
        let kind = issuer.and_then(|issuer| self.settings.kind_of_issuer(&issuer));
        let Some(kind) = kind else {
            tracing::debug!("stack_auth token refused: its issuer is none that is accepted");
            return Outcome::Unauthenticated;
        };
        let rules = self.settings.rules(kind);
        match self.keys.verify(call.token, &rules, call.deadline).await {
            Ok(verified) if fits(kind, &verified.claims) => Outcome::Identity(Identity {
                expires: Some(verified.expires),
                user: Arc::new(user(verified)),
            }),
            Ok(_) => {
                tracing::debug!("stack_auth token refused: its flags do not fit its issuer");
                Outcome::Unauthenticated
            }
            Err(VerifyProblem::Refused(refusal)) => {
                tracing::debug!(%refusal, "stack_auth token refused");
                Outcome::Unauthenticated
            }
            Err(VerifyProblem::Misconfigured(cause)) => Outcome::Misconfigured(cause),
            Err(VerifyProblem::Unavailable(cause)) => Outcome::Unavailable(cause),
        }
    }
}

/// Whether the flags of a token are those of this kind of user. Tokens from before a flag was
/// introduced do not have it.
fn fits(kind: UserKind, claims: &serde_json::Map<String, Value>) -> bool {
    let flag = |name| match claims.get(name) {
        None => Some(false),
        Some(Value::Bool(flag)) => Some(*flag),
        Some(_) => None,
    };
    match kind {
        UserKind::Normal => {
            (flag("is_anonymous"), flag("is_restricted")) == (Some(false), Some(false))
        }
        UserKind::Restricted => {
            (flag("is_anonymous"), flag("is_restricted")) == (Some(false), Some(true))
        }
        UserKind::Anonymous => flag("is_anonymous") == Some(true),
    }
}

fn user(verified: jwt::Verified) -> User {
    let claims = Value::Object(verified.claims);
    User {
        id: verified.subject,
        email: match claims.get("email") {
            Some(Value::Null) => Fact::Known(None),
            Some(Value::String(address)) if text::is_email(address) => {
                Fact::Known(Some(address.clone()))
            }
            _ => Fact::Unknown,
        },
        email_verified: flag(claims.get("email_verified")),
        mfa: mfa(claims.get("requires_totp_mfa")),
        claims: Fact::Known(claims),
        ..User::default()
    }
}

fn flag(value: Option<&Value>) -> Fact<bool> {
    match value {
        Some(Value::Bool(flag)) => Fact::Known(*flag),
        _ => Fact::Unknown,
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
