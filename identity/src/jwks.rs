//! The keys of one issuer: fetched when they are first needed, again by age, and at once when
//! a token names one that is not among them.
//!
//! Never in the background: a frozen instance has none. On the warm path the keys cost one
//! read lock, and no lock is held across an await except the one that keeps fetches to one at
//! a time. Ages are measured by the wall clock.
//!
//! | the keys at hand are | then |
//! |---|---|
//! | younger than `max-age` | they are used |
//! | older | one call fetches them anew, for [`REFRESH`] at most; the others, and it too if that fails, use them |
//! | older than [`HARD_AGE`], or none | nobody is believed until they are fetched: *unavailable* |
//! | without the token's `kid`, or it has none and no key or the only key did not sign it | they are fetched anew, at most once in [`BETWEEN_UNKNOWN`]; everybody who needs it waits for the same fetch |
//!
//! When the token's key is unknown and the issuer cannot be asked, that is an outage and not a bad
//! token: the key may be a new one.

pub(crate) mod document;
mod source;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use reqwest::Url;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout_at};

use self::source::Source;
use crate::jwk::Keys;
use crate::jwt::{self, Refusal, Rules, Verified};
use crate::line::Line;
use crate::outcome::{Cause, Outcome};
use crate::sources::Clock;

/// How long keys are used when the issuer does not say (`Cache-Control: max-age`).
pub const DEFAULT_MAX_AGE: Duration = Duration::from_hours(1);

/// Least time keys are used, whatever the issuer says: a missing `kid` fetches them anyway.
pub const LEAST_MAX_AGE: Duration = Duration::from_mins(5);

/// Most time keys are used, whatever the issuer says: a key that was withdrawn must go. Half of
/// [`HARD_AGE`], so that an issuer that is down when they are due locks nobody out at once.
pub const MOST_MAX_AGE: Duration = Duration::from_hours(12);

/// Age from which keys are no longer believed, however long the issuer is down.
pub const HARD_AGE: Duration = Duration::from_hours(24);

/// Least time between two fetches because of unknown keys: anybody can make those up.
pub const BETWEEN_UNKNOWN: Duration = Duration::from_secs(10);

/// Time for a fetch by age. The keys at hand still serve, so it must leave time for the rest
/// of the decision.
pub const REFRESH: Duration = Duration::from_secs(1);

/// Time to leave the issuer alone after a fetch by age failed.
pub const AFTER_FAILURE: Duration = Duration::from_secs(10);

/// The same while there are no keys to go on with.
pub const AFTER_FAILURE_WITHOUT_KEYS: Duration = Duration::from_secs(1);

/// Where an issuer's keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyLocation {
    /// The address of the JWKS: `https`, or `http` to this machine alone.
    Url(Url),
    /// Where the issuer's discovery document says (`OpenID` Connect Discovery 1.0, section 4).
    Discovery {
        /// The issuer, exactly as it calls itself.
        issuer: String,
    },
    /// A file that comes with the function. Read once, never again.
    File(PathBuf),
}

/// Why there are no keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeysProblem {
    /// An address, file or issuer is wrong: somebody must change the configuration.
    Misconfigured(Cause),
    /// The issuer could not be asked, or its answer is no JWKS. It may pass.
    Unavailable(Cause),
}

/// Why a token is not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VerifyProblem {
    /// The token's fault.
    Refused(Refusal),
    /// There are no keys to say; see [`KeysProblem::Misconfigured`].
    Misconfigured(Cause),
    /// There are no keys to say, or none that are new enough; see
    /// [`KeysProblem::Unavailable`].
    Unavailable(Cause),
}

impl From<Refusal> for VerifyProblem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            // Ours, not the token's.
            Refusal::Clock => Self::Unavailable(Cause::new(refusal.to_string())),
            refusal => Self::Refused(refusal),
        }
    }
}

impl From<KeysProblem> for VerifyProblem {
    fn from(problem: KeysProblem) -> Self {
        match problem {
            KeysProblem::Misconfigured(cause) => Self::Misconfigured(cause),
            KeysProblem::Unavailable(cause) => Self::Unavailable(cause),
        }
    }
}

impl VerifyProblem {
    /// What it says of a token of this provider.
    pub(crate) fn outcome(self, provider: &str) -> Outcome {
        match self {
            Self::Refused(refusal) => Outcome::refused(provider, refusal),
            Self::Misconfigured(cause) => Outcome::Misconfigured(cause),
            Self::Unavailable(cause) => Outcome::Unavailable(cause),
        }
    }
}

/// The keys of one issuer.
pub(crate) struct KeyCache {
    source: Source,
    clock: Clock,
    state: RwLock<State>,
    /// Held by whoever fetches the keys.
    flight: Mutex<()>,
}

#[derive(Clone, Default)]
struct State {
    held: Option<Arc<Held>>,
    /// The last fetch, if it failed.
    failed: Option<(SystemTime, KeysProblem)>,
    /// The last fetch because of an unknown key.
    unknown: Option<SystemTime>,
}

/// Keys as they were fetched. Which ones they are is told by their address.
struct Held {
    keys: Keys,
    /// Absent for those of a file, which do not age.
    age: Option<Age>,
}

#[derive(Clone, Copy)]
struct Age {
    fetched: SystemTime,
    max: Duration,
}

impl KeyCache {
    pub(crate) fn new(location: KeyLocation, line: Arc<Line>, clock: Clock) -> Self {
        Self {
            source: Source::new(location, line, clock.clone()),
            clock,
            state: RwLock::default(),
            flight: Mutex::default(),
        }
    }

    /// Fetches the keys by the `deadline`. To be called in init.
    ///
    /// # Errors
    /// When the configuration is wrong. An issuer that cannot be asked is none: the first
    /// token tries again.
    pub(crate) async fn warm(&self, deadline: Instant) -> Result<(), KeysProblem> {
        match self.current(deadline).await {
            Ok(_) => Ok(()),
            Err(KeysProblem::Unavailable(cause)) => {
                tracing::warn!(%cause, "no keys yet: the first token to verify fetches them");
                self.write(|state| state.failed = None);
                Ok(())
            }
            Err(problem) => Err(problem),
        }
    }

    /// Verifies a token with the issuer's keys, fetching them if need be, by the `deadline`.
    ///
    /// # Errors
    /// What is wrong with the token, or why that cannot be said.
    pub(crate) async fn verify(
        &self,
        token: &str,
        rules: &Rules,
        deadline: Instant,
    ) -> Result<Verified, VerifyProblem> {
        let Current { held, just_fetched } = self.current(deadline).await?;
        let mut verified = jwt::verify(token, rules, &held.keys, self.clock.now());
        if matches!(verified, Err(Refusal::UnknownKey))
            && !just_fetched
            && let Some(newer) = self.newer_than(&held, deadline).await?
        {
            verified = jwt::verify(token, rules, &newer.keys, self.clock.now());
        }
        verified.map_err(VerifyProblem::from)
    }

    /// The keys to use now.
    async fn current(&self, deadline: Instant) -> Result<Current, KeysProblem> {
        let Some(mut held) = self.believed() else {
            return self.first(deadline).await;
        };
        let mut just_fetched = false;
        if self.is_due(&held)
            && let Ok(flight) = self.flight.try_lock()
            // Somebody may have fetched them between the two looks.
            && self.believed().is_some_and(|held| self.is_due(&held))
        {
            let deadline = deadline.min(Instant::now() + REFRESH);
            match self.fetch(deadline, &flight).await {
                Ok(fetched) => (held, just_fetched) = (fetched, true),
                Err(KeysProblem::Misconfigured(cause) | KeysProblem::Unavailable(cause)) => {
                    tracing::warn!(%cause, "keys not fetched anew: the last good ones are used");
                }
            }
        }
        Ok(Current { held, just_fetched })
    }

    /// The keys when there are none to go on with: everybody waits for them.
    async fn first(&self, deadline: Instant) -> Result<Current, KeysProblem> {
        let flight = self.flight(deadline).await?;
        let held = if let Some(held) = self.believed() {
            held
        } else if let Some(problem) = self.failed_within(AFTER_FAILURE_WITHOUT_KEYS) {
            return Err(problem);
        } else {
            self.fetch(deadline, &flight).await?
        };
        let just_fetched = true;
        Ok(Current { held, just_fetched })
    }

    /// Newer keys than `old`, which lack the token's; nothing when these are as new as it gets.
    async fn newer_than(
        &self,
        old: &Arc<Held>,
        deadline: Instant,
    ) -> Result<Option<Arc<Held>>, KeysProblem> {
        if old.age.is_none() {
            return Ok(None);
        }
        let flight = self.flight(deadline).await?;
        let State {
            held,
            failed,
            unknown,
        } = self.read(State::clone);
        if let Some(held) = held.filter(|held| !Arc::ptr_eq(held, old)) {
            return Ok(Some(held));
        }
        if unknown.is_some_and(|then| self.clock.since(then) < BETWEEN_UNKNOWN) {
            return failed.map_or(Ok(None), |(_, problem)| Err(problem));
        }
        // Noted before, as failed, in case this call is given up halfway.
        let now = self.clock.now();
        let given_up = KeysProblem::Unavailable(self.source.cause("not fetched: the call ended"));
        self.write(|state| {
            state.unknown = Some(now);
            state.failed = Some((now, given_up));
        });
        let fetched = self.fetch(deadline, &flight).await;
        // And after, so that those who waited meanwhile count as served.
        self.write(|state| state.unknown = Some(self.clock.now()));
        fetched.map(Some)
    }

    /// Fetches the keys; the flight's guard is asked for so that nobody forgets it.
    async fn fetch(
        &self,
        deadline: Instant,
        _flight: &MutexGuard<'_, ()>,
    ) -> Result<Arc<Held>, KeysProblem> {
        // From the time they were asked for: they may have changed while on the way.
        let asked = self.clock.now();
        let attempt = self.source.begin();
        match self.source.fetch(deadline).await {
            Ok(fetched) => {
                attempt.succeeded();
                let age = fetched.max_age.map(|max| Age {
                    fetched: asked,
                    max: max.clamp(LEAST_MAX_AGE, MOST_MAX_AGE),
                });
                let keys = fetched.keys;
                let held = Arc::new(Held { keys, age });
                self.write(|state| {
                    state.held = Some(Arc::clone(&held));
                    state.failed = None;
                });
                Ok(held)
            }
            Err(problem) => {
                let failed = (self.clock.now(), problem.clone());
                self.write(|state| state.failed = Some(failed));
                Err(problem)
            }
        }
    }

    /// Waits for whoever fetches the keys.
    async fn flight(&self, deadline: Instant) -> Result<MutexGuard<'_, ()>, KeysProblem> {
        timeout_at(deadline, self.flight.lock())
            .await
            .map_err(|_| KeysProblem::Unavailable(self.source.cause("not fetched in time")))
    }

    /// The keys at hand, unless they are too old to be believed.
    fn believed(&self) -> Option<Arc<Held>> {
        let young = |held: &Arc<Held>| {
            held.age
                .is_none_or(|age| self.clock.since(age.fetched) <= HARD_AGE)
        };
        self.read(|state| state.held.clone()).filter(young)
    }

    fn is_due(&self, held: &Held) -> bool {
        held.age
            .is_some_and(|age| self.clock.since(age.fetched) >= age.max)
            && self.failed_within(AFTER_FAILURE).is_none()
    }

    /// What was wrong with the last fetch, if it failed less than this long ago.
    fn failed_within(&self, span: Duration) -> Option<KeysProblem> {
        let (then, problem) = self.read(|state| state.failed.clone())?;
        (self.clock.since(then) < span).then_some(problem)
    }

    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        // A state is whole at any time, so a poisoned lock guards nothing worse.
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The keys to use now.
struct Current {
    held: Arc<Held>,
    /// Whether they were fetched while this call waited, so that no newer ones can be had.
    just_fetched: bool,
}

#[cfg(test)]
mod tests;
