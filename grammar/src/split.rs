//! One file into its statements, by lines, so that a broken statement cannot hide another.
//!
//! A statement starts with a line of its own and goes on with every line that starts with white
//! space and one of the continuation words; blank lines and comment lines may stand between. In a
//! `test` each line stands for itself. A line that starts with a statement word always ends what
//! was open, so one forgotten `}` costs one error.

mod stray;
mod unknown;

use std::ops::Range;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::findings::Findings;
use crate::scan::{self, Kind, Token};
use crate::span::{FileId, Span, Spanned};
use crate::words;

/// A part of a file that can be read on its own.
#[derive(Debug)]
pub(crate) enum Piece {
    /// A statement other than a test: where it stands, and whether its characters can be trusted.
    Statement(Line),
    /// A test with its lines.
    Test(Block),
}

/// A stretch of text to parse.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Its bytes, surrounding white space and comments left out.
    pub range: Range<usize>,
    /// A character was reported in it, so that reading it would only report more.
    pub spoiled: bool,
}

/// A `test` and its lines.
#[derive(Debug)]
pub(crate) struct Block {
    /// `test "NAME" {`
    pub head: Line,
    /// The lines between the braces.
    pub lines: Vec<Line>,
    /// Byte after the closing brace.
    pub end: usize,
    /// Its braces were reported, so that it cannot be used.
    pub spoiled: bool,
}

/// Takes a file apart. Comments go to `comments`, what belongs nowhere to `findings`.
pub(crate) fn split(
    file: FileId,
    text: &str,
    comments: &mut Vec<Spanned<String>>,
    findings: &mut Findings,
) -> Vec<Piece> {
    let mut splitter = Splitter {
        file,
        text,
        comments,
        findings,
        pieces: Vec::new(),
        open: Open::Nothing,
    };
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if splitter.findings.is_full() {
            break;
        }
        splitter.line(start, line);
        start += line.len();
    }
    splitter.close();
    splitter.pieces
}

/// What the next line may belong to.
enum Open {
    Nothing,
    Statement(Line),
    /// A statement that starts with no known word: its continuation lines belong to it.
    Unknown,
    Test(Block),
}

struct Splitter<'a> {
    file: FileId,
    text: &'a str,
    comments: &'a mut Vec<Spanned<String>>,
    findings: &'a mut Findings,
    pieces: Vec<Piece>,
    open: Open,
}

impl Splitter<'_> {
    fn line(&mut self, start: usize, line: &str) {
        let mut tokens: Vec<Token> = scan::tokens(line).collect();
        let spoiled = stray::report(self.file, start, line, &tokens, self.findings);
        for token in &mut tokens {
            token.start += start;
            token.end += start;
        }
        if let Some(comment) = tokens.pop_if(|token| token.kind == Kind::Comment) {
            self.comment(comment);
        }
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
            return;
        };
        let word = match first.kind {
            Kind::Word => first.text(self.text),
            _ => "",
        };
        let line = Line {
            range: first.start..last.end,
            spoiled,
        };
        if words::STATEMENTS.contains(&word) {
            self.close();
            self.open = match word {
                "test" => self.open_test(&tokens, line),
                _ => Open::Statement(line),
            };
        } else if matches!(self.open, Open::Test(_)) {
            self.test_line(&tokens, line);
        } else if first.start > start && continues(word) {
            self.continuation(*first, &line);
        } else {
            self.unknown(&tokens, first.start > start, &line);
        }
    }

    fn comment(&mut self, token: Token) {
        let text = token.text(self.text).trim_end();
        let span = self.span(token.start..token.start + text.len());
        let node = text.to_owned();
        self.comments.push(Spanned { node, span });
    }

    fn continuation(&mut self, first: Token, line: &Line) {
        match &mut self.open {
            Open::Statement(statement) => {
                statement.range.end = line.range.end;
                statement.spoiled |= line.spoiled;
            }
            Open::Unknown => {}
            Open::Nothing | Open::Test(_) => {
                let message = format!(
                    "there is no statement above that {} could continue",
                    words::shown(first.text(self.text))
                );
                let help = "a statement starts with `route`, `forbid`, `let`, `tier` or `test`";
                self.report(Code::UnknownStatement, first.range(), message, "", help);
                self.open = Open::Unknown;
            }
        }
    }

    fn unknown(&mut self, tokens: &[Token], indented: bool, line: &Line) {
        let follows = indented && matches!(self.open, Open::Statement(_));
        self.close();
        self.open = Open::Unknown;
        // A character that cannot be read was reported already.
        if !line.spoiled {
            let finding = unknown::explain(self.file, self.text, tokens, follows);
            self.findings.push(finding);
        }
    }

    /// What was open is complete.
    fn close(&mut self) {
        match std::mem::replace(&mut self.open, Open::Nothing) {
            Open::Nothing | Open::Unknown => {}
            Open::Statement(statement) => self.pieces.push(Piece::Statement(statement)),
            Open::Test(mut block) => {
                // Without its opening brace it was reported already.
                if !block.spoiled {
                    let head = block.head.range.clone();
                    self.report(
                        Code::TestBraces,
                        head,
                        "this test has no `}`".to_owned(),
                        "opened here",
                        "close it with a `}` on a line of its own",
                    );
                    block.spoiled = true;
                }
                self.pieces.push(Piece::Test(block));
            }
        }
    }

    fn open_test(&mut self, tokens: &[Token], line: Line) -> Open {
        let brace = tokens
            .iter()
            .position(|token| token.kind == Kind::Word && token.text(self.text).starts_with('{'));
        let mut block = Block {
            end: line.range.end,
            head: line,
            lines: Vec::new(),
            spoiled: false,
        };
        let Some(brace) = brace else {
            let unclosed = |token: &Token| token.kind == Kind::Text { closed: false };
            // A text that is not closed takes the brace with it, and is reported for itself.
            if !tokens.iter().any(unclosed) {
                let end = block.head.range.end;
                self.report(
                    Code::TestBraces,
                    end..end,
                    "this test has no `{`".to_owned(),
                    "expected `{` here",
                    "write `test \"NAME\" {`, then the lines of the test, then `}` on a line of its own",
                );
            }
            block.spoiled = true;
            return Open::Test(block);
        };
        let after = tokens.get(brace + 1..).unwrap_or_default();
        let brace_start = tokens.get(brace).map_or(block.end, |token| token.start);
        block.head.range.end = brace_start + 1;
        let rest_start = brace_start + 1..block.end;
        let Some(last) = after.last().copied().or_else(|| {
            (!rest_start.is_empty())
                .then(|| tokens.get(brace).copied())
                .flatten()
        }) else {
            return Open::Test(block);
        };
        // `{ … }` on one line: an empty test is reported as such, any other for its braces.
        let closed = matches!(last.text(self.text), "}" | "{}");
        let only_brace = closed && after.len() < 2;
        if !only_brace {
            self.report(
                Code::TestBraces,
                rest_start,
                "each line of a test stands on a line of its own".to_owned(),
                "",
                "end the first line after `{`, and put `}` on a line of its own",
            );
            block.spoiled = true;
        }
        if closed {
            self.pieces.push(Piece::Test(block));
            return Open::Nothing;
        }
        if let Some(first) = after.first() {
            block.lines.push(Line {
                range: first.start..block.end,
                spoiled: block.head.spoiled,
            });
        }
        Open::Test(block)
    }

    fn test_line(&mut self, tokens: &[Token], line: Line) {
        let Open::Test(block) = &mut self.open else {
            return;
        };
        block.end = line.range.end;
        let is = |token: Option<&Token>, text: &str| {
            token.is_some_and(|token| token.text(self.text) == text)
        };
        if is(tokens.first(), "{") && tokens.len() == 1 && block.lines.is_empty() && block.spoiled {
            return; // the brace that was missed on the line above
        }
        let closes = is(tokens.last(), "}");
        let opens_with_brace = is(tokens.first(), "}");
        if !closes && !opens_with_brace {
            block.lines.push(line);
            return;
        }
        if let [.., last, _] = tokens
            && !opens_with_brace
        {
            block.lines.push(Line {
                range: line.range.start..last.end,
                spoiled: line.spoiled,
            });
        }
        if tokens.len() > 1 && !block.spoiled {
            block.spoiled = true;
            let brace = if opens_with_brace {
                tokens.first()
            } else {
                tokens.last()
            };
            let place = brace.map_or(line.range.clone(), |token| token.range());
            self.report(
                Code::TestBraces,
                place,
                "`}` stands on a line of its own".to_owned(),
                "",
                if opens_with_brace {
                    "move what follows it to the next line"
                } else {
                    "move it to the next line"
                },
            );
        }
        if let Open::Test(block) = std::mem::replace(&mut self.open, Open::Nothing) {
            self.pieces.push(Piece::Test(block));
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        span_of(self.file, range)
    }

    fn report(
        &mut self,
        code: Code,
        range: Range<usize>,
        message: String,
        label: &str,
        help: &str,
    ) {
        let finding = Diagnostic::new(code, self.span(range), message)
            .label(label)
            .help(help);
        self.findings.push(finding);
    }
}

/// Byte offsets of a file as a span; a file that is read is never too large for it.
pub(crate) fn span_of(file: FileId, range: Range<usize>) -> Span {
    let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        file,
        start: offset(range.start),
        end: offset(range.end),
    }
}

/// Whether an indented line that starts with this word goes on with the one above. `AND` and `&&`
/// do too, so that the statement they belong to can say what is wrong with them.
fn continues(word: &str) -> bool {
    matches!(word, "&&" | "||")
        || words::CONTINUATIONS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(word))
}
