//! The secrets providers are called with: loaded together at start, refreshed by age in the
//! course of an invocation, and read again at once when a provider refuses one.
//!
//! Never in the background: a frozen instance has none. On the warm path a key costs one
//! read lock, and no lock is held across an await except the one that keeps reads of a
//! secret to one at a time.
//!
//! # Rotation
//!
//! After a change the key before the current one is kept for [`OVERLAP`](state::OVERLAP). A provider that
//! refuses the new one because it was stored here first is asked with the old one until it
//! refuses that; what is verified here with a shared secret is accepted under either.

mod state;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout_at};

use self::state::{Reread, State};
use crate::meter::{Attempt, Tally};
use crate::secret::Secret;
use crate::secret_ref::{Place, SecretRef, Selector};
use crate::sources::{Clock, SecretError, Sources};
use crate::startup::{MissingSecret, StartupError};

/// How keyrings spend their time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Time to read the keys in init, of Lambda's 10 s.
    pub init: Duration,
    /// Time to read them in an invocation, of API Gateway's 10 s.
    pub invocation: Duration,
    /// Age from which a key is read again.
    pub max_age: Duration,
    /// Time to leave SSM alone after a refresh by age failed.
    pub after_failure: Duration,
    /// Least time between two reads forced by refusals: a key that is wrong in SSM too must
    /// not turn every request into a call to SSM.
    pub between_refusals: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            init: Duration::from_secs(5),
            invocation: Duration::from_secs(2),
            max_age: Duration::from_mins(5),
            after_failure: Duration::from_secs(10),
            between_refusals: Duration::from_secs(1),
        }
    }
}

/// A secret that is to be loaded.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Its place in the configuration, as in `tiun: api_key`.
    pub setting: String,
    /// Where it is kept.
    pub reference: SecretRef,
    /// Age from which it is read again; the pace's unless set.
    pub max_age: Option<Duration>,
}

/// A key and which one it is in the order of those seen.
#[derive(Debug)]
pub struct ApiKey {
    secret: Secret,
    generation: u64,
}

impl ApiKey {
    /// The key itself. Where this is written is where it can leak.
    pub fn expose(&self) -> &str {
        self.secret.expose()
    }
}

/// One secret and its changes.
pub struct Keyring {
    ring: Arc<Ring>,
    group: Arc<Group>,
}

/// What was loaded together and, when due at the same time, is refreshed together.
struct Group {
    rings: Vec<Arc<Ring>>,
    sources: Sources,
    clock: Clock,
    pace: Pace,
    rereads: Arc<Tally>,
}

struct Ring {
    reference: SecretRef,
    max_age: Duration,
    state: RwLock<State>,
    /// Held by whoever reads the secret again.
    flight: Mutex<()>,
}

impl Keyring {
    /// Loads secrets together, in as few calls to SSM as they fit in, and says of each that
    /// fails what is wrong. Gives the keyrings in the order of `wanted`; those loaded
    /// together are refreshed together.
    pub(crate) async fn load_all(
        wanted: Vec<Wanted>,
        sources: &Sources,
        pace: Pace,
    ) -> Result<Vec<Self>, StartupError> {
        let references: Vec<&SecretRef> = wanted.iter().map(|one| &one.reference).collect();
        let read = sources.read(&references, pace.init).await;
        let (mut rings, mut missing) = (Vec::new(), Vec::new());
        for (wanted, read) in wanted.into_iter().zip(read) {
            let Wanted {
                setting,
                reference,
                max_age,
            } = wanted;
            match read {
                Ok(secret) => {
                    tracing::info!(setting, source = %reference, "secret loaded");
                    rings.push(Arc::new(Ring {
                        reference,
                        max_age: max_age.unwrap_or(pace.max_age),
                        state: RwLock::new(State::new(secret, &sources.clock())),
                        flight: Mutex::new(()),
                    }));
                }
                Err(error) => missing.push(MissingSecret { setting, error }),
            }
        }
        if !missing.is_empty() {
            return Err(StartupError::Secrets(missing));
        }
        let group = Arc::new(Group {
            rings,
            sources: sources.clone(),
            clock: sources.clock(),
            pace,
            rereads: Arc::default(),
        });
        let keyring = |ring: &Arc<Ring>| Self {
            ring: Arc::clone(ring),
            group: Arc::clone(&group),
        };
        Ok(group.rings.iter().map(keyring).collect())
    }

    /// Where the secret is kept.
    pub(crate) fn reference(&self) -> &SecretRef {
        &self.ring.reference
    }

    /// Readings of the secrets that were loaded together, after the first, counted.
    pub(crate) fn rereads(&self) -> Arc<Tally> {
        Arc::clone(&self.group.rereads)
    }

    /// The key to use now. When it is older than the set age, this call reads it again
    /// first; calls beside it go on with the key there is, and so does everybody when the
    /// reading fails.
    pub(crate) async fn current(&self) -> Arc<ApiKey> {
        self.refresh().await;
        self.key()
    }

    /// The same by the `deadline`: when reading it again takes longer, the key there is.
    pub async fn current_by(&self, deadline: Instant) -> Arc<ApiKey> {
        let _ = timeout_at(deadline, self.refresh()).await;
        self.key()
    }

    /// The key of now and, for [`OVERLAP`](state::OVERLAP) after a change, the one before it: for what is
    /// verified here with a shared secret. Refreshes as [`current`](Self::current) does.
    pub(crate) async fn both(&self) -> (Arc<ApiKey>, Option<Arc<ApiKey>>) {
        self.refresh().await;
        self.ring.read(|state| state.both(self.clock()))
    }

    /// The provider says that `refused` is wrong: gives another key to try once, `within` the
    /// time; a newer one if there is one, else the one before it if that may still be good.
    /// Many may say so at once, the first of them reads the secret for all.
    pub(crate) async fn refused(&self, refused: &ApiKey, within: Duration) -> Option<Arc<ApiKey>> {
        if self.ring.never_changes() {
            return None;
        }
        let pace = &self.group.pace;
        let within = within.min(pace.invocation);
        let replace = async {
            let flight = self.ring.flight.lock().await;
            if self.key().generation == refused.generation && !self.was_just_forced() {
                // Noted before, in case time runs out while reading, and after, so that
                // those who waited meanwhile count as served.
                self.note_forced();
                let alone = [(&self.ring, flight)];
                self.group.reread(&alone, within).await;
                self.note_forced();
            }
        };
        // When time is up the newest key may still be another one than the refused.
        let _ = tokio::time::timeout(within, replace).await;
        self.ring.write(|state| state.refuse(refused));
        let key = self.key();
        (key.generation != refused.generation).then_some(key)
    }

    /// Reads again, together, all secrets of the group that are due when this one is, except
    /// those that somebody else is reading.
    async fn refresh(&self) {
        if !self.group.is_due(&self.ring) {
            return;
        }
        let mut due = Vec::new();
        for ring in &self.group.rings {
            if self.group.is_due(ring)
                && let Ok(flight) = ring.flight.try_lock()
                // Somebody may have refreshed it between the two looks.
                && self.group.is_due(ring)
            {
                due.push((ring, flight));
            }
        }
        if !due.is_empty() {
            // Noted before, as failed, in case this call is given up halfway: its decision may have
            // less time than SSM takes, and so may each after it.
            let now = self.clock().now();
            for (ring, _) in &due {
                ring.write(|state| state.failed = Some(now));
            }
            self.group.reread(&due, self.group.pace.invocation).await;
        }
    }

    fn was_just_forced(&self) -> bool {
        let since = self.ring.read(|state| state.forced);
        since.is_some_and(|then| self.clock().since(then) < self.group.pace.between_refusals)
    }

    fn note_forced(&self) {
        let now = self.clock().now();
        self.ring.write(|state| state.forced = Some(now));
    }

    fn key(&self) -> Arc<ApiKey> {
        self.ring.read(|state| state.key(self.clock()))
    }

    fn clock(&self) -> &Clock {
        &self.group.clock
    }
}

impl Group {
    fn is_due(&self, ring: &Ring) -> bool {
        let age = |then| self.clock.since(then);
        !ring.is_constant()
            && ring.read(|state| {
                age(state.fetched) >= ring.max_age
                    && state
                        .failed
                        .is_none_or(|then| age(then) >= self.pace.after_failure)
            })
    }

    /// Reads secrets again; the guards of their flights are asked for so that nobody forgets
    /// them.
    async fn reread(&self, due: &[(&Arc<Ring>, MutexGuard<'_, ()>)], within: Duration) {
        let references: Vec<&SecretRef> = due.iter().map(|(ring, _)| &ring.reference).collect();
        let attempts: Vec<Attempt> = due.iter().map(|_| self.rereads.begin()).collect();
        // On the heap: it is large, seldom run, and part of every verification.
        let read = Box::pin(self.sources.read(&references, within)).await;
        for (((ring, _), attempt), read) in due.iter().zip(attempts).zip(read) {
            if read.is_ok() {
                attempt.succeeded();
            }
            ring.take(read, &self.clock);
        }
    }
}

impl Ring {
    /// The environment of a process stays as it is.
    fn never_changes(&self) -> bool {
        matches!(self.reference.place(), Place::Variable(_))
    }

    /// Whether age alone is no reason to read it again. A version of a parameter changes only
    /// when the parameter is deleted and made anew, which a refusal brings to light.
    fn is_constant(&self) -> bool {
        match self.reference.place() {
            Place::Variable(_) => true,
            Place::Parameter(parameter) => {
                matches!(parameter.selector, Some(Selector::Version(_)))
            }
            Place::File(_) => false,
        }
    }

    /// Takes over what was read again.
    fn take(&self, read: Result<Secret, SecretError>, clock: &Clock) {
        let source = &self.reference;
        match read.map(|secret| self.write(|state| state.take(secret, clock))) {
            Ok(Reread::Unchanged) => tracing::debug!(%source, "secret read again: unchanged"),
            Ok(Reread::Changed) => {
                tracing::info!(%source, "secret read again: changed, the new one is used");
            }
            Err(error) => {
                tracing::warn!(
                    %source,
                    %error,
                    "secret could not be read again: the last good one is kept"
                );
                self.write(|state| state.failed = Some(clock.now()));
            }
        }
    }

    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        // A state is whole at any time, so a poisoned lock guards nothing worse.
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests;
