#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod flight;
mod room;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use tollgate_engine::user::User;

use super::*;

const MINUTE: Duration = Duration::from_mins(1);
const MINUTE_KEEP: Keep = Keep {
    fresh: MINUTE,
    whole: None,
    last_known: None,
};

/// A cache whose clock the test sets, and a provider that counts.
struct Rig {
    cache: FactCache,
    seconds: Arc<AtomicU64>,
    calls: AtomicUsize,
}

impl Rig {
    fn new() -> Self {
        let seconds = Arc::new(AtomicU64::new(1_000_000));
        let now = Arc::clone(&seconds);
        let clock = Clock::new(move || at(now.load(Ordering::SeqCst)));
        Self {
            cache: FactCache::new(clock),
            seconds,
            calls: AtomicUsize::new(0),
        }
    }

    fn pass(&self, span: Duration) {
        self.seconds.fetch_add(span.as_secs(), Ordering::SeqCst);
    }

    async fn ask(&self, token: &str, keep: &Keep, says: &Outcome) -> (Outcome, Origin) {
        let verify = || {
            self.calls.fetch_add(1, Ordering::SeqCst);
            says_so(says)
        };
        let deadline = Instant::now() + Duration::from_secs(3);
        self.cache
            .outcome(Key::new(0, token), keep, None, deadline, verify)
            .await
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn user(id: &str) -> Outcome {
    Outcome::Identity(identity(id, None))
}

fn identity(id: &str, expires: Option<SystemTime>) -> Identity {
    let user = User {
        id: id.to_owned(),
        ..User::default()
    };
    Identity {
        user: Arc::new(user),
        expires,
    }
}

fn says_so(outcome: &Outcome) -> BoxFuture<'static, Outcome> {
    std::future::ready(outcome.clone()).boxed()
}

fn down() -> Outcome {
    Outcome::Unavailable(Cause::new("down"))
}

#[tokio::test]
async fn a_known_token_costs_no_call_until_its_time_is_over() {
    let rig = Rig::new();
    for expected in [Origin::Verified, Origin::Cache, Origin::Cache] {
        let (outcome, origin) = rig.ask("t", &MINUTE_KEEP, &user("u")).await;
        assert_eq!((outcome, origin), (user("u"), expected));
    }
    rig.pass(Duration::from_secs(59));
    assert_eq!(
        rig.ask("t", &MINUTE_KEEP, &user("u")).await.1,
        Origin::Cache
    );
    rig.pass(Duration::from_secs(1));
    assert_eq!(
        rig.ask("t", &MINUTE_KEEP, &user("u")).await.1,
        Origin::Verified
    );
    assert_eq!(rig.calls(), 2);
}

#[tokio::test]
async fn another_token_or_provider_is_another_entry() {
    let rig = Rig::new();
    let _ = rig.ask("a", &MINUTE_KEEP, &user("a")).await;
    assert_eq!(rig.ask("b", &MINUTE_KEEP, &user("b")).await.0, user("b"));
    assert_eq!(rig.ask("a", &MINUTE_KEEP, &user("x")).await.0, user("a"));
    let deadline = Instant::now() + MINUTE;
    let other = Key::new(1, "a");
    let (outcome, _) = rig
        .cache
        .outcome(other, &MINUTE_KEEP, None, deadline, || {
            says_so(&user("of-1"))
        })
        .await;
    assert_eq!(outcome, user("of-1"));
}

#[tokio::test]
async fn nothing_is_kept_past_the_tokens_own_end() {
    let rig = Rig::new();
    let keep = Keep {
        last_known: Some(Duration::from_hours(1)),
        ..MINUTE_KEEP
    };
    let says = Outcome::Identity(identity("u", Some(at(1_000_020))));
    let _ = rig.ask("t", &keep, &says).await;
    rig.pass(Duration::from_secs(19));
    assert_eq!(rig.ask("t", &keep, &down()).await.1, Origin::Cache);
    rig.pass(Duration::from_secs(1));
    assert_eq!(rig.ask("t", &keep, &down()).await.0, down());
}

#[tokio::test]
async fn the_end_of_a_token_is_its_own_or_the_providers_rule() {
    let rig = Rig::new();
    let five = Keep {
        whole: Some(MINUTE * 5),
        ..MINUTE_KEEP
    };
    let key = Key::new(0, "t");
    assert_eq!(rig.cache.end(&key, &MINUTE_KEEP, &user("u")), None);
    assert_eq!(rig.cache.end(&key, &five, &Outcome::Unauthenticated), None);
    let _ = rig.ask("t", &five, &user("u")).await;
    rig.pass(MINUTE);
    // From the first sight, which was a minute ago.
    assert_eq!(rig.cache.end(&key, &five, &user("u")), Some(at(1_000_300)));
    let says = Outcome::Identity(identity("u", Some(at(1_000_200))));
    assert_eq!(rig.cache.end(&key, &five, &says), Some(at(1_000_200)));
}

/// tiun's five minutes: from the first sight, however often the facts were refreshed since.
#[tokio::test]
async fn the_providers_rule_counts_from_the_first_sight() {
    let rig = Rig::new();
    let keep = Keep {
        fresh: MINUTE * 2,
        whole: Some(MINUTE * 5),
        last_known: Some(MINUTE * 30),
    };
    for minute in [0, 2, 4] {
        let origin = rig.ask("t", &keep, &user("u")).await.1;
        assert_eq!(origin, Origin::Verified, "at {minute} min");
        rig.pass(MINUTE);
        assert_eq!(
            rig.ask("t", &keep, &user("u")).await.1,
            if minute < 4 {
                Origin::Cache
            } else {
                Origin::Verified
            }
        );
        if minute < 4 {
            rig.pass(MINUTE);
        }
    }
    // Asked again after the five minutes, so a new first sight.
    rig.pass(MINUTE * 4);
    assert_eq!(rig.ask("t", &keep, &down()).await.1, Origin::LastKnown);
    rig.pass(MINUTE);
    assert_eq!(rig.ask("t", &keep, &down()).await.0, down());
}

#[tokio::test]
async fn a_refusal_is_kept_for_seconds_only() {
    let rig = Rig::new();
    let _ = rig.ask("t", &MINUTE_KEEP, &Outcome::Unauthenticated).await;
    let (outcome, origin) = rig.ask("t", &MINUTE_KEEP, &user("u")).await;
    assert_eq!((outcome, origin), (Outcome::Unauthenticated, Origin::Cache));
    rig.pass(REFUSAL);
    assert_eq!(rig.ask("t", &MINUTE_KEEP, &user("u")).await.0, user("u"));
}

#[tokio::test]
async fn a_refusal_ends_what_was_known() {
    let rig = Rig::new();
    let keep = Keep {
        last_known: Some(MINUTE * 10),
        ..MINUTE_KEEP
    };
    let _ = rig.ask("t", &keep, &user("u")).await;
    rig.pass(MINUTE);
    assert_eq!(
        rig.ask("t", &keep, &Outcome::Unauthenticated).await.0,
        Outcome::Unauthenticated
    );
    rig.pass(REFUSAL);
    assert_eq!(rig.ask("t", &keep, &down()).await.0, down());
}

#[tokio::test]
async fn an_outage_or_a_wrong_key_is_never_kept() {
    let rig = Rig::new();
    for says in [down(), Outcome::Misconfigured(Cause::new("key"))] {
        assert_eq!(rig.ask("t", &MINUTE_KEEP, &says).await.0, says);
        assert_eq!(rig.ask("t", &MINUTE_KEEP, &says).await.1, Origin::Verified);
    }
    assert_eq!(rig.calls(), 4);
    assert_eq!(rig.ask("t", &MINUTE_KEEP, &user("u")).await.0, user("u"));
}

#[tokio::test]
async fn last_known_facts_bridge_an_outage_only_where_allowed() {
    let keep = |last_known| Keep {
        fresh: Duration::from_secs(10),
        last_known,
        ..MINUTE_KEEP
    };
    for (last_known, passed, expected) in [
        (None, 11, down()),
        (Some(MINUTE), 11, user("u")),
        (Some(MINUTE), 59, user("u")),
        (Some(MINUTE), 60, down()),
    ] {
        let rig = Rig::new();
        let _ = rig.ask("t", &keep(last_known), &user("u")).await;
        rig.pass(Duration::from_secs(passed));
        let (outcome, _) = rig.ask("t", &keep(last_known), &down()).await;
        assert_eq!(outcome, expected, "{last_known:?} after {passed} s");
        // A wrong key is no outage: nobody is let in on old facts.
        let refused = Outcome::Misconfigured(Cause::new("key"));
        assert_eq!(rig.ask("t", &keep(last_known), &refused).await.0, refused);
    }
}

#[tokio::test]
async fn a_clock_set_back_makes_facts_old() {
    let rig = Rig::new();
    let keep = Keep {
        last_known: Some(MINUTE),
        ..MINUTE_KEEP
    };
    let _ = rig.ask("t", &keep, &user("u")).await;
    rig.seconds.fetch_sub(10, Ordering::SeqCst);
    assert_eq!(rig.ask("t", &keep, &down()).await.0, down());
    assert_eq!(rig.ask("t", &keep, &user("u")).await.1, Origin::Verified);
}

#[tokio::test]
async fn nothing_is_kept_where_nothing_shall_be() {
    let rig = Rig::new();
    let keep = Keep {
        fresh: Duration::ZERO,
        ..MINUTE_KEEP
    };
    for says in [user("u"), Outcome::Unauthenticated, user("u")] {
        assert_eq!(rig.ask("t", &keep, &says).await, (says, Origin::Verified));
    }
    let entries = rig.cache.entries();
    assert!(entries.users.young.is_empty() && entries.refusals.young.is_empty());
}

#[tokio::test]
async fn who_asks_for_younger_facts_gets_them() {
    let rig = Rig::new();
    let _ = rig.ask("t", &MINUTE_KEEP, &user("before")).await;
    rig.pass(Duration::from_secs(6));
    let ask = async |max_age: Duration, says: Outcome| {
        let deadline = Instant::now() + MINUTE;
        let verify = || says_so(&says);
        let key = Key::new(0, "t");
        let asked = rig
            .cache
            .outcome(key, &MINUTE_KEEP, Some(max_age), deadline, verify);
        asked.await
    };
    let (outcome, origin) = ask(Duration::from_secs(6), user("after")).await;
    assert_eq!((outcome, origin), (user("before"), Origin::Cache));
    let (outcome, origin) = ask(Duration::from_secs(5), user("after")).await;
    assert_eq!((outcome, origin), (user("after"), Origin::Verified));
    assert_eq!(rig.ask("t", &MINUTE_KEEP, &down()).await.0, user("after"));
}
