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
    Note,
    Strong,
    Gutter,
}

impl Style {
    fn paint(self, paint: Paint, text: &str) -> String {
        let code = match (self, paint) {
            (Self::Plain, _) => return text.to_owned(),
            (Self::Colour, Paint::Error) => "1;31",
            (Self::Colour, Paint::Warning) => "1;33",
            (Self::Colour, Paint::Note) => "1;36",
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
        finding(&mut text, sources, &Finding::of(diagnostic), style);
        text.push('\n');
    }
    if !diagnostics.is_empty() {
        let _ = writeln!(text, "{}", count(diagnostics));
    }
    text
}

/// A finding as it is shown, of the language or of any other tool.
#[derive(Debug, Clone, Copy)]
pub struct Finding<'a> {
    /// What it is called: `warning`.
    pub word: &'a str,
    /// How it is coloured.
    pub tone: Tone,
    /// `E102`
    pub code: &'a str,
    /// What is wrong, in a sentence.
    pub message: &'a str,
    /// The place the caret points at.
    pub span: Span,
    /// A few words beside the caret; may be empty.
    pub label: &'a str,
    /// Other places that matter, each with a few words.
    pub related: &'a [(Span, String)],
    /// What to do about it.
    pub help: &'a [String],
}

/// How much a finding asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something is broken.
    Error,
    /// Something is probably not as it is meant.
    Warning,
    /// Something is worth knowing.
    Note,
}

impl<'a> Finding<'a> {
    fn of(diagnostic: &'a Diagnostic) -> Self {
        let (word, tone) = match diagnostic.severity() {
            Severity::Error => ("error", Tone::Error),
            Severity::Warning => ("warning", Tone::Warning),
        };
        Self {
            word,
            tone,
            code: diagnostic.code.id(),
            message: &diagnostic.message,
            span: diagnostic.span,
            label: &diagnostic.label,
            related: &diagnostic.related,
            help: &diagnostic.help,
        }
    }

    /// The finding with its lines, and a line break at the end.
    pub fn render(&self, sources: &Sources, style: Style) -> String {
        let mut text = String::new();
        finding(&mut text, sources, self, style);
        text
    }
}

/// One finding, with a line break at its end.
pub fn render_one(sources: &Sources, diagnostic: &Diagnostic, style: Style) -> String {
    Finding::of(diagnostic).render(sources, style)
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

fn finding(text: &mut String, sources: &Sources, finding: &Finding<'_>, style: Style) {
    let paint = match finding.tone {
        Tone::Error => Paint::Error,
        Tone::Warning => Paint::Warning,
        Tone::Note => Paint::Note,
    };
    let head = style.paint(paint, &format!("{}[{}]", finding.word, finding.code));
    let message = style.paint(Paint::Strong, &format!(": {}", harmless(finding.message)));
    let _ = writeln!(text, "{head}{message}");

    let mut places = vec![(finding.span, finding.label, true)];
    places.extend(
        finding
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
    for help in finding.help {
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
