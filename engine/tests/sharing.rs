//! Which users share a document: those of whom the policy knows the same, at times between which none
//! of its dates lies.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod compiled;

use tollgate_engine::document::MAX_KEPT;
use tollgate_engine::{Fact, Policy, Sees, Sharing, User};

use compiled::policy;

/// 2026-06-01T00:00:00Z.
const JUNE: i64 = 1_780_272_000_000;

fn list(names: &[&str]) -> Fact<Vec<String>> {
    Fact::Known(names.iter().map(|name| (*name).to_owned()).collect())
}

fn user(id: &str, product: &str, team: &str, role: &str) -> User {
    User {
        id: id.to_owned(),
        products: list(&[product]),
        teams: list(&[team]),
        roles: list(&[role]),
        ..User::default()
    }
}

fn sharing(policy: &Policy, user: User) -> Sharing {
    policy.sharing(&policy.principal(user), Sees::ALL, 0)
}

/// Whether somebody else shares a document with `user("u-1", "p", "a", "x")`.
fn shares(rules: &str, other: User) -> bool {
    let policy = policy(rules);
    sharing(&policy, user("u-1", "p", "a", "x")) == sharing(&policy, other)
}

#[test]
fn a_document_hangs_on_what_the_policy_asks_and_on_nothing_else() {
    let product = "route /a requires product p\n";
    assert!(shares(product, user("u-2", "p", "b", "y")));
    assert!(!shares(product, user("u-1", "q", "a", "x")));

    let own = "route /users/{id} requires user {id}\n";
    assert!(shares(own, user("u-1", "q", "b", "y")));
    assert!(!shares(own, user("u-2", "p", "a", "x")));

    let team = "route /teams/{t} requires team {t}\n";
    assert!(shares(team, user("u-2", "q", "a", "y")));
    assert!(!shares(team, user("u-1", "p", "b", "x")));

    let parts = "route /{t}/{r} requires not (team {t} or role {r})\n";
    assert!(shares(parts, user("u-2", "q", "a", "x")));
    assert!(!shares(parts, user("u-1", "p", "b", "x")));
    assert!(!shares(parts, user("u-1", "p", "a", "y")));

    let forbid = "route /* is public\nforbid /{t} when team {t}\n";
    assert!(shares(forbid, user("u-2", "q", "a", "y")));
    assert!(!shares(forbid, user("u-1", "p", "b", "x")));

    let tier = "route /* is public\ntier gold is product p\n";
    assert!(!shares(tier, user("u-1", "q", "a", "x")));
}

#[test]
fn what_is_unknown_is_not_what_is_known_to_be_nothing() {
    let policy = policy("route /teams/{t} requires team {t}\n");
    let of = |teams| {
        let user = User {
            id: "u-1".to_owned(),
            teams,
            ..User::default()
        };
        sharing(&policy, user)
    };
    assert!(of(Fact::Unknown) != of(list(&[])));
    assert!(of(list(&[])) == of(list(&[])));
}

#[test]
fn a_visitor_shares_with_nobody_who_is_signed_in() {
    let policy = policy("route /* requires role x\n");
    let visitor = policy.sharing(&policy.visitor(), Sees::ALL, 0);
    assert!(visitor == policy.sharing(&policy.visitor(), Sees::ALL, 0));
    assert!(visitor != sharing(&policy, user("", "", "", "")));
}

#[test]
fn what_the_events_tell_makes_another_document() {
    let policy = policy("route /* requires ip in 10.0.0.0/8\n");
    let visitor = policy.visitor();
    let all = policy.sharing(&visitor, Sees::ALL, 0);
    assert!(all != policy.sharing(&visitor, Sees::NOTHING, 0));
}

/// Each date matters twice: when it is past, and when it will be before the document is thrown away.
#[test]
fn a_document_is_for_the_time_between_two_dates() {
    for date in ["before 2026-06-01", "after 2026-06-01"] {
        let policy = policy(&format!("route /* requires {date}\n"));
        let at = |time: i64| policy.sharing(&policy.visitor(), Sees::ALL, time);
        let alike = [JUNE - MAX_KEPT - 2, JUNE - MAX_KEPT - 1];
        let near = [JUNE - MAX_KEPT, JUNE - 1];
        let past = [JUNE, JUNE + 1];
        for same in [alike, near, past] {
            assert!(at(same[0]) == at(same[1]), "{date}, {same:?}");
        }
        assert!(at(alike[1]) != at(near[0]), "{date}: about to come");
        assert!(at(near[1]) != at(past[0]), "{date}: come");
    }
    // In whatever order they stand.
    let policy = policy("route /a requires after 2026-07-01\nroute /b requires after 2026-06-01\n");
    let at = |time: i64| policy.sharing(&policy.visitor(), Sees::ALL, time);
    assert!(at(JUNE - 1) != at(JUNE));
}

#[test]
fn no_name_of_a_user_is_written_out() {
    let policy = policy("route /users/{id} requires user {id}\n");
    let sharing = sharing(&policy, user("secret-id", "p", "a", "x"));
    assert_eq!(format!("{sharing:?}"), "Sharing { .. }");
    let user = format!(
        "{:?}",
        User {
            email: Fact::Known(Some("a@example.com".to_owned())),
            ..user("u-1", "p", "a", "x")
        }
    );
    assert!(
        user.starts_with("User { id: \"u-1\"") && !user.contains("example.com"),
        "{user}"
    );
}
