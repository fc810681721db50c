//! A sound policy from its text.

use tollgate_engine::{Policy, Products};
use tollgate_grammar::{Sources, parse};

pub fn policy(text: &str) -> Policy {
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    let (tree, findings) = parse(&sources);
    let (policy, more) = Policy::compile(&sources, &tree, &Products::default());
    policy.unwrap_or_else(|| panic!("{findings:?} {more:?}"))
}
