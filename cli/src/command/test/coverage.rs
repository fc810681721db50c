//! Which outcomes of rules and conditions no test has seen, for a person.

use std::fmt::Write as _;

use super::Run;

/// A line a rule, then what was not seen.
pub(super) fn table(run: &Run<'_>) -> String {
    let sources = &run.loaded.read.sources;
    let rules = &run.coverage.rules;
    let widest = rules
        .iter()
        .map(|rule| rule.name.head.chars().count())
        .max();
    let widest = widest.unwrap_or(0).clamp(4, 60);
    let mut table = format!("{:widest$}  allowed  denied\n", "rule");
    let number = |times: Option<usize>| times.map_or("-".to_owned(), |times| times.to_string());
    let mut unseen = String::new();
    for rule in rules {
        let (allowed, denied) = (number(rule.allowed), number(rule.denied));
        let head = &rule.name.head;
        let _ = writeln!(table, "{head:widest$}  {allowed:>7}  {denied:>6}");
        for (times, word) in [(rule.allowed, "allowed"), (rule.denied, "denied")] {
            if times == Some(0) {
                let _ = writeln!(unseen, "  {}: {head}: never {word}", rule.name.place);
            }
        }
        for condition in &rule.conditions {
            let seen = condition.seen;
            let place = sources.file(condition.span.file).map(|file| {
                let place = file.place(condition.span.start);
                format!("{}:{}:{}", file.name(), place.line, place.column)
            });
            let place = place.unwrap_or_default();
            let text = &condition.text;
            for (times, word) in [(seen.holds, "true"), (seen.fails, "false")] {
                if times == 0 {
                    let _ = writeln!(unseen, "  {place}: {text}: never {word}");
                }
            }
        }
    }
    if !unseen.is_empty() {
        let _ = write!(table, "\nnot seen by any test:\n{unseen}");
    }
    let (rules, of_rules) = run.coverage.rule_outcomes();
    let (conditions, of_conditions) = run.coverage.condition_outcomes();
    let _ = writeln!(
        table,
        "\ncoverage: {rules} of {of_rules} outcomes of rules, {conditions} of {of_conditions} of conditions"
    );
    table
}
