//! The language cases of `tests/policies`: every request line of every `test` block holds.
#![allow(clippy::panic, reason = "tests")]

use std::fmt::Write as _;
use std::path::Path;

use tollgate_engine::{Policy, Products, example};
use tollgate_grammar::{Severity, Sources, Style, render};

/// Noon of 2026-07-01, the time of lines without `at`.
const NOW: i64 = 1_782_907_200_000;

#[test]
fn every_line_holds() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/policies"));
    let (mut lines, mut failures) = (0, String::new());
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "policy")
        })
        .collect();
    files.sort();
    for file in &files {
        lines += run(file, &mut failures);
    }
    assert!(failures.is_empty(), "\n{failures}");
    assert!(lines > 200, "only {lines} lines were run");
}

fn run(file: &Path, failures: &mut String) -> usize {
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut sources = Sources::default();
    sources.add_bytes(name, &std::fs::read(file).unwrap_or_default());
    let (tree, mut findings) = tollgate_grammar::parse(&sources);
    let products = products();
    let (policy, more) = Policy::compile(&sources, &tree, &products);
    findings.extend(more);
    findings.retain(|finding| finding.severity() == Severity::Error);
    let Some(policy) = policy.filter(|_| findings.is_empty()) else {
        failures.push_str(&render(&sources, &findings, Style::Plain));
        return 0;
    };
    let examples = example::run(&policy, &tree, &products, NOW);
    for example in examples.iter().filter(|example| !example.holds()) {
        let place = sources
            .file(example.span.file)
            .map(|file| file.place(example.span.start));
        let _ = writeln!(
            failures,
            "{}:{}: {} … but it is {}",
            file.display(),
            place.map_or(0, |place| place.line),
            sources.text(example.span).trim(),
            example.got(),
        );
    }
    examples.len()
}

fn products() -> Products {
    [("pro", "p-live-pro"), ("light", "p-live-light")]
        .map(|(name, id)| (name.to_owned(), id.to_owned()))
        .into_iter()
        .collect()
}
