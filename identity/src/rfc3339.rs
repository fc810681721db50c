//! Dates and times as RFC 3339 texts, in which providers write those that are in no token.

use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// The moment that a text such as `2025-01-15T10:05:00.000Z` names; `None` if it is none, or lies
/// before 1970.
pub(crate) fn moment(text: &str) -> Option<SystemTime> {
    let moment = DateTime::from_str(text, Format::DateTimeWithOffset).ok()?;
    let millis = u64::try_from(moment.to_millis().ok()?).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}
