//! Keys that get old, in good times and in an outage.

use super::*;

const MILLI: Duration = Duration::from_millis(1);

#[tokio::test]
async fn keys_are_fetched_anew_at_the_age_the_issuer_says_within_bounds() {
    for (header, age) in [
        ("", DEFAULT_MAX_AGE),
        ("cache-control: no-store\r\n", LEAST_MAX_AGE),
        ("cache-control: max-age=1\r\n", LEAST_MAX_AGE),
        ("cache-control: max-age=600\r\n", Duration::from_mins(10)),
        ("cache-control: max-age=86400\r\n", MOST_MAX_AGE),
        ("cache-control: max-age=604800\r\n", MOST_MAX_AGE),
    ] {
        let ann = mint("a");
        let body = keys(&[&ann]);
        let rig = Rig::new(move || {
            let length = body.len();
            Reply::bytes(format!(
                "HTTP/1.1 200 OK\r\n{header}content-length: {length}\r\n\r\n{body}"
            ))
        })
        .await;
        for round in 1..=2 {
            assert_eq!(rig.verify(&ann).await, Ok(()));
            rig.hand.forward(age - MILLI);
            assert_eq!(rig.verify(&ann).await, Ok(()));
            assert_eq!(rig.fetches(), round, "{header}");
            rig.hand.forward(MILLI);
        }
    }
}

#[tokio::test]
async fn a_key_that_is_withdrawn_goes() {
    let (old, new) = (mint("old"), mint("new"));
    let rig = Rig::warm(&[&old]).await;
    rig.serve_keys(&[&new]);
    rig.hand.forward(DEFAULT_MAX_AGE);
    assert_eq!(rig.verify(&old).await, UNKNOWN);
    assert_eq!(rig.verify(&new).await, Ok(()));
    assert_eq!(rig.fetches(), 2);
    // All of them, if that is what the issuer says.
    rig.serve_keys(&[]);
    rig.hand.forward(DEFAULT_MAX_AGE);
    assert_eq!(rig.verify(&new).await, UNKNOWN);
}

#[tokio::test]
async fn calls_beside_a_fetch_by_age_use_the_keys_at_hand() {
    let ann = mint("a");
    let rig = Rig::warm(&[&ann]).await;
    rig.serve(|| Reply::Hang);
    rig.hand.forward(DEFAULT_MAX_AGE);
    let beside = async {
        rig.server.reaches(2).await;
        assert_eq!(rig.verify(&ann).await, Ok(()));
        assert!(rig.cache.flight.try_lock().is_err(), "it was waited for");
    };
    let began = StdInstant::now();
    let (fetching, ()) = tokio::join!(rig.verify(&ann), beside);
    // It too, once its own time for that is up, which is shorter than the deadline.
    assert_eq!(fetching, Ok(()));
    assert!(began.elapsed() < TIME / 2, "{:?}", began.elapsed());
    assert_eq!(rig.fetches(), 2);
}

#[tokio::test]
async fn a_herd_with_old_keys_fetches_once() {
    let ann = mint("a");
    let rig = Rig::warm(&[&ann]).await;
    rig.hand.forward(DEFAULT_MAX_AGE);
    assert!(rig.herd(&ann, 100).await.iter().all(Result::is_ok));
    assert_eq!(rig.fetches(), 2);
}

#[tokio::test]
async fn keys_that_may_be_kept_for_a_day_outlive_an_outage_too() {
    let ann = mint("a");
    let body = keys(&[&ann]);
    let rig = Rig::new(move || {
        let (length, header) = (body.len(), "cache-control: max-age=86400");
        Reply::bytes(format!(
            "HTTP/1.1 200 OK\r\n{header}\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    })
    .await;
    assert_eq!(rig.verify(&ann).await, Ok(()));
    rig.fail();
    // Asked in time, and once more, before they are believed no longer.
    rig.hand.forward(HARD_AGE / 2);
    assert_eq!(rig.verify(&ann).await, Ok(()));
    rig.hand.forward(AFTER_FAILURE);
    assert_eq!(rig.verify(&ann).await, Ok(()));
    assert_eq!(rig.fetches(), 3);
}

#[tokio::test]
async fn old_keys_outlive_an_outage_up_to_the_hard_age() {
    let (ann, log) = (mint("a"), Log::start());
    let rig = Rig::warm(&[&ann]).await;
    rig.fail();
    rig.hand.forward(DEFAULT_MAX_AGE);
    assert_eq!(rig.verify(&ann).await, Ok(()));
    assert_eq!(rig.fetches(), 2);
    let warned = log.ours();
    assert!(warned.contains("the last good ones are used"), "{warned}");

    // The issuer is left alone for a while.
    rig.hand.forward(AFTER_FAILURE - MILLI);
    assert_eq!(rig.verify(&ann).await, Ok(()));
    assert_eq!(rig.fetches(), 2);
    rig.hand.forward(MILLI);
    assert_eq!(rig.verify(&ann).await, Ok(()));
    assert_eq!(rig.fetches(), 3);

    rig.hand.forward(HARD_AGE - DEFAULT_MAX_AGE - AFTER_FAILURE);
    assert_eq!(rig.verify(&ann).await, Ok(()));
    rig.hand.forward(AFTER_FAILURE);
    assert_eq!(
        unavailable(rig.verify(&ann).await),
        "acme answered HTTP 500"
    );

    rig.serve_keys(&[&ann]);
    rig.hand.forward(AFTER_FAILURE);
    assert_eq!(rig.verify(&ann).await, Ok(()));
}

#[tokio::test]
async fn a_success_counts_from_when_it_was_asked_for() {
    let ann = mint("a");
    let rig = Rig::warm(&[&ann]).await;
    rig.hand.forward(DEFAULT_MAX_AGE);
    assert_eq!(rig.verify(&ann).await, Ok(()));
    rig.fail();
    // A day after the second fetch, not the first.
    rig.hand.forward(HARD_AGE);
    assert_eq!(rig.verify(&ann).await, Ok(()));
    rig.hand.forward(MILLI);
    unavailable(rig.verify(&ann).await);
}

#[tokio::test]
async fn a_clock_that_is_set_back_fetches_anew_rather_than_believing_for_ever() {
    let ann = mint("a");
    let rig = Rig::warm(&[&ann]).await;
    rig.hand.set(0);
    assert_eq!(rig.verify(&ann).await, Ok(()));
    assert_eq!(rig.fetches(), 2);
    assert_eq!(rig.verify(&ann).await, Ok(()));
    assert_eq!(rig.fetches(), 2);

    rig.hand.forward(DEFAULT_MAX_AGE);
    assert_eq!(rig.verify(&ann).await, Ok(()));
    assert_eq!(rig.fetches(), 3);
    rig.fail();
    rig.hand.set(0);
    unavailable(rig.verify(&ann).await);
}
