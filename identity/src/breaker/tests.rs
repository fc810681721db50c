#![allow(
    clippy::unwrap_used,
    clippy::unchecked_time_subtraction,
    reason = "tests"
)]

use super::*;
use crate::loopback::Hand;

const SECOND: Duration = Duration::from_secs(1);

fn breaker() -> (Breaker, Hand) {
    let hand = Hand::default();
    (Breaker::new(hand.clock()), hand)
}

fn fail(breaker: &Breaker, retry_after: Option<Duration>) {
    let admission = breaker.admit().ok().unwrap();
    admission.failed("fell over".to_owned(), retry_after);
}

fn open() -> (Breaker, Hand) {
    let (breaker, hand) = breaker();
    for _ in 0..FAILURES {
        fail(&breaker, None);
    }
    (breaker, hand)
}

fn refused(breaker: &Breaker) -> Option<Refused> {
    breaker.admit().err()
}

fn down() -> Refused {
    Refused::Down("fell over".to_owned())
}

fn asked(left: Duration) -> Refused {
    Refused::Asked("fell over".to_owned(), left)
}

#[test]
fn it_opens_after_failures_in_a_row() {
    let (breaker, _hand) = breaker();
    for _ in 0..3 {
        for _ in 1..FAILURES {
            fail(&breaker, None);
        }
        assert_eq!(refused(&breaker), None);
        breaker.admit().ok().unwrap().succeeded();
    }
    for _ in 0..FAILURES {
        fail(&breaker, None);
    }
    assert_eq!(refused(&breaker), Some(down()));
}

#[test]
fn then_one_at_a_time_is_let_through() {
    let (breaker, hand) = open();
    hand.forward(PAUSE - Duration::from_millis(1));
    assert_eq!(refused(&breaker), Some(down()));
    hand.forward(Duration::from_millis(1));
    let probe = breaker.admit().ok().unwrap();
    assert_eq!(refused(&breaker), Some(down()));

    // It fails: another pause.
    probe.failed("fell over".to_owned(), None);
    assert_eq!(refused(&breaker), Some(down()));
    hand.forward(PAUSE);
    let probe = breaker.admit().ok().unwrap();

    // It succeeds: everybody.
    probe.succeeded();
    let both = [breaker.admit(), breaker.admit()];
    assert!(both.iter().all(Result::is_ok));
}

#[test]
fn a_probe_that_nobody_waits_for_makes_room_for_another() {
    let (breaker, hand) = open();
    hand.forward(PAUSE);
    drop(breaker.admit().ok().unwrap());
    fail(&breaker, None);
    assert_eq!(refused(&breaker), Some(down()));
}

#[test]
fn calls_under_way_when_it_opens_do_not_prolong_it() {
    let (breaker, hand) = breaker();
    let late: Vec<_> = (0..FAILURES + 2).map(|_| breaker.admit()).collect();
    for admission in late {
        admission.ok().unwrap().failed("fell over".to_owned(), None);
        hand.forward(PAUSE / 4);
    }
    // Opened by the fifth, two quarters and its own ago.
    assert_eq!(refused(&breaker), Some(down()));
    hand.forward(PAUSE / 4);
    assert_eq!(refused(&breaker), None);
}

#[test]
fn a_success_under_way_when_it_opens_closes_it() {
    let (breaker, _hand) = breaker();
    let late = breaker.admit().ok().unwrap();
    for _ in 0..FAILURES {
        fail(&breaker, None);
    }
    late.succeeded();
    assert_eq!(refused(&breaker), None);
}

#[test]
fn retry_after_is_honoured_up_to_a_bound() {
    for (span, honoured) in [
        (SECOND, SECOND),
        (LONGEST_RETRY_AFTER, LONGEST_RETRY_AFTER),
        (LONGEST_RETRY_AFTER + SECOND, LONGEST_RETRY_AFTER),
        (Duration::MAX, LONGEST_RETRY_AFTER),
    ] {
        let (breaker, hand) = breaker();
        fail(&breaker, Some(span));
        assert_eq!(refused(&breaker), Some(asked(honoured)));
        hand.forward(honoured - SECOND / 2);
        assert_eq!(refused(&breaker), Some(asked(SECOND / 2)));
        hand.forward(SECOND / 2);
        assert_eq!(refused(&breaker), None, "{span:?}");
    }
    let (breaker, _hand) = breaker();
    fail(&breaker, Some(Duration::ZERO));
    assert_eq!(refused(&breaker), None);
}

#[test]
fn retry_after_outlasts_a_success_beside_it() {
    let (breaker, _hand) = breaker();
    let beside = breaker.admit().ok().unwrap();
    fail(&breaker, Some(SECOND));
    beside.succeeded();
    assert_eq!(refused(&breaker), Some(asked(SECOND)));
}

#[test]
fn a_clock_set_back_keeps_nobody_out() {
    let (breaker, hand) = open();
    hand.set(0);
    assert_eq!(refused(&breaker), None);

    let (breaker, hand) = self::breaker();
    fail(&breaker, Some(SECOND));
    hand.set(0);
    assert_eq!(refused(&breaker), None);
}
