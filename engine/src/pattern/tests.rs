//! How every two of a few patterns relate, against the paths that they match.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use tollgate_grammar::tree::{Statement, Target};
use tollgate_grammar::{Sources, parse};

use super::*;

const PATTERNS: [&str; 14] = [
    "/", "/a", "/b", "/{x}", "/*", "/a/a", "/a/b", "/a/{x}", "/{x}/a", "/{x}/{y}", "/a/*",
    "/{x}/*", "/a/{x}/a", "/{x}/b/*",
];

/// Enough for any two of these that relate in one way to be told from any that relate in another.
const PATHS: [&str; 20] = [
    "/", "/a", "/b", "/c", "/a/a", "/a/b", "/a/c", "/b/a", "/b/b", "/b/c", "/c/a", "/c/c",
    "/a/a/a", "/a/b/a", "/a/b/b", "/a/c/c", "/b/b/a", "/b/b/c", "/b/c/c", "/c/a/a/a",
];

fn pattern(text: &str) -> Pattern {
    let mut sources = Sources::default();
    sources.add("access.policy", format!("route {text} is public\n"));
    let (tree, findings) = parse(&sources);
    match tree.statements.into_iter().next() {
        Some(Statement::Route(route)) => match route.target {
            Target::Path(pattern) => pattern,
            target => panic!("{target:?}"),
        },
        _ => panic!("{findings:?}"),
    }
}

fn matched(pattern: &Pattern) -> Vec<bool> {
    let paths = PATHS.map(|path| AdmittedPath::admit(path).unwrap());
    paths
        .iter()
        .map(|path| matches(pattern, path) == Match::Yes)
        .collect()
}

#[test]
fn two_patterns_relate_as_their_paths_do() {
    for one in PATTERNS {
        for other in PATTERNS {
            let (left, right) = (pattern(one), pattern(other));
            let pairs: Vec<_> = matched(&left).into_iter().zip(matched(&right)).collect();
            let both: Vec<bool> = pairs.iter().map(|(left, right)| *left && *right).collect();
            let some = both.contains(&true);
            assert_eq!(intersects(&left, &right), some, "{one} and {other} meet");
            let all = pairs.iter().all(|(left, right)| *left || !right);
            assert_eq!(contains(&left, &right), all, "{one} has all of {other}");
            let met = meet(&left, &right).map(|segments| {
                matched(&Pattern {
                    segments,
                    ..left.clone()
                })
            });
            assert_eq!(met, some.then_some(both), "where {one} and {other} meet");
        }
    }
}

#[test]
fn from_left_to_right_a_literal_beats_a_parameter_beats_the_rest() {
    for (one, other) in [
        ("/a", "/{x}"),
        ("/{x}", "/*"),
        ("/a", "/*"),
        ("/a/{x}", "/{x}/a"),
        ("/a/*", "/{x}/a"),
        ("/a/b", "/a/{x}"),
    ] {
        assert!(beats(&pattern(one), &pattern(other)), "{one} and {other}");
        assert!(!beats(&pattern(other), &pattern(one)), "{other} and {one}");
    }
    assert!(!beats(&pattern("/a"), &pattern("/a")));
}

#[test]
fn letters_in_another_case_are_told_from_other_letters() {
    for (text, path, wanted) in [
        ("/Users/{id}", "/Users/Me", Match::Yes),
        ("/Users/{id}", "/users/Me", Match::InAnotherCase),
        ("/Users/*", "/USERS/a/b", Match::InAnotherCase),
        ("/Users/{id}", "/user/Me", Match::No),
        ("/Users/{id}", "/users", Match::No),
        ("/Users/{id}", "/users/a/b", Match::No),
        ("/É", "/é", Match::InAnotherCase),
    ] {
        let path = AdmittedPath::admit(path).unwrap();
        assert_eq!(matches(&pattern(text), &path), wanted, "{text}, {path:?}");
    }
}
