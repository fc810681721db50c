//! When and as what a request is handled: its time and its identifiers, in the forms API Gateway and others write.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

/// The time and the identifier of one request; an input of everything that is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970.
    pub epoch_ms: u64,
    /// In the form of a UUID.
    pub request_id: String,
}

/// What tells each request's moment.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

impl Moment {
    /// Now, with an identifier no other request of this process has.
    pub fn now() -> Self {
        static RANDOM: OnceLock<RandomState> = OnceLock::new();
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let random = RANDOM.get_or_init(RandomState::new);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let (a, b) = (random.hash_one((0, count)), random.hash_one((1, count)));
        let request_id = format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xFFFF,
            a & 0xFFF,
            b >> 48 & 0xFFF,
            b & 0xFFFF_FFFF_FFFF
        );
        let epoch_ms = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis());
        Self {
            epoch_ms: u64::try_from(epoch_ms).unwrap_or(u64::MAX),
            request_id,
        }
    }

    /// API Gateway's other identifier, in Base64 letters ending in `=`.
    pub(super) fn extended_request_id(&self) -> String {
        let letters: String = self
            .request_id
            .chars()
            .filter(char::is_ascii_hexdigit)
            .take(15)
            .collect();
        format!("{letters}=")
    }

    /// `Root=1-SECONDS-ID`, as X-Ray writes it.
    pub(super) fn trace_id(&self) -> String {
        let id: String = self
            .request_id
            .chars()
            .filter(char::is_ascii_hexdigit)
            .take(24)
            .collect();
        format!("Root=1-{:08x}-{id}", self.epoch_ms / 1000)
    }
}

/// A time as in the Common Log Format: `21/Nov/2026:07:17:00 +0000`.
pub(super) fn common_log_time(epoch_ms: u64) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let seconds = epoch_ms / 1000;
    let (year, month, day) = date(seconds / 86_400);
    let month = MONTHS.get(month).copied().unwrap_or_default();
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{day:02}/{month}/{year}:{hour:02}:{minute:02}:{second:02} +0000")
}

/// A time in UTC as JavaScript writes it (RFC 3339 with milliseconds): `2026-11-21T07:17:00.000Z`.
pub(crate) fn iso_time(epoch_ms: u64) -> String {
    let (seconds, fraction) = (epoch_ms / 1000, epoch_ms % 1000);
    let (year, month, day) = date(seconds / 86_400);
    let month = month + 1;
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z")
}

/// Year, month from 0 and day from 1 of a day counted from 1970-01-01 (Gregorian calendar).
fn date(days: u64) -> (u64, usize, u64) {
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    // Whole cycles of 400 years first, so that no input makes this long.
    let (mut year, mut left) = (1970 + days / 146_097 * 400, days % 146_097);
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if left < length {
            break;
        }
        left -= length;
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 0;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_date_minus_u() {
        for (seconds, expected) in [
            (0, "01/Jan/1970:00:00:00 +0000"),
            (68_169_600, "29/Feb/1972:00:00:00 +0000"),
            (951_782_400, "29/Feb/2000:00:00:00 +0000"),
            (1_795_245_420, "21/Nov/2026:07:17:00 +0000"),
            (4_102_444_799, "31/Dec/2099:23:59:59 +0000"),
            (4_107_542_400, "01/Mar/2100:00:00:00 +0000"),
        ] {
            assert_eq!(common_log_time(seconds * 1000 + 999), expected);
        }
        assert!(!common_log_time(u64::MAX).is_empty());
    }

    #[test]
    fn iso_times_have_milliseconds() {
        for (milliseconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_007, "2000-02-29T00:00:00.007Z"),
            (1_795_245_420_999, "2026-11-21T07:17:00.999Z"),
        ] {
            assert_eq!(iso_time(milliseconds), expected);
        }
    }

    #[test]
    fn identifiers_have_their_forms_and_differ() {
        let (one, other) = (Moment::now(), Moment::now());
        assert_ne!(one.request_id, other.request_id);
        assert_eq!(one.request_id.len(), 36);
        assert_eq!(
            one.trace_id().len(),
            "Root=1-5759e988-bd862e3fe1be46a994272793".len()
        );
    }
}
