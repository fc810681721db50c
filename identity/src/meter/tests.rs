#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

#[test]
fn what_is_taken_is_counted_anew() {
    let tally = Tally::default();
    tally.begin().succeeded();
    drop(tally.begin());
    drop(tally.begin());
    let taken = tally.take();
    let expected = Attempts {
        succeeded: 1,
        failed: 2,
    };
    assert_eq!((taken, taken.made()), (expected, 3));
    assert_eq!(tally.take(), Attempts::default());
}

#[tokio::test(start_paused = true)]
async fn a_call_is_timed_whether_it_is_answered_or_given_up() {
    let meter = Meter::default();
    let answered = meter.call();
    tokio::time::advance(Duration::from_millis(20)).await;
    let given_up = meter.call();
    tokio::time::advance(Duration::from_millis(5)).await;
    answered.answered();
    drop(given_up);
    meter.kept_back();
    let usage = meter.take();
    assert_eq!(usage.times, [25, 5].map(Duration::from_millis));
    assert_eq!((usage.calls.succeeded, usage.calls.failed), (1, 1));
    assert_eq!(usage.kept_back, 1);
    assert_eq!(meter.take(), Usage::default());
}

#[test]
fn times_are_bounded_and_counts_go_on() {
    let meter = Meter::default();
    for _ in 0..MAX_TIMES + 7 {
        meter.call().answered();
    }
    let usage = meter.take();
    assert_eq!(usage.times.len(), MAX_TIMES);
    assert_eq!(usage.calls.succeeded, MAX_TIMES as u64 + 7);
}
