//! Any bytes as a policy: read, compiled, analysed, shown, printed, formatted and read again. No panic; every place a
//! finding names lies in the text; what is printed says the same and prints the same again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_engine::{FactSet, Policy, Products, Supplies, analyse, example};
use tollgate_grammar::tree::Tree;
use tollgate_grammar::{
    Diagnostic, FormatError, Severity, Sources, Span, Style, format, parse, print, render,
};

/// Noon of 2026-07-01.
const NOW: i64 = 1_782_907_200_000;

fuzz_target!(|bytes: &[u8]| {
    let mut sources = Sources::default();
    sources.add_bytes("fuzz.policy", bytes);
    let (tree, policy, findings) = read(&sources);
    let warnings = policy.as_ref().map(|policy| {
        let supplies = [Supplies {
            name: "nobody".to_owned(),
            facts: FactSet::NONE,
        }];
        analyse(&sources, &tree, &Products::default(), policy, &supplies)
    });
    for finding in findings.iter().chain(warnings.iter().flatten()) {
        check_places(&sources, finding);
    }
    for style in [Style::Plain, Style::Colour] {
        assert_eq!(
            render(&sources, &findings, style).is_empty(),
            findings.is_empty()
        );
    }
    let printed = print(&tree);
    if let Some(policy) = policy {
        example::run(&policy, &tree, &Products::default(), NOW);
        let mut sources = Sources::default();
        sources.add("printed.policy", printed.clone());
        let (tree, policy, again) = read(&sources);
        let shown = render(&sources, &again, Style::Plain);
        assert!(
            policy.is_some(),
            "printed, it is broken:\n{printed}\n{shown}"
        );
        assert_eq!(
            codes(&findings),
            codes(&again),
            "printed, it says something else:\n{printed}"
        );
        assert_eq!(print(&tree), printed, "printed twice, it differs");
    }
    check_format(
        sources
            .files()
            .map(|(_, file)| file.text())
            .next()
            .unwrap_or_default(),
    );
});

/// What can be formatted comes out the same when formatted again, and is never found unfaithful.
fn check_format(text: &str) {
    match format(text) {
        Ok(formatted) => assert_eq!(format(&formatted).as_deref(), Ok(formatted.as_str())),
        Err(FormatError::TooLarge) => {}
        Err(FormatError::Broken(findings)) => assert!(!findings.is_empty()),
        Err(FormatError::Unfaithful) => panic!("the formatter is unfaithful:\n{text}"),
    }
}

/// A policy if there is no error.
fn read(sources: &Sources) -> (Tree, Option<Policy>, Vec<Diagnostic>) {
    let (tree, mut findings) = parse(sources);
    let (policy, more) = Policy::compile(sources, &tree, &Products::default());
    findings.extend(more);
    let sound = findings
        .iter()
        .all(|finding| finding.severity() == Severity::Warning);
    (tree, policy.filter(|_| sound), findings)
}

fn codes(findings: &[Diagnostic]) -> Vec<&str> {
    let mut codes: Vec<_> = findings.iter().map(|finding| finding.code.id()).collect();
    codes.sort_unstable();
    codes
}

fn check_places(sources: &Sources, finding: &Diagnostic) {
    let related = finding.related.iter().map(|(span, _)| *span);
    for span in related.chain([finding.span]) {
        let Span { file, start, end } = span;
        let text = sources.file(file).expect("a file that was read").text();
        let inside = text.get(start as usize..end as usize).is_some();
        assert!(
            start <= end && inside,
            "{start}..{end} is no place: {finding:?}"
        );
    }
    assert!(
        !finding.message.is_empty() && !finding.message.contains('\n'),
        "{finding:?}"
    );
}
