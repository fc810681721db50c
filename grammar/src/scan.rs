//! The tokens of policy text, found without the grammar: to tell comments and strings from the
//! rest before a statement is parsed, and to look around when it could not be.
//!
//! The rules are those of `policy.pest` (`bare_char`, `path_char`, `string`, `COMMENT`).

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A run of characters that do not end a word.
    Word,
    /// Text in quotes.
    Text {
        /// Whether its closing quote stands on the same line.
        closed: bool,
    },
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// A run of `=`, `!`, `<` and `>`.
    Operator,
    /// `#` up to the end of the line.
    Comment,
}

/// One token and its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

impl Token {
    /// Its text.
    pub fn text(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// Its bytes as a range.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// The tokens of a text, comments among them.
pub fn tokens(text: &str) -> Tokens<'_> {
    Tokens {
        bytes: text.as_bytes(),
        at: 0,
    }
}

/// See [`tokens`].
pub struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Tokens<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_while(&mut self, goes_on: impl Fn(u8) -> bool) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|byte| goes_on(**byte)).count();
    }

    /// The opening quote is behind us; says whether a closing one came.
    fn skip_string(&mut self) -> bool {
        loop {
            self.skip_while(|byte| !matches!(byte, b'"' | b'\\' | b'\n'));
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return true;
                }
                Some(b'\\') => {
                    self.at += 1;
                    if self.peek().is_some_and(|escaped| escaped != b'\n') {
                        self.at += 1;
                    }
                }
                _ => return false,
            }
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_while(is_blank);
        let start = self.at;
        let first = self.peek()?;
        self.at += 1;
        let kind = match first {
            b'#' => {
                self.skip_while(|byte| byte != b'\n');
                Kind::Comment
            }
            b'"' => Kind::Text {
                closed: self.skip_string(),
            },
            b'(' => Kind::Open,
            b')' => Kind::Close,
            b',' => Kind::Comma,
            b'=' | b'!' | b'<' | b'>' => {
                self.skip_while(|byte| matches!(byte, b'=' | b'!' | b'<' | b'>'));
                Kind::Operator
            }
            b'/' => {
                self.skip_while(|byte| !is_blank(byte) && byte != b'"');
                Kind::Word
            }
            _ => {
                self.skip_while(|byte| !ends_word(byte));
                Kind::Word
            }
        };
        Some(Token {
            kind,
            start,
            end: self.at,
        })
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn ends_word(byte: u8) -> bool {
    is_blank(byte) || matches!(byte, b'"' | b'(' | b')' | b',' | b'=' | b'<' | b'>' | b'!')
}

/// A piece of a statement on one line: comments left out, one space where there were several.
pub fn on_one_line(text: &str) -> String {
    let mut line = String::new();
    let mut end = 0;
    for token in tokens(text).filter(|token| token.kind != Kind::Comment) {
        if token.start > end && !line.is_empty() {
            line.push(' ');
        }
        line.push_str(token.text(text));
        end = token.end;
    }
    line
}

/// The first parenthesis or `not` that nests deeper than `limit`.
pub(crate) fn too_deep(text: &str, limit: usize) -> Option<Token> {
    // A parenthesis takes one byte and a `not` starts with an `n`, so most text needs no scan.
    if text.bytes().filter(|b| matches!(b, b'(' | b'n')).count() <= limit {
        return None;
    }
    // How many levels the innermost `not`s and each open parenthesis brought.
    let mut nots = 0;
    let mut open: Vec<usize> = Vec::new();
    let mut depth = 0;
    for token in tokens(text) {
        match token.kind {
            Kind::Open => {
                depth += 1;
                open.push(nots + 1);
                nots = 0;
            }
            Kind::Close => {
                depth -= nots;
                nots = 0;
                depth -= open.pop().unwrap_or(0);
            }
            Kind::Word if token.text(text) == "not" => {
                depth += 1;
                nots += 1;
            }
            Kind::Comment => {}
            _ => {
                depth -= nots;
                nots = 0;
            }
        }
        if depth > limit {
            return Some(token);
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text).map(|token| token.text(text)).collect()
    }

    #[test]
    fn tokens_are_those_of_the_grammar() {
        assert_eq!(words("a  b\tc\r\n"), ["a", "b", "c"]);
        assert_eq!(words("claim a.b>=1"), ["claim", "a.b", ">=", "1"]);
        assert_eq!(words("(a,b)#c d"), ["(", "a", ",", "b", ")", "#c d"]);
        assert_eq!(words("a#b # c"), ["a#b", "# c"]);
        assert_eq!(words("/a(b),c#d e"), ["/a(b),c#d", "e"]);
        assert_eq!(words(r#""a \" # b" c"#), [r#""a \" # b""#, "c"]);
        assert_eq!(words("\"a \\\nb"), ["\"a \\", "b"]);
        assert_eq!(words("\"é\" é"), ["\"é\"", "é"]);
    }

    #[test]
    fn a_string_knows_whether_it_was_closed() {
        let closed = |text| tokens(text).next().unwrap().kind;
        assert_eq!(closed("\"a\""), Kind::Text { closed: true });
        assert_eq!(closed("\"a\\\""), Kind::Text { closed: false });
        assert_eq!(closed("\"a\n\""), Kind::Text { closed: false });
    }

    #[test]
    fn nesting_counts_parentheses_and_nots_together() {
        assert_eq!(too_deep("(not (user))", 3), None);
        assert_eq!(too_deep("(not (user))", 2).unwrap().start, 5);
        assert_eq!(too_deep("not not not user", 2).unwrap().start, 8);
        let row = "(not user) and ".repeat(200);
        assert_eq!(too_deep(&row, 2), None, "side by side is not deep");
        assert_eq!(
            too_deep(&"\"(\" ".repeat(200), 2),
            None,
            "text is not nesting"
        );
        assert!(too_deep(&"(".repeat(100_000), 64).is_some());
    }

    #[test]
    fn a_statement_of_several_lines_is_shown_on_one() {
        assert_eq!(on_one_line("a\n  # why\n  or (b)  c"), "a or (b) c");
    }
}
