//! What is written about operating Tollgate speaks of metrics that there are: the dashboard, the
//! documentation.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use tollgate_gateway::record::metric::{ALL, Metric};
use tollgate_gateway::settings::logs::DEFAULT_NAMESPACE;

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn metric(name: &str) -> &'static Metric {
    let mut all = ALL.iter();
    all.find(|metric| metric.name == name)
        .unwrap_or_else(|| panic!("there is no metric `{name}`"))
}

fn assert_dimensions(metric: &Metric, dimensions: &[&str]) {
    let wanted: BTreeSet<_> = dimensions.iter().collect();
    let mut sets = metric.dimensions.iter();
    let declared = sets.any(|set| set.iter().collect::<BTreeSet<_>>() == wanted);
    assert!(declared, "`{}` is not sent by {dimensions:?}", metric.name);
}

#[test]
fn every_metric_of_the_dashboard_is_sent_with_its_dimensions() {
    let dashboard: Value = serde_json::from_str(&read("deploy/dashboard.json")).unwrap();
    let mut shown = BTreeSet::new();
    for widget in dashboard["widgets"].as_array().unwrap() {
        let properties = &widget["properties"];
        let of_logs = widget["type"] == "log";
        let rows = properties["metrics"].as_array();
        assert_eq!(rows.is_some(), !of_logs, "{widget}");
        for row in rows.into_iter().flatten() {
            shown.insert(row_metric(row));
        }
    }
    // Those that only make sense beside another one.
    let whole = ["ProviderCalls", "KeySetRefreshes", "SecretRefreshes"];
    let missing: Vec<_> = ALL
        .iter()
        .map(|metric| metric.name)
        .filter(|name| !shown.contains(name) && !whole.contains(name))
        .collect();
    assert!(missing.is_empty(), "not on the dashboard: {missing:?}");
}

/// The metric of `["Tollgate", "Decisions", "outcome", "deny", { … }]`, or of a search expression.
fn row_metric(row: &Value) -> &'static str {
    if let Some(expression) = row["expression"].as_str() {
        return search_metric(expression);
    }
    let row = row.as_array().unwrap_or_else(|| panic!("{row}"));
    let texts: Vec<&str> = row.iter().filter_map(Value::as_str).collect();
    let [DEFAULT_NAMESPACE, name, dimensions @ ..] = texts.as_slice() else {
        panic!("{row:?}")
    };
    assert!(dimensions.len().is_multiple_of(2), "{row:?}");
    let names: Vec<&str> = dimensions.iter().copied().step_by(2).collect();
    let metric = metric(name);
    assert_dimensions(metric, &names);
    metric.name
}

/// The metric of `SEARCH('{Tollgate,provider} MetricName="ProviderTime"', 'p99')`.
fn search_metric(expression: &str) -> &'static str {
    let schema = expression.strip_prefix("SEARCH('{").unwrap();
    let (schema, rest) = schema.split_once("} MetricName=\"").unwrap();
    let (name, _) = rest.split_once('"').unwrap();
    let mut parts = schema.split(',');
    assert_eq!(parts.next(), Some(DEFAULT_NAMESPACE), "{expression}");
    let metric = metric(name);
    assert_dimensions(metric, &parts.collect::<Vec<_>>());
    metric.name
}

/// The table of metrics says of each what it is sent by, and there is no other in the text.
#[test]
fn the_documentation_names_every_metric_and_no_other() {
    let text = read("docs/operate.md");
    for metric in ALL {
        let start = format!("| `{}` | {} | ", metric.name, metric.unit.as_str());
        let row = text.lines().find_map(|line| line.strip_prefix(&start));
        let row = row.unwrap_or_else(|| panic!("no row begins with {start}"));
        let said: BTreeSet<&str> = row.split(" | ").next().unwrap().split(", ").collect();
        let sets = metric.dimensions.iter().map(|set| match *set {
            [] => "whole".to_owned(),
            set => set
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(" + "),
        });
        let sets: Vec<String> = sets.collect();
        let sent: BTreeSet<&str> = sets.iter().map(String::as_str).collect();
        assert_eq!(said, sent, "{}", metric.name);
    }
    let alarms = text.split("## Alarms").nth(1).unwrap();
    let alarms = alarms.split("\n## ").next().unwrap();
    let rows = alarms.lines().filter_map(|line| line.strip_prefix("| `"));
    let named: Vec<&str> = rows
        .map(|row| row.split(['`', '{']).next().unwrap())
        .collect();
    assert!(named.len() >= 6, "{named:?}");
    for name in named {
        metric(name);
    }
}

/// Every `authorizer.yaml` shown there is read.
#[test]
fn the_settings_shown_can_be_used() {
    let text = read("docs/operate.md");
    let examples: Vec<&str> = text.split("```yaml\n").skip(1).collect();
    assert!(!examples.is_empty());
    for example in examples {
        let example = example.split("```").next().unwrap();
        let whole = format!(
            "providers:\n  - tiun: {{ environment: live, api_key: \"env:KEY\" }}\n{example}"
        );
        tollgate_gateway::Settings::read("docs/operate.md", &whole)
            .unwrap_or_else(|error| panic!("{error}\n{example}"));
    }
}
