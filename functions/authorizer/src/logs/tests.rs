use tracing::Level;

use super::*;

/// The most that is logged of a target.
fn most(filter: &Targets, target: &str) -> Option<Level> {
    let levels = [
        Level::TRACE,
        Level::DEBUG,
        Level::INFO,
        Level::WARN,
        Level::ERROR,
    ];
    levels
        .into_iter()
        .find(|level| filter.would_enable(target, level))
}

#[test]
fn lambdas_level_counts_for_all() {
    for (level, expected) in [
        ("TRACE", Level::TRACE),
        ("DEBUG", Level::DEBUG),
        ("INFO", Level::INFO),
        ("WARN", Level::WARN),
        ("ERROR", Level::ERROR),
        ("FATAL", Level::ERROR),
        ("warn", Level::WARN),
        ("", Level::INFO),
        ("loud", Level::INFO),
    ] {
        let filter = filter("", level).unwrap_or_default();
        assert_eq!(most(&filter, "hyper::proto"), Some(expected), "{level}");
    }
}

#[test]
fn rust_log_takes_precedence_as_a_whole() {
    let of_all = filter("warn", "DEBUG").unwrap_or_default();
    assert_eq!(most(&of_all, "tollgate_identity::jwt"), Some(Level::WARN));
    let by_target = filter("warn,tollgate_identity=debug", "ERROR").unwrap_or_default();
    assert_eq!(
        most(&by_target, "tollgate_identity::jwt"),
        Some(Level::DEBUG)
    );
    assert_eq!(most(&by_target, "hyper"), Some(Level::WARN));
}

#[test]
fn what_cannot_be_read_leaves_lambdas_level() {
    let instead = filter("tollgate=loudly", "WARN").err();
    let instead = instead.map(|filter| most(&filter, "tollgate"));
    assert_eq!(instead, Some(Some(Level::WARN)));
}
