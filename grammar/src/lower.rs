//! From what the parser saw to the tree: one file a noun. Here is judged what a token may hold,
//! and every mistake of a statement is reported, not the first alone.

mod claim;
mod condition;
mod date;
mod definition;
mod email;
mod fact;
mod field;
mod item;
mod levels;
mod method;
mod name;
mod network;
mod pair;
mod pattern;
mod quoted;
mod request;
mod rule;
mod segment;
mod test;
mod value;

use std::ops::Range;

use pest::Parser as _;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::findings::Findings;
use crate::limits;
use crate::mistake;
use crate::scan;
use crate::span::{FileId, Span, Spanned};
use crate::split::span_of;
use crate::syntax::{Pair, PolicyParser, Rule};
use crate::tree::Statement;

pub(crate) use claim::is_bare_member;
pub(crate) use fact::membership_word;
pub(crate) use item::{Doubtful, noun};
pub(crate) use name::is_bare;
pub(crate) use test::test;

/// What lowering works with: the piece of text, and where findings go.
pub(crate) struct Reader<'r, 'a> {
    file: FileId,
    text: &'a str,
    /// Where the piece that is being parsed starts in the text.
    base: usize,
    findings: &'r mut Findings,
    doubtful: &'r mut Vec<Doubtful<'a>>,
}

impl<'r, 'a> Reader<'r, 'a> {
    /// A reader of one file's text.
    pub(crate) fn new(
        file: FileId,
        text: &'a str,
        findings: &'r mut Findings,
        doubtful: &'r mut Vec<Doubtful<'a>>,
    ) -> Self {
        Self {
            file,
            text,
            base: 0,
            findings,
            doubtful,
        }
    }

    /// Parses a piece of the text. What does not parse is explained and gives nothing.
    fn parse(&mut self, rule: Rule, range: Range<usize>) -> Option<Pair<'a>> {
        let piece = self.text.get(range.clone())?;
        self.base = range.start;
        if let Some(token) = scan::too_deep(piece, limits::NESTING) {
            let place = self.place(token.range());
            let message = format!("this nests more than {} deep", limits::NESTING);
            let help = "name parts of the condition with `let NAME is CONDITION`";
            self.report(Diagnostic::new(Code::NestedTooDeep, place, message).help(help));
            return None;
        }
        match PolicyParser::parse(rule, piece) {
            Ok(mut pairs) => pairs.next(),
            Err(error) => {
                for finding in mistake::explain(self.file, range.start, piece, rule, &error) {
                    self.report(finding);
                }
                None
            }
        }
    }

    fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// Where a pair stands. A pair may end with the white space and comments that were skipped
    /// in search of an optional part; its last token ends before them.
    fn span(&self, pair: &Pair) -> Span {
        let span = pair.as_span();
        let mut end = span.end();
        if span.as_str().ends_with([' ', '\t', '\r', '\n']) {
            let mut last = pair.clone();
            while let Some(inner) = last.clone().into_inner().next_back() {
                last = inner;
            }
            end = last.as_span().end();
        }
        self.place(span.start()..end)
    }

    /// A range of the piece as a place in the file.
    fn place(&self, range: Range<usize>) -> Span {
        span_of(self.file, self.base + range.start..self.base + range.end)
    }

    /// Part of a pair's text as a place in the file.
    fn part(&self, pair: &Pair, range: Range<usize>) -> Span {
        let start = pair.as_span().start();
        self.place(start + range.start..start + range.end)
    }

    /// The text of a place.
    fn source(&self, span: Span) -> &'a str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }
}

/// A value with the place of its pair.
fn spanned<T>(reader: &Reader, pair: &Pair, node: T) -> Spanned<T> {
    Spanned {
        node,
        span: reader.span(pair),
    }
}

/// Reads one statement other than a test.
pub(crate) fn statement(reader: &mut Reader, range: Range<usize>) -> Option<Statement> {
    let pair = reader.parse(Rule::statement_unit, range)?;
    match pair.as_rule() {
        Rule::route => rule::route(reader, pair).map(Statement::Route),
        Rule::forbid => rule::forbid(reader, pair).map(Statement::Forbid),
        _ => definition::definition(reader, pair),
    }
}
