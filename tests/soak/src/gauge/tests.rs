use super::*;

/// A hundred looks, one a second.
fn looks(memory: impl Fn(u64) -> u64, files: impl Fn(u64) -> usize) -> Usage {
    let look = |second: u64| Sample {
        at: Duration::from_secs(second),
        memory: memory(second),
        files: files(second),
        sockets: 0,
        threads: 1,
    };
    let samples: Vec<Sample> = (0..=100).map(look).collect();
    Usage::of(&samples).unwrap()
}

#[test]
fn what_stays_as_it_is_is_no_leak() {
    let usage = looks(|second| 9_000 + second % 7 * 100, |_| 40);
    assert_eq!(usage.leaks(16), [""; 0]);
}

#[test]
fn a_warm_up_is_no_leak() {
    let usage = looks(|second| 9_000 + second.min(20) * 1_000, |_| 40);
    assert_eq!(usage.leaks(16), [""; 0]);
}

#[test]
fn memory_that_grows_to_the_end_is_one() {
    let usage = looks(|second| 9_000 + second * 200, |_| 40);
    let leaks = usage.leaks(16);
    assert_eq!(leaks.len(), 2, "{leaks:?}");
    assert!(leaks[1].contains("10000 KiB"), "{leaks:?}");
}

#[test]
fn files_that_stay_open_are_one() {
    let usage = looks(|_| 9_000, |second| usize::try_from(second).unwrap());
    let leaks = usage.leaks(16);
    assert!(leaks.len() == 1 && leaks[0].contains("files"), "{leaks:?}");
}
