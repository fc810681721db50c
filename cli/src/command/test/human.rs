//! Results for a person: what failed and why, then the count.

use std::fmt::Write as _;

use tollgate_engine::example::Example;
use tollgate_engine::truth::Truth;

use super::{Run, coverage, expected, missing};

/// The failing lines of all runs, the coverage if asked for, and the count as last line.
pub(super) fn report(runs: &[Run<'_>], with_coverage: bool) -> String {
    let mut text = String::new();
    for run in runs {
        if run.examples.is_empty() {
            let path = &run.path;
            let _ = writeln!(
                text,
                "{path}: there are no tests: write `test \"NAME\" {{ … }}`\n"
            );
        }
        for example in run.examples.iter().filter(|example| !example.holds()) {
            let _ = writeln!(text, "{}", failure(run, example));
        }
        if with_coverage {
            let _ = writeln!(text, "{}", coverage::table(run));
        }
    }
    let failed: usize = runs.iter().map(Run::failed).sum();
    let all: usize = runs.iter().map(|run| run.examples.len()).sum();
    let _ = writeln!(text, "{} passed, {failed} failed", all - failed);
    text
}

/// A failing line: where it stands, what it says, what came of it and why.
pub(super) fn failure(run: &Run<'_>, example: &Example<'_>) -> String {
    let (file, line, column) = run.place(example);
    let source = run.line(example);
    let number = line.to_string();
    let bar = " ".repeat(number.len());
    let mut lines = vec![
        format!("failed: test \"{}\"", example.test.replace('"', "\\\"")),
        format!("{bar}--> {file}:{line}:{column}"),
        format!("{bar} |"),
        format!("{number} | {source}"),
        format!("{bar} |"),
        format!("{bar} = expected: {}", expected(example)),
        format!("{bar} = got:      {}", example.got()),
    ];
    match example.decision.rule() {
        Some(rule) => lines.push(format!("{bar} = rule:     {} ({})", rule.head, rule.place)),
        None => lines.push(format!("{bar} = rule:     none")),
    }
    for value in &example.values {
        let word = match value.value {
            Truth::True => "true",
            Truth::False => "false",
            Truth::Unknown => "unknown",
        };
        let fact = run.coverage.text(value.span).unwrap_or_default();
        lines.push(format!("{bar} =           {word}: {fact}"));
    }
    lines.extend(missing(example).map(|missing| format!("{bar} = missing:  {missing}")));
    lines.join("\n") + "\n"
}
