//! What a function takes of its machine: memory, files, sockets, threads, and how much more of them is
//! a leak.

use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

/// Most that resident memory may grow from the end of the warm-up to the end, in KiB: up to 10 000 tokens
/// refused are remembered, and an allocator keeps what a burst took.
pub const GROWTH: u64 = 8 * 1024;

/// Most that it may grow over the second half by its trend (least squares), in KiB. An hour's half is a quarter
/// of a million events to each function: a leak of thirteen bytes an event is more.
pub const TREND: f64 = 3.0 * 1024.0;

/// Most files and sockets that are open for each event that may be under way: to the Runtime API, to
/// each of the two providers, to SSM, and one of each that is being closed.
pub const FILES_EACH: usize = 6;

/// Files that are open beside those: the standard streams, the event loop's, the first of each.
pub const FILES: usize = 24;

/// Most threads. The function has one; its libraries may have others to look names up.
pub const THREADS: usize = 8;

/// The share of the run that is warm-up.
const WARM_UP: f64 = 0.2;

/// One look.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// When, since the start.
    pub at: Duration,
    /// Resident memory in KiB.
    pub memory: u64,
    /// Open files, sockets among them.
    pub files: usize,
    /// Open sockets.
    pub sockets: usize,
    /// Threads.
    pub threads: usize,
}

impl Sample {
    /// Looks at a process (proc(5)); `None` if there is none.
    pub fn take(process: u32, start: Instant) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        let open = fs::read_dir(format!("/proc/{process}/fd")).ok()?;
        let open: Vec<_> = open
            .filter_map(|file| fs::read_link(file.ok()?.path()).ok())
            .collect();
        let is_socket = |file: &&std::path::PathBuf| file.to_string_lossy().starts_with("socket:");
        Some(Self {
            at: start.elapsed(),
            memory: field("VmRSS:")?,
            files: open.len(),
            sockets: open.iter().filter(is_socket).count(),
            threads: usize::try_from(field("Threads:")?).ok()?,
        })
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            memory,
            files,
            sockets,
            threads,
            ..
        } = self;
        write!(
            f,
            "{memory} KiB, {files} files ({sockets} sockets), {threads} threads"
        )
    }
}

/// What all looks together say.
#[derive(Debug, Clone)]
pub struct Usage {
    /// The middle one of the last of the warm-up.
    pub warm: Sample,
    /// The middle one of the last.
    pub end: Sample,
    /// The most of each.
    pub most: Sample,
    /// By how much memory grows over the second half, by its trend, in KiB.
    pub trend: f64,
}

impl Usage {
    /// From all looks; `None` if there were too few.
    pub fn of(samples: &[Sample]) -> Option<Self> {
        let last = samples.last()?;
        let part = |from: f64, to: f64| -> Vec<Sample> {
            let within = |sample: &&Sample| {
                let at = sample.at.as_secs_f64() / last.at.as_secs_f64();
                (from..=to).contains(&at)
            };
            samples.iter().filter(within).copied().collect()
        };
        let most = |of: fn(&Sample) -> usize| samples.iter().map(of).max();
        Some(Self {
            warm: middle(&part(WARM_UP / 2.0, WARM_UP))?,
            end: middle(&part(0.9, 1.0))?,
            most: Sample {
                at: last.at,
                memory: samples.iter().map(|sample| sample.memory).max()?,
                files: most(|sample| sample.files)?,
                sockets: most(|sample| sample.sockets)?,
                threads: most(|sample| sample.threads)?,
            },
            trend: growth(&part(0.5, 1.0)),
        })
    }

    /// What is more than it may be, with so many events under way at once.
    pub fn leaks(&self, concurrency: usize) -> Vec<String> {
        let files = FILES + FILES_EACH * concurrency;
        let grown = self.end.memory.saturating_sub(self.warm.memory);
        [
            (
                grown > GROWTH,
                format!("memory grew by {grown} KiB, more than {GROWTH}"),
            ),
            (
                self.trend > TREND,
                format!(
                    "memory grows by {:.0} KiB in the second half, more than {TREND:.0}",
                    self.trend
                ),
            ),
            (
                self.most.files > files,
                format!("{} files were open, more than {files}", self.most.files),
            ),
            (
                self.end.files > self.warm.files + concurrency * 2,
                format!(
                    "open files grew from {} to {}",
                    self.warm.files, self.end.files
                ),
            ),
            (
                self.most.threads > THREADS,
                format!("{} threads, more than {THREADS}", self.most.threads),
            ),
        ]
        .into_iter()
        .filter_map(|(is, what)| is.then_some(what))
        .collect()
    }
}

/// The one with the middle of the memory.
fn middle(samples: &[Sample]) -> Option<Sample> {
    let mut samples = samples.to_vec();
    samples.sort_by_key(|sample| sample.memory);
    samples.get(samples.len() / 2).copied()
}

/// By how much memory grows from the first to the last of these, by least squares.
fn growth(samples: &[Sample]) -> f64 {
    let points: Vec<(f64, f64)> = samples
        .iter()
        .map(|sample| {
            let memory = u32::try_from(sample.memory).unwrap_or(u32::MAX);
            (sample.at.as_secs_f64(), f64::from(memory))
        })
        .collect();
    let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) else {
        return 0.0;
    };
    let count = f64::from(u32::try_from(points.len()).unwrap_or(u32::MAX));
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let together: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    if spread == 0.0 {
        0.0
    } else {
        together / spread * (last - first)
    }
}

#[cfg(test)]
mod tests;
