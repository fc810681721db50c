//! Findings as a person reads them in a terminal, in the manner of rustc.

mod excerpt;
pub mod report;

use std::fmt::Write as _;

use crate::diagnostic::{Diagnostic, Severity};
use crate::span::{Sources, Span};
use crate::words;

use excerpt::{Excerpt, Mark};

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    Plain,
    /// With the colours of a terminal (ANSI escapes).
    Colour,
}

/// What a part of the text is, for its colour.
#[derive(Debug, Clone, Copy)]
enum Paint {
    Error,
    Warning,
    Strong,
    Gutter,
}

impl Style {
    fn paint(self, paint: Paint, text: &str) -> String {
        let code = match (self, paint) {
            (Self::Plain, _) => return text.to_owned(),
            (Self::Colour, Paint::Error) => "1;31",
            (Self::Colour, Paint::Warning) => "1;33",
            (Self::Colour, Paint::Strong) => "1",
            (Self::Colour, Paint::Gutter) => "1;34",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// The findings one after the other, then a line that counts them; nothing if there are none.
pub fn render(sources: &Sources, diagnostics: &[Diagnostic], style: Style) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        finding(&mut text, sources, diagnostic, style);
        text.push('\n');
    }
    if !diagnostics.is_empty() {
        let _ = writeln!(text, "{}", count(diagnostics));
    }
    text
}

/// One finding, with a line break at its end.
pub fn render_one(sources: &Sources, diagnostic: &Diagnostic, style: Style) -> String {
    let mut text = String::new();
    finding(&mut text, sources, diagnostic, style);
    text
}

/// `2 errors, 1 warning`
fn count(diagnostics: &[Diagnostic]) -> String {
    let of = |severity| {
        let matching = diagnostics
            .iter()
            .filter(|finding| finding.severity() == severity);
        matching.count()
    };
    let counted = [
        (of(Severity::Error), "error"),
        (of(Severity::Warning), "warning"),
    ];
    let parts: Vec<String> = counted
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    parts.join(", ")
}

fn finding(text: &mut String, sources: &Sources, diagnostic: &Diagnostic, style: Style) {
    let (word, paint) = match diagnostic.severity() {
        Severity::Error => ("error", Paint::Error),
        Severity::Warning => ("warning", Paint::Warning),
    };
    let head = style.paint(paint, &format!("{word}[{}]", diagnostic.code));
    let message = style.paint(
        Paint::Strong,
        &format!(": {}", harmless(&diagnostic.message)),
    );
    let _ = writeln!(text, "{head}{message}");

    let mut places = vec![(diagnostic.span, diagnostic.label.as_str(), true)];
    places.extend(
        diagnostic
            .related
            .iter()
            .map(|(span, words)| (*span, words.as_str(), false)),
    );
    let last_line = places
        .iter()
        .map(|(span, ..)| line_of(sources, *span))
        .max();
    let gutter = last_line.unwrap_or(1).to_string().len();

    // The file of the finding first, then the others in the order in which they are named.
    let mut files = Vec::new();
    for (span, ..) in &places {
        if !files.contains(&span.file) {
            files.push(span.file);
        }
    }
    for (at, id) in files.iter().enumerate() {
        let Some(file) = sources.file(*id) else {
            continue;
        };
        let marks: Vec<Mark> = places
            .iter()
            .filter(|(span, ..)| span.file == *id)
            .map(|(span, label, primary)| Mark::new(file, *span, label, *primary))
            .collect();
        let Some((first, ..)) = places.iter().find(|(span, ..)| span.file == *id) else {
            continue;
        };
        let place = file.place(first.start);
        let arrow = style.paint(Paint::Gutter, if at == 0 { "-->" } else { ":::" });
        let name = harmless(file.name());
        let _ = writeln!(
            text,
            "{:gutter$}{arrow} {name}:{}:{}",
            "", place.line, place.column
        );
        let excerpt = Excerpt {
            file,
            gutter,
            style,
            paint,
        };
        excerpt.write(text, marks);
    }
    for help in &diagnostic.help {
        let sign = style.paint(Paint::Gutter, "=");
        let word = style.paint(Paint::Strong, "help");
        let _ = writeln!(text, "{:gutter$} {sign} {word}: {}", "", harmless(help));
    }
}

fn line_of(sources: &Sources, span: Span) -> usize {
    sources
        .file(span.file)
        .map_or(1, |file| file.place(span.start).line)
}

/// Text with nothing in it that a terminal would obey.
fn harmless(text: &str) -> String {
    let safe = |letter| {
        if words::is_harmless(letter) {
            letter
        } else {
            char::REPLACEMENT_CHARACTER
        }
    };
    text.chars().map(safe).collect()
}
