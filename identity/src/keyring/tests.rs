#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod rotation;
mod together;

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::timeout;

use super::*;
use crate::loopback::{Hand, Log, Reply, Server, ssm_at, ssm_error, ssm_store, ssm_value};
use crate::ssm::Problem;

const SETTING: &str = "tiun: api_key";

/// Long enough for a busy machine.
const TIME: Duration = Duration::from_secs(30);

impl Keyring {
    /// Loads one secret by itself.
    pub(crate) async fn load(
        reference: SecretRef,
        setting: impl Into<String>,
        sources: &Sources,
        pace: Pace,
    ) -> Result<Self, StartupError> {
        let wanted = Wanted {
            setting: setting.into(),
            reference,
            max_age: None,
        };
        let mut keyrings = Self::load_all(vec![wanted], sources, pace).await?;
        Ok(keyrings.pop().unwrap())
    }
}

async fn load(server: &Server, hand: &Hand, pace: Pace) -> Result<Keyring, StartupError> {
    let sources = Sources::system()
        .with_parameters(ssm_at(server))
        .with_clock(hand.clock());
    Keyring::load("ssm:/tiun".parse().unwrap(), SETTING, &sources, pace).await
}

/// An SSM whose n-th read gives `key-n`, and a keyring on it.
async fn counting() -> (Server, Hand, Keyring) {
    let server = Server::start(|n, _| ssm_value(&format!("key-{n}"))).await;
    let hand = Hand::default();
    let keys = load(&server, &hand, Pace::default()).await.unwrap();
    (server, hand, keys)
}

#[tokio::test]
async fn a_key_is_read_once_and_again_when_it_is_old() {
    let (server, hand, keys) = counting().await;
    for _ in 0..3 {
        assert_eq!(keys.current().await.expose(), "key-0");
    }
    hand.forward(Duration::from_secs(299));
    assert_eq!(keys.current().await.expose(), "key-0");
    assert_eq!(server.requests().len(), 1);

    hand.forward(Duration::from_secs(1));
    assert_eq!(keys.current().await.expose(), "key-1");
    assert_eq!(keys.current().await.expose(), "key-1");
    assert_eq!(server.requests().len(), 2);
    let rereads = keys.rereads().take();
    assert_eq!((rereads.succeeded, rereads.failed), (1, 0));

    hand.set(0); // a clock set back refreshes, rather than keeping a key for years
    assert_eq!(keys.current().await.expose(), "key-2");
    assert_eq!(keys.current().await.expose(), "key-2");
}

#[tokio::test]
async fn by_a_deadline_there_is_a_key_whatever_the_reading_takes() {
    let server = Server::start(|n, _| match n {
        0 => ssm_value("key-0"),
        _ => Reply::Hang,
    });
    let (server, hand) = (server.await, Hand::default());
    let patient = Pace {
        invocation: Duration::from_hours(1),
        ..Pace::default()
    };
    let keys = load(&server, &hand, patient).await.unwrap();
    hand.forward(Duration::from_secs(301));
    let deadline = Instant::now() + Duration::from_millis(50);
    let read = timeout(TIME, keys.current_by(deadline)).await;
    assert_eq!(read.unwrap().expose(), "key-0");
}

#[tokio::test]
async fn the_last_good_key_outlives_a_failure_and_ssm_is_left_alone_for_a_while() {
    let down = Arc::new(AtomicBool::new(false));
    let is_down = Arc::clone(&down);
    let server = Server::start(move |n, _| {
        if is_down.load(Ordering::SeqCst) {
            ssm_error(400, "AccessDeniedException", "no")
        } else {
            ssm_value(&format!("key-{n}"))
        }
    });
    let (server, hand, log) = (server.await, Hand::default(), Log::start());
    let keys = load(&server, &hand, Pace::default()).await.unwrap();

    down.store(true, Ordering::SeqCst);
    hand.forward(Duration::from_mins(5));
    assert_eq!(keys.current().await.expose(), "key-0");
    assert_eq!(server.requests().len(), 2);
    hand.forward(Duration::from_secs(9));
    assert_eq!(keys.current().await.expose(), "key-0");
    assert_eq!(server.requests().len(), 2, "asked again too soon");
    hand.forward(Duration::from_secs(1));
    assert_eq!(keys.current().await.expose(), "key-0");
    assert_eq!(server.requests().len(), 3);
    let rereads = keys.rereads().take();
    assert_eq!((rereads.succeeded, rereads.failed), (0, 2));

    down.store(false, Ordering::SeqCst);
    hand.forward(Duration::from_secs(10));
    assert_eq!(keys.current().await.expose(), "key-3");

    let log = log.all();
    assert!(log.contains("the last good one is kept") && log.contains("ssm:GetParameters"));
    assert!(log.contains("changed, the new one is used") && log.contains("/tiun"));
    assert!(!log.contains("key-"), "{log}");
}

#[tokio::test]
async fn a_new_value_that_no_header_carries_does_not_replace_a_good_key() {
    let server = Server::start(|n, _| ssm_value(if n == 0 { "good" } else { "b\na\nd" })).await;
    let hand = Hand::default();
    let keys = load(&server, &hand, Pace::default()).await.unwrap();
    hand.forward(Duration::from_mins(5));
    assert_eq!(keys.current().await.expose(), "good");
    assert!(
        keys.refused(&keys.key(), Duration::from_secs(2))
            .await
            .is_none()
    );
}

#[tokio::test]
async fn nobody_waits_for_somebody_elses_refresh() {
    let server = Server::start(|n, _| {
        if n == 0 {
            ssm_value("old")
        } else {
            Reply::Hang
        }
    })
    .await;
    let hand = Hand::default();
    let pace = Pace {
        invocation: Duration::from_millis(300),
        ..Pace::default()
    };
    let keys = load(&server, &hand, pace).await.unwrap();
    hand.forward(Duration::from_mins(5));
    let beside = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let quick = tokio::time::timeout(Duration::from_millis(50), keys.current()).await;
        assert_eq!(quick.unwrap().expose(), "old");
    };
    let (refreshing, ()) = tokio::join!(keys.current(), beside);
    assert_eq!(refreshing.expose(), "old");
}

#[tokio::test]
async fn a_refresh_that_is_cut_short_is_not_begun_by_the_next_call_too() {
    let server = Server::start(|n, _| {
        if n == 0 {
            ssm_value("old")
        } else {
            Reply::Hang
        }
    });
    let (server, hand) = (server.await, Hand::default());
    let keys = load(&server, &hand, Pace::default()).await.unwrap();
    let cut_short = async |requests| {
        tokio::select! {
            _ = keys.current() => panic!("SSM hangs"),
            () = server.reaches(requests) => {}
        }
    };
    hand.forward(Duration::from_mins(5));
    cut_short(2).await;
    assert_eq!(keys.current().await.expose(), "old");
    assert_eq!(server.requests().len(), 2);
    // And only for as long as after one that failed.
    hand.forward(Duration::from_secs(10));
    cut_short(3).await;
}

#[tokio::test]
async fn many_refusals_at_once_read_ssm_once() {
    let (server, hand, keys) = counting().await;
    let keys = Arc::new(keys);
    let old = keys.current().await;
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (keys, old) = (Arc::clone(&keys), Arc::clone(&old));
            tokio::spawn(async move { keys.refused(&old, Duration::from_secs(2)).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap().expose(), "key-1");
    }
    assert_eq!(server.requests().len(), 2);
    // One that comes late with the old key is given the new one without a call.
    hand.forward(Duration::from_secs(5));
    let late = keys.refused(&old, Duration::from_secs(2)).await;
    assert_eq!(late.unwrap().expose(), "key-1");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_key_that_is_wrong_in_ssm_too_does_not_hammer_it() {
    let server = Server::start(|_, _| ssm_value("wrong")).await;
    let hand = Hand::default();
    let keys = load(&server, &hand, Pace::default()).await.unwrap();
    let wrong = keys.current().await;
    for _ in 0..20 {
        assert!(keys.refused(&wrong, Duration::from_secs(2)).await.is_none());
    }
    assert_eq!(server.requests().len(), 2);
    hand.forward(Duration::from_secs(1));
    assert!(keys.refused(&wrong, Duration::from_secs(2)).await.is_none());
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_answered_in_time_when_ssm_hangs() {
    let server = Server::start(|n, _| {
        if n == 0 {
            ssm_value("old")
        } else {
            Reply::Hang
        }
    })
    .await;
    let hand = Hand::default();
    let keys = load(&server, &hand, Pace::default()).await.unwrap();
    let old = keys.current().await;
    let began = std::time::Instant::now();
    let within = Duration::from_millis(200);
    assert!(keys.refused(&old, within).await.is_none());
    let asked = server.requests().len();
    assert!(keys.refused(&old, within).await.is_none());
    assert_eq!(server.requests().len(), asked, "asked again at once");
    assert!(began.elapsed() < within * 3, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_read_that_is_cut_short_still_counts_as_one() {
    let server = Server::start(|n, _| {
        if n == 0 {
            ssm_value("old")
        } else {
            Reply::Hang
        }
    })
    .await;
    let hand = Hand::default();
    let keys = load(&server, &hand, Pace::default()).await.unwrap();
    let old = keys.current().await;
    let within = Duration::from_millis(200);
    // Half of the time goes by in waiting for somebody else's read.
    let busy = async {
        let _flight = keys.ring.flight.lock().await;
        tokio::time::sleep(within / 2).await;
    };
    let ((), replaced) = tokio::join!(busy, keys.refused(&old, within));
    assert!(replaced.is_none());
    let asked = server.requests().len();
    assert!(asked > 1, "it was not read at all");
    assert!(keys.refused(&old, within).await.is_none());
    assert_eq!(server.requests().len(), asked, "asked again at once");
}

#[tokio::test]
async fn a_key_that_cannot_be_loaded_stops_the_start() {
    let server = Server::start(|_, _| {
        Reply::new(
            200,
            "application/x-amz-json-1.1",
            r#"{"Parameters":[],"InvalidParameters":["/tiun"]}"#,
        )
    });
    let error = load(&server.await, &Hand::default(), Pace::default())
        .await
        .err()
        .unwrap();
    let text = error.to_string();
    assert!(
        text.starts_with("tiun: api_key: parameter `/tiun` does not exist"),
        "{text}"
    );

    let hanging = Server::start(|_, _| Reply::Hang).await;
    let pace = Pace {
        init: Duration::from_millis(200),
        ..Pace::default()
    };
    let error = load(&hanging, &Hand::default(), pace).await.err().unwrap();
    let StartupError::Secrets(missing) = error else {
        unreachable!("{error:?}")
    };
    let [MissingSecret { error, .. }] = missing.as_slice() else {
        unreachable!("{missing:?}")
    };
    let SecretError::Parameter(error) = error else {
        unreachable!("{error:?}")
    };
    assert!(matches!(error.problem, Problem::TimedOut(_)), "{error:?}");
}

#[tokio::test]
async fn a_key_from_the_environment_is_read_at_start_and_stays() {
    let reference: SecretRef = "env:TIUN_API_KEY".parse().unwrap();
    let with = |value: Option<&'static str>| {
        let sources = Sources::system().with_variables(move |name| {
            assert_eq!(name, "TIUN_API_KEY");
            value.map(str::to_owned)
        });
        let reference = reference.clone();
        async move { Keyring::load(reference, SETTING, &sources, Pace::default()).await }
    };
    let keys = with(Some("key\n")).await.unwrap();
    let key = keys.current().await;
    assert_eq!(key.expose(), "key");
    assert!(keys.refused(&key, Duration::from_secs(1)).await.is_none());
    // The environment of a process never changes, so it is not looked at again.
    assert_eq!(keys.rereads().take().made(), 0);
    assert_eq!(format!("{key:?}"), "ApiKey { secret: ***, generation: 0 }");

    for (value, words) in [
        (None, "environment variable `TIUN_API_KEY` is not set"),
        (Some(""), "`env:TIUN_API_KEY` is empty"),
        (Some("47\n11"), "`env:TIUN_API_KEY` holds a line break"),
    ] {
        let error = with(value).await.err().unwrap().to_string();
        let start = format!("tiun: api_key: {words}");
        assert!(
            error.starts_with(&start) && !error.contains("47"),
            "{error}"
        );
    }
}
