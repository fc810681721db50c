//! Choices: first those the bytes make, then an endless row that follows from the text.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Where choices come from.
pub struct Choices<'b> {
    bytes: std::slice::Iter<'b, u8>,
    state: u64,
}

impl<'b> Choices<'b> {
    /// The text up to the first zero, and the choices that the bytes behind it make.
    pub fn behind_text(bytes: &'b [u8]) -> (String, Self) {
        let mut parts = bytes.splitn(2, |byte| *byte == 0);
        let text = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
        let choices = Self::new(parts.next().unwrap_or_default(), &text);
        (text, choices)
    }

    pub fn new(bytes: &'b [u8], text: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Self {
            bytes: bytes.iter(),
            state: hasher.finish() | 1,
        }
    }

    fn byte(&mut self) -> u8 {
        if let Some(byte) = self.bytes.next() {
            return *byte;
        }
        // Xorshift: the same text asks the same again.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state.to_le_bytes()[3]
    }

    /// A number below `count`, which is at least 1.
    pub fn below(&mut self, count: usize) -> usize {
        let number = if count > 256 {
            usize::from(self.byte()) << 8 | usize::from(self.byte())
        } else {
            usize::from(self.byte())
        };
        number % count
    }

    /// Once in so many times.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// One of them, if there are any.
    pub fn of<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        if all.is_empty() {
            None
        } else {
            all.get(self.below(all.len()))
        }
    }
}
