//! Results as one JSON object: the lines of all tests, the coverage of all rules, the count.

use serde_json::{Value, json};
use tollgate_grammar::render::report::Place;

use super::{Run, expected, missing};

/// The object. Members are added, never renamed.
pub(super) fn report(runs: &[Run<'_>]) -> String {
    let failed: usize = runs.iter().map(Run::failed).sum();
    let all: usize = runs.iter().map(|run| run.examples.len()).sum();
    let policies: Vec<Value> = runs.iter().map(policy).collect();
    let report = json!({
        "passed": all - failed,
        "failed": failed,
        "policies": policies,
    });
    format!("{report:#}\n")
}

fn policy(run: &Run<'_>) -> Value {
    let sources = &run.loaded.read.sources;
    let lines = run.examples.iter().map(|example| {
        let (file, line, column) = run.place(example);
        json!({
            "test": example.test,
            "file": file,
            "line": line,
            "column": column,
            "source": run.line(example),
            "passed": example.holds(),
            "expected": expected(example),
            "got": example.got(),
            "rule": example.decision.rule().map(|rule| json!({
                "head": rule.head,
                "place": rule.place,
            })),
            "missing": missing(example),
        })
    });
    let rules = run.coverage.rules.iter().map(|rule| {
        let conditions = rule.conditions.iter().map(|condition| {
            let place = Place::new(sources, condition.span);
            json!({
                "source": condition.text,
                "file": place.file,
                "line": place.line,
                "column": place.column,
                "true": condition.seen.holds,
                "false": condition.seen.fails,
                "unknown": condition.seen.unknown,
            })
        });
        json!({
            "head": rule.name.head,
            "place": rule.name.place,
            "allowed": rule.allowed,
            "denied": rule.denied,
            "conditions": conditions.collect::<Vec<_>>(),
        })
    });
    json!({
        "path": run.path,
        "lines": lines.collect::<Vec<_>>(),
        "coverage": rules.collect::<Vec<_>>(),
    })
}
