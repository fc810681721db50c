//! The metrics there are: every one that is ever sent, with its unit and its dimensions.
//!
//! A dimension's values are few by their nature: outcomes, reasons, the providers of the
//! configuration. CloudWatch charges for each combination that occurs.

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// What CloudWatch calls it.
    pub name: &'static str,
    /// What it is counted in.
    pub unit: Unit,
    /// By what it can be told apart: sets of members of its line. It is sent once for each set whose
    /// members the line has.
    pub dimensions: &'static [&'static [&'static str]],
}

/// A metric's unit, one of those CloudWatch knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Count,
    /// How long.
    Milliseconds,
}

impl Unit {
    /// As CloudWatch writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
        }
    }
}

/// Every metric.
pub const ALL: &[Metric] = &[
    DECISIONS,
    DECISION_TIME,
    FACT_CACHE_HITS,
    FACT_CACHE_MISSES,
    PROVIDER_CALLS,
    PROVIDER_FAILURES,
    PROVIDER_CALLS_KEPT_BACK,
    PROVIDER_TIME,
    KEY_SET_REFRESHES,
    KEY_SET_REFRESH_FAILURES,
    SECRET_REFRESHES,
    SECRET_REFRESH_FAILURES,
    COLD_STARTS,
    INIT_TIME,
];

const WHOLE: &[&[&str]] = &[&[]];
const BY_OUTCOME_AND_REASON: &[&[&str]] = &[&[], &["outcome"], &["outcome", "reason"]];
const BY_PROVIDER: &[&[&str]] = &[&[], &["provider"]];

/// Decisions, and events without one (outcome `error`).
pub const DECISIONS: Metric = count("Decisions", BY_OUTCOME_AND_REASON);
/// From the event to the answer.
pub const DECISION_TIME: Metric = time("DecisionTime", WHOLE);
/// Questions about a token that were answered from what was known.
pub const FACT_CACHE_HITS: Metric = count("FactCacheHits", BY_PROVIDER);
/// Those that were not.
pub const FACT_CACHE_MISSES: Metric = count("FactCacheMisses", BY_PROVIDER);
/// Calls to a provider over the network.
pub const PROVIDER_CALLS: Metric = count("ProviderCalls", BY_PROVIDER);
/// Those without an answer, or with one that says "not now".
pub const PROVIDER_FAILURES: Metric = count("ProviderFailures", BY_PROVIDER);
/// Calls that were not made since the provider is down or asked to be left alone.
pub const PROVIDER_CALLS_KEPT_BACK: Metric = count("ProviderCallsKeptBack", BY_PROVIDER);
/// From a call's start to the end of its answer, its retry included.
pub const PROVIDER_TIME: Metric = time("ProviderTime", BY_PROVIDER);
/// Key sets (JWKS) fetched, or tried to.
pub const KEY_SET_REFRESHES: Metric = count("KeySetRefreshes", BY_PROVIDER);
/// Those that failed.
pub const KEY_SET_REFRESH_FAILURES: Metric = count("KeySetRefreshFailures", BY_PROVIDER);
/// Secrets read again, or tried to.
pub const SECRET_REFRESHES: Metric = count("SecretRefreshes", WHOLE);
/// Those that failed.
pub const SECRET_REFRESH_FAILURES: Metric = count("SecretRefreshFailures", WHOLE);
/// First decisions of a process.
pub const COLD_STARTS: Metric = count("ColdStarts", WHOLE);
/// From the start of a process until it was ready for its first event.
pub const INIT_TIME: Metric = time("InitTime", WHOLE);

const fn count(name: &'static str, dimensions: &'static [&'static [&'static str]]) -> Metric {
    Metric {
        name,
        unit: Unit::Count,
        dimensions,
    }
}

const fn time(name: &'static str, dimensions: &'static [&'static [&'static str]]) -> Metric {
    Metric {
        name,
        unit: Unit::Milliseconds,
        dimensions,
    }
}
