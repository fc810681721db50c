//! Places as an editor counts them (line, units of an encoding) and as the grammar does (bytes).

use lsp_types::{Position, PositionEncodingKind, Range};
use tollgate_grammar::Span;

/// What an editor counts within a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Bytes, if the editor offers it.
    Utf8,
    /// UTF-16 code units, which every editor can.
    #[default]
    Utf16,
}

impl Encoding {
    /// The one to use of those an editor offers; nothing said means UTF-16.
    pub fn choose(offered: &[PositionEncodingKind]) -> Self {
        if offered.contains(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else {
            Self::Utf16
        }
    }

    /// Its name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn units(self, letter: char) -> usize {
        match self {
            Self::Utf8 => letter.len_utf8(),
            Self::Utf16 => letter.len_utf16(),
        }
    }
}

/// Bytes after which a line is marked again, so that a place in a long line is found at once too.
const STRIDE: usize = 1024;

/// Where the lines of a text are. They end with `\n`, `\r\n` or `\r`, as the protocol has it.
#[derive(Debug, Clone)]
pub struct Lines {
    /// In the order of the text: each start of a line, and places within long ones.
    marks: Vec<Mark>,
    encoding: Encoding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    byte: usize,
    line: usize,
    /// Units since the start of the line.
    units: usize,
}

impl Lines {
    /// Finds the lines of a text.
    pub fn new(text: &str, encoding: Encoding) -> Self {
        let start = Mark {
            byte: 0,
            line: 0,
            units: 0,
        };
        let mut marks = vec![start];
        let (mut last, mut units) = (start, 0);
        let mut letters = text.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            units += encoding.units(letter);
            let byte = at + letter.len_utf8();
            let in_break = letter == '\r' && letters.peek().is_some_and(|(_, next)| *next == '\n');
            let ends = !in_break && matches!(letter, '\n' | '\r');
            if ends {
                units = 0;
            } else if in_break || byte - last.byte < STRIDE {
                continue;
            }
            last = Mark {
                byte,
                line: last.line + usize::from(ends),
                units,
            };
            marks.push(last);
        }
        Self { marks, encoding }
    }

    /// The byte at a position. Past the end of a line it is the end of that line, before its line
    /// break; past the last line the end of the text; within a character the character's start.
    pub fn offset(&self, text: &str, position: Position) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let wanted = usize::try_from(position.character).unwrap_or(usize::MAX);
        if self.marks.last().is_none_or(|last| last.line < line) {
            return text.len();
        }
        let mark = self.last_mark(|mark| (mark.line, mark.units) <= (line, wanted));
        let next = self.marks.partition_point(|mark| mark.line <= line);
        let end = self.marks.get(next).map_or(text.len(), |mark| mark.byte);
        let content = text.get(mark.byte..end).unwrap_or_default();
        let content = content.trim_end_matches(['\n', '\r']);
        let mut units = mark.units;
        for (at, letter) in content.char_indices() {
            units += self.encoding.units(letter);
            if units > wanted {
                return mark.byte + at;
            }
        }
        mark.byte + content.len()
    }

    /// The position of a byte.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let offset = text.floor_char_boundary(offset);
        let mark = self.last_mark(|mark| mark.byte <= offset);
        let since = text.get(mark.byte..offset).unwrap_or_default().chars();
        let units: usize = since.map(|letter| self.encoding.units(letter)).sum();
        Position {
            line: number(mark.line),
            character: number(mark.units + units),
        }
    }

    /// The positions of a range of bytes.
    pub fn range(&self, text: &str, start: usize, end: usize) -> Range {
        Range {
            start: self.position(text, start),
            end: self.position(text, end),
        }
    }

    /// The last mark for which this holds; it holds for some first ones, and for the very first.
    fn last_mark(&self, holds: impl Fn(&Mark) -> bool) -> Mark {
        let count = self.marks.partition_point(holds);
        let mark = self.marks.get(count.saturating_sub(1)).copied();
        mark.unwrap_or(Mark {
            byte: 0,
            line: 0,
            units: 0,
        })
    }
}

/// A span without its file.
pub fn bytes(span: Span) -> std::ops::Range<usize> {
    span.start as usize..span.end as usize
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Every character boundary of a text comes back from its position, in both encodings.
    #[test]
    fn every_offset_comes_back() {
        let long = format!(
            "{}\r\n{}\r{}",
            "ä😀x".repeat(300),
            "y".repeat(2500),
            "€\n".repeat(99)
        );
        for text in [
            "",
            "a\nb",
            "ä€😀x\r\n😀\ry\n",
            "\r\n\r\n",
            "\u{feff}route",
            &long,
        ] {
            for encoding in [Encoding::Utf8, Encoding::Utf16] {
                let lines = Lines::new(text, encoding);
                for (offset, letter) in text.char_indices() {
                    if letter == '\n' && text.get(..offset).unwrap().ends_with('\r') {
                        continue; // between the two halves of a line break there is no position
                    }
                    let position = lines.position(text, offset);
                    assert_eq!(lines.offset(text, position), offset, "{text:?} {offset}");
                    assert_eq!(
                        position,
                        counted(text, offset, encoding),
                        "{text:?} {offset}"
                    );
                }
            }
        }
    }

    /// The position, counted from the start of the text.
    fn counted(text: &str, offset: usize, encoding: Encoding) -> Position {
        let before = text
            .get(..offset)
            .unwrap()
            .replace("\r\n", "\n")
            .replace('\r', "\n");
        let line = before.rsplit('\n').next().unwrap();
        Position {
            line: number(before.matches('\n').count()),
            character: number(line.chars().map(|letter| encoding.units(letter)).sum()),
        }
    }

    #[test]
    fn units_are_those_of_the_encoding() {
        let text = "# 😀ä\nroute";
        let utf16 = Lines::new(text, Encoding::Utf16);
        assert_eq!(utf16.position(text, 8), Position::new(0, 5));
        assert_eq!(
            utf16.offset(text, Position::new(0, 3)),
            2,
            "within a pair: its start"
        );
        let utf8 = Lines::new(text, Encoding::Utf8);
        assert_eq!(utf8.position(text, 8), Position::new(0, 8));
    }

    #[test]
    fn a_position_outside_is_the_nearest_inside() {
        let text = "ab\r\ncd";
        let lines = Lines::new(text, Encoding::Utf16);
        assert_eq!(lines.offset(text, Position::new(0, 99)), 2);
        assert_eq!(lines.offset(text, Position::new(9, 0)), 6);
        assert_eq!(lines.offset(text, Position::new(u32::MAX, u32::MAX)), 6);
    }
}
