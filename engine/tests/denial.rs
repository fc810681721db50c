//! What a denied user is told to get: the products that would do, fewest first, however many ways
//! a condition has.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use tollgate_engine::denial::MAX_WAYS;
use tollgate_engine::{Denial, Fact, Policy, Products, Reason, Request, Target, User};
use tollgate_grammar::Sources;

fn denial(condition: &str, products: &[&str]) -> Denial {
    denied(&format!("route /a requires {condition}\n"), products)
}

/// Why `GET /a` is denied to somebody with these products, and nothing else that a user can have.
fn denied(text: &str, products: &[&str]) -> Denial {
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    let (tree, findings) = tollgate_grammar::parse(&sources);
    assert_eq!(findings, [], "{text}");
    let (policy, _) = Policy::compile(&sources, &tree, &Products::default());
    let policy = policy.unwrap_or_else(|| panic!("{text}"));
    let user = User {
        id: "u-1".to_owned(),
        products: Fact::Known(products.iter().map(|id| (*id).to_owned()).collect()),
        mfa: Fact::Known(Vec::new()),
        email_verified: Fact::Known(false),
        ..User::default()
    };
    let request = Request {
        target: Target::Path {
            method: "GET",
            path: "/a",
        },
        ip: None,
        unix_millis: 0,
        headers: None,
        query: None,
    };
    policy
        .decide(&request, &policy.principal(user))
        .denial()
        .unwrap()
        .clone()
}

fn required(condition: &str, products: &[&str]) -> String {
    let denial = denial(condition, products);
    assert_eq!(denial.reason, Reason::UpgradeRequired, "{condition}");
    let ways: Vec<String> = denial.required.iter().map(|ids| ids.join("+")).collect();
    ways.join(" ")
}

#[test]
fn fewest_first_and_nothing_needless() {
    assert_eq!(required("product a", &[]), "a");
    assert_eq!(required("product b or a", &[]), "b a");
    assert_eq!(required("product a and b", &[]), "a+b");
    assert_eq!(required("product a and b", &["b"]), "a");
    assert_eq!(required("(product a and b) or product c", &[]), "c a+b");
    assert_eq!(required("product a or (product a and b)", &[]), "a");
    assert_eq!(
        required("(product a or b) and (product b or c)", &[]),
        "b a+c"
    );
    assert_eq!(required("product a or role x", &[]), "a");
}

#[test]
fn what_costs_nothing_comes_first() {
    let reason = |condition: &str| denial(condition, &[]).reason;
    for condition in [
        "product a or mfa or email verified",
        "email verified or mfa",
        "mfa or email verified",
    ] {
        assert_eq!(
            reason(condition),
            Reason::VerificationRequired,
            "{condition}"
        );
    }
    assert_eq!(reason("product a or mfa"), Reason::MfaRequired);
    assert_eq!(
        reason("product a or (mfa and email verified)"),
        Reason::UpgradeRequired
    );
}

/// Forty products, of which the last one alone would do.
#[test]
fn many_ways_lose_none() {
    let many: Vec<String> = (0..40).map(|number| format!("q{number:02}")).collect();
    let many = many.join(" or ");
    assert_eq!(
        required(&format!("(product {many}) and product q39"), &[]),
        "q39"
    );
    let denial = denial(
        &format!("(product {many} or mfa) and (mfa or email verified)"),
        &[],
    );
    assert_eq!(denial.reason, Reason::MfaRequired);
}

/// One product of 300 would do: as many are named as are kept, the first of the policy.
#[test]
fn no_more_ways_are_told_than_are_kept() {
    let many: Vec<String> = (0..300).map(|number| format!("q{number}")).collect();
    let denial = denial(&format!("product {}", many.join(" or ")), &[]);
    let told: Vec<String> = denial.required.concat();
    assert_eq!(told, many[..MAX_WAYS]);
}

/// Route and `forbid` both deny, each for a reason of its own: the one whose reason is told is named, with
/// its hint, whichever of them stands first.
#[test]
fn the_hint_is_of_the_rule_that_the_reason_is_of() {
    let told = |route: &str, forbid: &str| {
        let text = format!(
            "route /a requires {route} else \"of the route\"\n\
             forbid /a unless {forbid} else \"of the forbid\"\n"
        );
        let denial = denied(&text, &[]);
        (denial.reason, denial.hint.unwrap_or_default())
    };
    let verify = Reason::VerificationRequired;
    assert_eq!(
        told("product a", "email verified"),
        (verify, "of the forbid".to_owned())
    );
    assert_eq!(
        told("email verified", "product a"),
        (verify, "of the route".to_owned())
    );
    assert_eq!(
        told("product a", "product b"),
        (Reason::UpgradeRequired, "of the route".to_owned())
    );
}

/// Two to the power of 2 000 ways: one of them has to do. Looking at all would never end.
#[test]
fn more_ways_than_can_be_looked_at() {
    let pairs: Vec<String> = (0..2000)
        .map(|n| format!("(product a{n} or b{n})"))
        .collect();
    let denial = denial(&pairs.join(" and "), &[]);
    assert_eq!(denial.reason, Reason::UpgradeRequired);
    assert_eq!(denial.required.first().map(Vec::len), Some(2000));
}
