//! The API key a provider is called with: loaded at start, refreshed by age in the course
//! of an invocation, and read again at once when the provider refuses it.
//!
//! Never in the background: a frozen instance has none. On the warm path a key costs one
//! read lock, and no lock is held across an await except the one that keeps reads of SSM
//! to one at a time.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use tokio::sync::{Mutex, MutexGuard};

use crate::secret::Secret;
use crate::secret_ref::{ParameterName, SecretRef};
use crate::sources::{Clock, Sources, VariableError, VariableProblem};
use crate::ssm::{ParameterError, Parameters};
use crate::startup::StartupError;

/// How the keyring spends its time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Time to read the key in init, of Lambda's 10 s.
    pub init: Duration,
    /// Time to read it in an invocation, of API Gateway's 10 s.
    pub invocation: Duration,
    /// Age from which it is read again.
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

/// A key and which one it is in the order of those seen.
#[derive(Debug)]
pub(crate) struct ApiKey {
    secret: Secret,
    generation: u64,
}

impl ApiKey {
    pub(crate) fn expose(&self) -> &str {
        self.secret.expose()
    }
}

/// The current key of one provider.
pub(crate) struct Keyring {
    reference: SecretRef,
    /// Absent for a key from the environment, which never changes.
    store: Option<(Parameters, ParameterName)>,
    pace: Pace,
    clock: Clock,
    state: RwLock<State>,
    /// Held by whoever reads the key from SSM.
    flight: Mutex<()>,
}

struct State {
    key: Arc<ApiKey>,
    fetched: SystemTime,
    failed: Option<SystemTime>,
    forced: Option<SystemTime>,
}

impl Keyring {
    /// Loads the key. `setting` names its place in the configuration.
    pub(crate) async fn load(
        reference: SecretRef,
        setting: &'static str,
        sources: &Sources,
        pace: Pace,
    ) -> Result<Self, StartupError> {
        let (secret, store) = match &reference {
            SecretRef::Variable(name) => {
                let secret = sources.variable(name).and_then(|value| {
                    Secret::for_header(&value).map_err(|unfit| VariableError {
                        name: name.clone(),
                        problem: VariableProblem::Unfit(unfit),
                    })
                });
                (
                    secret.map_err(|error| StartupError::Variable { setting, error })?,
                    None,
                )
            }
            SecretRef::Parameter(name) => {
                let (secret, parameters) = first_read(name, sources, pace.init)
                    .await
                    .map_err(|error| StartupError::Parameter { setting, error })?;
                (secret, Some((parameters, name.clone())))
            }
        };
        tracing::info!(setting, source = %reference, "API key loaded");
        let clock = sources.clock();
        let state = State {
            key: Arc::new(ApiKey {
                secret,
                generation: 0,
            }),
            fetched: clock.now(),
            failed: None,
            forced: None,
        };
        Ok(Self {
            reference,
            store,
            pace,
            clock,
            state: RwLock::new(state),
            flight: Mutex::new(()),
        })
    }

    /// Where the key comes from.
    pub(crate) fn reference(&self) -> &SecretRef {
        &self.reference
    }

    /// The key to use now. When it is older than the set age, this call reads it again
    /// first; calls beside it go on with the key there is, and so does everybody when the
    /// reading fails.
    pub(crate) async fn current(&self) -> Arc<ApiKey> {
        let Some((parameters, name)) = &self.store else {
            return self.key();
        };
        if self.is_due()
            && let Ok(flight) = self.flight.try_lock()
            // Somebody may have refreshed it between the two looks.
            && self.is_due()
        {
            self.reread(parameters, name, self.pace.invocation, &flight)
                .await;
        }
        self.key()
    }

    /// The provider says that `refused` is wrong: gives a newer key if there is one `within`
    /// the time. Many may say so at once, the first of them reads SSM for all.
    pub(crate) async fn refused(&self, refused: &ApiKey, within: Duration) -> Option<Arc<ApiKey>> {
        let (parameters, name) = self.store.as_ref()?;
        let within = within.min(self.pace.invocation);
        let replace = async {
            let flight = self.flight.lock().await;
            if self.key().generation == refused.generation && !self.was_just_forced() {
                // Noted before, in case time runs out while reading, and after, so that
                // those who waited meanwhile count as served.
                self.note_forced();
                self.reread(parameters, name, within, &flight).await;
                self.note_forced();
            }
        };
        // When time is up the newest key may still be another one than the refused.
        let _ = tokio::time::timeout(within, replace).await;
        let key = self.key();
        (key.generation != refused.generation).then_some(key)
    }

    fn is_due(&self) -> bool {
        self.read(|state| {
            self.clock.since(state.fetched) >= self.pace.max_age
                && state
                    .failed
                    .is_none_or(|then| self.clock.since(then) >= self.pace.after_failure)
        })
    }

    fn was_just_forced(&self) -> bool {
        self.read(|state| {
            state
                .forced
                .is_some_and(|then| self.clock.since(then) < self.pace.between_refusals)
        })
    }

    fn note_forced(&self) {
        self.write(|state| state.forced = Some(self.clock.now()));
    }

    /// Reads the key from SSM; the flight's guard is asked for so that nobody forgets it.
    async fn reread(
        &self,
        parameters: &Parameters,
        name: &ParameterName,
        within: Duration,
        _flight: &MutexGuard<'_, ()>,
    ) {
        match parameters.read(name, within).await {
            Ok(secret) => self.write(|state| {
                state.fetched = self.clock.now();
                state.failed = None;
                if state.key.secret.same_as(&secret) {
                    tracing::debug!(parameter = %name, "API key read again: unchanged");
                } else {
                    tracing::info!(parameter = %name, "API key read again: changed, the new one is used");
                    let generation = state.key.generation + 1;
                    state.key = Arc::new(ApiKey { secret, generation });
                }
            }),
            Err(error) => {
                tracing::warn!(
                    parameter = %name,
                    %error,
                    "API key could not be read again: the last good one is kept"
                );
                self.write(|state| state.failed = Some(self.clock.now()));
            }
        }
    }

    fn key(&self) -> Arc<ApiKey> {
        self.read(|state| Arc::clone(&state.key))
    }

    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        // A state is whole at any time, so a poisoned lock guards nothing worse.
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Makes the SSM client and reads the key, both in the time of one.
async fn first_read(
    name: &ParameterName,
    sources: &Sources,
    within: Duration,
) -> Result<(Secret, Parameters), ParameterError> {
    let began = tokio::time::Instant::now();
    let parameters = sources
        .parameters(within)
        .await
        .map_err(|problem| ParameterError {
            name: name.clone(),
            problem,
        })?;
    let left = within.saturating_sub(began.elapsed());
    let secret = parameters.read(name, left).await?;
    Ok((secret, parameters))
}

#[cfg(test)]
mod tests;
