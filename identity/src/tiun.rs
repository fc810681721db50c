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
use tokio::time::Instant;

use self::answer::Reading;
pub use self::settings::{Environment, EnvironmentSetting, TiunSettings, UnknownEnvironment};
use crate::http::{self, Ask, ExtraRoots, Http, Method};
use crate::keyring::{ApiKey, Keyring, Pace};
use crate::line::Line;
use crate::outcome::{Cause, Outcome};
use crate::sources::{Sources, VariableError, VariableProblem};
use crate::startup::StartupError;

/// Longest token that is sent to tiun, in bytes. tiun's are far below it, and API Gateway
/// takes no more than about 10 KB of headers.
pub const MAX_TOKEN: usize = 8 * 1024;

const PATH: &str = "/live_api/s2s/v1/users/verification";
const API_KEY: HeaderName = HeaderName::from_static("x-tiun-api-key");

/// tiun, ready to verify tokens.
pub struct Tiun {
    environment: Environment,
    url: Url,
    keys: Keyring,
    line: Line,
    exchange: Duration,
}

/// How long things may take; what tests shorten.
#[derive(Debug, Clone, Copy)]
struct Times {
    connect: Duration,
    exchange: Duration,
    pace: Pace,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            connect: http::CONNECT,
            exchange: http::EXCHANGE,
            pace: Pace::default(),
        }
    }
}

/// The body of the request: exactly this one member.
#[derive(Serialize)]
struct Verification<'a> {
    #[serde(rename = "userVerificationToken")]
    token: &'a str,
}

impl Tiun {
    /// Resolves the settings and loads the API key, within 5 s. To be called in init.
    ///
    /// # Errors
    /// When an environment variable or parameter does not serve; see [`StartupError`].
    pub async fn start(settings: &TiunSettings, sources: &Sources) -> Result<Self, StartupError> {
        Self::start_with(settings, sources, Times::default()).await
    }

    async fn start_with(
        settings: &TiunSettings,
        sources: &Sources,
        mut times: Times,
    ) -> Result<Self, StartupError> {
        let environment = settings.environment(sources)?;
        if let Some(age) = settings.api_key_max_age {
            times.pace.max_age = age.duration();
        }
        let http = Http::new(times.connect, sources.clock(), &ExtraRoots::default())?;
        let line = Line::new(Arc::new(http), "tiun".to_owned(), sources.clock());
        let reference = settings.api_key.clone();
        let keys = Keyring::load(reference, "tiun: api_key", sources, times.pace).await?;
        let base = settings.base_url.clone();
        let base = base.unwrap_or_else(|| environment.base_url());
        Ok(Self {
            environment,
            url: base.join(PATH),
            keys,
            line,
            exchange: times.exchange,
        })
    }

    /// Which of tiun's environments this is.
    pub fn environment(&self) -> Environment {
        self.environment
    }

    /// Asks tiun whose token this is.
    ///
    /// Takes at most 3 s, plus 2 s when the API key is due to be read again. The token is
    /// opaque: tiun publishes no keys and no claims, so nothing is decided from its inside.
    pub async fn verify(&self, token: &str) -> Outcome {
        if !may_be_a_token(token) {
            return Outcome::Unauthenticated;
        }
        let key = self.keys.current().await;
        let deadline = Instant::now() + self.exchange;
        let reading = match self.ask(token, &key, deadline).await {
            Reading::KeyRefused => {
                let left = deadline.saturating_duration_since(Instant::now());
                match self.keys.refused(&key, left).await {
                    Some(newer) => self.ask(token, &newer, deadline).await,
                    None => Reading::KeyRefused,
                }
            }
            reading => reading,
        };
        match reading {
            Reading::Identity(user) => Outcome::Identity((*user).into()),
            Reading::Unauthenticated => Outcome::Unauthenticated,
            Reading::KeyRefused => Outcome::Misconfigured(self.key_refused()),
            Reading::Misconfigured(cause) => Outcome::Misconfigured(cause),
            Reading::Unavailable(cause) => Outcome::Unavailable(cause),
        }
    }

    async fn ask(&self, token: &str, key: &ApiKey, deadline: Instant) -> Reading {
        let request = headers(key).and_then(|headers| {
            let body = serde_json::to_vec(&Verification { token }).ok()?;
            Some((headers, body))
        });
        let Some((headers, body)) = request else {
            // Neither can be: the keyring holds only keys that fit a header.
            return Reading::Misconfigured(Cause::new("the request to tiun cannot be written"));
        };
        let ask = Ask {
            method: Method::Post,
            url: &self.url,
            headers,
            body,
            largest: http::MAX_ANSWER,
        };
        match self.line.ask(&ask, deadline).await {
            Ok(answer) => answer::read(&answer),
            Err(cause) => Reading::Unavailable(cause),
        }
    }

    fn key_refused(&self) -> Cause {
        Cause::new(format!(
            "tiun refused the API key in `{}` (HTTP 401): store the key that tiun's dashboard \
             shows under \"APIs\" for the {} environment",
            self.keys.reference(),
            self.environment,
        ))
    }
}

fn headers(key: &ApiKey) -> Option<HeaderMap> {
    let mut key = HeaderValue::from_str(key.expose()).ok()?;
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

/// Whether tiun could have made this: the alphabet of a compact JWS (RFC 7515 section 7.1),
/// not too long. Anything else is refused without a call, and nothing that needs escaping
/// ever gets into the request.
fn may_be_a_token(token: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    !token.is_empty() && token.len() <= MAX_TOKEN && token.bytes().all(allowed)
}

#[cfg(test)]
mod tests;
