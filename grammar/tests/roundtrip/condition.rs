//! Conditions.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tollgate_grammar::tree::{Condition, Join};

use crate::fact::facts;
use crate::name::LETS;
use crate::nowhere::{NOWHERE, at};

fn join() -> impl Strategy<Value = Join> {
    select(vec![Join::All, Join::Any])
}

pub fn condition() -> impl Strategy<Value = Condition> {
    let list = (join(), facts()).prop_map(|(join, facts)| Condition::Facts {
        join: if facts.len() > 1 { join } else { Join::Any },
        facts: facts.into_iter().map(at).collect(),
        span: NOWHERE,
    });
    let leaf = prop_oneof![3 => list, 1 => select(LETS).prop_map(|name| Condition::Name(at(name.to_owned())))];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|inner| Condition::Not(Box::new(inner), NOWHERE)),
            (join(), vec(inner, 2..5))
                .prop_map(|(join, parts)| Condition::Join(join, parts, NOWHERE)),
        ]
    })
}
