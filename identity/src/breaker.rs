//! When a provider is to be left alone: a breaker for outages, and what `Retry-After` asks.
//!
//! A call to a provider that is down costs a user seconds and the provider what it has least
//! of. So after several failures in a row calls fail at once for a moment, then one call at a
//! time is let through until one succeeds. Time is the wall clock's: one that was set back or
//! jumped ahead lets calls through early and never keeps them back for long.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::sources::Clock;

/// Failures in a row after which the provider is taken to be down.
pub(crate) const FAILURES: u32 = 5;

/// How long a provider that is down is left alone before it is tried again.
pub(crate) const PAUSE: Duration = Duration::from_secs(2);

/// Longest `Retry-After` that is honoured: a provider that asks for more is tried again after
/// this, lest one odd answer locks everybody out.
pub(crate) const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(1);

/// The state of one provider, as this process has seen it.
pub(crate) struct Breaker {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Since the last success.
    failures: u32,
    /// When the last of them came, once there are [`FAILURES`].
    opened: Option<SystemTime>,
    /// Whether a call is trying out if the provider is well again.
    probing: bool,
    /// When `Retry-After` came, and what it said.
    asked: Option<(SystemTime, Duration)>,
    /// The last failure, in words.
    last: String,
}

/// A call is not made; why, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The provider is down: its last failure.
    Down(String),
    /// The provider asked to be left alone: with which failure, and for how much longer.
    Asked(String, Duration),
}

impl Breaker {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    /// Lets a call through, or says why not. Its end is to be told to the [`Admission`]; one
    /// that is dropped, as a call is that nobody waits for any more, says nothing.
    pub(crate) fn admit(&self) -> Result<Admission<'_>, Refused> {
        let mut state = self.state();
        if let Some((then, span)) = state.asked {
            let left = span.saturating_sub(self.clock.since(then));
            if left > Duration::ZERO {
                return Err(Refused::Asked(state.last.clone(), left));
            }
            state.asked = None;
        }
        let Some(opened) = state.opened else {
            return Ok(Admission::new(self, false));
        };
        if state.probing || self.clock.since(opened) < PAUSE {
            return Err(Refused::Down(state.last.clone()));
        }
        state.probing = true;
        Ok(Admission::new(self, true))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A state is whole at any time, so a poisoned lock guards nothing worse.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that was let through.
pub(crate) struct Admission<'a> {
    breaker: &'a Breaker,
    probe: bool,
}

impl<'a> Admission<'a> {
    fn new(breaker: &'a Breaker, probe: bool) -> Self {
        Self { breaker, probe }
    }

    /// The provider answered.
    pub(crate) fn succeeded(self) {
        let mut state = self.breaker.state();
        state.failures = 0;
        state.opened = None;
    }

    /// The provider did not answer, or with a failure, described by `what`; `retry_after` is
    /// how long it asked to be left alone.
    pub(crate) fn failed(self, what: String, retry_after: Option<Duration>) {
        let now = self.breaker.clock.now();
        let mut state = self.breaker.state();
        state.failures = state.failures.saturating_add(1);
        state.last = what;
        if let Some(span) = retry_after {
            state.asked = Some((now, span.min(LONGEST_RETRY_AFTER)));
        }
        // Calls that were under way when it opened say nothing new.
        if self.probe || (state.opened.is_none() && state.failures >= FAILURES) {
            state.opened = Some(now);
        }
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if self.probe {
            self.breaker.state().probing = false;
        }
    }
}

#[cfg(test)]
mod tests;
