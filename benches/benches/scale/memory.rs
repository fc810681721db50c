//! Memory that is in use, as this process's allocator counts it.

use crate::MEMORY;

/// What making something took, in bytes.
pub struct Taken {
    /// What it holds.
    pub held: f64,
    /// The most that was in use on the way there.
    pub peak: f64,
}

/// Makes something, and what that took.
pub fn taken<T>(make: impl FnOnce() -> T) -> (T, Taken) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let made = make();
    let since = |usage: usize| usage.saturating_sub(before) as f64;
    let taken = Taken {
        held: since(MEMORY.current_usage()),
        peak: since(MEMORY.peak_usage()),
    };
    (made, taken)
}
