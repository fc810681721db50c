//! The smallest change that an explanation names is the smallest there is: every other set of facts
//! is tried, by turning each of a few independent facts.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use tollgate_engine::{Fact, Policy, Products, Request, Target, User, explain};
use tollgate_grammar::{Sources, parse};

const FACTS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// A condition over these facts, each join in parentheses.
fn condition() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(&FACTS[..]).prop_map(|name| format!("product {name}"));
    leaf.prop_recursive(4, 16, 3, |inner| {
        let join = |word: &'static str| {
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(move |parts| format!("({})", parts.join(word)))
        };
        prop_oneof![
            join(" and "),
            join(" or "),
            inner.prop_map(|part| format!("not ({part})")),
        ]
    })
}

/// The signed-in user who has the products of these bits.
fn user(bits: usize) -> User {
    let held = FACTS
        .iter()
        .enumerate()
        .filter(|(at, _)| bits & (1 << at) != 0);
    User {
        id: "u-1".to_owned(),
        products: Fact::Known(held.map(|(_, name)| (*name).to_owned()).collect()),
        ..User::default()
    }
}

/// The size of the smallest change that is named, and of the smallest there is.
fn named_and_smallest(text: &str, bits: usize) -> (Option<usize>, Option<usize>) {
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    let (tree, _) = parse(&sources);
    let (policy, findings) = Policy::compile(&sources, &tree, &Products::default());
    let policy = policy.unwrap_or_else(|| panic!("{findings:?}"));
    let request = Request {
        target: Target::Path {
            method: "GET",
            path: "/x",
        },
        ip: None,
        unix_millis: 0,
        headers: None,
        query: None,
    };
    let principal = |bits| policy.principal(user(bits));
    let allows = |bits| policy.decide(&request, &principal(bits)).is_allowed();
    let smallest = (1..1_usize << FACTS.len())
        .filter(|turned| allows(bits ^ turned) != allows(bits))
        .map(|turned| turned.count_ones() as usize)
        .min();
    let products = Products::default();
    let principal = principal(bits);
    let explanation = explain(&policy, &sources, &tree, &products, &request, &principal);
    let changes = explanation.changes.iter();
    (changes.map(|change| change.steps.len()).min(), smallest)
}

/// Giving `c` up lifts the forbid and takes the route away, so `a` must come instead.
#[test]
fn what_helps_one_condition_can_undo_another() {
    let policy = "route /x requires product a or c\nforbid /x when product b or c\n";
    let has_c = 0b100;
    assert_eq!(named_and_smallest(policy, has_c), (Some(2), Some(2)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn no_smaller_set_of_facts_turns_the_decision(
        route in condition(),
        forbid in prop::option::of(condition()),
        bits in 0..1_usize << FACTS.len(),
    ) {
        let forbid = forbid.map_or(String::new(), |forbid| format!("forbid /x when {forbid}\n"));
        let policy = format!("route /x requires {route}\n{forbid}");
        let (named, smallest) = named_and_smallest(&policy, bits);
        prop_assert_eq!(named, smallest, "{}", policy);
    }
}
