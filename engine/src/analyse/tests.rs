//! How many warnings are given.
#![allow(clippy::indexing_slicing, reason = "tests")]

use tollgate_grammar::FileId;

use super::*;

/// So many warnings, and for how many of those that are left out the last one stands.
fn shown(count: u32) -> (usize, Vec<String>) {
    let warning = |start| {
        let span = Span {
            file: FileId(0),
            start,
            end: start + 1,
        };
        Diagnostic::new(Code::UnusedLet, span, "never used")
    };
    let mut findings = bounded((0..count).map(warning).collect());
    let help = std::mem::take(&mut findings[limits::FINDINGS - 1].help);
    assert!(findings.iter().all(|finding| finding.help.is_empty()));
    (findings.len(), help)
}

#[test]
fn no_more_warnings_than_anybody_reads() {
    assert_eq!(shown(1000), (limits::FINDINGS, vec![]));
    for (count, more) in [(1001, 1), (1700, 700)] {
        let help = format!("more warnings that are not shown: {more}");
        assert_eq!(shown(count), (limits::FINDINGS, vec![help]));
    }
}
