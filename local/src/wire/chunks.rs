//! The framing of a chunked body (RFC 9112, section 7.1), followed to the place where the next head
//! begins.
//!
//! It takes less than hyper's decoder does: what is unusual here is lost rather than read in two ways.

/// Hexadecimal digits of a chunk's size that fit into 64 bits.
const MAX_DIGITS: u8 = 16;

/// Where in a chunked body the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Size {
        size: u64,
        digits: u8,
    },
    Extension {
        size: u64,
    },
    SizeLf {
        size: u64,
    },
    Data {
        left: u64,
    },
    DataCr,
    DataLf,
    /// At the start of a trailer line, or of the empty one that ends the body.
    LineStart,
    Line,
    LineLf,
    EndLf,
}

const NEXT_SIZE: At = At::Size { size: 0, digits: 0 };

/// A reader of one chunked body.
pub(super) struct Chunks(At);

/// What the bytes of a body led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Followed<'a> {
    /// All of them belong to the body, which goes on.
    More,
    /// The body has ended before these.
    Ended(&'a [u8]),
    /// They are no chunks.
    Bad,
}

impl Chunks {
    pub(super) fn new() -> Self {
        Self(NEXT_SIZE)
    }

    pub(super) fn follow<'a>(&mut self, mut bytes: &'a [u8]) -> Followed<'a> {
        while let [byte, rest @ ..] = bytes {
            if let At::Data { left } = self.0 {
                let length = usize::try_from(left).map_or(bytes.len(), |it| it.min(bytes.len()));
                let left = left - length as u64;
                self.0 = if left == 0 {
                    At::DataCr
                } else {
                    At::Data { left }
                };
                bytes = bytes.get(length..).unwrap_or_default();
                continue;
            }
            bytes = rest;
            match self.0.after(*byte) {
                Some(_) if self.0 == At::EndLf => return Followed::Ended(rest),
                Some(next) => self.0 = next,
                None => return Followed::Bad,
            }
        }
        Followed::More
    }
}

impl At {
    /// The next place after a byte that is no data; `None` where the byte may not stand.
    fn after(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Size { size, digits }, _) if digits < MAX_DIGITS && byte.is_ascii_hexdigit() => {
                let digit = char::from(byte).to_digit(16)?;
                Self::Size {
                    size: (size << 4) | u64::from(digit),
                    digits: digits + 1,
                }
            }
            (Self::Size { digits: 0, .. }, _) => return None,
            (Self::Size { size, .. }, b';') => Self::Extension { size },
            (Self::Size { size, .. } | Self::Extension { size }, b'\r') => Self::SizeLf { size },
            (Self::Extension { size }, byte) if byte != b'\n' => Self::Extension { size },
            (Self::SizeLf { size: 0 } | Self::LineLf, b'\n') => Self::LineStart,
            (Self::SizeLf { size }, b'\n') => Self::Data { left: size },
            (Self::DataCr, b'\r') => Self::DataLf,
            (Self::DataLf, b'\n') => NEXT_SIZE,
            (Self::LineStart, b'\r') | (Self::EndLf, b'\n') => Self::EndLf,
            (Self::Line, b'\r') => Self::LineLf,
            (Self::LineStart | Self::Line, byte) if byte != b'\n' => Self::Line,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
