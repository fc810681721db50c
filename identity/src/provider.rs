//! One provider: how it is set up, and whose token it says something is.

mod settings;
mod verification;

use std::sync::Arc;

use tokio::time::Instant;
use tollgate_engine::Needs;

pub use settings::{KindSettings, ProviderSettings, ProviderSettingsError, WhenUnavailable};
pub use verification::Verification;

use crate::authgate::Authgate;
use crate::fact_cache::Keep;
use crate::http::Http;
use crate::introspection::Introspection;
use crate::jwks::KeysProblem;
use crate::keyring::Keyring;
use crate::line::Line;
use crate::meter::Usage;
use crate::neon_auth::{NeonAuth, NeonAuthSettings};
use crate::oidc::Oidc;
use crate::outcome::Outcome;
use crate::sources::{Clock, Sources};
use crate::stack_auth::StackAuth;
use crate::startup::StartupError;
use crate::tiun::Tiun;

/// One token to verify.
pub(crate) struct Call<'a> {
    pub(crate) token: &'a str,
    /// What the policy asks of users.
    pub(crate) needs: &'a Needs,
    pub(crate) deadline: Instant,
}

/// A provider, ready to verify tokens.
pub(crate) struct Provider {
    pub(crate) settings: ProviderSettings,
    /// What its tokens name as issuer; `None` if that cannot be relied on.
    pub(crate) issuers: Option<Vec<String>>,
    pub(crate) name: Arc<str>,
    pub(crate) keep: Keep,
    line: Arc<Line>,
    kind: Kind,
}

enum Kind {
    Tiun(Tiun),
    Authgate(Box<Authgate>),
    StackAuth(Box<StackAuth>),
    NeonAuth(Box<NeonAuth>),
    Oidc(Box<Oidc>),
    Introspection(Box<Introspection>),
}

impl Provider {
    /// `secrets` are those of [`ProviderSettings::secrets`], loaded, in that order.
    pub(crate) fn new(
        settings: &ProviderSettings,
        secrets: Vec<Keyring>,
        http: Arc<Http>,
        sources: &Sources,
    ) -> Result<Self, StartupError> {
        let name = &settings.name;
        let clock: Clock = sources.clock();
        let line = Arc::new(Line::new(http, name.clone(), clock.clone()));
        let own = Arc::clone(&line);
        let mut secrets = secrets.into_iter();
        let mut secret = || secrets.next().ok_or(StartupError::SecretNotLoaded);
        let kind = match &settings.kind {
            KindSettings::Tiun(tiun) => Kind::Tiun(Tiun::new(tiun, secret()?, line, sources)?),
            KindSettings::Authgate(authgate) => {
                let (key, local) = (secret()?, secret().ok());
                Kind::Authgate(Box::new(Authgate::new(authgate, key, local, line, clock)))
            }
            KindSettings::StackAuth(stack)
            | KindSettings::NeonAuth(NeonAuthSettings::Stack(stack)) => {
                Kind::StackAuth(Box::new(StackAuth::new(stack, secret().ok(), &line, clock)))
            }
            KindSettings::NeonAuth(NeonAuthSettings::Branch(branch)) => {
                Kind::NeonAuth(Box::new(NeonAuth::new(branch, line, clock)))
            }
            KindSettings::Oidc(oidc) => {
                let secret = secret().ok();
                Kind::Oidc(Box::new(Oidc::new(oidc, secret, line, clock)))
            }
            KindSettings::Introspection(settings) => {
                let secret = secret()?;
                let endpoint = Introspection::new(settings, secret, line, clock);
                Kind::Introspection(Box::new(endpoint))
            }
        };
        Ok(Self {
            issuers: settings.issuers(),
            settings: settings.clone(),
            name: name.as_str().into(),
            keep: settings.keep(),
            line: own,
            kind,
        })
    }

    /// Fetches what the policy will need, in init.
    pub(crate) async fn warm(&self, needs: &Needs, deadline: Instant) -> Result<(), KeysProblem> {
        match &self.kind {
            Kind::Tiun(_) | Kind::Authgate(_) | Kind::Introspection(_) => Ok(()),
            Kind::StackAuth(stack) => stack.warm(needs, deadline).await,
            Kind::NeonAuth(neon) => neon.warm(deadline).await,
            Kind::Oidc(oidc) => oidc.warm(deadline).await,
        }
    }

    /// What was asked of it since this was last taken.
    pub(crate) fn take_usage(&self) -> Usage {
        self.line.meter().take()
    }

    /// Whose token this is, as the provider says now.
    pub(crate) async fn verify(&self, call: &Call<'_>) -> Outcome {
        match &self.kind {
            Kind::Tiun(tiun) => tiun.verify(call).await,
            Kind::Authgate(authgate) => authgate.verify(call).await,
            Kind::StackAuth(stack) => stack.verify(call).await,
            Kind::NeonAuth(neon) => neon.verify(call).await,
            Kind::Oidc(oidc) => oidc.verify(call).await,
            Kind::Introspection(endpoint) => endpoint.verify(call).await,
        }
    }
}
