//! A new name for a `let` or a tier, in all files of the policy, or the reason why not.

use lsp_types::TextEdit;
use tollgate_grammar::{Code, Diagnostic, FileId, Severity, Span};

use super::names::{self, Kind};
use super::position::bytes;
use super::project::Project;

/// The edits of each file.
pub type Edits = Vec<(FileId, Vec<TextEdit>)>;

/// Renames.
///
/// # Errors
/// Why it cannot be done, for the person who asked.
pub fn rename(project: &Project, kind: Kind, old: &str, new: &str) -> Result<Edits, String> {
    let before = errors(project.findings());
    if let Some(finding) = before.iter().find(|finding| is_of_syntax(finding.code)) {
        return Err(format!(
            "{}: {}: correct this first, because a name in a broken statement would be missed",
            project.place(finding.span),
            finding.message
        ));
    }
    if !is_name(kind, new) {
        return Err(format!(
            "`{new}` cannot be the name of a {}: write letters, digits, `-` and `_`, and no word of the language",
            kind.word()
        ));
    }
    if new != old
        && names::mentions(project.tree())
            .iter()
            .any(|other| other.kind == kind && other.name == new)
    {
        return Err(format!("there is a {} `{new}` already", kind.word()));
    }
    let spans = spans(project, kind, old);
    let after = project.findings_with(|id, text| replaced(text, id, &spans, new));
    let after = errors(&after);
    if let Some(finding) = after.iter().find(|_| after.len() > before.len()) {
        return Err(format!("with the name `{new}`, {}", finding.message));
    }
    let files = project.files();
    let edits = files.map(|(id, file)| {
        let here = spans.iter().filter(|span| span.file == id);
        let edits = here.map(|span| TextEdit::new(file.range(bytes(*span)), new.to_owned()));
        (id, edits.collect::<Vec<_>>())
    });
    Ok(edits.filter(|(_, edits)| !edits.is_empty()).collect())
}

/// Every place where the name stands, in the order of files and lines.
pub fn spans(project: &Project, kind: Kind, name: &str) -> Vec<Span> {
    let mentions = names::mentions(project.tree()).into_iter();
    let same = mentions.filter(|mention| mention.kind == kind && mention.name == name);
    same.map(|mention| mention.span).collect()
}

fn replaced(text: &str, file: FileId, spans: &[Span], new: &str) -> String {
    let mut renamed = String::new();
    let mut done = 0;
    for place in spans
        .iter()
        .filter(|span| span.file == file)
        .map(|span| bytes(*span))
    {
        renamed.push_str(text.get(done..place.start).unwrap_or_default());
        renamed.push_str(new);
        done = place.end;
    }
    renamed + text.get(done..).unwrap_or_default()
}

fn errors(findings: &[Diagnostic]) -> Vec<&Diagnostic> {
    let errors = findings.iter();
    errors
        .filter(|finding| finding.severity() == Severity::Error)
        .collect()
}

/// Whether a mistake kept a statement from being read.
fn is_of_syntax(code: Code) -> bool {
    code.id().starts_with("E1")
}

/// Whether a name may be given: the language itself is asked.
fn is_name(kind: Kind, name: &str) -> bool {
    if name.contains(|letter: char| letter.is_whitespace() || letter == '#' || letter == '"') {
        return false;
    }
    let mut sources = tollgate_grammar::Sources::default();
    sources.add("", format!("{} {name} is user\n", kind.word()));
    let (tree, findings) = tollgate_grammar::parse(&sources);
    findings.is_empty()
        && names::mentions(&tree)
            .iter()
            .any(|given| given.defines && given.name == name)
}
