//! What several test files need.
#![allow(clippy::unwrap_used, clippy::panic, dead_code, reason = "tests")]

pub mod growth;

use tollgate_grammar::tree::Tree;
use tollgate_grammar::{Diagnostic, Sources, Style, parse, print, render};

/// One file of this text.
pub fn source(text: &str) -> Sources {
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    sources
}

/// The codes of the findings about a text.
pub fn codes(text: &str) -> Vec<&'static str> {
    let findings = parse(&source(text)).1;
    findings.iter().map(|finding| finding.code.id()).collect()
}

/// The statements as text, without their places.
pub fn statements(tree: &Tree) -> String {
    let debug = format!("{:#?}", tree.statements);
    let mut lines: Vec<&str> = Vec::new();
    let mut in_span = false;
    for line in debug.lines() {
        if line.trim_end().ends_with("Span {") {
            in_span = true;
        } else if in_span {
            in_span = line.trim() != "}," && line.trim() != "}";
        } else {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// Asserts that a tree printed and read again is the same, places aside.
pub fn same_after_printing(tree: &Tree) {
    let text = print(tree);
    let sources = source(&text);
    let (again, findings) = parse(&sources);
    let report = render(&sources, &findings, Style::Plain);
    assert!(findings.is_empty(), "printed as\n{text}\n{report}");
    assert_eq!(statements(tree), statements(&again), "printed as\n{text}");
    assert_eq!(text, print(&again), "printing is not stable");
}

/// Asserts that every place of the findings is a piece of its file.
pub fn in_bounds(sources: &Sources, findings: &[Diagnostic]) {
    for finding in findings {
        let related = finding.related.iter().map(|(span, _)| *span);
        for span in related.chain([finding.span]) {
            let text = sources.file(span.file).unwrap().text();
            let piece = text.get(span.start as usize..span.end as usize);
            assert!(
                piece.is_some(),
                "{span:?} is no piece of the text: {}",
                finding.message
            );
        }
    }
}
