//! Figures in words: a few digits and a unit.

/// A time given in nanoseconds.
pub fn time(nanos: f64) -> String {
    scaled(nanos, &[("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)])
}

/// A size given in bytes.
pub fn size(bytes: f64) -> String {
    const KIB: f64 = 1024.0;
    scaled(bytes, &[("B", 1.0), ("KiB", KIB), ("MiB", KIB * KIB)])
}

/// One figure as a multiple of another.
pub fn factor(ratio: f64) -> String {
    format!("{ratio:.2}×")
}

/// A part of a whole.
pub fn share(part: f64) -> String {
    format!("{:.0} %", part * 100.0)
}

/// A number with its digits in groups of three.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// A figure that may be missing: because a part of a bench was run alone.
pub fn or_dash(value: Option<f64>, words: fn(f64) -> String) -> String {
    value.map_or("-".to_owned(), words)
}

/// In the largest unit of which there is at least one, in three digits; whole in the smallest.
fn scaled(value: f64, units: &[(&str, f64)]) -> String {
    let (smallest, larger) = units.split_first().expect("a unit");
    match larger.iter().rev().find(|(_, unit)| value >= *unit) {
        None => format!("{value:.0} {}", smallest.0),
        Some((name, unit)) => {
            let value = value / unit;
            let digits = usize::from(value < 100.0) + usize::from(value < 10.0);
            format!("{value:.digits$} {name}")
        }
    }
}
