//! The reports of `tollgate check` and `tollgate test` are what the readers of their formats take.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::Write as _;
use std::process::{Command, Stdio};

/// What a verb writes about a policy on its standard input.
fn output(arguments: &[&str], policy: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(policy.as_bytes())
        .unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// A test whose name and lines hold what XML gives a meaning to.
const HARD: &str = "\
route GET /a is public

test \"<a href='x'>&amp; ]]> \\\"q\\\" \\\\ 😀\" {
  visitor
  GET /a with header x-a = \"<&>\" is allowed
  GET \"/a b<&>\" is allowed
  GET \"/\u{fffe}\" is allowed
}
";

#[test]
fn junit_is_well_formed_xml_with_a_case_for_each_line() {
    let xml = output(&["test", "-", "--format", "junit"], HARD);
    let document = roxmltree::Document::parse(&xml).unwrap();
    let suites = document.root_element();
    assert_eq!(suites.attribute("tests"), Some("3"));
    assert_eq!(suites.attribute("failures"), Some("2"));
    let cases: Vec<_> = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"))
        .collect();
    assert_eq!(cases.len(), 3);
    let name = "<a href='x'>&amp; ]]> \"q\" \\ 😀";
    assert!(
        cases
            .iter()
            .all(|case| case.attribute("classname") == Some(name))
    );
    let failures = document.descendants();
    let failures = failures.filter(|node| node.has_tag_name("failure"));
    assert_eq!(failures.count(), 2);
}

#[test]
fn the_json_of_tests_counts_and_places_each_line() {
    let json = output(&["test", "-", "--format", "json"], HARD);
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&report["passed"], &report["failed"]),
        (&1.into(), &2.into())
    );
    let lines = report["policies"][0]["lines"].as_array().unwrap();
    let places = lines.iter().map(|line| line["line"].as_u64().unwrap());
    assert_eq!(places.collect::<Vec<_>>(), [5, 6, 7]);
    assert_eq!(lines[1]["got"], "denied, no_route");
}

#[test]
fn the_json_of_findings_has_the_documented_members_and_no_other() {
    let json = output(
        &["check", "-", "--format", "json"],
        "route /é is pubic\nrout\n",
    );
    let findings: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(&json).unwrap();
    assert_eq!(findings.len(), 2);
    let documented = [
        "code", "column", "end", "file", "help", "label", "line", "message", "name", "related",
        "severity",
    ];
    for finding in findings {
        let mut members: Vec<&str> = finding.keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, documented);
    }
}
