//! Corrections an editor can apply: what a finding asks "did you mean" about, and the comment that
//! silences a warning.

use std::collections::HashMap;

use lsp_types::{CodeAction, CodeActionKind, Range, TextEdit, Uri, WorkspaceEdit};
use tollgate_grammar::{Code, Diagnostic, FileId, Severity, scan};

use super::findings;
use super::names;
use super::position::bytes;
use super::project::{File, Project};

/// Most findings that are looked at for one answer: each correction is tried before it is offered.
const MOST: usize = 8;

/// The corrections for the findings in a range of a file.
pub fn at(
    project: &Project,
    file: (FileId, &File),
    range: Range,
    related: bool,
) -> Vec<CodeAction> {
    let (id, file) = file;
    let Ok(uri) = file.uri.parse::<Uri>() else {
        return Vec::new();
    };
    let here = project.findings().iter().filter(|finding| {
        let place = file.range(bytes(finding.span));
        finding.span.file == id && place.start <= range.end && range.start <= place.end
    });
    let mut actions = Vec::new();
    for finding in here.take(MOST) {
        let fixes = [
            correction(project, file, finding),
            silence(project, file, finding),
        ];
        for (title, edit) in fixes.into_iter().flatten() {
            actions.push(CodeAction {
                is_preferred: Some(finding.severity() == Severity::Error),
                title,
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: findings::diagnostic(project, finding, related).map(|one| vec![one]),
                edit: Some(WorkspaceEdit::new(HashMap::from([(
                    uri.clone(),
                    vec![edit],
                )]))),
                ..CodeAction::default()
            });
        }
    }
    actions
}

/// The word that was probably meant, if it leaves fewer errors.
fn correction(project: &Project, file: &File, finding: &Diagnostic) -> Option<(String, TextEdit)> {
    let mut words = std::iter::once(&finding.label).chain(&finding.help);
    let meant = words.find_map(|text| meant(text))?;
    let after = project.findings_with(|other, text| {
        let mut text = text.to_owned();
        if other == finding.span.file {
            text.replace_range(bytes(finding.span), meant);
        }
        text
    });
    let edit = TextEdit::new(file.range(bytes(finding.span)), meant.to_owned());
    (errors(&after) < errors(project.findings())).then(|| (format!("Change to `{meant}`"), edit))
}

/// `# allow NAME` at the end of a line that has no comment yet.
fn silence(project: &Project, file: &File, finding: &Diagnostic) -> Option<(String, TextEdit)> {
    let about_allows = matches!(finding.code, Code::UnknownAllow | Code::StaleAllow);
    if finding.severity() != Severity::Warning || about_allows {
        return None;
    }
    let text = project.source(finding.span.file)?.text();
    let (start, line) = names::line_at(text, finding.span.start as usize);
    if scan::tokens(line).any(|token| token.kind == scan::Kind::Comment) {
        return None;
    }
    let end = start + line.trim_end().len();
    let comment = format!("# allow {}", finding.code.name());
    let edit = TextEdit::new(file.range(end..end), format!(" {comment}"));
    Some((format!("Silence with `{comment}`"), edit))
}

fn errors(findings: &[Diagnostic]) -> usize {
    let errors = findings.iter();
    errors
        .filter(|finding| finding.severity() == Severity::Error)
        .count()
}

/// The word in "did you mean `word`?".
fn meant(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("did you mean `")?;
    rest.split_once("`?").map(|(word, _)| word)
}
