//! How work grows with what there is to do, on a machine that does other things too.

use std::fmt::Debug;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// How much more there is to do the second time.
const TIMES: usize = 8;
/// Linear work then takes 8 times as long, quadratic work 64 times. Between the two is room for
/// sorting, and for caches that no longer hold everything.
const MOST: u32 = 24;
/// What takes less is too short to measure.
const SHORTEST: Duration = Duration::from_millis(2);
/// How often a measure is taken: what disturbs one does not disturb all.
const TRIES: usize = 3;

/// Asserts that `work` on 8 times the size takes about 8 times as long.
pub fn assert_linear(what: impl Debug, size: usize, mut work: impl FnMut(usize)) {
    let mut time = |size| processor_time(|| work(size));
    let short = (0..TRIES).map(|_| time(size)).min().unwrap().max(SHORTEST);
    let mut long = (0..TRIES).map(|_| time(size * TIMES));
    assert!(
        long.any(|long| long < short * MOST),
        "{what:?} takes {short:?} at {size} and over {MOST} times that at {TIMES} times the size"
    );
}

/// How long this thread was at work, waiting aside.
fn processor_time(work: impl FnOnce()) -> Duration {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let start = now();
    work();
    now().saturating_sub(start)
}
