//! Where the search for candidates ends, and what it finds until then.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

/// So many facts of which none holds.
fn search(facts: usize) -> Search {
    let leaf = Leaf::User(UserFact::SignedIn);
    Search {
        leaves: vec![(leaf, Truth::False); facts],
        ..Search::default()
    }
}

/// Ways of one fact each.
fn ways(count: usize) -> Vec<Way> {
    (0..count).map(|number| vec![(number, true)]).collect()
}

#[test]
fn what_is_not_to_hold_must_not() {
    let leaf = Leaf::User(UserFact::SignedIn);
    let search = Search {
        leaves: vec![(leaf, Truth::True)],
        ..Search::default()
    };
    let node = Node::Not(Box::new(Node::Leaf(0)), Truth::False);
    assert_eq!(search.ways(&node, true), [vec![(0, false)]]);
    assert_eq!(search.ways(&node, false), [Way::new()]);
}

#[test]
fn every_set_once() {
    let pairs = [(0, 1), (0, 2), (1, 2)];
    let pairs = pairs.map(|(one, other)| vec![(one, true), (other, true)]);
    assert_eq!(search(3).sets(2).unwrap(), pairs);
}

#[test]
fn no_more_sets_than_can_be_tried() {
    assert_eq!(search(MAX_SETS).sets(1).unwrap().len(), MAX_SETS);
    assert_eq!(search(MAX_SETS + 1).sets(1), None);
}

/// Each way put together counts its facts and one.
#[test]
fn ways_are_put_together_until_so_much_work_is_done() {
    for (before, expected) in [(MAX_WORK - 2, 2), (MAX_WORK + 1, 1)] {
        let search = search(3);
        search.work.set(before);
        assert_eq!(
            search.together(&[Way::new()], &ways(3)),
            ways(expected),
            "{before}"
        );
    }
}

/// Each way kept counts those that it was held against.
#[test]
fn ways_are_kept_until_so_much_work_is_done() {
    let of_many = search(0);
    assert_eq!(of_many.smallest(ways(MAX_WAYS + 1)), ways(MAX_WAYS));
    for (before, expected) in [(MAX_WORK - 1, 3), (MAX_WORK + 1, 1)] {
        let search = search(0);
        search.work.set(before);
        assert_eq!(search.smallest(ways(5)), ways(expected), "{before}");
    }
}
