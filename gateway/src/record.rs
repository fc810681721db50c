//! The record of a decision: one line of JSON that is a log line and CloudWatch metrics at once,
//! written without a call over the network.
//!
//! Never in it: a token, a key, an address, a claim, anything of the request's path, headers or
//! query. What is in it is of Lambda (the ID, the trace), of the policy's author (the rule, its
//! place), of the operator (names of providers and secrets) or fixed; and the user, as `logs:` in
//! `authorizer.yaml` says.

mod line;
pub mod metric;
mod redact;
mod sink;
mod trace;
mod trail;
pub mod user_hash;
mod users;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tollgate_identity::fact_cache::Origin;
use tollgate_identity::meter::{Attempts, Usage};
use tollgate_identity::providers::Providers;
use tollgate_identity::sources::{Clock, Sources};

use self::line::{Line, millis};
use self::redact::without_addresses;
pub use self::sink::Sink;
pub use self::trail::Outcome;
pub(crate) use self::trail::Trail;
use self::users::Users;
use crate::invocation::Invocation;
use crate::settings::Settings;
use crate::settings::logs::LoggedDecisions;
use crate::startup::StartupError;

/// Writes the records of one process.
pub struct Recorder {
    users: Users,
    decisions: LoggedDecisions,
    namespace: String,
    sink: Sink,
    clock: Clock,
    /// From the start of the process until it was ready.
    init: Duration,
    /// Whether the first decision is still to come.
    cold: AtomicBool,
    /// What is still to be written.
    waiting: Mutex<Vec<Record>>,
}

/// What came of one event, with all that its line says.
pub(crate) struct Record {
    id: String,
    trace: Option<String>,
    policy: String,
    trail: Trail,
    took: Duration,
}

impl Record {
    /// Of an event that is answered now, by a policy of this version.
    pub(crate) fn new(invocation: Invocation<'_>, trail: Trail, policy: &str) -> Self {
        Self {
            id: invocation.id.to_owned(),
            trace: invocation.trace.map(str::to_owned),
            policy: policy.to_owned(),
            took: trail.began.elapsed(),
            trail,
        }
    }
}

/// What was asked of providers and of the places of secrets since the last record.
#[derive(Default)]
struct Asked {
    providers: Vec<(Arc<str>, Usage)>,
    secrets: Attempts,
}

impl Asked {
    fn take(providers: &Providers) -> Self {
        Self {
            providers: providers.take_usage(),
            secrets: providers.take_rereads(),
        }
    }

    /// What one provider was asked, no longer among the others.
    fn of(&mut self, provider: Option<&Arc<str>>) -> Usage {
        let mut all = self.providers.iter();
        match all.position(|(name, _)| Some(name) == provider) {
            Some(place) => self.providers.swap_remove(place).1,
            None => Usage::default(),
        }
    }
}

impl Recorder {
    /// Reads the salt, if there is one.
    pub(crate) async fn start(
        settings: &Settings,
        sources: &Sources,
        sink: Sink,
    ) -> Result<Self, StartupError> {
        Ok(Self {
            users: Users::start(settings, sources).await?,
            decisions: settings.logs.decisions,
            namespace: settings.logs.namespace.clone(),
            sink,
            clock: sources.clock(),
            init: Duration::ZERO,
            cold: AtomicBool::new(true),
            waiting: Mutex::default(),
        })
    }

    /// With the time from the start of the process until now, when it is ready.
    pub(crate) fn ready(mut self, began: Instant) -> Arc<Self> {
        self.init = began.elapsed();
        Arc::new(self)
    }

    /// Keeps what came of an event until it is written.
    pub(crate) fn keep(&self, record: Record) {
        self.waiting().push(record);
    }

    /// Writes what waits, and with the first of it what was counted since the record before.
    pub(crate) fn write_all(&self, providers: &Providers) {
        let records = std::mem::take(&mut *self.waiting());
        for record in records {
            self.write(&record, Asked::take(providers));
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Record>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, record: &Record, mut asked: Asked) {
        let trail = &record.trail;
        let now = self.clock.now();
        let mut line = Line::new(&self.namespace, now);
        if self.tells(trail.outcome) {
            self.tell(&mut line, record);
        }
        line.say("outcome", trail.outcome.as_str());
        line.say("reason", trail.reason);
        line.say("provider", trail.provider.as_deref());
        line.measure(metric::DECISIONS, 1);
        line.measure(metric::DECISION_TIME, millis(record.took));
        if trail.hits + trail.misses > 0 {
            line.measure(metric::FACT_CACHE_HITS, trail.hits);
            line.measure(metric::FACT_CACHE_MISSES, trail.misses);
        }
        measure_usage(&mut line, &asked.of(trail.provider.as_ref()));
        if asked.secrets.made() > 0 {
            line.measure(metric::SECRET_REFRESHES, asked.secrets.made());
            line.measure(metric::SECRET_REFRESH_FAILURES, asked.secrets.failed);
        }
        if self.cold.swap(false, Ordering::Relaxed) {
            line.measure(metric::COLD_STARTS, 1);
            line.measure(metric::INIT_TIME, millis(self.init));
        }
        self.sink.write(&line.bytes());
        // A line has one provider: what others were asked meanwhile has lines of its own.
        for (provider, usage) in asked.providers {
            let mut line = Line::new(&self.namespace, now);
            line.say("provider", &*provider);
            measure_usage(&mut line, &usage);
            self.sink.write(&line.bytes());
        }
    }

    /// Whether what came to this has a line of its own, or counts in metrics alone.
    fn tells(&self, outcome: Outcome) -> bool {
        match self.decisions {
            LoggedDecisions::All => true,
            LoggedDecisions::Denials => outcome != Outcome::Allow,
            LoggedDecisions::None => outcome == Outcome::Error,
        }
    }

    /// Says all but what metrics are told apart by.
    fn tell(&self, line: &mut Line<'_>, record: &Record) {
        let trail = &record.trail;
        let (level, message) = match trail.outcome {
            Outcome::Allow | Outcome::Deny => ("INFO", "decided"),
            Outcome::Error => ("ERROR", "not decided"),
        };
        let rule = trail.rule.as_ref();
        let user = trail.user.as_deref();
        line.say("level", level);
        line.say("message", message);
        line.say("id", &record.id);
        line.say("cause", without_addresses(&trail.cause));
        line.say("rule", rule.map(|rule| without_addresses(&rule.head)));
        line.say("place", rule.map(|rule| without_addresses(&rule.place)));
        line.say("scope", trail.scope.as_str());
        line.say("event", trail.event.map(|kind| kind.to_string()));
        line.say("verification", trail.mode.map(|mode| mode.to_string()));
        line.say("facts", trail.facts.map(Origin::as_str));
        line.say("user", user.and_then(|user| self.users.name(&user.id)));
        line.say("policy", &record.policy);
        line.say("trace", record.trace.as_deref().and_then(trace::root));
        line.say("provider_ms", trail.verifying.map(millis));
    }
}

/// Adds what the line's provider was asked; nothing if it was not.
fn measure_usage(line: &mut Line<'_>, usage: &Usage) {
    let Usage {
        calls,
        times,
        kept_back,
        key_sets,
    } = usage;
    if calls.made() > 0 {
        line.measure(metric::PROVIDER_CALLS, calls.made());
        line.measure(metric::PROVIDER_FAILURES, calls.failed);
    }
    if !times.is_empty() {
        let times: Vec<f64> = times.iter().map(|time| millis(*time)).collect();
        line.measure(metric::PROVIDER_TIME, times);
    }
    if *kept_back > 0 {
        line.measure(metric::PROVIDER_CALLS_KEPT_BACK, *kept_back);
    }
    if key_sets.made() > 0 {
        line.measure(metric::KEY_SET_REFRESHES, key_sets.made());
        line.measure(metric::KEY_SET_REFRESH_FAILURES, key_sets.failed);
    }
}

#[cfg(test)]
mod tests;
