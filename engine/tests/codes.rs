//! The page of every code: its wrong example is reported with the code, its right one is clean.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fmt::Write as _;

use tollgate_engine::{FactKind, FactSet, Policy, Products, Supplies, analyse};
use tollgate_grammar::code::Block;
use tollgate_grammar::{Code, Diagnostic, Severity, Sources, Style, parse, render};

/// The findings about the files of an example.
fn findings(blocks: &[Block]) -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    for block in blocks {
        let text = block.text.repeat(block.repeat);
        let bytes = if block.latin_1 {
            let latin_1 = |letter| u8::try_from(u32::from(letter)).unwrap();
            text.chars().map(latin_1).collect()
        } else {
            text.into_bytes()
        };
        sources.add_bytes(block.name.unwrap_or("access.policy"), &bytes);
    }
    let names = [("pro".to_owned(), "p-live-pro".to_owned())];
    let products = names.into_iter().collect::<Products>().without(
        "p-test-",
        "belongs to the sandbox environment, and this is live".to_owned(),
    );
    let (tree, mut findings) = parse(&sources);
    let (policy, more) = Policy::compile(&sources, &tree, &products);
    findings.extend(more);
    let broken = |finding: &Diagnostic| finding.severity() == Severity::Error;
    if let Some(policy) = policy.filter(|_| !findings.iter().any(broken)) {
        let supplies = [Supplies {
            name: "tiun".to_owned(),
            facts: FactSet::ALL.without(FactKind::Groups.into()),
        }];
        let warnings = analyse(&sources, &tree, &products, &policy, &supplies);
        findings.extend(warnings);
    }
    (sources, findings)
}

#[test]
fn every_example_is_what_its_page_says() {
    let mut faults = String::new();
    for code in Code::ALL {
        let Some(page) = code.page() else {
            let _ = writeln!(faults, "{code} {} has no page", code.name());
            continue;
        };
        if page.explanation.is_empty() || page.wrong.is_empty() || page.right.is_empty() {
            let _ = writeln!(faults, "{code} {}: its page is not whole", code.name());
        }
        let (sources, wrong) = findings(&page.wrong);
        if !wrong.iter().any(|finding| finding.code == *code) {
            let report = render(&sources, &wrong, Style::Plain);
            let _ = writeln!(
                faults,
                "{code}: not reported of its wrong example\n{report}"
            );
        }
        let (sources, mut right) = findings(&page.right);
        // True of every rule that asks about the request, and so no mistake of the example.
        right.retain(|finding| finding.code.id() != "W310" || code.id() == "W310");
        if !right.is_empty() {
            let report = render(&sources, &right, Style::Plain);
            let _ = writeln!(faults, "{code}: its right example is not clean\n{report}");
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn codes_and_names_are_found_in_upper_and_lower_case_and_are_distinct() {
    for code in Code::ALL {
        for word in [code.id(), code.name()] {
            assert_eq!(Code::find(word), Some(*code));
            assert_eq!(Code::find(&word.to_ascii_uppercase()), Some(*code));
            assert_eq!(Code::find(&word.to_ascii_lowercase()), Some(*code));
        }
    }
    assert_eq!(Code::find("E999"), None);
    assert_eq!(Code::find(""), None);
}
