//! Secrets that are loaded together, refreshed together, and fail each by itself.

use super::*;
use crate::loopback::ssm_names;

fn wanted(references: &[&str]) -> Vec<Wanted> {
    let one = |(n, reference): (usize, &&str)| Wanted {
        setting: format!("providers[{n}].key"),
        reference: reference.parse().unwrap(),
        max_age: None,
    };
    references.iter().enumerate().map(one).collect()
}

/// An SSM in which `/missing…` does not exist and all else holds its name and how many
/// calls came before.
async fn store() -> (Server, Hand, Sources) {
    let server = Server::start(|n, request| {
        ssm_store(request, |name| {
            (!name.starts_with("/missing")).then(|| format!("{name}-{n}"))
        })
    })
    .await;
    let hand = Hand::default();
    let sources = Sources::system()
        .with_parameters(ssm_at(&server))
        .with_clock(hand.clock())
        .with_variables(|_| None);
    (server, hand, sources)
}

async fn texts(keyrings: &[Keyring]) -> Vec<String> {
    let mut texts = Vec::new();
    for keyring in keyrings {
        texts.push(keyring.current().await.expose().to_owned());
    }
    texts
}

#[tokio::test]
async fn one_call_loads_all_and_one_refreshes_all() {
    let (server, hand, sources) = store().await;
    let wanted = wanted(&["ssm:/a", "ssm:/b", "ssm:/c", "ssm:/a"]);
    let keyrings = Keyring::load_all(wanted, &sources, Pace::default());
    let keyrings = keyrings.await.unwrap();
    assert_eq!(texts(&keyrings).await, ["/a-0", "/b-0", "/c-0", "/a-0"]);
    let references = keyrings.iter().map(|keys| keys.reference().to_string());
    assert!(references.eq(["ssm:/a", "ssm:/b", "ssm:/c", "ssm:/a"]));

    hand.forward(Duration::from_mins(5));
    assert_eq!(texts(&keyrings).await, ["/a-1", "/b-1", "/c-1", "/a-1"]);
    let calls: Vec<_> = server.requests().iter().map(ssm_names).collect();
    assert_eq!(calls, vec![["/a", "/b", "/c"]; 2]);
}

#[tokio::test]
async fn each_has_its_own_age() {
    let (server, hand, sources) = store().await;
    let mut wanted = wanted(&["ssm:/a", "ssm:/b", "ssm:/c:1"]);
    wanted.first_mut().unwrap().max_age = Some(Duration::from_mins(1));
    let keyrings = Keyring::load_all(wanted, &sources, Pace::default());
    let keyrings = keyrings.await.unwrap();
    hand.forward(Duration::from_mins(1));
    assert_eq!(texts(&keyrings).await, ["/a-1", "/b-0", "/c:1-0"]);
    hand.forward(Duration::from_mins(4));
    assert_eq!(texts(&keyrings).await, ["/a-2", "/b-2", "/c:1-0"]);
    let calls: Vec<_> = server.requests().iter().skip(1).map(ssm_names).collect();
    assert_eq!(calls, [vec!["/a"], vec!["/a", "/b"]]);
}

#[tokio::test]
async fn a_refusal_reads_one_and_waits_for_no_other() {
    let (server, _hand, sources) = store().await;
    let keyrings = Keyring::load_all(wanted(&["ssm:/a", "ssm:/b"]), &sources, Pace::default());
    let keyrings = keyrings.await.unwrap();
    let [a, b] = keyrings.as_slice() else {
        unreachable!()
    };
    let old = a.current().await;
    // Somebody is reading the other one.
    let _flight = b.ring.flight.lock().await;
    let newer = a.refused(&old, Duration::from_secs(2)).await.unwrap();
    assert_eq!(newer.expose(), "/a-1");
    assert_eq!(b.current().await.expose(), "/b-0");
    assert_eq!(ssm_names(server.requests().last().unwrap()), ["/a"]);
}

#[tokio::test]
async fn one_that_fails_to_refresh_leaves_the_others_fresh() {
    let gone = Arc::new(AtomicBool::new(false));
    let is_gone = Arc::clone(&gone);
    let server = Server::start(move |n, request| {
        ssm_store(request, |name| {
            let there = name != "/b" || !is_gone.load(Ordering::SeqCst);
            there.then(|| format!("{name}-{n}"))
        })
    })
    .await;
    let hand = Hand::default();
    let sources = Sources::system()
        .with_parameters(ssm_at(&server))
        .with_clock(hand.clock());
    let keyrings = Keyring::load_all(wanted(&["ssm:/a", "ssm:/b"]), &sources, Pace::default());
    let keyrings = keyrings.await.unwrap();
    gone.store(true, Ordering::SeqCst);
    hand.forward(Duration::from_mins(5));
    assert_eq!(texts(&keyrings).await, ["/a-1", "/b-0"]);
    hand.forward(Duration::from_secs(10));
    assert_eq!(texts(&keyrings).await, ["/a-1", "/b-0"]);
    let calls: Vec<_> = server.requests().iter().skip(1).map(ssm_names).collect();
    assert_eq!(calls, [vec!["/a", "/b"], vec!["/b"]]);
}

#[tokio::test]
async fn all_that_fail_are_named_with_their_settings() {
    let (_server, _hand, sources) = store().await;
    let wanted = wanted(&[
        "ssm:/missing/a",
        "ssm:/b",
        "env:MISSING",
        "file:/missing/key",
        "ssm:/c#member",
    ]);
    let error = Keyring::load_all(wanted, &sources, Pace::default()).await;
    let text = error.err().unwrap().to_string();
    let lines: Vec<_> = text.lines().collect();
    let starts = [
        "providers[0].key: parameter `/missing/a` does not exist",
        "providers[2].key: environment variable `MISSING` is not set",
        "providers[3].key: file `/missing/key` does not exist",
        "providers[4].key: `ssm:/c#member` is not JSON",
    ];
    assert_eq!(lines.len(), starts.len(), "{text}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[tokio::test]
async fn nothing_wanted_is_nothing_asked() {
    let (server, _hand, sources) = store().await;
    let keyrings = Keyring::load_all(Vec::new(), &sources, Pace::default());
    assert!(keyrings.await.unwrap().is_empty());
    assert!(server.requests().is_empty());
}
