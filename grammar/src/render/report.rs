//! Findings for other programs: an object to serialize, and the annotations of GitHub Actions.

use std::borrow::Cow;

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Severity};
use crate::render::harmless;
use crate::span::{Sources, Span};

/// One finding as `tollgate check --format json` and `tollgate doctor --json` show it. Members are added, never renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `E102`; `null` for what is not about a policy file, such as `authorizer.yaml`.
    pub code: Option<&'static str>,
    /// The code in words: `syntax`.
    pub name: &'static str,
    /// `error` or `warning`; of a deployment also `sign-off` or `note`.
    pub severity: &'static str,
    /// What is wrong, in a sentence.
    pub message: String,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// A few words about the place; may be empty.
    pub label: String,
    /// Other places that matter.
    pub related: Vec<Related>,
    /// What to do, each a sentence.
    pub help: Vec<String>,
}

/// A stretch of a file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file as it was named on the command line, or below the folder that was.
    pub file: String,
    /// The first line.
    pub line: usize,
    /// The first column.
    pub column: usize,
    /// The place after the last character.
    pub end: End,
}

/// Where a stretch ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct End {
    /// The line.
    pub line: usize,
    /// The column after the last character.
    pub column: usize,
}

/// Another place and a few words about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Related {
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// What is there.
    pub label: String,
}

impl Place {
    /// The place of a span.
    pub fn new(sources: &Sources, span: Span) -> Self {
        let place = |offset| {
            let file = sources.file(span.file);
            file.map_or((1, 1), |file| {
                let place = file.place(offset);
                (place.line, place.column)
            })
        };
        let (line, column) = place(span.start);
        let (end_line, end_column) = place(span.end);
        Self {
            file: sources
                .file(span.file)
                .map(|file| file.name().to_owned())
                .unwrap_or_default(),
            line,
            column,
            end: End {
                line: end_line,
                column: end_column,
            },
        }
    }
}

impl Report {
    /// The report of a finding.
    pub fn new(sources: &Sources, finding: &Diagnostic) -> Self {
        let related = finding.related.iter().map(|(span, words)| Related {
            place: Place::new(sources, *span),
            label: words.clone(),
        });
        Self {
            code: Some(finding.code.id()),
            name: finding.code.name(),
            severity: match finding.severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message: finding.message.clone(),
            place: Place::new(sources, finding.span),
            label: finding.label.clone(),
            related: related.collect(),
            help: finding.help.clone(),
        }
    }

    /// A note about a line of a file, that has no code.
    pub fn note(
        name: &'static str,
        file: &str,
        line: usize,
        message: String,
        help: Vec<String>,
    ) -> Self {
        let start = End { line, column: 1 };
        Self {
            code: None,
            name,
            severity: "note",
            message,
            place: Place {
                file: file.to_owned(),
                line: start.line,
                column: start.column,
                end: start,
            },
            label: String::new(),
            related: Vec::new(),
            help,
        }
    }

    /// A workflow command of GitHub Actions, which shows the finding beside its line:
    /// `::error file=…,line=…,col=…,endLine=…,endColumn=…,title=E102::message`.
    ///
    /// Columns are given for a place within one line alone, as GitHub asks
    /// (docs.github.com, "Workflow commands for GitHub Actions").
    pub fn github(&self) -> String {
        let Place {
            file,
            line,
            column,
            end,
        } = &self.place;
        let columns = if end.line == *line {
            // GitHub marks the last column too.
            let last = end.column.saturating_sub(1).max(*column);
            format!(",col={column},endColumn={last}")
        } else {
            String::new()
        };
        let mut message = self.message.clone();
        for help in &self.help {
            message.push_str("\nhelp: ");
            message.push_str(help);
        }
        format!(
            "::{} file={},line={line},endLine={}{columns},title={}::{}",
            self.severity,
            // GitHub compares with paths of the repository.
            property(file.strip_prefix("./").unwrap_or(file)),
            end.line,
            property(self.code.unwrap_or(self.name)),
            data(&message),
        )
    }
}

/// Text after `::`, where a line break would end the command.
fn data(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(|line| harmless(line).into()).collect();
    lines
        .join("\n")
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property, which a comma would end as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_finding_ends_a_workflow_command() {
        let report = Report {
            code: Some("E102"),
            name: "syntax",
            severity: "error",
            message: "50% of a:b,c".to_owned(),
            place: Place {
                file: "a,b:c%.policy".to_owned(),
                line: 3,
                column: 4,
                end: End { line: 3, column: 9 },
            },
            label: String::new(),
            related: Vec::new(),
            help: vec!["one\r\n::error::two".to_owned()],
        };
        assert_eq!(
            report.github(),
            "::error file=a%2Cb%3Ac%25.policy,line=3,endLine=3,col=4,endColumn=8,title=E102::\
             50%25 of a:b,c%0Ahelp: one\u{fffd}%0A::error::two"
        );
    }
}
