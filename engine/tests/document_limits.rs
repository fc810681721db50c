//! The limits of a document, each met and then passed by one.
#![allow(clippy::panic, reason = "tests")]

use std::fmt::Write as _;

use tollgate_engine::document::{MAX_COVERS, MAX_RESOURCES, MAX_STATES};
use tollgate_engine::path::MAX_SEGMENTS;
use tollgate_engine::{Document, Fact, Inexact, Policy, Products, Sees, User};
use tollgate_grammar::{Sources, parse};

/// The document of somebody who is in these teams.
fn document(text: &str, teams: usize) -> Result<Document, Inexact> {
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    let (tree, findings) = parse(&sources);
    let (policy, more) = Policy::compile(&sources, &tree, &Products::default());
    let policy = policy.unwrap_or_else(|| panic!("{findings:?} {more:?}"));
    let teams = (0..teams).map(|number| format!("t{number}")).collect();
    let user = User {
        id: "u-1".to_owned(),
        teams: Fact::Known(teams),
        ..User::default()
    };
    policy.document(&policy.principal(user), Sees::ALL, 0)
}

/// Whether there is one, and if not, for its size.
fn fits(text: &str, teams: usize) -> bool {
    match document(text, teams) {
        Ok(_) => true,
        Err(cause) => {
            assert_eq!(cause, Inexact::TooLarge);
            false
        }
    }
}

/// `route GET /r0 is …` and so many more, each with a path of its own.
fn routes(count: usize, access: &str) -> String {
    let mut text = String::new();
    for number in 0..count {
        let _ = writeln!(text, "route GET /r{number} {access}");
    }
    text
}

/// `$` is written in two ways and `+` in three: raw, and escaped with small and large letters.
#[test]
fn a_resource_has_no_more_than_64_spellings() {
    for (path, wanted) in [
        ("/$$$$$$", true),
        ("/$$$$$$$", false),
        ("/+++", true),
        ("/++++", false),
        ("/$$$/$$$", true),
        ("/$$$/$$$$", false),
        ("/++/++", false),
        ("/++/+$$", false),
    ] {
        let route = format!("route GET {path} is public\n");
        assert_eq!(fits(&route, 0), wanted, "{path}");
    }
}

/// Each route is two resources, with a slash at the end and without.
#[test]
fn a_document_has_no_more_resources_than_it_may() {
    let most = MAX_RESOURCES / 2;
    let full = document(&routes(most, "is public"), 0).map(|document| document.allow.len());
    assert_eq!(full, Ok(MAX_RESOURCES));
    assert!(!fits(&routes(most + 1, "is public"), 0));
}

#[test]
fn no_more_rules_are_looked_at_than_may_be() {
    assert!(fits(&routes(MAX_COVERS, "is denied"), 0));
    assert!(!fits(&routes(MAX_COVERS + 1, "is denied"), 0));
}

/// Each team is one choice, and none of them is one more.
#[test]
fn a_parameter_is_not_compared_with_more_than_may_be() {
    let route = "route GET /{t} requires user or team {t}\n";
    assert!(fits(route, MAX_COVERS - 1));
    assert!(!fits(route, MAX_COVERS));
    let two = format!("route GET /a is denied\n{route}");
    assert!(!fits(&two, MAX_COVERS - 1));
}

/// A state for each segment of these paths, one for `/`, and one for all other paths.
#[test]
fn no_more_paths_are_told_apart_than_may_be() {
    let text = |states: usize| {
        let mut text = String::new();
        let mut left = states - 2;
        while left > 0 {
            let segments = left.min(MAX_SEGMENTS);
            let _ = writeln!(
                text,
                "route GET /r{left}{} is denied",
                "/a".repeat(segments - 1)
            );
            left -= segments;
        }
        text
    };
    assert!(fits(&text(MAX_STATES), 0));
    assert!(!fits(&text(MAX_STATES + 1), 0));
}
