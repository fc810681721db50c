//! Log lines judged by the rules of CloudWatch's embedded metric format (Amazon CloudWatch user guide,
//! "Specification: Embedded metric format").

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Most metrics of a directive, and most values of one metric.
const MOST: usize = 100;
/// Most dimensions of a set. The specification takes 30; dashboards and alarms of old took 9.
const MOST_DIMENSIONS: usize = 9;
/// Largest event of CloudWatch Logs that every account takes, in bytes.
const LARGEST: usize = 256 * 1024;

/// The lines of a log that hold metrics, each checked.
///
/// # Panics
/// If a line is no JSON object, or breaks a rule.
pub fn lines(log: &str) -> Vec<Value> {
    let mut lines = Vec::new();
    for text in log.lines() {
        let line: Value =
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(line.is_object(), "no object: {text}");
        if line.get("_aws").is_some() {
            assert!(text.len() <= LARGEST, "{} bytes", text.len());
            if let Err(why) = check(&line) {
                panic!("{why}: {text}");
            }
            lines.push(line);
        }
    }
    lines
}

fn check(line: &Value) -> Result<(), String> {
    let root = line.as_object().ok_or("the root is no object")?;
    let metadata = object(root, "_aws")?;
    only(metadata, &["CloudWatchMetrics", "Timestamp"])?;
    let timestamp = metadata.get("Timestamp").and_then(Value::as_u64);
    // Milliseconds; seconds would be in 1970.
    if timestamp.is_none_or(|millis| millis < 1_000_000_000_000) {
        return Err("`Timestamp` is not in milliseconds".to_owned());
    }
    let directives = list(metadata, "CloudWatchMetrics")?;
    if directives.is_empty() {
        return Err("no metrics".to_owned());
    }
    let mut names = BTreeSet::new();
    for directive in directives {
        let directive = directive.as_object().ok_or("a directive is no object")?;
        only(directive, &["Dimensions", "Metrics", "Namespace"])?;
        let namespace = directive.get("Namespace").and_then(Value::as_str);
        if !namespace.is_some_and(|name| (1..=255).contains(&name.len())) {
            return Err("a namespace that is none".to_owned());
        }
        dimensions(root, list(directive, "Dimensions")?)?;
        let metrics = list(directive, "Metrics")?;
        if metrics.is_empty() || metrics.len() > MOST {
            return Err(format!("{} metrics", metrics.len()));
        }
        for metric in metrics {
            let name = definition(root, metric)?;
            if !names.insert(name) {
                return Err(format!("`{name}` twice"));
            }
        }
    }
    Ok(())
}

fn dimensions(root: &Map<String, Value>, sets: &[Value]) -> Result<(), String> {
    if sets.is_empty() {
        return Err("no set of dimensions".to_owned());
    }
    for set in sets {
        let set = set.as_array().ok_or("a set of dimensions is no list")?;
        if set.len() > MOST_DIMENSIONS {
            return Err(format!("{} dimensions", set.len()));
        }
        for name in set {
            let name = name.as_str().ok_or("a dimension's name is no text")?;
            let value = root.get(name).and_then(Value::as_str);
            // Shown on dashboards and paid for: ASCII, and never empty.
            let fits = |text: &str| {
                (1..=250).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
            };
            if !value.is_some_and(fits) || !fits(name) {
                return Err(format!("the dimension `{name}` has no value"));
            }
        }
    }
    Ok(())
}

fn definition<'a>(root: &Map<String, Value>, metric: &'a Value) -> Result<&'a str, String> {
    let metric = metric.as_object().ok_or("a metric is no object")?;
    only(metric, &["Name", "StorageResolution", "Unit"])?;
    let name = metric.get("Name").and_then(Value::as_str);
    let name = name.ok_or("a metric without a name")?;
    if !matches!(
        metric.get("Unit").and_then(Value::as_str),
        Some("Count" | "Milliseconds")
    ) {
        return Err(format!("`{name}` has no unit"));
    }
    let good = match root.get(name) {
        Some(Value::Number(_)) => true,
        Some(Value::Array(values)) => {
            (1..=MOST).contains(&values.len()) && values.iter().all(Value::is_number)
        }
        _ => false,
    };
    if good {
        Ok(name)
    } else {
        Err(format!("`{name}` has no number"))
    }
}

fn only(object: &Map<String, Value>, allowed: &[&str]) -> Result<(), String> {
    match object.keys().find(|key| !allowed.contains(&key.as_str())) {
        Some(key) => Err(format!("an unknown member `{key}`")),
        None => Ok(()),
    }
}

fn object<'a>(of: &'a Map<String, Value>, name: &str) -> Result<&'a Map<String, Value>, String> {
    let value = of.get(name).and_then(Value::as_object);
    value.ok_or_else(|| format!("no object `{name}`"))
}

fn list<'a>(of: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], String> {
    let value = of.get(name).and_then(Value::as_array).map(Vec::as_slice);
    value.ok_or_else(|| format!("no list `{name}`"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good() -> Value {
        json!({
            "outcome": "allow", "Decisions": 1, "Times": [1.5, 2],
            "_aws": {"Timestamp": 1_700_000_000_000_u64, "CloudWatchMetrics": [{
                "Namespace": "N", "Dimensions": [[], ["outcome"]],
                "Metrics": [{"Name": "Decisions", "Unit": "Count"}, {"Name": "Times", "Unit": "Milliseconds"}],
            }]},
        })
    }

    #[test]
    fn what_breaks_a_rule_is_found() {
        assert_eq!(check(&good()), Ok(()));
        let faults: &[(&str, Value)] = &[
            ("/_aws/Timestamp", json!(1_700_000_000)),
            ("/_aws/Timestamp", json!("now")),
            ("/_aws/CloudWatchMetrics", json!([])),
            ("/_aws/CloudWatchMetrics/0/Namespace", json!("")),
            ("/_aws/CloudWatchMetrics/0/Dimensions", json!([])),
            ("/_aws/CloudWatchMetrics/0/Dimensions/1/0", json!("absent")),
            (
                "/_aws/CloudWatchMetrics/0/Dimensions/1/0",
                json!("Decisions"),
            ),
            ("/_aws/CloudWatchMetrics/0/Metrics", json!([])),
            ("/_aws/CloudWatchMetrics/0/Metrics/0/Name", json!("Times")),
            ("/_aws/CloudWatchMetrics/0/Metrics/0/Unit", json!("count")),
            ("/Decisions", json!("1")),
            ("/Times", json!([])),
            ("/Times", json!(vec![1; 101])),
            ("/outcome", json!("")),
        ];
        for (place, value) in faults {
            let mut line = good();
            if let Some(found) = line.pointer_mut(place) {
                *found = value.clone();
            }
            assert_ne!(line, good(), "{place} leads nowhere");
            assert!(check(&line).is_err(), "{place}: {value}");
        }
    }
}
