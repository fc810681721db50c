//! What came of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::event::Shape;
use crate::gauge::Usage;
use crate::shown::Class;

/// A run of one function, to its end or to the first wrong answer.
#[derive(Debug, Default)]
pub struct Report {
    /// How it was configured.
    pub name: String,
    /// How many events were sent to it and answered.
    pub events: u64,
    /// How long that took.
    pub took: Duration,
    /// Events of which more than one outcome would have been right.
    pub ambiguous: u64,
    /// How often each outcome came of what clients showed.
    pub outcomes: BTreeMap<(Class, &'static str), u64>,
    /// How many events there were of each kind.
    pub shapes: BTreeMap<Shape, u64>,
    /// Calls of tiun, of the issuer, of SSM.
    pub calls: [u64; 3],
    /// What it took.
    pub usage: Option<Usage>,
    /// The first wrong answer, in full.
    pub wrong: Option<String>,
    /// What it took more than it may.
    pub leaks: Vec<String>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.wrong.is_none() && self.leaks.is_empty()
    }

    /// How often this came of anything.
    pub fn count(&self, outcome: &str) -> u64 {
        let outcomes = self.outcomes.iter();
        outcomes
            .filter(|((_, word), _)| *word == outcome)
            .map(|(_, count)| count)
            .sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64().max(0.001);
        let count = f64::from(u32::try_from(self.events).unwrap_or(u32::MAX));
        let Self {
            name,
            events,
            ambiguous,
            ..
        } = self;
        writeln!(
            f,
            "{name}: {events} events in {seconds:.0} s, {:.0} a second",
            count / seconds
        )?;
        writeln!(f, "  more than one outcome was right of {ambiguous}")?;
        let [tiun, issuer, ssm] = self.calls;
        writeln!(
            f,
            "  {tiun} calls of tiun, {issuer} of the issuer, {ssm} of SSM"
        )?;
        for (shape, count) in &self.shapes {
            writeln!(f, "  {count:>9} {shape:?}")?;
        }
        for ((class, outcome), count) in &self.outcomes {
            writeln!(f, "  {count:>9} {:<18} {outcome}", format!("{class:?}"))?;
        }
        if let Some(usage) = &self.usage {
            writeln!(f, "  warm: {}", usage.warm)?;
            writeln!(f, "  end:  {}", usage.end)?;
            writeln!(f, "  most: {}", usage.most)?;
            writeln!(
                f,
                "  memory by its trend over the second half: {:+.0} KiB",
                usage.trend
            )?;
        }
        if let Some(wrong) = &self.wrong {
            writeln!(f, "WRONG: {wrong}")?;
        }
        for leak in &self.leaks {
            writeln!(f, "LEAK: {leak}")?;
        }
        Ok(())
    }
}
