//! What would turn a decision.

use tollgate_engine::Explanation;
use tollgate_engine::explain::{By, Role};

use crate::requests::Call;
use crate::subject::{Subject, user};

/// Sets as `+product a +mfa | -role x (operator)`, in the order they are named.
fn changes(explanation: &Explanation<'_>) -> String {
    let step = |step: &tollgate_engine::explain::Step| {
        let sign = if step.holds { '+' } else { '-' };
        let by = match step.by {
            By::User => String::new(),
            other => format!(" ({})", other.as_str()),
        };
        format!("{sign}{}{by}", step.fact)
    };
    let sets = explanation.changes.iter().map(|change| {
        let steps: Vec<String> = change.steps.iter().map(step).collect();
        steps.join(" ")
    });
    sets.collect::<Vec<_>>().join(" | ")
}

/// One line each: a condition, what a user with product `a`, TOTP and role `x` would have to have
/// or lack for the decision to turn, and the same for a visitor.
#[test]
fn the_smallest_changes() {
    let signed_in = user(&["a"], &["totp"], &["x"]);
    for (condition, of_user, of_visitor) in [
        ("user", "-user", "+user"),
        ("not user", "-user (operator)", "+user"),
        ("product a", "-product a", "+user +product a"),
        ("product b", "+product b", "+user +product b"),
        (
            "product b or c",
            "+product b | +product c",
            "+user +product b | +user +product c",
        ),
        (
            "product b and c",
            "+product b +product c",
            "+user +product b +product c",
        ),
        (
            "product a and not mfa",
            "-mfa (operator)",
            "+user +product a",
        ),
        ("mfa totp", "-mfa totp", "+user +mfa totp"),
        ("mfa sms", "+mfa sms", "+user +mfa sms"),
        ("mfa and mfa sms", "+mfa sms", "+user +mfa sms"),
        (
            "product b and email verified",
            "+product b +email verified",
            "+user +product b +email verified",
        ),
        (
            "role y or (product b and mfa sms)",
            "+role y (operator) | +product b +mfa sms",
            "+user +role y (operator) | +user +product b +mfa sms",
        ),
        ("role y", "+role y (operator)", "+user +role y (operator)"),
        (
            "permission p",
            "+permission p (provider)",
            "+user +permission p (operator)",
        ),
        // With one of an unknown list all of it is known.
        (
            "permission p and not permission q",
            "+permission p (provider)",
            "+user +permission p (operator)",
        ),
        (
            "email \"a@b.c\"",
            "+email \"a@b.c\" (operator)",
            "+user +email \"a@b.c\" (operator)",
        ),
        (
            "user {id}",
            "+user me (operator)",
            "+user +user me (operator)",
        ),
        (
            "role {id}",
            "+role me (operator)",
            "+user +role me (operator)",
        ),
        (
            "claim a.b = \"x\"",
            "+claim a.b = \"x\" (operator)",
            "+user +claim a.b = \"x\" (operator)",
        ),
        (
            "claim n > 3 and claim n < 4",
            "+claim n > 3 (operator) +claim n < 4 (operator)",
            "+user +claim n > 3 (operator) +claim n < 4 (operator)",
        ),
        (
            "ip in 10.0.0.0/8",
            "+ip in 10.0.0.0/8 (request)",
            "+ip in 10.0.0.0/8 (request)",
        ),
        (
            "header x-a = \"1\"",
            "+header x-a = \"1\" (request)",
            "+header x-a = \"1\" (request)",
        ),
        (
            "after 2027-01-01",
            "+after 2027-01-01 (request)",
            "+after 2027-01-01 (request)",
        ),
        (
            "user and before 2027-01-01",
            "-user | -before 2027-01-01 (request)",
            "+user",
        ),
        (
            "(product b or (product c and d and e)) and (not product b or product f)",
            "+product b +product f",
            "+user +product b +product f",
        ),
        ("product a and not product a", "", ""),
        ("mfa totp and not mfa", "", ""),
        (
            "product a or role x",
            "-product a -role x (operator)",
            "+user +product a | +user +role x (operator)",
        ),
    ] {
        let subject = Subject::new(&[format!("route /a/{{id}} requires {condition}\n")]);
        let call = Call::of("GET", "/a/me");
        for (who, expected) in [(Some(&signed_in), of_user), (None, of_visitor)] {
            subject.checked(who, &call);
            let explanation = subject.explain(who, &call);
            assert_eq!(
                changes(&explanation),
                expected,
                "{condition}, {}",
                if who.is_some() { "user" } else { "visitor" }
            );
        }
    }
}

/// What stands in the way beside the route.
#[test]
fn forbids_are_part_of_the_change() {
    let subject = Subject::new(&[
        "route /a requires product b\nforbid /* unless mfa sms\nforbid GET /a when role x\nforbid POST /a when user\n".to_owned(),
    ]);
    let signed_in = user(&["a"], &["totp"], &["x"]);
    let explanation = subject.explain(Some(&signed_in), &Call::of("GET", "/a"));
    assert_eq!(
        changes(&explanation),
        "+product b +mfa sms -role x (operator)"
    );
    let parts: Vec<_> = explanation
        .forbids
        .iter()
        .map(|forbid| (forbid.rule.head.as_str(), forbid.part))
        .collect();
    assert_eq!(
        parts,
        [
            ("forbid GET /a", Role::Forbids),
            ("forbid /*", Role::Forbids),
            ("forbid POST /a", Role::OtherMethod),
        ]
    );
}

/// More facts than every pair of could be tried: the structure alone shows the way, and what it has
/// too much of is left out.
#[test]
fn more_facts_than_can_be_tried() {
    let products: Vec<String> = (0..100).map(|number| format!("a{number}")).collect();
    let none = format!("not (product {})", products.join(" or "));
    for (condition, forbids, held, expected) in [
        (
            "user",
            "",
            &["a0", "a1"][..],
            "-product a0 (operator) -product a1 (operator)",
        ),
        (
            "product q and mfa and mfa sms",
            "",
            &[],
            "+product q +mfa sms",
        ),
        (
            "product q",
            "forbid /a unless mfa sms\nforbid /a when product r\n",
            &["r"],
            "+product q +mfa sms -product r (operator)",
        ),
    ] {
        let subject = Subject::new(&[format!(
            "route /a requires {condition} and {none}\n{forbids}"
        )]);
        let explanation = subject.explain(Some(&user(held, &[], &[])), &Call::of("GET", "/a"));
        assert_eq!(changes(&explanation), expected, "{condition}");
    }
}

/// Two to the power of 500 ways in: the search ends.
#[test]
fn more_ways_than_can_be_looked_at() {
    let pairs: Vec<String> = (0..500)
        .map(|n| format!("(product a{n} or b{n})"))
        .collect();
    let subject = Subject::new(&[format!("route /a requires {}\n", pairs.join(" and "))]);
    let explanation = subject.explain(Some(&user(&[], &[], &[])), &Call::of("GET", "/a"));
    assert_eq!(explanation.changes[0].steps.len(), 500);
}
