//! What was so when: values of something that changes, each with the time in which it may have been so.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long the past is kept: more than any rule of the model looks back.
const KEPT: Duration = Duration::from_mins(2);

/// The values of one thing. While it is being changed, both the old and the new one may be so.
#[derive(Debug)]
pub struct Timeline<T> {
    spans: VecDeque<Span<T>>,
}

/// A value, and when it may have been so.
#[derive(Debug)]
pub struct Span<T> {
    /// Since when at the earliest.
    pub from: Instant,
    /// Until when at the latest; `None` if it still is.
    pub until: Option<Instant>,
    /// The value.
    pub value: T,
}

impl<T> Timeline<T> {
    /// With a value that has been so for ever.
    pub fn new(value: T) -> Self {
        let now = Instant::now();
        let from = now.checked_sub(KEPT).unwrap_or(now);
        let first = Span {
            from,
            until: None,
            value,
        };
        Self {
            spans: VecDeque::from([first]),
        }
    }

    /// It begins to change to this. [`Timeline::changed`] follows when it has.
    pub fn change(&mut self, value: T) {
        let from = Instant::now();
        let old = |span: &Span<T>| span.until.is_some_and(|until| until + KEPT < from);
        while self.spans.front().is_some_and(old) {
            self.spans.pop_front();
        }
        self.spans.push_back(Span {
            from,
            until: None,
            value,
        });
    }

    /// It is the last value, and no longer any before it.
    pub fn changed(&mut self) {
        let now = Instant::now();
        let last = self.spans.len() - 1;
        for span in self.spans.iter_mut().take(last) {
            span.until.get_or_insert(now);
        }
    }

    /// The value that it has or is about to have.
    pub fn now(&self) -> &T {
        &self.spans[self.spans.len() - 1].value
    }

    /// What may have been so at some time from `from` to `to`.
    pub fn between(&self, from: Instant, to: Instant) -> impl Iterator<Item = &Span<T>> {
        let overlaps =
            move |span: &&Span<T>| span.from <= to && span.until.is_none_or(|end| end >= from);
        self.spans.iter().filter(overlaps)
    }
}

impl Timeline<bool> {
    /// Whether it may have been so at some time from `from` to `to`.
    pub fn was(&self, from: Instant, to: Instant) -> bool {
        self.between(from, to).any(|span| span.value)
    }
}
