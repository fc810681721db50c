//! Whole trees.

use proptest::collection::vec;
use proptest::prelude::*;
use tollgate_grammar::tree::{Definition, Statement, Test, Tree};

use crate::condition::condition;
use crate::name::{LETS, tier};
use crate::nowhere::{NOWHERE, at};
use crate::rule::rule;
use crate::test::test;

pub fn tree() -> impl Strategy<Value = Tree> {
    let tiers = vec((tier(), condition()), 0..3);
    let parts = (
        vec(rule(), 0..4),
        vec(condition(), LETS.len()),
        tiers,
        vec(test(), 0..2),
    );
    parts.prop_map(|(mut statements, conditions, tiers, tests)| {
        let define = |name: &str, condition| Definition {
            span: NOWHERE,
            name: at(name.to_owned()),
            condition,
        };
        let lets = LETS
            .iter()
            .zip(conditions)
            .map(|(name, condition)| Statement::Let(define(name, condition)));
        statements.extend(lets);
        statements.extend(
            tiers
                .into_iter()
                .map(|(name, condition)| Statement::Tier(define(&name, condition))),
        );
        for (index, groups) in tests.into_iter().enumerate() {
            let name = at(format!("test \"{index}\" \\"));
            statements.push(Statement::Test(Test {
                span: NOWHERE,
                name,
                groups,
            }));
        }
        Tree {
            statements,
            ..Tree::default()
        }
    })
}
