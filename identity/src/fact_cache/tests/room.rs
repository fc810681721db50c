//! How much is remembered, and what has to go.

use serde_json::Value;
use tollgate_engine::user::Fact;

use super::*;
use crate::fact_cache::size::json_size;

#[tokio::test]
async fn memory_is_bounded_by_entries_and_by_bytes() {
    let rig = Rig::new();
    let says = user("u");
    for number in 0..MAX_ENTRIES + MAX_ENTRIES / 2 {
        let _ = rig.ask(&number.to_string(), &MINUTE_KEEP, &says).await;
    }
    {
        let entries = &rig.cache.entries().users;
        assert!(entries.young.len() + entries.old.len() <= MAX_ENTRIES);
        assert!(entries.young_bytes <= MAX_BYTES / 2);
    }
    let large = Outcome::Identity(Identity::from(User {
        id: "u".to_owned(),
        products: Fact::Known(vec!["p".repeat(1000); 1000]),
        ..User::default()
    }));
    for number in 0..100 {
        let _ = rig
            .ask(&format!("large {number}"), &MINUTE_KEEP, &large)
            .await;
    }
    let entries = &rig.cache.entries().users;
    let held: usize = entries
        .young
        .values()
        .chain(entries.old.values())
        .map(|entry| entry.bytes)
        .sum();
    assert!(held <= MAX_BYTES, "{held}");
    assert!(!entries.young.is_empty());
}

#[test]
fn many_small_objects_count_for_what_they_take() {
    // As many as fit a token, each with a node of a map for itself.
    let objects = "{\"a\":0},".repeat(600);
    let text = format!("[{}]", objects.trim_end_matches(','));
    let claims: Value = serde_json::from_str(&text).unwrap();
    assert!(json_size(&claims) >= 600 * 11 * (size_of::<String>() + size_of::<Value>()));
    let lists = format!("[{}]", ["[0]"; 600].join(","));
    let claims: Value = serde_json::from_str(&lists).unwrap();
    assert!(json_size(&claims) >= 600 * 2 * size_of::<Value>());
}

#[tokio::test]
async fn a_flood_of_tokens_that_prove_nobody_drives_out_no_user() {
    let keep = Keep {
        last_known: Some(MINUTE * 5),
        ..MINUTE_KEEP
    };
    let rig = Rig::new();
    let _ = rig.ask("t", &keep, &user("u")).await;
    for number in 0..MAX_ENTRIES {
        let garbage = number.to_string();
        let _ = rig.ask(&garbage, &keep, &Outcome::Unauthenticated).await;
    }
    {
        let entries = &rig.cache.entries().refusals;
        assert!(entries.young.len() + entries.old.len() <= MAX_REFUSALS);
    }
    assert_eq!(
        rig.ask("t", &keep, &down()).await,
        (user("u"), Origin::Cache)
    );
    rig.pass(MINUTE);
    let last_known = (user("u"), Origin::LastKnown);
    assert_eq!(rig.ask("t", &keep, &down()).await, last_known);
    // A refusal takes the place of what was known, and a user that of a refusal.
    let nobody = Outcome::Unauthenticated;
    assert_eq!(rig.ask("t", &keep, &nobody).await.0, nobody);
    rig.pass(REFUSAL);
    assert_eq!(rig.ask("t", &keep, &down()).await.0, down());
    assert_eq!(rig.ask("t", &keep, &user("u")).await.0, user("u"));
    assert_eq!(
        rig.ask("t", &keep, &nobody).await,
        (user("u"), Origin::Cache)
    );
}

#[tokio::test]
async fn what_is_used_outlives_what_is_not() {
    let rig = Rig::new();
    let says = user("u");
    let _ = rig.ask("used", &MINUTE_KEEP, &says).await;
    let _ = rig.ask("unused", &MINUTE_KEEP, &says).await;
    for number in 0..MAX_ENTRIES {
        let _ = rig.ask(&number.to_string(), &MINUTE_KEEP, &says).await;
        if number % 1000 == 0 {
            assert_eq!(rig.ask("used", &MINUTE_KEEP, &says).await.1, Origin::Cache);
        }
    }
    assert_eq!(
        rig.ask("unused", &MINUTE_KEEP, &says).await.1,
        Origin::Verified
    );
}
