//! Any issuer of standard tokens: verified by their signature with the issuer's published keys.

mod settings;

use std::sync::Arc;

use serde_json::Value;
use tokio::time::Instant;
use tollgate_engine::FactSet;

pub use settings::{OidcSettings, OidcSettingsError, Unchecked};

use crate::jwk::Keys;
use crate::jwks::{KeyCache, KeysProblem, VerifyProblem};
use crate::jwt::{self, Rules, Verified};
use crate::keyring::Keyring;
use crate::line::Line;
use crate::mapping::{Mapping, Requirement};
use crate::outcome::{Identity, Outcome};
use crate::provider::Call;
use crate::sources::Clock;

impl OidcSettings {
    /// What its tokens carry.
    pub(crate) fn facts(&self) -> FactSet {
        self.mapping().facts()
    }
}

/// An issuer, ready to verify tokens.
pub(crate) struct Oidc {
    name: String,
    rules: Rules,
    keys: KeySource,
    mapping: Mapping,
    requirements: Vec<Requirement>,
    clock: Clock,
}

/// What its tokens are verified with.
enum KeySource {
    Published(Box<KeyCache>),
    /// A secret shared with the issuer.
    Shared(Keyring),
}

impl Oidc {
    pub(crate) fn new(
        settings: &OidcSettings,
        secret: Option<Keyring>,
        line: Arc<Line>,
        clock: Clock,
    ) -> Self {
        let name = line.name().to_owned();
        let keys = if let Some(secret) = secret {
            KeySource::Shared(secret)
        } else {
            let keys = KeyCache::new(settings.key_location(), line, clock.clone());
            KeySource::Published(Box::new(keys))
        };
        Self {
            name,
            rules: settings.rules(),
            keys,
            mapping: settings.mapping(),
            requirements: settings.requirements(),
            clock,
        }
    }

    /// Fetches the keys.
    pub(crate) async fn warm(&self, deadline: Instant) -> Result<(), KeysProblem> {
        match &self.keys {
            KeySource::Published(keys) => keys.warm(deadline).await,
            KeySource::Shared(secret) => Keys::shared(secret)
                .await
                .map(drop)
                .map_err(KeysProblem::Misconfigured),
        }
    }

    /// Whose token this is.
    pub(crate) async fn verify(&self, call: &Call<'_>) -> Outcome {
        let verified = match &self.keys {
            KeySource::Published(keys) => keys.verify(call.token, &self.rules, call.deadline).await,
            KeySource::Shared(secret) => match Keys::shared(secret).await {
                Ok(keys) => jwt::verify(call.token, &self.rules, &keys, self.clock.now())
                    .map_err(VerifyProblem::from),
                Err(cause) => Err(VerifyProblem::Misconfigured(cause)),
            },
        };
        match verified {
            Ok(verified) => self.read(verified),
            Err(problem) => problem.outcome(&self.name),
        }
    }

    fn read(&self, verified: Verified) -> Outcome {
        let claims = Value::Object(verified.claims);
        let unmet = self
            .requirements
            .iter()
            .find(|demand| !demand.is_met(&claims));
        if let Some(unmet) = unmet {
            let claim = unmet.claim();
            return Outcome::refused(
                &self.name,
                format_args!("the claim `{claim}` is not as required"),
            );
        }
        let Some(user) = self.mapping.user(claims) else {
            return Outcome::refused(&self.name, "it does not say whose it is");
        };
        Outcome::Identity(Identity {
            user: Arc::new(user),
            expires: Some(verified.expires),
        })
    }
}

#[cfg(test)]
mod tests;
