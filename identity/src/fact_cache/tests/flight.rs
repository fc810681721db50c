//! Calls beside each other for one token.

use super::*;

#[tokio::test]
async fn calls_beside_each_other_for_one_token_make_one_call() {
    let rig = Arc::new(Rig::new());
    for says in [user("u"), down()] {
        let before = rig.calls();
        let asked: Vec<_> = (0..50)
            .map(|_| {
                let (rig, says) = (Arc::clone(&rig), says.clone());
                tokio::spawn(async move {
                    let calls = &rig.calls;
                    let answer = async {
                        calls.fetch_add(1, Ordering::SeqCst);
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        says.clone()
                    };
                    let verify = || answer.boxed();
                    let key = Key::new(0, &format!("{says:?}"));
                    let deadline = Instant::now() + Duration::from_secs(3);
                    rig.cache
                        .outcome(key, &MINUTE_KEEP, None, deadline, verify)
                        .await
                        .0
                })
            })
            .collect();
        for asked in asked {
            assert_eq!(asked.await.unwrap(), says);
        }
        assert_eq!(rig.calls() - before, 1, "{says:?}");
        assert!(
            rig.cache.flights().is_empty(),
            "every flight is taken off the board"
        );
    }
}

#[tokio::test]
async fn whoever_leads_may_leave() {
    let rig = Arc::new(Rig::new());
    let key = Key::new(0, "t");
    let never = rig
        .cache
        .outcome(key, &MINUTE_KEEP, None, Instant::now() + MINUTE, || {
            std::future::pending().boxed()
        });
    let second = {
        let rig = Arc::clone(&rig);
        async move {
            tokio::time::sleep(Duration::from_millis(10)).await;
            rig.ask("t", &MINUTE_KEEP, &user("u")).await.0
        }
    };
    let second = tokio::spawn(second);
    // The leader is cut off while the second waits.
    assert!(
        tokio::time::timeout(Duration::from_millis(50), never)
            .await
            .is_err()
    );
    assert_eq!(second.await.unwrap(), user("u"));
    assert!(rig.cache.flights().is_empty());
}

#[tokio::test]
async fn a_deadline_is_kept_and_a_lone_flight_forgotten() {
    let rig = Rig::new();
    let deadline = Instant::now() + Duration::from_millis(20);
    let verify = || std::future::pending().boxed();
    let (outcome, _) = rig
        .cache
        .outcome(Key::new(0, "t"), &MINUTE_KEEP, None, deadline, verify)
        .await;
    assert!(matches!(outcome, Outcome::Unavailable(_)), "{outcome:?}");
    assert!(rig.cache.flights().is_empty());
}
