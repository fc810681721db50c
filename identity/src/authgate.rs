//! The provider `AuthGate`: a token is verified by asking `AuthGate`, with the project's API key.
//!
//! The exchange (docs.authgate.dev, "Token Verification"): `POST {url}/api/v1/token/verify` with
//! `Authorization: Bearer <API key>` and the body `{"token":"<token>"}`. A 401 has two meanings: with
//! `"valid":false` the token is bad, without it the API key is.
//!
//! `AuthGate`'s tokens are HS256 with a secret of the project. That one can verify them with it is
//! not documented, so it is done only where the configuration spells it out
//! (`local_hs256_secret`), and then only `sub`, the user's ID, is taken from them: what a claim
//! that is not documented would be missing for, a `forbid` could not see.

mod answer;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use tollgate_engine::user::User;
use tollgate_engine::{FactKind, FactSet, Needs};

use crate::exchange::Keyed;
use crate::http::{Ask, MAX_ANSWER, Method};
use crate::jwk::Keys;
use crate::jwt::{self, Algorithm, Audience, Refusal, Rules, Typ};
use crate::keyring::Keyring;
use crate::line::Line;
use crate::mode::Mode;
use crate::outcome::{Cause, Identity, Outcome};
use crate::provider::Call;
use crate::secret_ref::SecretRef;
use crate::setting::BaseUrl;
use crate::sources::Clock;

/// How long a token lives (docs.authgate.dev, "Token details").
pub(crate) const LIFETIME: Duration = Duration::from_mins(5);

/// What its tokens name as issuer.
pub(crate) const ISSUER: &str = "authgate";

const PATH: &str = "/api/v1/token/verify";

/// How `AuthGate` is to be used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthgateSettings {
    /// Where it runs: each customer has an address of their own.
    pub url: BaseUrl,
    /// Where the project's API key is kept.
    pub api_key: SecretRef,
    /// Where the project's signing secret is kept: tokens are then verified with it, without a
    /// call, where the policy asks for no more than who the user is. `AuthGate` does not document
    /// this.
    #[serde(default)]
    pub local_hs256_secret: Option<SecretRef>,
}

/// What `AuthGate` tells.
const REST: FactSet = FactSet::of(&[
    FactKind::Email,
    FactKind::Mfa,
    FactKind::Provider,
    FactKind::Claims,
]);

impl AuthgateSettings {
    /// The secrets it needs, and their settings.
    pub(crate) fn secrets(&self) -> Vec<(&'static str, &SecretRef)> {
        let local = self.local_hs256_secret.iter();
        std::iter::once(("api_key", &self.api_key))
            .chain(local.map(|secret| ("local_hs256_secret", secret)))
            .collect()
    }

    /// How its tokens are verified for a policy with these needs.
    pub(crate) fn mode(&self, needs: &Needs) -> Mode {
        match self.local_hs256_secret {
            Some(_) if needs.facts.is_empty() => Mode::Jwt,
            _ => Mode::Rest,
        }
    }

    /// What it tells when verified that way.
    pub(crate) fn facts(mode: Mode) -> FactSet {
        match mode {
            Mode::Jwt => FactSet::NONE,
            Mode::Rest => REST,
        }
    }
}

/// `AuthGate`, ready to verify tokens.
pub(crate) struct Authgate {
    name: String,
    settings: AuthgateSettings,
    url: Url,
    exchange: Keyed,
    local: Option<Keyring>,
    clock: Clock,
}

/// The body of the request.
#[derive(Serialize)]
struct Verification<'a> {
    token: &'a str,
}

impl Authgate {
    pub(crate) fn new(
        settings: &AuthgateSettings,
        api_key: Keyring,
        local: Option<Keyring>,
        line: Arc<Line>,
        clock: Clock,
    ) -> Self {
        let cure = "store an API key of the project in AuthGate's dashboard there";
        Self {
            name: line.name().to_owned(),
            settings: settings.clone(),
            url: settings.url.join(PATH),
            exchange: Keyed::new(line, api_key, cure),
            local,
            clock,
        }
    }

    /// Whose token this is.
    pub(crate) async fn verify(&self, call: &Call<'_>) -> Outcome {
        if !jwt::is_compact(call.token) {
            return Outcome::Unauthenticated;
        }
        match (self.settings.mode(call.needs), &self.local) {
            (Mode::Jwt, Some(secret)) => self.verify_locally(call.token, secret).await,
            _ => self.ask(call).await,
        }
    }

    async fn ask(&self, call: &Call<'_>) -> Outcome {
        let Ok(body) = serde_json::to_vec(&Verification { token: call.token }) else {
            return Outcome::Misconfigured(Cause::new("the request to authgate cannot be written"));
        };
        let ask = |key: &str| {
            Some(Ask {
                method: Method::Post,
                url: &self.url,
                headers: headers(key)?,
                body: body.clone(),
                largest: MAX_ANSWER,
            })
        };
        let now = self.clock.now();
        let read = |answer: &_| answer::read(answer, now);
        match self.exchange.ask(ask, read, call.deadline).await {
            Ok(identity) => Outcome::Identity(identity),
            Err(problem) => problem.into(),
        }
    }

    async fn verify_locally(&self, token: &str, secret: &Keyring) -> Outcome {
        let keys = match Keys::shared(secret).await {
            Ok(keys) => keys,
            Err(cause) => return Outcome::Misconfigured(cause),
        };
        match jwt::verify(token, &rules(), &keys, self.clock.now()) {
            Ok(verified) => Outcome::Identity(Identity {
                user: Arc::new(User {
                    id: verified.subject,
                    ..User::default()
                }),
                expires: Some(verified.expires),
            }),
            // All else is right, so it is AuthGate's: its tokens are not what was hoped for.
            Err(Refusal::Subject) => Outcome::Misconfigured(Cause::new(
                "authgate's tokens do not have the user's ID as `sub`: take `local_hs256_secret` \
                 out",
            )),
            Err(Refusal::Clock) => Outcome::Unavailable(Cause::new(Refusal::Clock.to_string())),
            Err(refusal) => Outcome::refused(&self.name, refusal),
        }
    }
}

/// What a session token satisfies; an account-link token has `aud` `link`.
fn rules() -> Rules {
    Rules {
        issuers: vec![ISSUER.to_owned()],
        audience: Some(Audience {
            accepted: vec!["session".to_owned()],
            claims: vec!["aud".to_owned()],
        }),
        algorithms: vec![Algorithm::Hs256],
        typ: Typ::Any,
        skew: jwt::DEFAULT_SKEW,
        max_lifetime: None,
    }
}

fn headers(key: &str) -> Option<HeaderMap> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {key}")).ok()?;
    bearer.set_sensitive(true);
    let json = HeaderValue::from_static("application/json");
    Some(HeaderMap::from_iter([
        (AUTHORIZATION, bearer),
        (CONTENT_TYPE, json),
    ]))
}

#[cfg(test)]
mod tests;
