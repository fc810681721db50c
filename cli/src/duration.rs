//! Times on the command line: `800ms`, `30s`, `5m`, `2h`.

use std::time::Duration;

/// Units, each in milliseconds; the first that fits is meant.
const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];
/// The longest: 366 days.
const LONGEST: Duration = Duration::from_hours(366 * 24);

/// The time this text stands for.
///
/// # Errors
/// How it is written.
pub fn parse(text: &str) -> Result<Duration, String> {
    let of_unit = |(unit, millis): (&str, u64)| {
        let digits = text.strip_suffix(unit)?;
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let number: u64 = is_number.then(|| digits.parse().ok()).flatten()?;
        number.checked_mul(millis).map(Duration::from_millis)
    };
    UNITS
        .into_iter()
        .find_map(of_unit)
        .filter(|time| *time <= LONGEST)
        .ok_or_else(|| "write a time as 800ms, 30s, 5m or 2h; 366 days are the longest".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit() {
        for (text, expected) in [
            ("800ms", Some(800)),
            ("0s", Some(0)),
            ("30s", Some(30_000)),
            ("5m", Some(300_000)),
            ("2h", Some(7_200_000)),
            ("8784h", Some(31_622_400_000)),
            ("8785h", None),
            ("5", None),
            ("m", None),
            ("-5m", None),
            ("1.5s", None),
            ("5 m", None),
            ("5d", None),
            ("", None),
            ("99999999999999999999h", None),
            ("18446744073709551615h", None),
        ] {
            let time = parse(text).ok();
            assert_eq!(time, expected.map(Duration::from_millis), "{text}");
        }
    }
}
