//! What criterion measured: each bench's median, kept beside what was built.

use std::path::PathBuf;
use std::time::Duration;

use criterion::Criterion;

use crate::target::target;

/// Criterion as every bench here runs it.
pub fn criterion() -> Criterion {
    Criterion::default()
        .output_directory(&folder())
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1_500))
        .configure_from_args()
}

/// Median of a bench in nanoseconds; `None` if it was never run.
pub fn median(bench: &str) -> Option<f64> {
    let file = folder().join(bench).join("new/estimates.json");
    let text = std::fs::read_to_string(file).ok()?;
    let estimates: serde_json::Value = serde_json::from_str(&text).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}

/// The median of one bench as a multiple of another's.
pub fn ratio(one: &str, other: &str) -> Option<f64> {
    Some(median(one)? / median(other)?)
}

fn folder() -> PathBuf {
    target().join("criterion")
}
