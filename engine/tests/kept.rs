//! A document is kept for an hour: a date within it makes none possible, one outside is as if it were
//! settled.
#![allow(clippy::panic, reason = "tests")]

mod compiled;

use tollgate_engine::document::MAX_KEPT;
use tollgate_engine::{Inexact, Sees};

use compiled::policy;

/// 2026-06-01T00:00:00Z, the date of the policies.
const JUNE: i64 = 1_780_272_000_000;

/// Whether `/a` is allowed by a document made so long before the date, in milliseconds; `None` if there is
/// no document.
fn allowed(condition: &str, before: i64) -> Option<bool> {
    let policy = policy(&format!("route GET /a requires {condition}\n"));
    match policy.document(&policy.visitor(), Sees::ALL, JUNE - before) {
        Ok(document) => Some(!document.allow.is_empty()),
        Err(Inexact::Request { .. }) => None,
        Err(other) => panic!("{condition}: {other}"),
    }
}

#[test]
fn only_a_date_within_the_hour_is_open() {
    for (before, date_is_past) in [
        (MAX_KEPT + 1, Some(false)),
        (MAX_KEPT, None),
        (1, None),
        (0, Some(true)),
        (-1, Some(true)),
    ] {
        let after = allowed("after 2026-06-01", before);
        assert_eq!(after, date_is_past, "after, {before} ms before");
        let not_yet = date_is_past.map(|past| !past);
        let before_it = allowed("before 2026-06-01", before);
        assert_eq!(before_it, not_yet, "before, {before} ms before");
    }
}

#[test]
fn a_tier_with_a_date_within_the_hour_is_open_unless_a_higher_one_holds() {
    let with = |higher: &str| {
        let text = format!("{higher}tier silver is after 2026-06-01\nroute GET /a is public\n");
        let policy = policy(&text);
        let document = policy.document(&policy.visitor(), Sees::ALL, JUNE - 1);
        document.map(|document| document.allow)
    };
    let allow = Ok(vec!["GET/a".to_owned(), "GET/a/".to_owned()]);
    assert_eq!(with(""), Err(Inexact::Tier("silver".to_owned())));
    assert_eq!(with("tier gold is not user\n"), allow);
    assert_eq!(
        with("tier gold is user\n"),
        Err(Inexact::Tier("silver".to_owned()))
    );
}
