//! A value that never shows itself.

use std::fmt;

use zeroize::Zeroizing;

/// Longest secret accepted, in bytes: what an advanced SSM parameter can hold.
pub const MAX_BYTES: usize = 8 * 1024;

/// A secret text. `Debug` prints `***`; there is no `Display`, no `Serialize`, no
/// `PartialEq` and no `Clone`, so it leaves only where [`expose`](Self::expose) is written.
/// Its memory is overwritten when it is dropped; copies that the network stack, the JSON
/// reader or the environment made on the way to it are not ours to overwrite.
pub struct Secret(Zeroizing<Box<str>>);

impl Secret {
    /// Keeps `text` as a secret, as it is.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Reads a secret that is to be sent in an HTTP header.
    ///
    /// ASCII whitespace around it is cut off: a line break at the end of a pasted key is
    /// the commonest mistake there is, and no key of a provider begins or ends with one.
    ///
    /// # Errors
    /// When nothing is left, when it is longer than [`MAX_BYTES`], or when it cannot stand
    /// in a header: visible ASCII with spaces inside (RFC 9110 section 5.5 tolerates more,
    /// what is on the way need not).
    pub fn for_header(text: &str) -> Result<Self, Unfit> {
        let text = text.trim_ascii();
        if text.is_empty() {
            Err(Unfit::Empty)
        } else if text.len() > MAX_BYTES {
            Err(Unfit::TooLong)
        } else if !text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            Err(Unfit::NotAHeader)
        } else {
            Ok(Self::new(text))
        }
    }

    /// The text itself. Where this is written is where the secret can leak.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether both hold the same text, in a time that depends on the length alone.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), other.0.as_bytes());
        let difference = ours
            .iter()
            .zip(theirs)
            .fold(0, |found, (a, b)| std::hint::black_box(found | (a ^ b)));
        ours.len() == theirs.len() && difference == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why a text cannot serve as a secret. Reads after the reference to it: "`ssm:/x` is empty".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Nothing but whitespace.
    Empty,
    /// More than [`MAX_BYTES`].
    TooLong,
    /// A line break, another control character or a character outside ASCII.
    NotAHeader,
    /// Not JSON, though a member of it is asked for; or JSON in which a member appears twice.
    NotJson,
    /// JSON without the member that is asked for.
    NoMember,
    /// JSON in which the member is not a string.
    NotText,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty: store the key in it"),
            Self::TooLong => write!(
                f,
                "is longer than {MAX_BYTES} bytes: that is not a key; store the key alone in it"
            ),
            Self::NotAHeader => f.write_str(
                "holds a line break, a control character or a character outside ASCII, which \
                 cannot be sent as a key: store the key alone in it, as the provider shows it",
            ),
            Self::NotJson => f.write_str(
                "is not JSON in which each member appears once: store it as `{\"name\":\"key\"}`, \
                 or take the `#` and what follows out of the reference",
            ),
            Self::NoMember => f.write_str(
                "is not in the JSON that is stored there: correct what follows the `#` (case \
                 counts), or store the key under it",
            ),
            Self::NotText => {
                f.write_str("is not a JSON string: store the key as one, between quotation marks")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::new("sk_live_1");
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(format!("{:#?}", Some(&secret)), "Some(\n    ***,\n)");
        assert_eq!(secret.expose(), "sk_live_1");
    }

    #[test]
    fn whitespace_around_is_cut_and_what_no_header_carries_is_refused() {
        for pasted in ["key", "key\n", " key ", "\r\n\tkey\r\n"] {
            assert_eq!(Secret::for_header(pasted).unwrap().expose(), "key");
        }
        for (text, unfit) in [
            ("", Unfit::Empty),
            (" \r\n\t", Unfit::Empty),
            ("ke\ny", Unfit::NotAHeader),
            ("ke\0y", Unfit::NotAHeader),
            ("ke\ty", Unfit::NotAHeader),
            ("schlüssel", Unfit::NotAHeader),
            ("\u{a0}key", Unfit::NotAHeader),
        ] {
            assert_eq!(Secret::for_header(text).unwrap_err(), unfit, "{text:?}");
        }
        assert!(Secret::for_header(&"k".repeat(MAX_BYTES)).is_ok());
        assert_eq!(
            Secret::for_header(&"k".repeat(MAX_BYTES + 1)).unwrap_err(),
            Unfit::TooLong
        );
    }

    #[test]
    fn sameness_is_of_the_whole_text() {
        let same = |a: &str, b: &str| Secret::new(a).same_as(&Secret::new(b));
        assert!(same("key", "key"));
        assert!(same("", ""));
        for other in ["", "ke", "keys", "kez", "Key"] {
            assert!(!same("key", other), "{other}");
        }
    }
}
