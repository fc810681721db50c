//! A secret that changes, here and at the provider, in either order.

use super::*;
use crate::keyring::state::OVERLAP;

const LEFT: Duration = Duration::from_secs(2);

/// A keyring whose secret changed from `key-0` to `key-1` a moment ago, seen by age.
async fn changed() -> (Server, Hand, Keyring) {
    let server = Server::start(|n, _| ssm_value(if n == 0 { "key-0" } else { "key-1" })).await;
    let hand = Hand::default();
    let keys = load(&server, &hand, Pace::default()).await.unwrap();
    hand.forward(Duration::from_mins(5));
    assert_eq!(keys.current().await.expose(), "key-1");
    (server, hand, keys)
}

/// Both keys as texts.
async fn both(keys: &Keyring) -> (String, Option<String>) {
    let (current, previous) = keys.both().await;
    let previous = previous.map(|key| key.expose().to_owned());
    (current.expose().to_owned(), previous)
}

#[tokio::test]
async fn two_are_good_for_ten_minutes_after_a_change() {
    let (server, hand, keys) = changed().await;
    let two = ("key-1".to_owned(), Some("key-0".to_owned()));
    let one = ("key-1".to_owned(), None);
    assert_eq!(both(&keys).await, two);
    let moment = Duration::from_secs(1);
    hand.forward(OVERLAP.saturating_sub(moment));
    assert_eq!(both(&keys).await, two);
    hand.forward(moment);
    assert_eq!(both(&keys).await, one);
    assert!(
        server.requests().len() > 2,
        "it is refreshed by age as well"
    );

    let (_server, hand, keys) = changed().await;
    hand.set(0); // a clock set back ends the overlap, rather than stretching it
    assert_eq!(both(&keys).await, one);
}

#[tokio::test]
async fn there_is_one_before_a_change_and_never_three() {
    let (_server, hand, keys) = counting().await;
    assert_eq!(both(&keys).await, ("key-0".to_owned(), None));
    hand.forward(Duration::from_mins(5));
    let two = ("key-1".to_owned(), Some("key-0".to_owned()));
    assert_eq!(both(&keys).await, two);
    hand.forward(Duration::from_mins(5));
    let two = ("key-2".to_owned(), Some("key-1".to_owned()));
    assert_eq!(both(&keys).await, two);
}

/// Stored here before the provider knew it.
#[tokio::test]
async fn a_key_stored_too_early_costs_no_outage() {
    let (server, hand, keys) = changed().await;
    let early = keys.current().await;
    let old = keys.refused(&early, LEFT).await.unwrap();
    assert_eq!(old.expose(), "key-0");
    assert_eq!(
        server.requests().len(),
        3,
        "SSM is asked for a newer one first"
    );

    // The provider knows the old one: it is used without another refusal.
    assert_eq!(keys.current().await.expose(), "key-0");
    hand.forward(Duration::from_mins(5));
    assert_eq!(keys.current().await.expose(), "key-0");

    // Now it is changed there too.
    let new = keys.refused(&old, LEFT).await.unwrap();
    assert_eq!(new.expose(), "key-1");
    assert_eq!(keys.current().await.expose(), "key-1");
}

#[tokio::test]
async fn a_key_that_was_refused_is_not_gone_back_to() {
    let (server, hand, keys) = counting().await;
    let old = keys.current().await;
    let new = keys.refused(&old, LEFT).await.unwrap();
    assert_eq!(new.expose(), "key-1");
    // SSM has an even newer one each time: the refused are never given again.
    hand.forward(Duration::from_secs(1));
    assert_eq!(keys.refused(&new, LEFT).await.unwrap().expose(), "key-2");
    assert_eq!(server.requests().len(), 3);

    let (_server, _hand, keys) = changed().await;
    let (new, old) = keys.both().await;
    let old = old.unwrap();
    assert_eq!(keys.refused(&new, LEFT).await.unwrap().expose(), "key-0");
    assert_eq!(keys.refused(&old, LEFT).await.unwrap().expose(), "key-1");
    assert!(keys.refused(&new, LEFT).await.is_none(), "both are refused");
    assert_eq!(keys.current().await.expose(), "key-1");
}

#[tokio::test]
async fn the_old_key_is_not_gone_back_to_for_longer_than_both_are_good() {
    let (_server, hand, keys) = changed().await;
    let new = keys.current().await;
    assert!(keys.refused(&new, LEFT).await.is_some());
    hand.forward(OVERLAP);
    assert_eq!(keys.current().await.expose(), "key-1");
    assert!(keys.refused(&new, LEFT).await.is_none());
}

#[tokio::test]
async fn a_version_is_not_read_again_by_age_but_when_refused() {
    let server = Server::start(|_, request| ssm_store(request, |_| Some("key".into()))).await;
    let hand = Hand::default();
    let sources = Sources::system()
        .with_parameters(ssm_at(&server))
        .with_clock(hand.clock());
    for (reference, calls) in [("ssm:/x:3", 0), ("ssm:/x:live", 1), ("ssm:/x", 1)] {
        let reference = reference.parse().unwrap();
        let before = server.requests().len() + 1;
        let keys = Keyring::load(reference, SETTING, &sources, Pace::default());
        let keys = keys.await.unwrap();
        hand.forward(Duration::from_mins(5));
        let key = keys.current().await;
        assert_eq!(server.requests().len() - before, calls, "by age");
        assert!(keys.refused(&key, LEFT).await.is_none());
        assert_eq!(server.requests().len() - before, calls + 1, "refused");
    }
}

#[tokio::test]
async fn a_file_is_read_again_by_age_and_when_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let write = |text: &str| std::fs::write(&path, text).unwrap();
    write("key-0\n");
    let hand = Hand::default();
    let sources = Sources::system().with_clock(hand.clock());
    let reference = format!("file:{}", path.display()).parse().unwrap();
    let keys = Keyring::load(reference, SETTING, &sources, Pace::default());
    let keys = keys.await.unwrap();

    write("key-1\n");
    assert_eq!(keys.current().await.expose(), "key-0");
    hand.forward(Duration::from_mins(5));
    let by_age = keys.current().await;
    assert_eq!(by_age.expose(), "key-1");

    write("key-2\n");
    let refused = keys.refused(&by_age, LEFT).await.unwrap();
    assert_eq!(refused.expose(), "key-2");

    // Gone: the last good one goes on.
    std::fs::remove_file(&path).unwrap();
    hand.forward(Duration::from_mins(5));
    assert_eq!(keys.current().await.expose(), "key-2");
}
