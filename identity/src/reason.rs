//! The first reason behind an error, short enough for a log line.

use std::error::Error;
use std::iter::successors;

/// Longest reason, in characters.
const LONGEST: usize = 200;
/// How far down a chain of errors is followed, lest one is circular.
const DEEPEST: usize = 16;

/// An error and those behind it, the outermost first.
pub(crate) fn chain<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    successors(Some(error), |&error| error.source()).take(DEEPEST + 1)
}

/// The text of the innermost error: the outer ones of the AWS SDK, reqwest and hyper say
/// only that something was sent and failed. It names hosts, certificates and system errors,
/// never what was sent.
pub(crate) fn first(error: &(dyn Error + 'static)) -> String {
    let innermost = chain(error).last().unwrap_or(error);
    let text = innermost.to_string();
    text.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect()
}
