//! The IAM documents of users: `documents/NAME.policy` has who-lines in its tests, and
//! `documents/NAME.expected` what each of them gets.
//!
//! `UPDATE_EXPECTED=1 cargo test -p tollgate-engine --test documents` rewrites the expected files;
//! read what changed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![allow(
    clippy::format_push_string,
    reason = "short texts, read more easily than fast"
)]

use std::fs;
use std::path::Path;

use tollgate_engine::{Policy, Principal, Products, Sees};
use tollgate_grammar::tree::Statement;
use tollgate_grammar::{Sources, Style, parse, render};

/// 2026-06-01T00:00:00Z
const NOW: i64 = 1_780_272_000_000;

#[test]
fn every_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents");
    let update = std::env::var("UPDATE_EXPECTED").is_ok_and(|value| value == "1");
    let (mut cases, mut failures) = (0, String::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_none_or(|extension| extension != "policy")
        {
            continue;
        }
        cases += 1;
        let got = documents(&path);
        let beside = path.with_extension("expected");
        if update {
            fs::write(&beside, &got).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if got != expected {
            failures += &format!("{}:\n{got}\n", path.display());
        }
    }
    assert!(cases > 5, "the cases are gone");
    assert!(
        failures.is_empty(),
        "{failures}UPDATE_EXPECTED=1 rewrites what is expected"
    );
}

fn documents(path: &Path) -> String {
    let mut sources = Sources::default();
    sources.add("a.policy", fs::read_to_string(path).unwrap());
    let (tree, mut findings) = parse(&sources);
    let products = Products::default();
    let (policy, more) = Policy::compile(&sources, &tree, &products);
    findings.extend(more);
    assert!(
        findings.is_empty(),
        "{}",
        render(&sources, &findings, Style::Plain)
    );
    let policy = policy.unwrap();
    let tests = tree
        .statements
        .iter()
        .filter_map(|statement| match statement {
            Statement::Test(test) => Some(test),
            _ => None,
        });
    let mut text = String::new();
    for test in tests {
        text += &format!("{}\n", test.name.node);
        for group in &test.groups {
            text += &document(&policy, &policy.who(&group.who.node, &products));
        }
        text.push('\n');
    }
    text
}

fn document(policy: &Policy, principal: &Principal) -> String {
    let document = match policy.document(principal, Sees::ALL, NOW) {
        Ok(document) => document,
        Err(inexact) => return format!("  none: {inexact}\n"),
    };
    let mut text = String::new();
    for resource in &document.allow {
        text += &format!("  allow {resource}\n");
    }
    for resource in &document.deny {
        text += &format!("  deny  {resource}\n");
    }
    if document.wide {
        text += "  deny  what is malformed\n";
    }
    let denial = &document.denial;
    text += &format!("  else  {}", denial.reason.as_str());
    let required: Vec<_> = denial.required.iter().map(|all| all.join("+")).collect();
    if !required.is_empty() {
        text += &format!(": {}", required.join(", "));
    }
    if let Some(hint) = &denial.hint {
        text += &format!(", \"{hint}\"");
    }
    text + "\n"
}

/// A `*` is taken back for malformed paths alone: an escape that a character needs is none of them.
#[test]
fn what_is_well_formed_is_not_denied_with_what_is_malformed() {
    let malformed = tollgate_engine::document::malformed();
    for escape in ["%20", "%22", "%3C", "%C3", "%c3", "%A9", "%E2", "%F0"] {
        let within = format!("*{escape}*");
        assert!(!malformed.contains(&within), "{escape}");
    }
    for escape in ["%2F", "%2f", "%2E", "%41", "%5C", "%7F", "%C0", "%FF"] {
        let within = format!("*{escape}*");
        assert!(malformed.contains(&within), "{escape}");
    }
}
