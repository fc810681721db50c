//! How policies are laid out: `cases/format/NAME.policy` is formatted as `NAME.expected`, and
//! every policy of this repository is the same policy afterwards.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use support::growth::assert_linear;
use support::{source, statements};
use tollgate_grammar::{FormatError, format, parse};

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The policies of a folder; one without any is a mistake.
fn policies(path: &str) -> Vec<(PathBuf, String)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder(path))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "policy"))
        .collect();
    assert!(!paths.is_empty(), "{path} holds no policies");
    paths.sort();
    let text = |path: &PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    let texts: Vec<String> = paths.iter().map(text).collect();
    paths.into_iter().zip(texts).collect()
}

#[test]
fn the_layout_is_the_one_expected() {
    for (path, text) in policies("tests/cases/format") {
        let expected = fs::read_to_string(path.with_extension("expected")).unwrap();
        let formatted = format(&text).unwrap();
        assert_eq!(formatted, expected, "{}", path.display());
    }
}

#[test]
fn every_policy_here_stays_the_same_and_is_formatted_once_and_for_all() {
    let folders = [
        "tests/cases/good",
        "tests/cases/format",
        "../tests/policies",
        "../policy",
    ];
    for (path, text) in folders.into_iter().flat_map(policies) {
        let formatted = format(&text).unwrap();
        let (before, after) = (parse(&source(&text)).0, parse(&source(&formatted)).0);
        let name = path.display();
        assert_eq!(statements(&before), statements(&after), "{name}");
        let comments = |tree: &tollgate_grammar::tree::Tree| {
            let nodes = tree.comments.iter().map(|comment| comment.node.clone());
            nodes.collect::<Vec<_>>()
        };
        assert_eq!(comments(&before), comments(&after), "{name}");
        assert_eq!(format(&formatted).unwrap(), formatted, "{name}");
    }
}

#[test]
fn a_policy_with_mistakes_is_refused() {
    for (path, text) in policies("tests/cases/errors") {
        if parse(&source(&text)).1.is_empty() {
            continue; // its mistake is in its bytes
        }
        assert!(
            matches!(format(&text), Err(FormatError::Broken(_))),
            "{}",
            path.display()
        );
    }
}

#[test]
fn line_ends_and_a_byte_order_mark_are_those_of_every_other_file() {
    let formatted = "# a\n\nroute /a is public  # b\n";
    for text in [
        "# a\r\n\r\nroute /a is public # b\r\n",
        "\u{feff}# a\n\n\n\nroute /a is public # b",
        "\n\n# a   \n \t\nroute /a  is\tpublic   # b\n\n",
    ] {
        assert_eq!(format(text).unwrap(), formatted, "{text:?}");
    }
    assert_eq!(format("").unwrap(), "");
    assert_eq!(format("\n\n \n").unwrap(), "");
}

#[test]
fn an_item_that_a_let_of_another_file_may_share_its_name_with_keeps_its_quotes() {
    let text = "route /a requires product pro or \"staff\"\n";
    assert_eq!(format(text).unwrap(), text);
}

#[test]
fn ten_thousand_rules_are_formatted_in_linear_time() {
    assert_linear("rules", 1_250, |rules| {
        let mut text = String::new();
        for n in 0..rules {
            writeln!(text, "route   /r{n}/{{id}} requires product  p{n}  # {n}").unwrap();
        }
        let formatted = format(&text).unwrap();
        assert_eq!(formatted.lines().count(), rules);
    });
}

#[test]
fn a_text_that_grows_over_the_limit_of_a_file_is_refused_for_that() {
    let items: Vec<String> = (0..300_000).map(|n| format!("p{n}")).collect();
    let text = format!("route /a requires product {}\n", items.join(" or "));
    assert!(text.len() < tollgate_grammar::limits::FILE_BYTES);
    assert_eq!(format(&text), Err(FormatError::TooLarge));
}
