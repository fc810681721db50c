//! Which processor all of it runs on.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::Failure;

/// Keeps this thread, and all that it starts from here on, on one processor: the last of those it may
/// run on, since the first has the machine's interrupts. What an event takes is then what is computed;
/// waking another processor takes as long, and never the same.
pub fn stay_on_one() -> Result<(), Failure> {
    let mine = sched_getaffinity(None)?;
    let last = (0..CpuSet::MAX_CPU).rfind(|at| mine.is_set(*at));
    let mut one = CpuSet::new();
    one.set(last.ok_or("no processor to run on")?);
    Ok(sched_setaffinity(None, &one)?)
}
