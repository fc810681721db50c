//! Path admission: which request paths may be judged at all, and what their segments are.
//!
//! A gateway, a proxy and a backend may each read an odd path in their own way; what two
//! readers could take for different paths is refused before any rule is asked.

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
    /// A raw `\`, `;`, `*`, `?` or `#`, a control character, or white space at an end of a segment.
    ForbiddenCharacter,
    /// `%` without two hexadecimal digits.
    BrokenEscape,
    /// An escape of a letter, a digit, `-`, `.`, `_` or `~`, which never needs one.
    NeedlessEscape,
    /// An escape of `/`, `\`, `%`, `;`, `*`, `?`, `#` or a control character.
    ForbiddenEscape,
    /// Bytes that are not UTF-8 once decoded.
    NotUtf8,
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
                "the path has a raw `\\`, `;`, `*`, `?`, `#`, a control character, or white space at an end of a segment"
            }
            Self::BrokenEscape => "the path has a `%` without two hexadecimal digits",
            Self::NeedlessEscape => "the path has an escape of a character that never needs one",
            Self::ForbiddenEscape => {
                "the path has an escaped `/`, `\\`, `%`, `;`, `*`, `?`, `#` or control character"
            }
            Self::NotUtf8 => "the path is not UTF-8 once decoded",
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
            Some(rest) => match rest.strip_suffix('/').unwrap_or(rest) {
                rest if is_plain(rest) => Ok(Self {
                    text: Cow::Borrowed(rest),
                }),
                rest => Self::look_closely(raw, rest),
            },
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
        self.all()?.splitn(index.checked_add(1)?, '/').nth(index)
    }

    /// The decoded segments in order.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.all().into_iter().flat_map(|all| all.split('/'))
    }

    /// The decoded segments joined by `/`; none for `/`.
    pub(crate) fn all(&self) -> Option<&str> {
        (!self.is_empty()).then_some(&self.text)
    }
}

/// Whether a path needs no second look: few enough segments of plain ASCII, none of which starts
/// with a dot. Nearly all paths are such, and one pass over their bytes is enough.
fn is_plain(path: &str) -> bool {
    let mut rest = path.as_bytes();
    for _ in 0..MAX_SEGMENTS {
        let Some((b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_', behind)) =
            rest.split_first()
        else {
            return false;
        };
        let end = behind.iter().position(|byte| !goes_on(*byte));
        match end.and_then(|end| behind.get(end..)) {
            None => return true,
            Some([b'/', next @ ..]) => rest = next,
            Some(_) => return false,
        }
    }
    false
}

/// Whether a byte is plain inside a segment.
fn goes_on(byte: u8) -> bool {
    PLAIN.get(usize::from(byte)).is_some_and(|plain| *plain)
}

/// For every byte: one look-up takes less than six comparisons.
#[expect(clippy::indexing_slicing, reason = "there is an entry for every byte")]
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < u8::MAX {
        plain[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        byte += 1;
    }
    plain
};

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
        let byte = high << 4 | low;
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
    let trims = segment.starts_with(char::is_whitespace) || segment.ends_with(char::is_whitespace);
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
