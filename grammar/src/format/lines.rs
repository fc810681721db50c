//! Statements and comments to lines of code, in the order of the file.

use std::collections::{HashMap, HashSet};

use unicode_width::UnicodeWidthStr as _;

use super::statement;
use crate::print::print_statement;
use crate::span::{SourceFile, Span, Spanned};
use crate::tree::{Statement, Test, Tree};

/// How far the lines of a test are indented.
pub(super) const TEST_INDENT: usize = 2;

/// What a line is, for its alignment with those above and below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A `route` or `forbid` on one line.
    Rule,
    /// A `let` or `tier` on one line.
    Definition,
    /// A line between the braces of a test. Only requests have tails.
    Example,
    /// Any other: never aligned.
    Other,
}

/// A line to be written.
#[derive(Debug)]
pub(super) struct Line {
    pub kind: Kind,
    /// Spaces in front.
    pub indent: usize,
    /// The code up to where it is aligned.
    pub head: String,
    /// Spaces between the two.
    pub gap: usize,
    /// The rest of the code.
    pub tail: String,
    /// Spaces before the comment.
    pub comment_gap: usize,
    /// The comment at the end; without code, a comment line.
    pub comment: Option<String>,
    /// Whether a blank line stands above.
    pub blank_before: bool,
}

impl Line {
    /// A line that is not aligned.
    pub(super) fn new(indent: usize, code: impl Into<String>) -> Self {
        Self {
            kind: Kind::Other,
            indent,
            head: code.into(),
            gap: 1,
            tail: String::new(),
            comment_gap: 2,
            comment: None,
            blank_before: false,
        }
    }

    /// A line whose tail may be aligned.
    pub(super) fn aligned(kind: Kind, indent: usize, head: &str, tail: &str) -> Self {
        Self {
            kind,
            tail: tail.to_owned(),
            ..Self::new(indent, head)
        }
    }

    /// The line without indentation and comment.
    pub(super) fn code(&self) -> String {
        if self.tail.is_empty() {
            self.head.clone()
        } else {
            format!("{}{}{}", self.head, " ".repeat(self.gap), self.tail)
        }
    }

    /// Whether it is a comment and nothing else.
    pub(super) fn is_comment(&self) -> bool {
        self.head.is_empty()
    }

    fn comment(indent: usize, comment: &Spanned<String>) -> Self {
        Self {
            comment: Some(comment.node.clone()),
            ..Self::new(indent, "")
        }
    }
}

/// Columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The lines as text.
pub(super) fn text(lines: &[Line]) -> String {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        if line.blank_before && at > 0 {
            text.push('\n');
        }
        let code = line.code();
        text.extend(std::iter::repeat_n(' ', line.indent));
        text.push_str(&code);
        if let Some(comment) = &line.comment {
            let gap = if code.is_empty() { 0 } else { line.comment_gap };
            text.extend(std::iter::repeat_n(' ', gap));
            text.push_str(comment);
        }
        text.push('\n');
    }
    text
}

/// All lines of a file; `quoted` are the items that keep their quotes.
pub(super) fn lines(tree: &Tree, file: &SourceFile, quoted: &HashSet<&str>) -> Vec<Line> {
    let mut writer = Writer {
        file,
        comments: tree.comments.iter().peekable(),
        lines: Vec::new(),
        last: 0,
    };
    for statement in &tree.statements {
        let span = span(statement);
        writer.comments_before(span.start, 0);
        let printed = print_statement(statement, quoted);
        match statement {
            Statement::Test(test) => writer.test(test, &printed),
            _ => writer.statement(statement, span, &printed),
        }
    }
    writer.comments_before(u32::MAX, 0);
    writer.lines
}

fn span(statement: &Statement) -> Span {
    match statement {
        Statement::Route(route) => route.span,
        Statement::Forbid(forbid) => forbid.span,
        Statement::Let(definition) | Statement::Tier(definition) => definition.span,
        Statement::Test(test) => test.span,
    }
}

struct Writer<'a> {
    file: &'a SourceFile,
    comments: std::iter::Peekable<std::slice::Iter<'a, Spanned<String>>>,
    lines: Vec<Line>,
    /// The line of the file that was written last; 0 before the first.
    last: usize,
}

impl<'a> Writer<'a> {
    fn line_of(&self, offset: u32) -> usize {
        self.file.place(offset).line
    }

    /// Adds a line that stands at these lines of the file.
    fn push(&mut self, mut line: Line, first: usize, last: usize) {
        line.blank_before = self.last > 0 && first > self.last + 1;
        self.last = last;
        self.lines.push(line);
    }

    /// The next comment, if it starts before this offset.
    fn comment_before(&mut self, offset: u32) -> Option<&'a Spanned<String>> {
        self.comments.next_if(|comment| comment.span.start < offset)
    }

    /// Adds comments on lines of their own, or at the end of the line written last.
    fn comments_before(&mut self, offset: u32, indent: usize) {
        while let Some(comment) = self.comment_before(offset) {
            let at = self.line_of(comment.span.start);
            if at == self.last
                && let Some(line) = self.lines.last_mut()
            {
                line.comment = Some(comment.node.clone());
            } else {
                self.push(Line::comment(indent, comment), at, at);
            }
        }
    }

    fn statement(&mut self, statement: &Statement, span: Span, printed: &str) {
        let (first, last) = (self.line_of(span.start), self.line_of(span.end));
        let mut inside = HashMap::new();
        while let Some(comment) = self.comment_before(span.end) {
            inside.insert(self.line_of(comment.span.start), comment);
        }
        if inside.is_empty() {
            let kind = match statement {
                Statement::Route(_) | Statement::Forbid(_) => Kind::Rule,
                Statement::Let(_) | Statement::Tier(_) => Kind::Definition,
                Statement::Test(_) => Kind::Other,
            };
            let mut lines = statement::lines(kind, printed).into_iter();
            if let Some(line) = lines.next() {
                self.push(line, first, last);
            }
            self.lines.extend(lines);
            return;
        }
        // Each line as it is, so that a comment stays beside what it is about.
        for number in first..=last {
            let mut line = statement::as_written(self.file.line(number));
            line.comment = inside.get(&number).map(|comment| comment.node.clone());
            if line.comment.is_some() || !line.head.is_empty() {
                self.push(line, number, number);
                // A blank line would hide that the statement goes on.
                if let Some(line) = self.lines.last_mut().filter(|_| number > first) {
                    line.blank_before = false;
                }
            }
        }
    }

    fn test(&mut self, test: &Test, printed: &str) {
        let mut printed = printed.lines();
        let mut next = || printed.next().unwrap_or_default();
        let opens = self.lines.len();
        let first = self.line_of(test.span.start);
        self.push(Line::new(0, next()), first, first);
        for group in &test.groups {
            self.example(group.who.span, statement::test_line(next()));
            for request in &group.requests {
                self.example(request.span, statement::request_line(next()));
            }
        }
        self.comments_before(test.span.end, TEST_INDENT);
        let last = self.line_of(test.span.end);
        let closes = self.lines.len();
        self.push(Line::new(0, next()), last, last);
        for at in [opens + 1, closes] {
            if let Some(line) = self.lines.get_mut(at) {
                line.blank_before = false;
            }
        }
    }

    fn example(&mut self, span: Span, line: Line) {
        self.comments_before(span.start, TEST_INDENT);
        let at = self.line_of(span.start);
        self.push(line, at, at);
    }
}
