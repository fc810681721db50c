//! A policy file in its canonical form: the same statements and comments in the same order.
//!
//! The way of a text: [`parse()`](crate::parse()) → `lines` (statements and comments as lines of
//! code) → `align` (columns) → text → `same` (is it still the same policy?).
//!
//! The form:
//! - a statement stands on one line in the spelling of [`print()`](crate::print()); where that takes
//!   more than [`WIDTH`] columns it is continued on indented lines, and where comments stand
//!   between its lines it keeps the lines it has;
//! - lines of a test are indented by two spaces;
//! - in neighbouring lines of one kind, what follows the pattern, the name or the request starts
//!   in one column, as do the comments at their ends;
//! - of several blank lines one is left, of those at the start and end of a file or test none;
//! - lines end with `\n`, whatever they ended with; there is no byte order mark.

mod align;
mod lines;
mod same;
mod statement;

use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Severity};
use crate::limits;
use crate::parse::parse;
use crate::scan::{self, Kind};
use crate::span::Sources;

/// Columns that a statement may take before it is continued on the next line.
pub const WIDTH: usize = 100;

/// Why a text was not formatted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormatError {
    /// It has mistakes; their places are in `FileId(0)`. An unfinished statement has no form.
    Broken(Vec<Diagnostic>),
    /// With its indentation the text would be longer than a policy file may be.
    TooLarge,
    /// The formatted text would not say the same: a fault of the formatter, caught before it
    /// could do harm.
    Unfaithful,
}

impl std::fmt::Display for FormatError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Broken(findings) => {
                let count = findings.len();
                let plural = if count == 1 { "" } else { "s" };
                write!(
                    f,
                    "{count} mistake{plural}: a file is formatted once it has none"
                )
            }
            Self::TooLarge => write!(
                f,
                "the formatted text would have more than {} bytes: divide the file, or its \
                 longest statement with `let`",
                limits::FILE_BYTES
            ),
            Self::Unfaithful => f.write_str(
                "the formatted text would not mean the same, so nothing is changed: this is a \
                 fault of the formatter, please report it with the file",
            ),
        }
    }
}

impl std::error::Error for FormatError {}

/// Formats the text of one file. It depends on no other file of the policy.
///
/// # Errors
/// When the text has mistakes of syntax, when the result would be too large for a policy file, or
/// when it is, read again, not the same policy with the same comments.
pub fn format(text: &str) -> Result<String, FormatError> {
    let mut sources = Sources::default();
    let id = sources.add("", text);
    let (tree, findings) = parse(&sources);
    let errors: Vec<Diagnostic> = findings
        .into_iter()
        .filter(|finding| finding.severity() == Severity::Error)
        .collect();
    if !errors.is_empty() {
        return Err(FormatError::Broken(errors));
    }
    let Some(file) = sources.file(id) else {
        return Err(FormatError::Unfaithful);
    };
    let mut lines = lines::lines(&tree, file, &quoted(file.text()));
    align::align(&mut lines);
    let formatted = lines::text(&lines);
    if formatted.len() > limits::FILE_BYTES {
        return Err(FormatError::TooLarge);
    }
    if says_the_same(&tree, &formatted) {
        Ok(formatted)
    } else {
        Err(FormatError::Unfaithful)
    }
}

/// Whether a text is read as this tree, comments included.
fn says_the_same(tree: &crate::tree::Tree, text: &str) -> bool {
    let mut sources = Sources::default();
    sources.add("", text);
    let (again, findings) = parse(&sources);
    let broken = |finding: &Diagnostic| finding.severity() == Severity::Error;
    !findings.iter().any(broken) && same::tree(tree, &again)
}

/// What stands in quotes somewhere. An item of a list keeps them: a `let` of that name in another
/// file of the policy would make it doubtful without.
fn quoted(text: &str) -> HashSet<&str> {
    scan::tokens(text)
        .filter(|token| matches!(token.kind, Kind::Text { .. }))
        .map(|token| token.text(text).trim_matches('"'))
        .collect()
}
