//! What judging a condition costs, counted rather than timed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use tollgate_grammar::tree::{Access, Statement};

use super::*;
use crate::outline::Outline;
use crate::products::Products;

/// The work that a row of products adds for a policy that has already taken some.
fn work(before: usize, join: &str, products: usize) -> usize {
    let row: Vec<String> = (0..products).map(|n| format!("product p{n}")).collect();
    let mut sources = Sources::default();
    let text = format!("route /a requires {}\n", row.join(join));
    sources.add("access.policy", text);
    let (tree, findings) = tollgate_grammar::parse(&sources);
    assert_eq!(findings, []);
    let [Statement::Route(route)] = &tree.statements[..] else {
        panic!("one route")
    };
    let Access::Requires(condition) = &route.access else {
        panic!("a route that requires something")
    };
    let products = Products::default();
    let mut judge = Judge {
        sources: &sources,
        findings: Vec::new(),
        work: before,
    };
    judge.condition(&Outline::new(&tree, &products).part(condition));
    assert!(judge.findings.is_empty());
    judge.work - before
}

#[test]
fn a_row_of_any_length_takes_no_more_than_its_first_pairs() {
    for join in [" or ", " and "] {
        let long = work(0, join, MAX_PAIRED);
        assert!(long > MAX_PAIRED * MAX_PAIRED / 2, "{long}");
        for longer in [MAX_PAIRED + 1, 1_000] {
            assert_eq!(work(0, join, longer), long, "{longer}");
        }
    }
}

/// Two facts have four cases, and a visitor has one: for each, three parts are looked at, once for
/// what the whole comes to and once for what each part adds.
#[test]
fn every_case_counts() {
    for join in [" or ", " and "] {
        assert_eq!(work(0, join, 2), (4 + 1) * 3 * 2);
    }
}

/// Eleven facts have 2048 cases, and 55 pairs of 4 cases.
#[test]
fn conditions_after_so_much_work_get_less_care() {
    for join in [" or ", " and "] {
        assert!(work(0, join, 11) > 2048);
        assert!(work(MAX_WORK, join, 11) > 2048);
        let tired = work(MAX_WORK + 1, join, 11);
        assert!((1..2048).contains(&tired), "{tired}");
    }
}
