//! How long a call takes, where criterion has no place.

use std::time::{Duration, Instant};

/// Least time that is measured, and least rounds.
const LEAST: (Duration, usize) = (Duration::from_millis(600), 5);

/// Median of rounds, each of so many calls, in nanoseconds a call.
pub fn per_call(calls: usize, mut round: impl FnMut()) -> f64 {
    let mut took = Vec::new();
    let began = Instant::now();
    while took.len() < LEAST.1 || began.elapsed() < LEAST.0 {
        let began = Instant::now();
        round();
        took.push(began.elapsed());
    }
    nanos(quantile(&mut took, 0.5)) / calls as f64
}

/// The value below which this share of them lies.
pub fn quantile(values: &mut [Duration], share: f64) -> Duration {
    values.sort_unstable();
    let place = (values.len() as f64 * share) as usize;
    values[place.min(values.len() - 1)]
}

/// As many nanoseconds.
pub fn nanos(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}
