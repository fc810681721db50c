//! One question to a provider that knows us by a key: asked with the current key, and again with
//! another when the provider refuses it.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::http::{Answer, Ask};
use crate::json;
use crate::keyring::{ApiKey, Keyring};
use crate::line::Line;
use crate::outcome::{Cause, Outcome};

/// Most keys that are tried for one question: the current one, one read anew, the one before.
const MAX_KEYS: usize = 3;

/// Why an answer proves nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The token is not a user's.
    Unauthenticated,
    /// The provider does not accept our key, and says so by this status.
    KeyRefused(u16),
    /// Our settings or rights are wrong.
    Misconfigured(Cause),
    /// The provider could not be asked, or its answer is not as documented.
    Unavailable(Cause),
}

impl Problem {
    pub(crate) fn unavailable(text: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self::Unavailable(Cause::new(text))
    }

    pub(crate) fn misconfigured(text: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self::Misconfigured(Cause::new(text))
    }

    /// For an answer that says neither who the user is nor that there is none.
    pub(crate) fn undocumented(provider: &str, what: &str) -> Self {
        Self::unavailable(format!("{provider}'s answer is not as documented: {what}"))
    }

    /// For a status that is none of the provider's documented ones. What only says "not now"
    /// (408, 425, 429, 5xx) never gets here; see [`Line::ask`].
    pub(crate) fn of_status(provider: &str, status: u16) -> Self {
        match status {
            300..=399 => Self::misconfigured(format!(
                "{provider} answered with a redirect (HTTP {status}), which is not followed with \
                 a key or a token: check its address"
            )),
            // It will be the same for every user until somebody changes it.
            400..=499 => Self::misconfigured(format!(
                "{provider} refused the request (HTTP {status}): check its address, and the \
                 rights of the key"
            )),
            _ => Self::unavailable(format!("{provider} answered HTTP {status}")),
        }
    }
}

impl From<Problem> for Outcome {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Unauthenticated => Self::Unauthenticated,
            Problem::KeyRefused(status) => Self::Misconfigured(Cause::new(format!(
                "the provider refused our key (HTTP {status})"
            ))),
            Problem::Misconfigured(cause) => Self::Misconfigured(cause),
            Problem::Unavailable(cause) => Self::Unavailable(cause),
        }
    }
}

/// The line to a provider, and the key it knows us by.
pub(crate) struct Keyed {
    line: Arc<Line>,
    keys: Keyring,
    /// What to do when no key is accepted, as in `store the key that …`.
    cure: String,
}

impl Keyed {
    pub(crate) fn new(line: Arc<Line>, keys: Keyring, cure: impl Into<String>) -> Self {
        Self {
            line,
            keys,
            cure: cure.into(),
        }
    }

    /// Asks by the `deadline`. `ask` is the question with this key in it, `None` if the key does not
    /// fit there; `read` says what the answer means.
    pub(crate) async fn ask<'a, T>(
        &self,
        ask: impl Fn(&str) -> Option<Ask<'a>>,
        read: impl Fn(&Answer) -> Result<T, Problem>,
        deadline: Instant,
    ) -> Result<T, Problem> {
        let mut key = self.keys.current().await;
        let mut refused = 401;
        for _ in 0..MAX_KEYS {
            match self.once(&key, &ask, &read, deadline).await {
                Err(Problem::KeyRefused(status)) => refused = status,
                read => return read,
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.keys.refused(&key, left).await {
                Some(other) => key = other,
                None => break,
            }
        }
        Err(Problem::misconfigured(format!(
            "{} refused the key in `{}` (HTTP {refused}): {}",
            self.line.name(),
            self.keys.reference(),
            self.cure
        )))
    }

    async fn once<'a, T>(
        &self,
        key: &ApiKey,
        ask: impl Fn(&str) -> Option<Ask<'a>>,
        read: impl Fn(&Answer) -> Result<T, Problem>,
        deadline: Instant,
    ) -> Result<T, Problem> {
        let Some(ask) = ask(key.expose()) else {
            // It cannot be: the keyring holds only keys that fit a header.
            return Err(Problem::misconfigured(
                "a key or token does not fit a header",
            ));
        };
        match self.line.ask(&ask, deadline).await {
            Ok(answer) => read(&answer),
            Err(cause) => Err(Problem::Unavailable(cause)),
        }
    }
}

/// The JSON object that an answer is; the error is what is not as documented. An answer that does
/// not say what it is, is judged by its content alone.
pub(crate) fn object(answer: &Answer) -> Result<Map<String, Value>, &'static str> {
    let is_json = |media: &String| media == "application/json" || media.ends_with("+json");
    if !answer.media_type.as_ref().is_none_or(is_json) {
        return Err("its content type is not JSON");
    }
    // The error of the reader could repeat the body.
    match json::read(&answer.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err("it is not a JSON object"),
        Err(_) => Err("it is not JSON, is cut short, or has a member twice"),
    }
}
