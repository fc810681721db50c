//! The first reason behind an error, short enough for a log line.

use std::error::Error;

/// Longest reason, in characters.
const LONGEST: usize = 200;
/// How far down a chain of errors is followed, lest one is circular.
pub(crate) const DEEPEST: usize = 16;

/// The text of the innermost error: the outer ones of the AWS SDK, reqwest and hyper say
/// only that something was sent and failed. It names hosts, certificates and system errors,
/// never what was sent.
pub(crate) fn first(error: &dyn Error) -> String {
    let mut innermost = error;
    for _ in 0..DEEPEST {
        let Some(source) = innermost.source() else {
            break;
        };
        innermost = source;
    }
    let text = innermost.to_string();
    text.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect()
}
