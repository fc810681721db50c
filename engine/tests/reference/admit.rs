//! Which requests are well formed, and the decoded segments of their path.

const MOST_BYTES: usize = 2048;
const MOST_SEGMENTS: usize = 64;
/// Of the name of a type or a field.
const MOST_NAME_BYTES: usize = 256;

/// The decoded segments, or nothing if the path is malformed.
pub fn admit(raw: &str) -> Option<Vec<String>> {
    if raw == "/" {
        return Some(Vec::new());
    }
    if raw.len() > MOST_BYTES {
        return None;
    }
    let inside = raw.strip_prefix('/')?;
    // A trailing slash never changes a decision.
    let inside = inside.strip_suffix('/').unwrap_or(inside);
    let segments: Vec<&str> = inside.split('/').collect();
    if segments.len() > MOST_SEGMENTS {
        return None;
    }
    segments.into_iter().map(segment).collect()
}

/// One decoded segment.
fn segment(raw: &str) -> Option<String> {
    let decoded = decode(raw.as_bytes())?;
    let text = String::from_utf8(decoded).ok()?;
    let is_sound = !text.is_empty()
        && text != "."
        && text != ".."
        && !text.contains(['/', '\\', '%', ';', '*', '?', '#'])
        && !text.chars().any(char::is_control)
        && !text.starts_with(' ')
        && !text.ends_with(' ');
    is_sound.then_some(text)
}

/// Percent-decoding, once. An escape of a character that never needs one is refused.
fn decode(raw: &[u8]) -> Option<Vec<u8>> {
    let Some((first, rest)) = raw.split_first() else {
        return Some(Vec::new());
    };
    let (byte, rest) = if *first == b'%' {
        let (high, low) = (*rest.first()?, *rest.get(1)?);
        let byte = hex_digit(high)? * 16 + hex_digit(low)?;
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            return None;
        }
        (byte, &rest[2..])
    } else {
        (*first, rest)
    };
    let mut decoded = vec![byte];
    decoded.extend(decode(rest)?);
    Some(decoded)
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Whether it is a token of RFC 9110, section 5.6.2.
pub fn is_method(method: &str) -> bool {
    let is_token_char = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !method.is_empty() && method.chars().all(is_token_char)
}

/// Whether a field is two GraphQL names with a dot between, or `*`.
pub fn is_field(raw: &str) -> bool {
    let is_name = |name: &&str| {
        let mut letters = name.chars();
        letters
            .next()
            .is_some_and(|first| first == '_' || first.is_ascii_alphabetic())
            && letters.all(|letter| letter == '_' || letter.is_ascii_alphanumeric())
            && name.len() <= MOST_NAME_BYTES
    };
    let names: Vec<&str> = raw.split('.').collect();
    raw == "*" || (names.len() == 2 && names.iter().all(is_name))
}
