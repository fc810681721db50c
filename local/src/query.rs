//! Query strings and forms as decoded pairs.

use std::fmt::Write as _;

/// The pairs of a raw query string as a REST API hands them to functions: `;` separates like `&`, a
/// documented peculiarity.
pub(crate) fn of_rest_api(raw: &str) -> Vec<(String, String)> {
    pairs(raw, &['&', ';'])
}

/// The pairs of a form (`application/x-www-form-urlencoded`).
pub(crate) fn of_form(raw: &str) -> Vec<(String, String)> {
    pairs(raw, &['&'])
}

/// The first value under this name.
pub(crate) fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut pairs = pairs.iter();
    pairs
        .find(|(given, _)| given == name)
        .map(|(_, value)| value.as_str())
}

/// Percent-encoded, but for the characters that need it nowhere (RFC 3986 section 2.3).
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// In order. A pair without `=` has an empty value; bytes that are not UTF-8 once decoded become U+FFFD.
fn pairs(raw: &str, separators: &[char]) -> Vec<(String, String)> {
    raw.split(separators)
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

/// Percent-decoding with `+` for a space; an escape that is none stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match (*first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, beyond @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    rest = beyond;
                    high << 4 | low
                }
                _ => b'%',
            },
            (byte, _) => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_to_itself() {
        let text = "a b&c=d+é#%/~";
        assert_eq!(encoded(text), "a%20b%26c%3Dd%2B%C3%A9%23%25%2F~");
        assert_eq!(decode(&encoded(text)), text);
    }

    #[test]
    fn pairs_are_decoded_once_and_kept_in_order() {
        for (raw, expected) in [
            ("", vec![]),
            ("&&", vec![]),
            ("a=1&a=2", vec![("a", "1"), ("a", "2")]),
            ("a=1;b=2", vec![("a", "1"), ("b", "2")]),
            ("a", vec![("a", "")]),
            ("=b", vec![("", "b")]),
            ("a=b=c", vec![("a", "b=c")]),
            ("q=a+b%20c%2Bd", vec![("q", "a b c+d")]),
            ("%c3%a9=%25C3", vec![("é", "%C3")]),
            ("a=%ff", vec![("a", "\u{FFFD}")]),
            (
                "a=%&b=%4&c=%zz&d=%+4",
                vec![("a", "%"), ("b", "%4"), ("c", "%zz"), ("d", "% 4")],
            ),
        ] {
            let pairs = of_rest_api(raw);
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect();
            assert_eq!(pairs, expected, "{raw}");
        }
        let form = of_form("a=1;b=2&c=+");
        let expected = [("a", "1;b=2"), ("c", " ")];
        assert_eq!(form, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }
}
