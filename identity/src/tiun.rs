//! The provider tiun: a token is verified by asking tiun, with our API key.
//!
//! The exchange (docs.tiun.io, "Verify authentication server-side"):
//! `POST {base}/live_api/s2s/v1/users/verification`, on the live and on the sandbox host
//! alike, with `X-TIUN-API-KEY` and the body `{"userVerificationToken":"<token>"}`. A 200
//! says that the key was accepted, not that the user is signed in; a 401 says that the
//! key is wrong, or the other environment's.

mod answer;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use tollgate_engine::{FactKind, FactSet};

pub use self::settings::{Environment, EnvironmentSetting, TiunSettings, UnknownEnvironment};
use crate::exchange::Keyed;
use crate::http::{self, Ask, Method};
use crate::keyring::Keyring;
use crate::line::Line;
use crate::outcome::{Cause, Outcome};
use crate::provider::Call;
use crate::sources::{Sources, VariableError, VariableProblem};
use crate::startup::StartupError;

/// How long a token lives, and so how long what tiun says of it may be used (docs.tiun.io,
/// "Verify authentication server-side").
pub(crate) const LIFETIME: Duration = Duration::from_mins(5);

/// What tiun tells: `userInfo`.
pub(crate) const FACTS: FactSet =
    FactSet::of(&[FactKind::Email, FactKind::Products, FactKind::Claims]);

const PATH: &str = "/live_api/s2s/v1/users/verification";
const API_KEY: HeaderName = HeaderName::from_static("x-tiun-api-key");

/// tiun, ready to verify tokens.
pub(crate) struct Tiun {
    url: Url,
    exchange: Keyed,
}

/// The body of the request: exactly this one member.
#[derive(Serialize)]
struct Verification<'a> {
    #[serde(rename = "userVerificationToken")]
    token: &'a str,
}

impl Tiun {
    pub(crate) fn new(
        settings: &TiunSettings,
        key: Keyring,
        line: Arc<Line>,
        sources: &Sources,
    ) -> Result<Self, StartupError> {
        let environment = settings.environment(sources)?;
        let base = settings.base_url.clone();
        let base = base.unwrap_or_else(|| environment.base_url());
        let cure = format!(
            "store the key that tiun's dashboard shows under \"APIs\" for the {environment} \
             environment there"
        );
        Ok(Self {
            url: base.join(PATH),
            exchange: Keyed::new(line, key, cure),
        })
    }

    /// Asks tiun whose token this is.
    ///
    /// The token is opaque: tiun publishes no keys and no claims, so nothing is decided from its
    /// inside.
    pub(crate) async fn verify(&self, call: &Call<'_>) -> Outcome {
        if !may_be_a_token(call.token) {
            return Outcome::Unauthenticated;
        }
        let Ok(body) = serde_json::to_vec(&Verification { token: call.token }) else {
            return Outcome::Misconfigured(Cause::new("the request to tiun cannot be written"));
        };
        let ask = |key: &str| {
            Some(Ask {
                method: Method::Post,
                url: &self.url,
                headers: headers(key)?,
                body: body.clone(),
                largest: http::MAX_ANSWER,
            })
        };
        match self.exchange.ask(ask, answer::read, call.deadline).await {
            Ok(user) => Outcome::Identity(user.into()),
            Err(problem) => problem.into(),
        }
    }
}

fn headers(key: &str) -> Option<HeaderMap> {
    let mut key = HeaderValue::from_str(key).ok()?;
    key.set_sensitive(true);
    let json = HeaderValue::from_static("application/json");
    Some(HeaderMap::from_iter([(API_KEY, key), (CONTENT_TYPE, json)]))
}

impl TiunSettings {
    /// Which of tiun's environments is meant.
    ///
    /// # Errors
    /// When it is left to a variable that is not set, or not to an environment's name.
    pub fn environment(&self, sources: &Sources) -> Result<Environment, StartupError> {
        let name = match &self.environment {
            EnvironmentSetting::Fixed(environment) => return Ok(*environment),
            EnvironmentSetting::Variable(name) => name,
        };
        let not_one_of = |_| VariableError {
            name: name.clone(),
            problem: VariableProblem::NotOneOf("`live` and `sandbox`"),
        };
        sources
            .variable(name)
            .and_then(|value| value.parse().map_err(not_one_of))
            .map_err(|error| StartupError::Variable {
                setting: "tiun: environment".to_owned(),
                error,
            })
    }
}

/// Whether tiun could have made this: the alphabet of a compact JWS (RFC 7515 section 7.1).
/// Anything else is refused without a call, and nothing that needs escaping
/// ever gets into the request.
fn may_be_a_token(token: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    !token.is_empty() && token.bytes().all(allowed)
}

#[cfg(test)]
mod tests;
