//! The lines of a file that a finding is about, with marks under the places.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

use crate::render::{Paint, Style, harmless};
use crate::span::{SourceFile, Span};
use crate::words;

/// Columns of a line that are shown; a longer one is cut around the place.
const COLUMNS: usize = 140;

/// Characters shown before the place when a line is cut.
const BEFORE: usize = 40;

/// A place in a line and a few words about it.
pub(super) struct Mark<'a> {
    line: usize,
    /// Bytes of the line.
    start: usize,
    end: usize,
    label: &'a str,
    primary: bool,
}

impl<'a> Mark<'a> {
    /// A mark for a span; of several lines the first is marked.
    pub(super) fn new(file: &SourceFile, span: Span, label: &'a str, primary: bool) -> Self {
        let line = file.place(span.start).line;
        let length = file.line(line).len();
        let line_start = file.line_start(line);
        let start = (span.start as usize).saturating_sub(line_start).min(length);
        let end = (span.end as usize).saturating_sub(line_start).min(length);
        Self {
            line,
            start,
            end: end.max(start),
            label,
            primary,
        }
    }
}

/// How lines of a file are shown.
pub(super) struct Excerpt<'a> {
    pub file: &'a SourceFile,
    /// Columns of the largest line number.
    pub gutter: usize,
    pub style: Style,
    /// The colour of the finding.
    pub paint: Paint,
}

impl Excerpt<'_> {
    /// Writes the lines that have marks.
    pub(super) fn write(&self, text: &mut String, mut marks: Vec<Mark>) {
        marks.sort_by_key(|mark| (mark.line, mark.start, !mark.primary));
        self.rule(text);
        let mut shown: Option<(usize, bool)> = None;
        for mark in &marks {
            let line = self.file.line(mark.line);
            let window = Window::around(line, mark.start);
            let same_line = shown.is_some_and(|(earlier, cut)| earlier == mark.line && !cut);
            if !same_line {
                if shown.is_some_and(|(earlier, _)| mark.line > earlier + 1) {
                    let _ = writeln!(text, "{}", self.style.paint(Paint::Gutter, "..."));
                }
                self.line(text, mark.line, &window);
                shown = Some((mark.line, window.is_cut()));
            }
            self.mark(text, mark, &window);
        }
        self.rule(text);
    }

    fn rule(&self, text: &mut String) {
        let bar = self.style.paint(Paint::Gutter, "|");
        let _ = writeln!(text, "{:1$} {bar}", "", self.gutter);
    }

    fn line(&self, text: &mut String, number: usize, window: &Window) {
        let head = format!("{number:>width$} |", width = self.gutter);
        let head = self.style.paint(Paint::Gutter, &head);
        let line = format!("{head} {}", window.shown());
        let _ = writeln!(text, "{}", line.trim_end());
    }

    fn mark(&self, text: &mut String, mark: &Mark, window: &Window) {
        let bar = self.style.paint(Paint::Gutter, "|");
        let sign = if mark.primary { "^" } else { "-" };
        let paint = if mark.primary {
            self.paint
        } else {
            Paint::Gutter
        };
        let indent = " ".repeat(window.columns(0, mark.start));
        let signs = sign.repeat(window.columns(mark.start, mark.end).max(1));
        let label = harmless(mark.label);
        let marked = self
            .style
            .paint(paint, format!("{signs} {label}").trim_end());
        let _ = writeln!(text, "{:1$} {bar} {indent}{marked}", "", self.gutter);
    }
}

/// The part of a line that is shown.
struct Window<'a> {
    line: &'a str,
    start: usize,
    end: usize,
}

impl<'a> Window<'a> {
    fn around(line: &'a str, place: usize) -> Self {
        let whole = line.len() <= COLUMNS * 4 && columns_of(line) <= COLUMNS;
        if whole {
            return Self {
                line,
                start: 0,
                end: line.len(),
            };
        }
        let (before, after) = line.split_at_checked(place).unwrap_or((line, ""));
        let start = before.char_indices().rev().take(BEFORE).last();
        let end = after.char_indices().nth(COLUMNS - BEFORE);
        Self {
            line,
            start: start.map_or(place, |(at, _)| at),
            end: end.map_or(line.len(), |(at, _)| place + at),
        }
    }

    fn is_cut(&self) -> bool {
        self.start > 0 || self.end < self.line.len()
    }

    /// What is shown, with signs where it is cut.
    fn shown(&self) -> String {
        let mut shown = String::new();
        if self.start > 0 {
            shown.push('…');
        }
        let text = self.line.get(self.start..self.end).unwrap_or_default();
        for letter in text.chars() {
            match letter {
                '\t' => shown.push_str("    "),
                letter => shown.push(visible(letter)),
            }
        }
        if self.end < self.line.len() {
            shown.push('…');
        }
        shown
    }

    /// Columns between two places of the line, as far as they are shown.
    fn columns(&self, from: usize, to: usize) -> usize {
        let cut = usize::from(from < self.start);
        let (from, to) = (
            from.clamp(self.start, self.end),
            to.clamp(self.start, self.end),
        );
        cut + columns_of(self.line.get(from..to).unwrap_or_default())
    }
}

/// A character as it is shown: one that is not seen, or that a terminal would obey, as U+FFFD.
fn visible(letter: char) -> char {
    let unseen = letter.width() == Some(0) && words::is_lookalike(letter);
    if unseen || !words::is_harmless(letter) {
        char::REPLACEMENT_CHARACTER
    } else {
        letter
    }
}

fn columns_of(text: &str) -> usize {
    let width = |letter| match letter {
        '\t' => 4,
        letter => visible(letter).width().unwrap_or(0),
    };
    text.chars().map(width).sum()
}
