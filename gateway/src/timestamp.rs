//! A moment as IAM and logs write it: `2026-11-26T14:00:00Z` (RFC 3339).

use std::time::{SystemTime, UNIX_EPOCH};

/// The moment in UTC, whole seconds, rounded down. One before 1970 counts as 1970.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use tollgate_gateway::timestamp::timestamp;
///
/// let moment = UNIX_EPOCH + Duration::from_secs(1_767_225_599);
/// assert_eq!(timestamp(moment), "2025-12-31T23:59:59Z");
/// ```
pub fn timestamp(moment: SystemTime) -> String {
    let seconds = moment
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day after so many days since 1970-01-01 (Howard Hinnant, `civil_from_days`): years
/// are counted from March, so that the leap day is their last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + next, month, day)
}
