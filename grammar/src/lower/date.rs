//! Dates and moments (RFC 3339), as milliseconds since 1970.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::lower::Reader;
use crate::syntax::{Pair, Rule};
use crate::tree::{Date, Fact};
use crate::words::shown;

/// `before DATE`, `after DATE`
pub(super) fn fact(reader: &mut Reader, pair: Pair) -> Option<Fact> {
    let mut is_before = false;
    let mut date = None;
    for pair in pair.into_inner() {
        match pair.as_rule() {
            Rule::date_word => is_before = pair.as_str() == "before",
            _ => date = self::date(reader, &pair),
        }
    }
    date.map(if is_before { Fact::Before } else { Fact::After })
}

/// `2027-01-31`, `2027-01-31T12:00:00+01:00`
pub(super) fn date(reader: &mut Reader, pair: &Pair) -> Option<Date> {
    let word = pair.as_str();
    let (message, help) = if pair.as_rule() == Rule::string {
        (
            "a date is written without quotes".to_owned(),
            "write `2027-01-31`".to_owned(),
        )
    } else {
        match unix_millis(word) {
            Ok(unix_millis) => {
                let text = word.to_owned();
                return Some(Date { text, unix_millis });
            }
            Err(problem) => (
                format!("{} is not a date: {problem}", shown(word)),
                "write `2027-01-31`, `2027-01-31T12:00:00Z` or `2027-01-31T12:00:00+01:00`"
                    .to_owned(),
            ),
        }
    };
    reader.report(Diagnostic::new(Code::BadDate, reader.span(pair), message).help(help));
    None
}

/// The moment a text names; a date is its first moment, UTC unless an offset is given.
pub(crate) fn unix_millis(text: &str) -> Result<i64, &'static str> {
    const FORM: &str = "it does not have the form `YYYY-MM-DD`";
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let (Some(year), Some(month), Some(day), None) = (
        year.and_then(|year| digits(year, 4)),
        month.and_then(|month| digits(month, 2)),
        day.and_then(|day| digits(day, 2)),
        parts.next(),
    ) else {
        return Err(FORM);
    };
    if !(1..=12).contains(&month) {
        return Err("there is no such month");
    }
    if !(1..=days_of(year, month)).contains(&day) {
        return Err("the month has no such day");
    }
    let midnight = days_since_1970(year, month, day) * 86_400_000;
    match time {
        None => Ok(midnight),
        Some(time) => Ok(midnight + time_millis(time)?),
    }
}

/// The milliseconds of a time of day, its offset from UTC taken off.
fn time_millis(text: &str) -> Result<i64, &'static str> {
    const FORM: &str = "its time does not have the form `HH:MM:SS`";
    let (clock, offset) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => text.split_at_checked(at).ok_or(FORM)?,
        None => (text, ""),
    };
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    let mut parts = clock.split(':').map(|part| digits(part, 2));
    let (Some(Some(hour)), Some(Some(minute)), Some(Some(second)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(FORM);
    };
    if hour > 23 || minute > 59 || second > 59 {
        return Err("there is no such time of day");
    }
    let millis = match fraction {
        None => 0,
        Some(fraction) => millis(fraction).ok_or("its fraction of a second is not digits")?,
    };
    let since_midnight = ((hour * 60 + minute) * 60 + second) * 1_000 + millis;
    Ok(since_midnight - offset_millis(offset)?)
}

fn offset_millis(text: &str) -> Result<i64, &'static str> {
    const FORM: &str = "its offset is neither `Z` nor of the form `+HH:MM`";
    if matches!(text, "" | "Z" | "z") {
        return Ok(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let clock = text.strip_prefix(['+', '-']).ok_or(FORM)?;
    let (hours, minutes) = clock.split_once(':').ok_or(FORM)?;
    let (hours, minutes) = digits(hours, 2).zip(digits(minutes, 2)).ok_or(FORM)?;
    if hours > 23 || minutes > 59 {
        return Err("there is no such offset");
    }
    Ok(sign * (hours * 60 + minutes) * 60_000)
}

/// What stands after the decimal point, as milliseconds; finer parts are dropped.
fn millis(fraction: &str) -> Option<i64> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let three = fraction.bytes().chain(*b"00").take(3);
    Some(three.fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
}

/// Exactly so many digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn days_of(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, by counting years from March on so that the
/// leap day is the last of its year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + leap_days + day_of_year - 719_468
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("1969-12-31", -86_400),
            ("2000-02-29", 951_782_400),
            ("2000-03-01", 951_868_800),
            ("2027-01-31", 1_801_353_600),
            ("2027-01-31T12:00:00", 1_801_396_800),
            ("2027-01-31T12:00:00Z", 1_801_396_800),
            ("2027-01-31t12:00:00z", 1_801_396_800),
            ("2027-01-31T12:00:00+01:30", 1_801_391_400),
            ("2027-01-31T12:00:00-01:30", 1_801_402_200),
            ("0000-03-01", -62_162_035_200),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(unix_millis(text).unwrap(), seconds * 1_000, "{text}");
        }
        assert_eq!(unix_millis("1970-01-01T00:00:00.5Z").unwrap(), 500);
        assert_eq!(unix_millis("1970-01-01T00:00:00.0019").unwrap(), 1);
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "-",
            "2027",
            "2027-1-31",
            "2027-01-31-",
            "2027-13-01",
            "2027-00-01",
            "2027-02-29",
            "1900-02-29",
            "2027-01-00",
            "2027-01-32",
            "27-01-31",
            "02027-01-31",
            "2027-01-31T",
            "2027-01-31T12",
            "2027-01-31T12:00",
            "2027-01-31T24:00:00",
            "2027-01-31T12:60:00",
            "2027-01-31T12:00:60",
            "2027-01-31T12:00:00.",
            "2027-01-31T12:00:00.x",
            "2027-01-31T12:00:00+0100",
            "2027-01-31T12:00:00+24:00",
            "2027-01-31T12:00:00ZZ",
            "2027-01-31T12:00:00+01:00Z",
            "+027-01-31",
            "2027-01-3１",
            "é",
        ] {
            assert!(unix_millis(text).is_err(), "{text}");
        }
    }
}
