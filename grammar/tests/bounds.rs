//! No text makes the parser panic, hang, recurse without bound or point outside of its file.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod support;

use std::fmt::Write as _;

use proptest::prelude::*;
use support::growth::assert_linear;
use support::{codes, in_bounds, source};
use tollgate_grammar::{Code, Sources, Style, limits, parse, print, render};

/// Parses, renders and prints.
fn survive(sources: &Sources) {
    let (tree, findings) = parse(sources);
    in_bounds(sources, &findings);
    assert!(findings.len() <= limits::FINDINGS + 1);
    let report = render(sources, &findings, Style::Plain);
    assert!(
        report.chars().all(|c| c == '\n' || !c.is_control()),
        "a terminal would obey this"
    );
    print(&tree);
}

/// Pieces of policy text, so that random text gets further than its first word.
const PIECES: &[&str] = &[
    "route",
    "forbid",
    "let",
    "tier",
    "test",
    "GET",
    "POST,",
    "/a",
    "/{id}/*",
    "$connect",
    "field",
    "Query.me",
    "*",
    "is",
    "public",
    "denied",
    "requires",
    "when",
    "unless",
    "else",
    "and",
    "or",
    "not",
    "(",
    ")",
    "user",
    "product",
    "p-1",
    "email",
    "@b.c",
    "verified",
    "mfa",
    "role",
    "{id}",
    "claim",
    "a.b",
    "=",
    "==",
    "<",
    "in",
    "contains",
    "ip",
    "10.0.0.0/8",
    "header",
    "before",
    "2027-01-01",
    "\"x\"",
    "\"",
    "\\",
    ",",
    "#",
    "{",
    "}",
    "visitor",
    "with",
    "allowed",
    "unknown",
    "from",
    "at",
    "\n",
    "\n  ",
    "\r\n",
    "\t",
    "\u{a0}",
    "é",
    "\0",
    "名",
    "\u{202e}",
    "\u{feff}",
    "%",
    "%41",
    "*",
    "//",
    "&&",
    "!",
    "staff",
    "\"a\\\"b\"",
    "test \"t\" {\n",
    "\n}\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        survive(&source(&text));
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut sources = Sources::default();
        sources.add_bytes("access.policy", &bytes);
        survive(&sources);
    }

    #[test]
    fn any_row_of_pieces_is_survived(
        pieces in proptest::collection::vec((proptest::sample::select(PIECES), any::<bool>()), 0..40)
    ) {
        let mut text = String::new();
        for (piece, space) in pieces {
            text += piece;
            text += if space { " " } else { "" };
        }
        survive(&source(&text));
    }

    #[test]
    fn any_edit_of_a_policy_is_survived(cut in any::<prop::sample::Index>(), piece in proptest::sample::select(PIECES), length in 0_usize..20) {
        let policy = include_str!("cases/good/contract.policy");
        let mut letters: Vec<char> = policy.chars().collect();
        let at = cut.index(letters.len());
        let end = (at + length).min(letters.len());
        letters.splice(at..end, piece.chars());
        survive(&source(&letters.into_iter().collect::<String>()));
    }
}

#[test]
fn nothing_nests_without_bound() {
    for (open, close) in [
        ("(", ")"),
        ("not ", ""),
        ("not (", ")"),
        ("((not not ", "))"),
    ] {
        for count in [1_000, 100_000] {
            let text = format!(
                "route /a requires {}user{}\n",
                open.repeat(count),
                close.repeat(count)
            );
            assert_eq!(codes(&text), ["E106"], "{open} {count} times");
            let unclosed = format!("route /a requires {}", open.repeat(count));
            assert_eq!(
                codes(&unclosed),
                ["E106"],
                "{open} {count} times, not closed"
            );
            survive(&source(&text));
        }
    }
    // What does not nest is not counted, however much there is of it.
    for text in [
        format!("# {}\nroute /a is public\n", "(".repeat(1_000)),
        format!("route /a requires user else \"{}\"\n", "(".repeat(200)),
        format!(
            "route /a requires {}\n",
            vec!["(not (user))"; 5_000].join(" and ")
        ),
        format!("route /{} is public\n", "(".repeat(200)),
    ] {
        assert_eq!(codes(&text), [""; 0], "{}", &text[..60]);
    }
}

#[test]
fn deep_nesting_fits_a_small_stack() {
    let text = format!(
        "route /a requires {}user{}\n",
        "(not ".repeat(32),
        ")".repeat(32)
    );
    let thread = std::thread::Builder::new().stack_size(1024 * 1024);
    thread
        .spawn(move || assert_eq!(codes(&text), [""; 0]))
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn a_file_has_a_largest_size() {
    let line = "# a comment of some length, so that the file has few lines in all ............\n";
    let fits = line.repeat(limits::FILE_BYTES / line.len());
    assert_eq!(codes(&fits), [""; 0]);
    let too_large = format!("{fits}{line}");
    assert_eq!(codes(&too_large), ["E103"]);
    let (tree, _) = parse(&source(&too_large));
    assert!(tree.incomplete && tree.statements.is_empty());
}

#[test]
fn so_many_mistakes_are_listed_and_no_more() {
    let text = "x\n".repeat(limits::FILE_BYTES / 2);
    let sources = source(&text);
    let (tree, findings) = parse(&sources);
    assert!(tree.incomplete);
    assert_eq!(findings.len(), limits::FINDINGS + 1);
    assert_eq!(findings.last().unwrap().code, Code::TooManyErrors);
    let report = render(&sources, &findings, Style::Plain);
    assert!(
        report.ends_with("\n1001 errors\n"),
        "{}",
        &report[report.len() - 40..]
    );
}

#[test]
fn the_longest_lines_are_survived_in_linear_time() {
    for (head, piece, tail) in [
        ("", "x", ""),
        ("", "\\", ""),
        ("", "\"", ""),
        ("", "\u{a0}", ""),
        ("route /", "a/", " is public"),
        ("route /", "%41", " is public"),
        ("route ", "GET,", " /a is public"),
        ("route /a requires user", " or user", ""),
        ("route /a requires product a", " or b", ""),
        ("route /a requires product a", " or b", " and user"),
        ("route /a requires user", " or x and y", ""),
        ("route /a requires claim a in (1", ", 1", ")"),
        ("route /a requires claim ", "a.", " = 1"),
        ("route /a requires user else \"", "\\\"", "\""),
        ("route /a requires user else \"", "\\x", "\""),
        ("route /a requires ", "a ", ""),
        ("route /a requires user", "\n  # or\n  or user", ""),
        ("route /a requires ", "\"a\" ", ""),
        ("route /a requires ", "&& ", ""),
        ("route /a requires ", ") ", ""),
        ("let a is user\nroute /a requires product b", " or a", ""),
        (
            "test \"t\" {\nuser with mfa",
            ", mfa",
            "\nGET /a is allowed\n}",
        ),
        ("test \"t\" {\n", "visitor\n", ""),
        ("", "test \"t\" {\n", ""),
        ("", "test \"t\" {\nvisitor\nGET /a is allowed\n}\n", ""),
    ] {
        assert_linear((head, piece, tail), 16 * 1024, |bytes| {
            let long = piece.repeat(bytes / piece.len());
            survive(&source(&format!("{head}{long}{tail}")));
        });
    }
}

#[test]
fn a_policy_of_ten_thousand_rules_is_read() {
    let mut text = String::new();
    for at in 0..10_000 {
        writeln!(
            text,
            "route GET /part-{}/{{id}}/item-{at} requires product p-{at} or p-live",
            at % 100
        )
        .unwrap();
    }
    let sources = source(&text);
    let (tree, findings) = parse(&sources);
    assert_eq!(findings.len(), 0);
    assert_eq!(tree.statements.len(), 10_000);
    survive(&sources);
}
