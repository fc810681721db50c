//! Runs the cases of `tests/cases`: `errors/` holds policies with mistakes and what is said about
//! them, `good/` holds policies without and their canonical spelling. A case is a file `x.policy`,
//! or a folder `x` of several, beside `x.expected`.
//!
//! `UPDATE_EXPECTED=1 cargo test -p tollgate-grammar --test cases` rewrites the expected files; read
//! the difference before keeping it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use support::same_after_printing;
use tollgate_grammar::{Code, Severity, Sources, Style, parse, print, render};

/// The cases of a folder, each with the files of its policy.
fn cases(kind: &str) -> Vec<(PathBuf, Sources)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases")
        .join(kind);
    let mut cases = Vec::new();
    for path in sorted(&folder) {
        let is_policy = path.extension().is_some_and(|ending| ending == "policy");
        let files = if path.is_dir() {
            sorted(&path)
        } else if is_policy {
            vec![path.clone()]
        } else {
            let policy = path.with_extension("policy");
            assert!(
                policy.exists() || path.with_extension("").exists(),
                "{} has no policy",
                path.display()
            );
            continue;
        };
        let mut sources = Sources::default();
        for file in files {
            let name = file.file_name().unwrap().to_str().unwrap();
            sources.add_bytes(name, &std::fs::read(&file).unwrap());
        }
        cases.push((path.with_extension("expected"), sources));
    }
    assert!(
        cases.len() > 5,
        "{kind}: the cases are not where this test looks for them"
    );
    cases
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Compares all cases, or rewrites what is expected of them.
fn compare(outcomes: Vec<(PathBuf, String)>) {
    let update = std::env::var("UPDATE_EXPECTED").is_ok_and(|value| value == "1");
    let mut failures = String::new();
    for (path, actual) in outcomes {
        if update {
            std::fs::write(&path, &actual).unwrap();
            continue;
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if expected != actual {
            let difference = difference(&expected, &actual);
            let _ = writeln!(failures, "\n{}\n{difference}", path.display());
        }
    }
    assert!(
        failures.is_empty(),
        "{failures}\nUPDATE_EXPECTED=1 rewrites what is expected"
    );
}

/// The lines that differ: `-` expected, `+` actual, with the lines both have in between.
fn difference(expected: &str, actual: &str) -> String {
    let (expected, actual): (Vec<&str>, Vec<&str>) =
        (expected.lines().collect(), actual.lines().collect());
    let same_start = expected
        .iter()
        .zip(&actual)
        .take_while(|(a, b)| a == b)
        .count();
    let rest = (expected.len().min(actual.len())) - same_start;
    let ends = expected.iter().rev().zip(actual.iter().rev()).take(rest);
    let same_end = ends.take_while(|(a, b)| a == b).count();
    let mut lines =
        format!("  (the first {same_start} lines and the last {same_end} are the same)\n");
    for line in &expected[same_start..expected.len() - same_end] {
        let _ = writeln!(lines, "- {line}");
    }
    for line in &actual[same_start..actual.len() - same_end] {
        let _ = writeln!(lines, "+ {line}");
    }
    lines
}

#[test]
fn mistakes_are_explained_as_expected() {
    let outcomes = cases("errors").into_iter().map(|(path, sources)| {
        let (_, findings) = parse(&sources);
        assert!(!findings.is_empty(), "{} has no mistake", path.display());
        (path, render(&sources, &findings, Style::Plain))
    });
    compare(outcomes.collect());
}

#[test]
fn good_policies_are_read_and_printed_as_expected() {
    let outcomes = cases("good").into_iter().map(|(path, sources)| {
        let (tree, findings) = parse(&sources);
        let report = render(&sources, &findings, Style::Plain);
        assert!(findings.is_empty(), "{}\n{report}", path.display());
        assert!(!tree.incomplete && tree.broken_lets.is_empty() && tree.broken_tiers.is_empty());
        same_after_printing(&tree);
        (path, print(&tree))
    });
    compare(outcomes.collect());
}

#[test]
fn every_code_of_the_syntax_is_shown_by_a_case() {
    let mut shown = BTreeSet::new();
    for (_, sources) in cases("errors") {
        shown.extend(parse(&sources).1.into_iter().map(|finding| finding.code));
    }
    let mine = |code: &&Code| code.id().starts_with("E1");
    let missing: Vec<&Code> = Code::ALL
        .iter()
        .filter(mine)
        .filter(|code| !shown.contains(code))
        .collect();
    // Only a file of megabytes shows it; `bounds.rs` has one.
    assert_eq!(missing, [&Code::FileTooLarge, &Code::TooManyErrors]);
}

#[test]
fn every_finding_says_where_and_what_to_do() {
    for (path, sources) in cases("errors") {
        for finding in parse(&sources).1 {
            let path = path.display();
            assert_eq!(finding.severity(), Severity::Error, "{path}");
            let advice = !finding.help.is_empty() || finding.label.starts_with("did you mean");
            assert!(advice, "{path}: no advice: {}", finding.message);
            let message = &finding.message;
            assert!(
                !message.ends_with('.') && !message.contains('\n'),
                "{path}: {message}"
            );
            for word in ["_word", "_fact", "_unit", "Rule", "EOI", "bare", "operand"] {
                assert!(
                    !message.contains(word),
                    "{path} shows a name of the grammar: {message}"
                );
            }
        }
    }
}
