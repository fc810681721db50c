//! One line of JSON that is a log line and, by its member `_aws`, metrics (Amazon CloudWatch user
//! guide, "Specification: Embedded metric format").
//!
//! Every event writes one, so it is written as it comes, without a tree of values in between.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::metric::Metric;

/// Room for most lines.
const USUAL: usize = 1024;

/// A line in the making.
pub(super) struct Line<'a> {
    namespace: &'a str,
    at: SystemTime,
    /// All members so far, behind the brace that opens them.
    written: Vec<u8>,
    /// Their names.
    members: Vec<&'static str>,
    directives: Vec<Directive<'a>>,
}

/// Metrics with the same dimensions.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'a str,
    dimensions: Vec<&'static [&'static str]>,
    metrics: Vec<Definition>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: &'static str,
    unit: &'static str,
}

/// The member `_aws`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    timestamp: u64,
    cloud_watch_metrics: &'a [Directive<'a>],
}

impl<'a> Line<'a> {
    pub(super) fn new(namespace: &'a str, at: SystemTime) -> Self {
        let mut written = Vec::with_capacity(USUAL);
        written.push(b'{');
        Self {
            namespace,
            at,
            written,
            members: Vec::new(),
            directives: Vec::new(),
        }
    }

    /// Adds a member; nothing if it is absent or an empty text, which no dimension can be.
    pub(super) fn say(&mut self, name: &'static str, value: impl Serialize) {
        let before = self.written.len();
        self.write(name, &value);
        if self.written.ends_with(b":null") || self.written.ends_with(b":\"\"") {
            self.written.truncate(before);
        } else {
            self.members.push(name);
        }
    }

    /// Adds a metric and its value; the members it is told apart by must be there.
    pub(super) fn measure(&mut self, metric: Metric, value: impl Serialize) {
        let has = |name: &&str| self.members.contains(name);
        let sets = metric.dimensions.iter().copied();
        let dimensions: Vec<_> = sets.filter(|set| set.iter().all(has)).collect();
        self.write(metric.name, &value);
        self.members.push(metric.name);
        let definition = Definition {
            name: metric.name,
            unit: metric.unit.as_str(),
        };
        let mut directives = self.directives.iter_mut();
        match directives.find(|directive| directive.dimensions == dimensions) {
            Some(directive) => directive.metrics.push(definition),
            None => self.directives.push(Directive {
                namespace: self.namespace,
                dimensions,
                metrics: vec![definition],
            }),
        }
    }

    /// The line, with its break.
    pub(super) fn bytes(mut self) -> Vec<u8> {
        let directives = std::mem::take(&mut self.directives);
        let metadata = Metadata {
            timestamp: unix_millis(self.at),
            cloud_watch_metrics: &directives,
        };
        self.write("_aws", &metadata);
        self.written.extend_from_slice(b"}\n");
        self.written
    }

    fn write(&mut self, name: &str, value: &impl Serialize) {
        if self.written.len() > 1 {
            self.written.push(b',');
        }
        self.write_json(&name);
        self.written.push(b':');
        self.write_json(value);
    }

    fn write_json(&mut self, value: &impl Serialize) {
        let before = self.written.len();
        // Texts, numbers and lists of them can always be written.
        if serde_json::to_writer(&mut self.written, value).is_err() {
            self.written.truncate(before);
            self.written.extend_from_slice(b"null");
        }
    }
}

/// A time span in milliseconds, to the microsecond.
pub(super) fn millis(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e6).round() / 1e3
}

fn unix_millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
