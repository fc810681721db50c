//! What a policy may cost: limits that are told, not time and memory without end.
#![allow(clippy::panic, clippy::expect_used, reason = "tests")]

use std::fmt::Write as _;

use tollgate_engine::compile::{MAX_CONDITION_DEPTH, MAX_CONDITION_FACTS};
use tollgate_engine::{Document, Fact, Inexact, Policy, Products, Sees, User};
use tollgate_grammar::{Severity, Sources};

/// The codes of the errors of a policy, each once.
fn errors(text: &str) -> Vec<&'static str> {
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    let (tree, mut findings) = tollgate_grammar::parse(&sources);
    let (policy, more) = Policy::compile(&sources, &tree, &Products::default());
    findings.extend(more);
    findings.retain(|finding| finding.severity() == Severity::Error);
    assert_eq!(policy.is_some(), findings.is_empty());
    let mut codes: Vec<_> = findings.iter().map(|finding| finding.code.id()).collect();
    codes.dedup();
    codes
}

/// Each tier holds those above it: 5 000 of them once overflowed the stack.
#[test]
fn thousands_of_tiers_are_refused() {
    let of_request = |n: usize| format!("ip in 10.{}.{}.1", n / 256, n % 256);
    let of_user = |n: usize| format!("product p{n}");
    for condition in [&of_request as &dyn Fn(usize) -> String, &of_user] {
        let mut text = String::new();
        for number in 0..5000 {
            let _ = writeln!(text, "tier t{number} is {}", condition(number));
        }
        text.push_str("route /x requires tier t4999\n");
        assert_eq!(errors(&text).first(), Some(&"E208"));
    }
    let mut few = String::new();
    for number in 0..100 {
        let _ = writeln!(few, "tier t{number} is product p{number}");
    }
    assert_eq!(errors(&(few + "route /x requires tier t99\n")), [""; 0]);
}

/// Each tier is a level above the one before.
#[test]
fn a_condition_has_no_more_levels_and_facts_than_it_may() {
    let tiers = |count: usize, of_each: usize| {
        let mut text = String::new();
        for tier in 0..count {
            let products: Vec<String> = (0..of_each).map(|n| format!("p{tier}-{n}")).collect();
            let _ = writeln!(text, "tier t{tier} is product {}", products.join(" or "));
        }
        text + "route /x is public\n"
    };
    assert_eq!(errors(&tiers(MAX_CONDITION_DEPTH, 1)), [""; 0]);
    assert_eq!(errors(&tiers(MAX_CONDITION_DEPTH + 1, 1)), ["E208"]);
    // A list is a level of its own, as long as it is the deepest.
    assert_eq!(errors(&tiers(MAX_CONDITION_DEPTH - 1, 2)), [""; 0]);
    assert_eq!(errors(&tiers(MAX_CONDITION_DEPTH, 2)), ["E208"]);

    let half = MAX_CONDITION_FACTS / 2;
    assert_eq!(errors(&tiers(2, half)), [""; 0]);
    assert_eq!(errors(&tiers(2, half + 1)), ["E208"]);
    assert_eq!(errors(&tiers(1, MAX_CONDITION_FACTS)), [""; 0]);
    assert_eq!(errors(&tiers(1, MAX_CONDITION_FACTS + 1)), ["E208"]);
}

/// Names written out double with every line, and then twenty thousand times more.
#[test]
fn names_that_grow_are_refused() {
    let mut text = String::from("let a0 is ip in 10.0.0.1 or 10.0.0.2\n");
    for number in 1..20 {
        let before = number - 1;
        let _ = writeln!(text, "let a{number} is a{before} or a{before}");
    }
    let many = vec!["a11"; 20_000].join(" or ");
    assert_eq!(
        errors(&format!("{text}route /x requires {many}\n")),
        ["E208"]
    );
}

/// Only what is in the circle is blamed for it.
#[test]
fn a_circle_is_told_by_its_members() {
    let text = "\
let a is b
let b is a
let c is a
let d is c
let e is c or d
route /x requires e
";
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    let (tree, _) = tollgate_grammar::parse(&sources);
    let (_, findings) = Policy::compile(&sources, &tree, &Products::default());
    let circles = findings
        .iter()
        .filter(|finding| finding.code.id() == "E204");
    let names: Vec<_> = circles.map(|finding| sources.text(finding.span)).collect();
    assert_eq!(names, ["a", "b"]);
}

/// Claims were once compared with all others, one by one.
#[test]
fn ten_thousand_claims_compile() {
    let mut text = String::new();
    for number in 0..10_000 {
        let _ = writeln!(text, "route /r{number} requires claim plan = \"c{number}\"");
    }
    assert_eq!(errors(&text), [""; 0]);
}

/// The document of somebody without products, in these teams.
fn document(text: &str, teams: Vec<String>) -> Result<Document, Inexact> {
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    let (tree, _) = tollgate_grammar::parse(&sources);
    let (policy, findings) = Policy::compile(&sources, &tree, &Products::default());
    let Some(policy) = policy else {
        panic!("{findings:?}");
    };
    let user = User {
        id: "u-1".to_owned(),
        products: Fact::Known(Vec::new()),
        teams: Fact::Known(teams),
        ..User::default()
    };
    let sees = Sees {
        ip: true,
        headers: true,
        query: true,
    };
    policy.document(&policy.principal(user), sees, 0)
}

fn teams(count: usize, end: &str) -> Vec<String> {
    (0..count)
        .map(|number| format!("t-{number}{end}"))
        .collect()
}

/// Each of these was 378 resources before somebody found that all were too many.
#[test]
fn a_thousand_teams_are_more_than_a_document_names() {
    let text = "route /teams/{team} requires team {team}\n";
    assert!(document(text, teams(10, "|||")).is_ok());
    assert_eq!(document(text, teams(1000, "|||")), Err(Inexact::TooLarge));
}

/// Every team was once compared with every other, at each of the paths.
#[test]
fn a_thousand_teams_beside_a_thousand_routes_are_given_up() {
    let mut text = String::from("route /{a}/{team}/x requires team {team}\n");
    for number in 0..1000 {
        let _ = writeln!(text, "route /l{number}/x is public");
    }
    assert_eq!(document(&text, teams(1000, "")), Err(Inexact::TooLarge));
}

/// Why each of them denies was once worked out anew.
#[test]
fn three_thousand_routes_of_one_condition_deny_for_one_reason() {
    let products: Vec<String> = (0..250).map(|number| format!("p{number}")).collect();
    let mut text = format!("let paid is product {}\n", products.join(" or "));
    for number in 0..3000 {
        let _ = writeln!(text, "route /r{number}/* requires paid");
    }
    let document = document(&text, Vec::new()).expect("a document");
    assert_eq!(document.denial.reason.as_str(), "upgrade_required");
    assert_eq!(document.denial.required.len(), 250);
}
