//! Path admission: which request paths may be judged at all, and what their segments are.
//!
//! A gateway, a proxy and a backend may each read an odd path in their own way; what two
//! readers could take for different paths is refused before any rule is asked.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

/// Longest path in bytes, as sent.
pub const MAX_PATH_BYTES: usize = 2048;
/// Most segments of a path.
pub const MAX_SEGMENTS: usize = 64;

/// Why a request is not well formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Malformed {
    /// The method is not an HTTP token (RFC 9110, section 5.6.2).
    Method,
    /// The path does not start with `/`.
    NoLeadingSlash,
    /// More than [`MAX_PATH_BYTES`].
    TooLong,
    /// More than [`MAX_SEGMENTS`].
    TooManySegments,
    /// `//`, or two slashes at the end.
    EmptySegment,
    /// `.` or `..` as a segment.
    DotSegment,
    /// A raw `\`, `;`, `*`, `?` or `#`, a control character, or a space at an end of a segment.
    ForbiddenCharacter,
    /// `%` without two hexadecimal digits.
    BrokenEscape,
    /// An escape of a letter, a digit, `-`, `.`, `_` or `~`, which never needs one.
    NeedlessEscape,
    /// An escape of `/`, `\`, `%`, `;`, `*`, `?`, `#` or a control character.
    ForbiddenEscape,
    /// Bytes that are not UTF-8 once decoded.
    NotUtf8,
    /// A field that is not `Type.name`.
    Field,
}

impl Malformed {
    /// What is wrong, in words for a log line or an explanation.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Method => "the method is not an HTTP token",
            Self::NoLeadingSlash => "the path does not start with `/`",
            Self::TooLong => "the path is longer than 2048 bytes",
            Self::TooManySegments => "the path has more than 64 segments",
            Self::EmptySegment => "the path has an empty segment (`//`)",
            Self::DotSegment => "the path has a `.` or `..` segment",
            Self::ForbiddenCharacter => {
                "the path has a raw `\\`, `;`, `*`, `?`, `#`, a control character, or a space at an end of a segment"
            }
            Self::BrokenEscape => "the path has a `%` without two hexadecimal digits",
            Self::NeedlessEscape => "the path has an escape of a character that never needs one",
            Self::ForbiddenEscape => {
                "the path has an escaped `/`, `\\`, `%`, `;`, `*`, `?`, `#` or control character"
            }
            Self::NotUtf8 => "the path is not UTF-8 once decoded",
            Self::Field => "the field is not the name of a type, `.` and the name of a field",
        }
    }
}

/// A path that may be judged: percent-decoded once and split into segments.
///
/// ```
/// use tollgate_engine::path::{AdmittedPath, Malformed};
///
/// let path = AdmittedPath::admit("/caf%C3%A9/menu/")?;
/// assert_eq!(path.segments().collect::<Vec<_>>(), ["café", "menu"]);
///
/// assert_eq!(AdmittedPath::admit("/public/%2e%2e/admin").err(), Some(Malformed::NeedlessEscape));
/// # Ok::<(), Malformed>(())
/// ```
#[derive(Debug, Clone)]
pub struct AdmittedPath<'a> {
    /// Decoded, without the leading slash and a trailing one. No slash of it was an escape, so
    /// that each ends a segment.
    text: Cow<'a, str>,
}

impl<'a> AdmittedPath<'a> {
    /// Checks a raw path (no query, as the client sent it) and splits it.
    ///
    /// # Errors
    /// The first thing that makes it malformed.
    #[inline]
    pub fn admit(raw: &'a str) -> Result<Self, Malformed> {
        match raw.strip_prefix('/') {
            None => Err(Malformed::NoLeadingSlash),
            Some(_) if raw.len() > MAX_PATH_BYTES => Err(Malformed::TooLong),
            Some(rest) => {
                let rest = rest.strip_suffix('/').unwrap_or(rest);
                let path = raw.strip_suffix('/').unwrap_or(raw);
                if is_plain(path.as_bytes()) {
                    return Ok(Self {
                        text: Cow::Borrowed(rest),
                    });
                }
                Self::look_closely(raw, rest)
            }
        }
    }

    /// What a path of bytes that are not all plain says.
    fn look_closely(raw: &str, rest: &'a str) -> Result<Self, Malformed> {
        let mut plain = true;
        for byte in rest.bytes() {
            match byte {
                b'%' => plain = false,
                b'\\' | b';' | b'*' | b'?' | b'#' | 0..0x20 | 0x7f => {
                    return Err(Malformed::ForbiddenCharacter);
                }
                _ => {}
            }
        }
        let text = if plain {
            Cow::Borrowed(rest)
        } else {
            Cow::Owned(decode(rest)?)
        };
        // `/` is the root; `//` is an empty segment, not the root with a slash behind it.
        if text.is_empty() {
            return if raw.len() == 1 {
                Ok(Self { text })
            } else {
                Err(Malformed::EmptySegment)
            };
        }
        if text.split('/').count() > MAX_SEGMENTS {
            return Err(Malformed::TooManySegments);
        }
        text.split('/').try_for_each(check_segment)?;
        Ok(Self { text })
    }

    /// How many segments; 0 for `/`.
    pub fn len(&self) -> usize {
        self.segments().count()
    }

    /// Whether it is `/`.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The decoded segment at an index, counted from 0.
    pub fn segment(&self, index: usize) -> Option<&str> {
        self.segments().nth(index)
    }

    /// The decoded segments from an index to the end, joined by `/`.
    pub fn rest(&self, index: usize) -> Option<&str> {
        if self.is_empty() {
            return None;
        }
        self.text.splitn(index.checked_add(1)?, '/').nth(index)
    }

    /// The decoded segments in order.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.text.split('/').filter(|segment| !segment.is_empty())
    }

    /// The decoded segments joined by `/`; empty for `/`.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// Whether a path, from its leading slash on, needs no second look: few enough segments of plain
/// ASCII, none of which is empty or starts with a dot. Nearly all paths are such.
fn is_plain(path: &[u8]) -> bool {
    let (Some((_, bytes)), Some((_, befores))) = (path.split_first(), path.split_last()) else {
        return false;
    };
    let mut pairs = befores.iter().zip(bytes);
    let ends_well = bytes.last().is_some_and(|last| *last != b'/');
    // Segments of one byte and their slashes: only a longer path can have more of them.
    let is_short = path.len() <= 2 * MAX_SEGMENTS;
    ends_well
        && (is_short || bytes.split(|byte| *byte == b'/').count() <= MAX_SEGMENTS)
        && all_go_on::<16>(befores, bytes)
            .or_else(|| all_go_on::<8>(befores, bytes))
            .unwrap_or_else(|| pairs.all(|(before, byte)| goes_on(*before, *byte)))
}

/// [`goes_on`] for every byte, so many at a time that vector instructions judge them together;
/// `None` of too few bytes. What is left in the end is judged with bytes already seen.
fn all_go_on<const N: usize>(befores: &[u8], bytes: &[u8]) -> Option<bool> {
    let last = (befores.last_chunk::<N>()?, bytes.last_chunk::<N>()?);
    let others = befores.as_chunks().0.iter().zip(bytes.as_chunks().0);
    let all = |(befores, bytes): (&[u8; N], &[u8; N])| {
        let pairs = befores.iter().zip(bytes);
        pairs.fold(true, |all, (before, byte)| all & goes_on(*before, *byte))
    };
    Some(others.chain([last]).all(all))
}

/// Whether a byte is plain behind another.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "vector instructions have no way out before the end"
)]
fn goes_on(before: u8, byte: u8) -> bool {
    // `-`, `.`, `/` and the digits are neighbours.
    let is_plain = matches!(byte, b'-'..=b'9') | byte.is_ascii_alphabetic() | (byte == b'_');
    let starts_badly = (before == b'/') & matches!(byte, b'/' | b'.');
    is_plain & !starts_badly
}

/// Percent-decodes once, refusing every escape that two readers could take differently.
fn decode(raw: &str) -> Result<String, Malformed> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let high = bytes.next().and_then(hex).ok_or(Malformed::BrokenEscape)?;
        let low = bytes.next().and_then(hex).ok_or(Malformed::BrokenEscape)?;
        let byte = high * 16 + low;
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                return Err(Malformed::NeedlessEscape);
            }
            b'/' | b'\\' | b'%' | b';' | b'*' | b'?' | b'#' | 0..0x20 | 0x7f => {
                return Err(Malformed::ForbiddenEscape);
            }
            _ => decoded.push(byte),
        }
    }
    String::from_utf8(decoded).map_err(|_| Malformed::NotUtf8)
}

fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn check_segment(segment: &str) -> Result<(), Malformed> {
    match segment {
        "" => return Err(Malformed::EmptySegment),
        "." | ".." => return Err(Malformed::DotSegment),
        _ => {}
    }
    // Backends trim; a segment that changes by trimming could name two things.
    let trims = segment.starts_with(' ') || segment.ends_with(' ');
    // ASCII control characters were refused byte by byte; these are the ones beyond (U+0080 to U+009F).
    if trims || (!segment.is_ascii() && segment.contains(char::is_control)) {
        return Err(Malformed::ForbiddenCharacter);
    }
    Ok(())
}

/// Whether a method is an HTTP token (RFC 9110, section 5.6.2).
pub fn is_token(method: &str) -> bool {
    !method.is_empty()
        && method
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
