//! Whatever a tree says, its printed form says the same.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod support;

// A tree, from its smallest parts up: name, fact, condition, target, rule, test, tree.
#[path = "roundtrip/condition.rs"]
mod condition;
#[path = "roundtrip/fact.rs"]
mod fact;
#[path = "roundtrip/name.rs"]
mod name;
#[path = "roundtrip/nowhere.rs"]
mod nowhere;
#[path = "roundtrip/rule.rs"]
mod rule;
#[path = "roundtrip/target.rs"]
mod target;
#[path = "roundtrip/test.rs"]
mod test;
#[path = "roundtrip/tree.rs"]
mod tree;

// Its text.
#[path = "roundtrip/untidy.rs"]
mod untidy;

use proptest::collection::vec;
use proptest::prelude::*;
use support::{same_after_printing, source, statements};
use tollgate_grammar::tree::Tree;
use tollgate_grammar::{format, parse, print};

use crate::tree::tree;
use crate::untidy::untidy;

fn comments(tree: &Tree) -> Vec<&str> {
    let nodes = tree.comments.iter();
    nodes.map(|comment| comment.node.as_str()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_formatted_text_is_read_as_the_same_tree(
        tree in tree(),
        edits in vec(any::<u8>(), 1..40),
    ) {
        let text = untidy(&print(&tree), &edits);
        let formatted = format(&text).map_err(|error| TestCaseError::fail(format!("{error:?} of\n{text}")))?;
        let (before, after) = (parse(&source(&text)), parse(&source(&formatted)));
        prop_assert_eq!(statements(&before.0), statements(&tree), "untidy as\n{}", &text);
        prop_assert_eq!(statements(&after.0), statements(&tree), "formatted as\n{}", &formatted);
        prop_assert_eq!(comments(&before.0), comments(&after.0));
        prop_assert_eq!(format(&formatted).unwrap(), formatted);
    }

    #[test]
    fn a_printed_tree_is_read_as_the_same_tree(tree in tree()) {
        same_after_printing(&tree);
    }
}
