//! A policy file's text in its canonical form, or why it has none.

use std::fmt;

use tollgate_grammar::{FormatError, Severity, Sources, Style, format, parse, render};

/// Why a text was not formatted.
pub enum Unformatted {
    /// It has errors; these, rendered.
    Errors(String),
    /// The formatter would not have it.
    Refused(FormatError),
}

impl fmt::Display for Unformatted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Errors(rendered) => f.write_str(rendered),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

/// The formatted text of a file; `name` is what errors call it.
///
/// # Errors
/// When it has errors, rendered in this style, or cannot be formatted without harm.
pub fn text(name: &str, bytes: &[u8], style: Style) -> Result<String, Unformatted> {
    let mut sources = Sources::default();
    let id = sources.add_bytes(name, bytes);
    let (_, mut findings) = parse(&sources);
    findings.retain(|finding| finding.severity() == Severity::Error);
    if !findings.is_empty() {
        return Err(Unformatted::Errors(render(&sources, &findings, style)));
    }
    let text = sources.file(id).map_or("", |file| file.text());
    format(text).map_err(Unformatted::Refused)
}
