//! Tokens that name a key which is not among those at hand.

use super::*;

#[tokio::test]
async fn a_new_key_is_fetched_at_once() {
    let (old, new) = (mint("old"), mint("new"));
    let rig = Rig::warm(&[&old]).await;
    rig.serve_keys(&[&old, &new]);
    assert_eq!(rig.verify(&new).await, Ok(()));
    assert_eq!(rig.verify(&old).await, Ok(()));
    assert_eq!(rig.fetches(), 2);
}

#[tokio::test]
async fn a_rotation_under_load_fetches_once_and_refuses_nobody() {
    let (old, new) = (mint("old"), mint("new"));
    let rig = Rig::warm(&[&old]).await;
    rig.serve_keys(&[&new]);
    assert!(rig.herd(&new, 100).await.iter().all(Result::is_ok));
    assert_eq!(rig.fetches(), 2);
}

#[tokio::test]
async fn a_flood_of_made_up_kids_fetches_once_in_ten_seconds() {
    let ann = mint("a");
    let rig = Rig::warm(&[&ann]).await;
    for round in 2..=3 {
        for result in rig.herd(&mint("made-up"), 100).await {
            assert_eq!(result, UNKNOWN);
        }
        assert_eq!(rig.fetches(), round);
        rig.hand.forward(BETWEEN_UNKNOWN - Duration::from_millis(1));
        assert_eq!(rig.verify(&mint("another")).await, UNKNOWN);
        assert_eq!(rig.verify(&ann).await, Ok(()));
        assert_eq!(rig.fetches(), round, "asked again too soon");
        rig.hand.forward(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn nothing_else_that_is_wrong_with_a_token_fetches() {
    let ann = mint("a");
    let rig = Rig::warm(&[&ann]).await;
    let deadline = Instant::now() + TIME;
    for wrong in ["", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        let problem = rig.cache.verify(wrong, &rules(), deadline).await;
        assert!(matches!(problem, Err(VerifyProblem::Refused(_))), "{wrong}");
    }
    assert_eq!(rig.fetches(), 1);
}

#[tokio::test]
async fn an_unknown_kid_in_an_outage_is_no_bad_token() {
    let (ann, new) = (mint("a"), mint("new"));
    let rig = Rig::warm(&[&ann]).await;
    rig.fail();
    for result in rig.herd(&new, 100).await {
        assert_eq!(unavailable(result), "acme answered HTTP 500");
    }
    assert_eq!(rig.fetches(), 2);
    // Known ones go on, and those that came later are told the same.
    rig.hand.forward(BETWEEN_UNKNOWN - Duration::from_millis(1));
    assert_eq!(rig.verify(&ann).await, Ok(()));
    unavailable(rig.verify(&new).await);
    assert_eq!(rig.fetches(), 2);

    rig.serve_keys(&[&ann, &new]);
    rig.hand.forward(Duration::from_millis(1));
    assert_eq!(rig.verify(&new).await, Ok(()));
    assert_eq!(rig.fetches(), 3);
}

#[tokio::test]
async fn a_fetch_that_is_given_up_counts_as_one_and_refuses_nobody() {
    let (ann, new) = (mint("a"), mint("new"));
    let rig = Rig::warm(&[&ann]).await;
    rig.serve(|| Reply::Hang);
    tokio::select! {
        verified = rig.verify(&new) => panic!("{verified:?}"),
        () = rig.server.reaches(2) => {}
    }
    let cause = unavailable(rig.verify(&new).await);
    assert!(cause.contains("was not fetched"), "{cause}");
    assert_eq!(rig.fetches(), 2);
}

#[tokio::test]
async fn an_unknown_kid_waits_no_longer_than_its_deadline() {
    let (ann, new) = (mint("a"), mint("new"));
    let rig = Rig::warm(&[&ann]).await;
    rig.serve(|| Reply::Hang);
    let span = Duration::from_secs(1);
    let began = StdInstant::now();
    let (first, second) = tokio::join!(
        rig.verify_within(&new, span),
        rig.verify_within(&new, span / 2)
    );
    unavailable(first);
    unavailable(second);
    assert!(began.elapsed() < TIME / 2, "{:?}", began.elapsed());
    assert_eq!(rig.fetches(), 2);
}

#[tokio::test]
async fn a_fetch_by_age_serves_an_unknown_kid_too() {
    let (old, new) = (mint("old"), mint("new"));
    let rig = Rig::warm(&[&old]).await;
    rig.serve_keys(&[&new]);
    rig.hand.forward(DEFAULT_MAX_AGE);
    assert_eq!(rig.verify(&new).await, Ok(()));
    assert_eq!(rig.verify(&old).await, UNKNOWN);
    assert_eq!(
        rig.fetches(),
        3,
        "its own, since the keys were not just fetched for it"
    );
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_lock_new_keys_out() {
    let (ann, new) = (mint("a"), mint("new"));
    let rig = Rig::warm(&[&ann]).await;
    assert_eq!(rig.verify(&new).await, UNKNOWN);
    rig.serve_keys(&[&ann, &new]);
    rig.hand.set(0);
    assert_eq!(rig.verify(&new).await, Ok(()));
}

/// The claims of [`token`] under a header without `kid`.
fn without_kid(mint: &Mint) -> String {
    let claims = json!({"sub": "u-ann", "exp": 4_000_000_000_u64});
    mint.compact(r#"{"alg":"ES256"}"#, claims.to_string())
}

/// Serves one key, as issuers do that name none.
fn serve_unnamed(rig: &Rig, mint: &Mint) {
    let mut entry = mint.jwk();
    entry.as_object_mut().unwrap().remove("kid");
    let body = String::from_utf8(mint::jwks(&[entry])).unwrap();
    rig.serve(move || Reply::json(&body));
}

#[tokio::test]
async fn a_key_without_a_name_that_is_changed_is_fetched_at_once() {
    let (old, new) = (mint("old"), mint("new"));
    let rig = Rig::warm(&[&old]).await;
    let verify = async |mint: &Mint| {
        let (token, rules) = (without_kid(mint), rules());
        let verified = rig.cache.verify(&token, &rules, Instant::now() + TIME);
        verified.await.map(|_| ())
    };
    assert_eq!(verify(&old).await, Ok(()));
    assert_eq!(rig.fetches(), 1);
    serve_unnamed(&rig, &new);
    assert_eq!(verify(&new).await, Ok(()));
    assert_eq!(rig.fetches(), 2);
    // Wrong signatures can be made up like names: no more than one fetch in ten seconds.
    for _ in 0..100 {
        assert_eq!(verify(&old).await, UNKNOWN);
    }
    assert_eq!(rig.fetches(), 2);
    rig.hand.forward(BETWEEN_UNKNOWN);
    assert_eq!(verify(&old).await, UNKNOWN);
    assert_eq!(rig.fetches(), 3);
    // And while the issuer is down, nobody can say that the token is bad.
    rig.fail();
    rig.hand.forward(BETWEEN_UNKNOWN);
    unavailable(verify(&old).await);
    assert_eq!(verify(&new).await, Ok(()));
}

#[tokio::test]
async fn a_key_without_a_name_is_found_after_a_set_without_any_or_of_another_algorithm() {
    let (new, before) = (mint("new"), Mint::new(Algorithm::EdDsa, "before"));
    for other in [Vec::new(), vec![&before]] {
        let rig = Rig::warm(&other).await;
        serve_unnamed(&rig, &new);
        let (token, rules) = (without_kid(&new), rules());
        let verified = rig.cache.verify(&token, &rules, Instant::now() + TIME);
        assert_eq!(verified.await.map(|_| ()), Ok(()));
        assert_eq!(rig.fetches(), 2);
    }
}

#[tokio::test]
async fn a_wrong_signature_of_a_named_key_fetches_nothing() {
    let (ann, forger) = (mint("a"), mint("a"));
    let rig = Rig::warm(&[&ann]).await;
    let refused = Err(VerifyProblem::Refused(Refusal::Signature));
    assert_eq!(rig.verify(&forger).await, refused);
    assert_eq!(rig.fetches(), 1);
}
