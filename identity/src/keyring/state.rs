//! What a keyring knows: the current key, the one before it, and when things happened.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::ApiKey;
use crate::secret::Secret;
use crate::sources::Clock;

/// How long the key before the current one is still good, from the moment the change was
/// seen. A secret is changed in two places, here and at the provider, and never in both at
/// the same moment.
pub(super) const OVERLAP: Duration = Duration::from_mins(10);

pub(super) struct State {
    current: Held,
    previous: Option<Previous>,
    pub fetched: SystemTime,
    /// When a reading by age failed, or began that has not ended.
    pub failed: Option<SystemTime>,
    pub forced: Option<SystemTime>,
}

struct Held {
    key: Arc<ApiKey>,
    /// Whether the provider has refused it.
    refused: bool,
}

struct Previous {
    held: Held,
    replaced: SystemTime,
}

/// Whether a key that was read again is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reread {
    Unchanged,
    Changed,
}

impl State {
    /// With the first key, read now.
    pub(super) fn new(secret: Secret, clock: &Clock) -> Self {
        Self {
            current: Held::new(secret, 0),
            previous: None,
            fetched: clock.now(),
            failed: None,
            forced: None,
        }
    }

    /// The key to call the provider with: the current one, unless the provider has refused
    /// it and may still know the one before it.
    pub(super) fn key(&self, clock: &Clock) -> Arc<ApiKey> {
        let held = match self.previous(clock) {
            Some(previous) if self.current.refused && !previous.refused => previous,
            _ => &self.current,
        };
        Arc::clone(&held.key)
    }

    /// The current key, and the one before it while it is still good.
    pub(super) fn both(&self, clock: &Clock) -> (Arc<ApiKey>, Option<Arc<ApiKey>>) {
        let previous = self.previous(clock).map(|held| Arc::clone(&held.key));
        (Arc::clone(&self.current.key), previous)
    }

    fn previous(&self, clock: &Clock) -> Option<&Held> {
        let previous = self.previous.as_ref()?;
        (clock.since(previous.replaced) < OVERLAP).then_some(&previous.held)
    }

    /// Takes over what was read now.
    pub(super) fn take(&mut self, secret: Secret, clock: &Clock) -> Reread {
        self.fetched = clock.now();
        self.failed = None;
        if self.current.key.secret.same_as(&secret) {
            if self.previous(clock).is_none() {
                self.previous = None;
            }
            return Reread::Unchanged;
        }
        let newer = Held::new(secret, self.current.key.generation + 1);
        self.previous = Some(Previous {
            held: std::mem::replace(&mut self.current, newer),
            replaced: clock.now(),
        });
        Reread::Changed
    }

    /// Notes that the provider refused a key.
    pub(super) fn refuse(&mut self, key: &ApiKey) {
        let previous = self.previous.as_mut().map(|previous| &mut previous.held);
        for held in std::iter::once(&mut self.current).chain(previous) {
            held.refused |= held.key.generation == key.generation;
        }
    }
}

impl Held {
    fn new(secret: Secret, generation: u64) -> Self {
        Self {
            key: Arc::new(ApiKey { secret, generation }),
            refused: false,
        }
    }
}
