//! Users of whom something is known and something is not.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};
use tollgate_engine::{Fact, User};

/// Any user.
pub fn user() -> impl Strategy<Value = User> {
    let facts = (
        select(&["u-1", "a", "b", "a/b", "c d", "é"][..]).prop_map(str::to_owned),
        fact(option::weighted(
            0.8,
            select(ADDRESSES).prop_map(str::to_owned),
        )),
        fact(any::<bool>()),
        fact(some_of(&["p-1", "p-2", "p-3"])),
        fact(some_of(&["totp", "sms", "webauthn"])),
        fact(option::of(
            select(&["github", "google"][..]).prop_map(str::to_owned),
        )),
    );
    let lists = (
        fact(some_of(&["a", "b", "é", "a/b"])),
        fact(some_of(&["a", "b", "A"])),
        fact(some_of(&["a", "c d"])),
        fact(some_of(&["a", "a b"])),
        fact(some_of(&["a", "b"])),
    );
    (facts, lists, fact(claims())).prop_map(|(facts, lists, claims)| {
        let (id, email, email_verified, products, mfa, provider) = facts;
        let (roles, teams, permissions, scopes, groups) = lists;
        User {
            id,
            email,
            email_verified,
            products,
            mfa,
            provider,
            roles,
            teams,
            permissions,
            scopes,
            groups,
            claims,
        }
    })
}

/// Known more often than not.
fn fact<T: std::fmt::Debug + Clone + 'static>(
    known: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Fact<T>> {
    prop_oneof![7 => known.prop_map(Fact::Known), 1 => Just(Fact::Unknown)]
}

fn some_of(names: &[&str]) -> impl Strategy<Value = Vec<String>> + use<> {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let count = names.len();
    subsequence(names, 0..=count).prop_shuffle()
}

/// Addresses, and texts that are not exactly one.
const ADDRESSES: &[&str] = &[
    "ann@example.com",
    "Ann@Example.Com",
    "ann@EXAMPLE.com",
    "ann@sub.example.com",
    "eve@evil.com",
    "eve@evil.com@example.com",
    "ann",
    "@example.com",
    "ann@",
    "@",
    "",
];

/// An object with the members that conditions ask for, of every type.
fn claims() -> impl Strategy<Value = Value> {
    let value = || {
        let plain = select(plain_values());
        prop_oneof![6 => plain.clone(), 2 => vec(plain, 0..=3).prop_map(Value::from)]
    };
    let org = prop_oneof![3 => value().prop_map(|id| json!({ "id": id })), 1 => value()];
    let members = (
        option::weighted(0.8, value()),
        option::weighted(0.8, org),
        option::of(value()),
    );
    members.prop_map(|(level, org, dotted)| {
        let members = [("level", level), ("org", org), ("a.b", dotted)];
        let present = members
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(present.collect())
    })
}

fn plain_values() -> Vec<Value> {
    vec![
        json!("x"),
        json!(1),
        json!("1"),
        json!(null),
        json!(true),
        json!(false),
        json!(""),
        json!("é"),
        json!("X"),
        json!("true"),
        json!(0),
        json!(-1),
        json!(1.0),
        json!(1.5),
        json!(-0.0),
        json!(9_007_199_254_740_992_i64),
        json!(9_007_199_254_740_993_i64),
        json!(9_007_199_254_740_992.0),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e300),
        json!({}),
        json!([]),
    ]
}
