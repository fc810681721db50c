//! One line of JSON that is a log line and, by its member `_aws`, metrics (Amazon CloudWatch user
//! guide, "Specification: Embedded metric format").

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use super::metric::Metric;

/// A line in the making.
pub(super) struct Line<'a> {
    namespace: &'a str,
    at: SystemTime,
    /// In the order in which they were added.
    members: Vec<(&'static str, Value)>,
    directives: Vec<Directive>,
}

/// Metrics with the same dimensions.
struct Directive {
    dimensions: Vec<&'static [&'static str]>,
    metrics: Vec<Metric>,
}

impl<'a> Line<'a> {
    pub(super) fn new(namespace: &'a str, at: SystemTime) -> Self {
        Self {
            namespace,
            at,
            members: Vec::new(),
            directives: Vec::new(),
        }
    }

    /// Adds a member; nothing if it is absent or an empty text, which no dimension can be.
    pub(super) fn say(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        if !value.is_null() && value != "" {
            self.members.push((name, value));
        }
    }

    /// Adds a metric and its value; the members it is told apart by must be there.
    pub(super) fn measure(&mut self, metric: Metric, value: impl Into<Value>) {
        let has = |name: &&str| self.members.iter().any(|(member, _)| member == name);
        let sets = metric.dimensions.iter().copied();
        let dimensions: Vec<_> = sets.filter(|set| set.iter().all(has)).collect();
        self.members.push((metric.name, value.into()));
        let mut directives = self.directives.iter_mut();
        match directives.find(|directive| directive.dimensions == dimensions) {
            Some(directive) => directive.metrics.push(metric),
            None => self.directives.push(Directive {
                dimensions,
                metrics: vec![metric],
            }),
        }
    }

    /// The line, with its break.
    pub(super) fn bytes(&self) -> Vec<u8> {
        // Texts and numbers under names that are texts can always be written.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    fn metadata(&self) -> Value {
        let directive = |directive: &Directive| {
            let definition =
                |metric: &Metric| json!({"Name": metric.name, "Unit": metric.unit.as_str()});
            let metrics: Vec<Value> = directive.metrics.iter().map(definition).collect();
            json!({
                "Namespace": self.namespace,
                "Dimensions": directive.dimensions,
                "Metrics": metrics,
            })
        };
        let directives: Vec<Value> = self.directives.iter().map(directive).collect();
        json!({"Timestamp": unix_millis(self.at), "CloudWatchMetrics": directives})
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in &self.members {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("_aws", &self.metadata())?;
        map.end()
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
