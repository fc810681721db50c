//! What was asked of a provider and what came of it, counted until somebody takes the count.
//!
//! Many requests count at once, and any of them takes what all of them counted. No lock is held
//! across an await, and what is kept is bounded.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Most durations that are kept until they are taken; further calls are counted and not timed. A
/// metric of one line has at most as many values (Amazon CloudWatch user guide, "Specification:
/// Embedded metric format").
pub const MAX_TIMES: usize = 100;

/// How often something was tried, and how that ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attempts {
    /// With success.
    pub succeeded: u64,
    /// Without. One that nobody waited for any more, since its decision had no time left, is here too.
    pub failed: u64,
}

impl Attempts {
    /// All of them.
    pub fn made(self) -> u64 {
        self.succeeded.saturating_add(self.failed)
    }
}

/// What was asked of one provider since it was last taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls over the network, of every kind: for a token, for keys, for a discovery document. A
    /// retry is part of its call.
    pub calls: Attempts,
    /// How long the calls took, each with its retry; at most [`MAX_TIMES`].
    pub times: Vec<Duration>,
    /// Calls that were not made: the provider is down, or asked to be left alone.
    pub kept_back: u64,
    /// Key sets (JWKS) that were fetched.
    pub key_sets: Attempts,
}

/// Attempts being counted.
#[derive(Default)]
pub(crate) struct Tally {
    succeeded: AtomicU64,
    failed: AtomicU64,
}

impl Tally {
    /// Begins one; it counts as failed unless it is said to have succeeded.
    pub(crate) fn begin(&self) -> Attempt<'_> {
        Attempt {
            tally: self,
            succeeded: false,
        }
    }

    pub(crate) fn take(&self) -> Attempts {
        Attempts {
            succeeded: self.succeeded.swap(0, Ordering::Relaxed),
            failed: self.failed.swap(0, Ordering::Relaxed),
        }
    }
}

/// Something that is being tried.
pub(crate) struct Attempt<'a> {
    tally: &'a Tally,
    succeeded: bool,
}

impl Attempt<'_> {
    pub(crate) fn succeeded(mut self) {
        self.succeeded = true;
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let count = if self.succeeded {
            &self.tally.succeeded
        } else {
            &self.tally.failed
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// The usage of one provider being counted.
#[derive(Default)]
pub(crate) struct Meter {
    calls: Tally,
    times: Mutex<Vec<Duration>>,
    kept_back: AtomicU64,
    pub(crate) key_sets: Tally,
}

impl Meter {
    /// Begins a call; it counts as failed unless it is said to have been answered.
    pub(crate) fn call(&self) -> Call<'_> {
        Call {
            attempt: self.calls.begin(),
            _timer: Timer {
                began: Instant::now(),
                times: &self.times,
            },
        }
    }

    pub(crate) fn kept_back(&self) {
        self.kept_back.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn take(&self) -> Usage {
        // A list of durations is whole at any time, so a poisoned lock guards nothing worse.
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        Usage {
            calls: self.calls.take(),
            times: mem::take(&mut times),
            kept_back: self.kept_back.swap(0, Ordering::Relaxed),
            key_sets: self.key_sets.take(),
        }
    }
}

/// A call under way.
pub(crate) struct Call<'a> {
    attempt: Attempt<'a>,
    _timer: Timer<'a>,
}

impl Call<'_> {
    pub(crate) fn answered(self) {
        self.attempt.succeeded();
    }
}

/// Notes how long it lived.
struct Timer<'a> {
    began: Instant,
    times: &'a Mutex<Vec<Duration>>,
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        if times.len() < MAX_TIMES {
            times.push(took);
        }
    }
}

#[cfg(test)]
mod tests;
