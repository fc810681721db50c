//! Faults by names that a person understands: what `tollgate dev --fault` and its page switch on.

use std::time::Duration;

use super::Fault;

/// How late `slow` answers: long enough to feel, short enough for the authorizer to wait for.
const SLOW: Duration = Duration::from_millis(800);
/// How much `huge` answers, in bytes; no answer of a provider is near it.
const HUGE: usize = 16 * 1024 * 1024;
/// What `garbage` answers with.
const GARBAGE: &str = "<<< this is not JSON >>>";

/// A fault that lasts until another is chosen. It meets every request: for keys, for discovery, about
/// tokens, for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NamedFault {
    /// Answers as ever.
    #[default]
    None,
    /// Every connection is reset.
    Down,
    /// Requests are read and never answered.
    Silent,
    /// Right answers, each 800 ms late.
    Slow,
    /// 429 with `Retry-After: 1`.
    Busy,
    /// 500.
    Error,
    /// The authorizer's own key is refused, in the provider's words.
    KeyRefused,
    /// A load balancer's 503 in HTML.
    Html,
    /// The connection breaks half-way through the answer.
    CutOff,
    /// 200 as JSON, with a text that is none.
    Garbage,
    /// Right answers, with 16 MiB of blanks after them.
    Huge,
}

/// Each with its name and what is said of it.
const TABLE: [(NamedFault, &str, &str); 11] = [
    (NamedFault::None, "none", "answers as ever"),
    (NamedFault::Down, "down", "breaks every connection off"),
    (NamedFault::Silent, "silent", "never answers"),
    (NamedFault::Slow, "slow", "answers 800 ms late"),
    (
        NamedFault::Busy,
        "busy",
        "429: too many requests, try again in a second",
    ),
    (NamedFault::Error, "error", "500: an error of its own"),
    (
        NamedFault::KeyRefused,
        "key-refused",
        "refuses the authorizer's own key",
    ),
    (
        NamedFault::Html,
        "html",
        "a load balancer's 503, as an HTML page",
    ),
    (
        NamedFault::CutOff,
        "cut-off",
        "breaks off half-way through the answer",
    ),
    (
        NamedFault::Garbage,
        "garbage",
        "200 with a text that is not JSON",
    ),
    (NamedFault::Huge, "huge", "an answer of 16 MiB"),
];

impl NamedFault {
    /// All of them, `none` first.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(fault, ..)| *fault)
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|fault| fault.name() == name)
    }

    /// `key-refused`
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// What the provider then does: `refuses the authorizer's own key`.
    pub fn label(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> (&'static str, &'static str) {
        let mut rows = TABLE.iter();
        let row = rows.find(|(fault, ..)| *fault == self);
        row.map_or(("", ""), |(_, name, label)| (name, label))
    }

    /// What a request meets.
    pub(crate) fn fault(self) -> Option<Fault> {
        Some(match self {
            Self::None => return None,
            Self::Down => Fault::Reset,
            Self::Silent => Fault::NoAnswer,
            Self::Slow => Fault::SlowHead(SLOW),
            Self::Busy => Fault::Status(429),
            Self::Error => Fault::Status(500),
            Self::KeyRefused => Fault::KeyRefused,
            Self::Html => Fault::Html,
            Self::CutOff => Fault::CutOff,
            Self::Garbage => Fault::Body(GARBAGE.to_owned()),
            Self::Huge => Fault::Huge(HUGE),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_by_its_name() {
        for fault in NamedFault::all() {
            assert_eq!(NamedFault::named(fault.name()), Some(fault));
            assert!(!fault.label().is_empty());
            assert_eq!(fault.fault().is_none(), fault == NamedFault::None);
        }
        assert_eq!(NamedFault::named("None"), None);
    }
}
