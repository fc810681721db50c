//! What is known of tokens that were verified before: facts, never decisions.
//!
//! Kept by provider and SHA-256 of the token, so that neither joined text nor a token itself is
//! ever a key; for as long as the token, the provider's rules and the setting allow, by the wall
//! clock; within a bound of entries and bytes. Calls beside each other for one token make one
//! call to its provider.

mod size;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use futures_util::future::BoxFuture;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

use self::size::size;
use crate::outcome::{Cause, Identity, Outcome};
use crate::sources::Clock;

/// How long "this token proves nobody" is kept: long enough to take the sting out of a client
/// that asks again and again, short enough that a session that comes to life is not missed.
pub const REFUSAL: Duration = Duration::from_secs(5);

/// Most tokens of users that are remembered.
pub const MAX_ENTRIES: usize = 100_000;

/// Most memory that the remembered users take, in bytes, roughly counted.
pub const MAX_BYTES: usize = 24 * 1024 * 1024;

/// Most tokens that are remembered to prove nobody. Anybody can make those up, so they have room of
/// their own: no flood of them drives out what is known of users, in an outage least of all.
pub const MAX_REFUSALS: usize = 10_000;

/// What an entry takes besides its user's texts.
const ENTRY: usize = 512;

/// How long facts may be used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    /// From the last time the provider said so; zero keeps nothing.
    pub fresh: Duration,
    /// From the first time the token was seen, whatever else is set: the provider's own rule.
    pub whole: Option<Duration>,
    /// From the last time the provider said so, while it cannot be asked.
    pub last_known: Option<Duration>,
}

/// Whose token, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    provider: usize,
    token: [u8; 32],
}

impl Key {
    pub(crate) fn new(provider: usize, token: &str) -> Self {
        let hash = digest(&SHA256, token.as_bytes());
        let mut key = [0; 32];
        for (to, from) in key.iter_mut().zip(hash.as_ref()) {
            *to = *from;
        }
        Self {
            provider,
            token: key,
        }
    }
}

/// Where an outcome came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The provider was asked, or its keys were, in this invocation.
    Verified,
    /// It was known.
    Cache,
    /// The provider cannot be asked; this is what it last said.
    LastKnown,
}

impl Origin {
    /// One word for logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Cache => "cached",
            Self::LastKnown => "last_known",
        }
    }
}

/// The cache.
pub(crate) struct FactCache {
    clock: Clock,
    entries: Mutex<Entries>,
    flights: Mutex<HashMap<Key, Flight>>,
}

/// A verification under way, and what came of it.
type Flight = Arc<OnceCell<(Outcome, Origin)>>;

#[derive(Clone)]
struct Entry {
    /// The user; `None` if the token proves nobody.
    identity: Option<Identity>,
    first_seen: SystemTime,
    verified: SystemTime,
    fresh_until: SystemTime,
    last_known_until: SystemTime,
    bytes: usize,
}

/// What is known of tokens: of those of users, and of those that prove nobody. A token is in one of
/// the two at most.
struct Entries {
    users: Generations,
    refusals: Generations,
}

impl Default for Entries {
    fn default() -> Self {
        Self {
            users: Generations::of_at_most(MAX_ENTRIES, MAX_BYTES),
            refusals: Generations::of_at_most(MAX_REFUSALS, MAX_REFUSALS * ENTRY),
        }
    }
}

impl Entries {
    fn get(&mut self, key: &Key) -> Option<Entry> {
        self.users.get(key).or_else(|| self.refusals.get(key))
    }

    fn put(&mut self, key: Key, entry: Entry) {
        self.remove(&key);
        match entry.identity {
            Some(_) => self.users.put(key, entry),
            None => self.refusals.put(key, entry),
        }
    }

    fn remove(&mut self, key: &Key) {
        self.users.remove(key);
        self.refusals.remove(key);
    }
}

/// Two halves of what is remembered. What is used moves into the young one; when that is full it
/// becomes the old one, and what nobody used since then is forgotten.
struct Generations {
    young: HashMap<Key, Entry>,
    old: HashMap<Key, Entry>,
    young_bytes: usize,
    /// Most entries and bytes of both together.
    most: (usize, usize),
}

impl Generations {
    fn of_at_most(entries: usize, bytes: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            young_bytes: 0,
            most: (entries, bytes),
        }
    }

    fn get(&mut self, key: &Key) -> Option<Entry> {
        if let Some(entry) = self.young.get(key) {
            return Some(entry.clone());
        }
        let entry = self.old.remove(key)?;
        self.put(*key, entry.clone());
        Some(entry)
    }

    fn put(&mut self, key: Key, entry: Entry) {
        self.remove(&key);
        let (entries, bytes) = self.most;
        let full = self.young.len() >= entries / 2
            || self.young_bytes.saturating_add(entry.bytes) > bytes / 2;
        if full {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes = self.young_bytes.saturating_add(entry.bytes);
        self.young.insert(key, entry);
    }

    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.young.remove(key) {
            self.young_bytes = self.young_bytes.saturating_sub(entry.bytes);
        }
        self.old.remove(key);
    }
}

/// When a token that was first seen then is over at the latest, if that is known.
fn end(keep: &Keep, identity: &Identity, first_seen: SystemTime) -> Option<SystemTime> {
    let whole = keep.whole.map(|whole| first_seen + whole);
    whole.into_iter().chain(identity.expires).min()
}

impl FactCache {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            entries: Mutex::default(),
            flights: Mutex::default(),
        }
    }

    /// Forgets everything: for facts that were gathered for another policy.
    pub(crate) fn clear(&self) {
        *self.entries() = Entries::default();
    }

    /// What is known of a token and not older than `max_age`, or else what `verify` finds out, by
    /// the `deadline`; `verify` is not called if nobody need be asked. It is boxed, since it is
    /// large and a known token has no use for it.
    pub(crate) async fn outcome<'f>(
        &self,
        key: Key,
        keep: &Keep,
        max_age: Option<Duration>,
        deadline: Instant,
        verify: impl FnOnce() -> BoxFuture<'f, Outcome>,
    ) -> (Outcome, Origin) {
        if let Some(known) = self.fresh(&key, max_age) {
            return (known, Origin::Cache);
        }
        let seat = self.board(key);
        let verified = seat.flight.get_or_init(|| async {
            // It may have landed between the look above and this flight.
            if let Some(known) = self.fresh(&key, max_age) {
                return (known, Origin::Cache);
            }
            let outcome = verify().await;
            self.keep(key, keep, outcome)
        });
        if let Ok(verified) = timeout_at(deadline, verified).await {
            return verified.clone();
        }
        let late = Cause::new("no outcome in the time that a decision may take");
        self.keep(key, keep, Outcome::Unavailable(late))
    }

    /// What is known and may still be used.
    fn fresh(&self, key: &Key, max_age: Option<Duration>) -> Option<Outcome> {
        let now = self.clock.now();
        let entry = self.entries().get(key)?;
        // A clock that was set back says nothing about ages.
        let age = now.duration_since(entry.verified).ok()?;
        let usable = now < entry.fresh_until && max_age.is_none_or(|most| age <= most);
        usable.then(|| entry.outcome())
    }

    /// Remembers an outcome about the user. In place of one that is not, what was last known if
    /// that is allowed.
    fn keep(&self, key: Key, keep: &Keep, outcome: Outcome) -> (Outcome, Origin) {
        let now = self.clock.now();
        let entry = match &outcome {
            Outcome::Identity(identity) => self.entry(&key, keep, identity, now),
            Outcome::Unauthenticated => Entry {
                identity: None,
                first_seen: now,
                verified: now,
                fresh_until: now + REFUSAL.min(keep.fresh),
                last_known_until: now,
                bytes: ENTRY,
            },
            Outcome::Misconfigured(_) => return (outcome, Origin::Verified),
            Outcome::Unavailable(cause) => {
                return match self.last_known(&key, now) {
                    Some(identity) => {
                        tracing::warn!(%cause, "the provider cannot be asked: last known facts are used");
                        (Outcome::Identity(identity), Origin::LastKnown)
                    }
                    None => (outcome, Origin::Verified),
                };
            }
        };
        if entry.fresh_until > now || entry.last_known_until > now {
            self.entries().put(key, entry);
        } else {
            self.entries().remove(&key);
        }
        (outcome, Origin::Verified)
    }

    fn entry(&self, key: &Key, keep: &Keep, identity: &Identity, now: SystemTime) -> Entry {
        let mut first_seen = now;
        let end = |first_seen| end(keep, identity, first_seen);
        if let Some(before) = self.entries().get(key)
            && before.identity.is_some()
            && before.first_seen <= now
            && end(before.first_seen).is_none_or(|end| now < end)
        {
            first_seen = before.first_seen;
        }
        let until = |span: Duration| {
            let until = now + span;
            end(first_seen).map_or(until, |end| until.min(end))
        };
        Entry {
            identity: Some(identity.clone()),
            first_seen,
            verified: now,
            fresh_until: until(keep.fresh),
            last_known_until: until(keep.last_known.unwrap_or_default()),
            bytes: ENTRY + size(&identity.user),
        }
    }

    /// When the token of a user is over at the latest, if that is known.
    pub(crate) fn end(&self, key: &Key, keep: &Keep, outcome: &Outcome) -> Option<SystemTime> {
        let Outcome::Identity(identity) = outcome else {
            return None;
        };
        let entry = self.entries().get(key);
        let first_seen = entry.map_or_else(|| self.clock.now(), |entry| entry.first_seen);
        end(keep, identity, first_seen)
    }

    fn last_known(&self, key: &Key, now: SystemTime) -> Option<Identity> {
        let entry = self.entries().get(key)?;
        let usable = entry.verified <= now && now < entry.last_known_until;
        entry.identity.filter(|_| usable)
    }

    fn board(&self, key: Key) -> Seat<'_> {
        let flight = Arc::clone(self.flights().entry(key).or_default());
        Seat {
            cache: self,
            key,
            flight,
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Key, Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn outcome(&self) -> Outcome {
        match &self.identity {
            Some(identity) => Outcome::Identity(identity.clone()),
            None => Outcome::Unauthenticated,
        }
    }
}

/// A place on a flight. A flight that landed, or that its last passenger left, is taken off the
/// board: the next call for the token starts another.
struct Seat<'c> {
    cache: &'c FactCache,
    key: Key,
    flight: Flight,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut flights = self.cache.flights();
        let mine = flights
            .get(&self.key)
            .is_some_and(|flight| Arc::ptr_eq(flight, &self.flight));
        // Two holders are the board and this seat.
        if mine && (self.flight.initialized() || Arc::strong_count(&self.flight) <= 2) {
            flights.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests;
