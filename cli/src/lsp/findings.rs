//! Findings of a policy as an editor shows them, each in its file.

use std::collections::BTreeMap;

use lsp_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, Position, PublishDiagnosticsParams, Range, Uri,
};
use tollgate_grammar::{Code, Severity};

use super::document;
use super::position::bytes;
use super::project::Project;

/// Who says so.
const SOURCE: &str = "tollgate";

/// The findings of a policy, by file; a file without any has an empty list, which takes back what
/// was said before.
pub fn of(project: &Project, related: bool) -> Vec<PublishDiagnosticsParams> {
    let mut lists: BTreeMap<&str, (Option<i32>, Vec<Diagnostic>)> = project
        .files()
        .map(|(_, file)| (file.uri.as_str(), (file.version, Vec::new())))
        .collect();
    for finding in project.findings() {
        if let Some(file) = project.file_of(finding.span)
            && let Some((_, list)) = lists.get_mut(file.uri.as_str())
        {
            list.extend(diagnostic(project, finding, related));
        }
    }
    if let Some(problem) = &project.folder_problem {
        for (version, list) in lists.values_mut() {
            if version.is_some() {
                list.push(plain(Range::default(), problem));
            }
        }
    }
    let mut published: Vec<PublishDiagnosticsParams> = lists
        .into_iter()
        .filter_map(|(uri, (version, diagnostics))| {
            let uri = uri.parse().ok()?;
            Some(PublishDiagnosticsParams::new(uri, diagnostics, version))
        })
        .collect();
    published.extend(settings(project));
    published
}

/// One finding: the sentence, the words beside the caret, and the cures.
pub fn diagnostic(
    project: &Project,
    finding: &tollgate_grammar::Diagnostic,
    related: bool,
) -> Option<Diagnostic> {
    let range = project.file_of(finding.span)?.range(bytes(finding.span));
    let mut message = finding.message.clone();
    if !finding.label.is_empty() {
        message = format!("{message}: {}", finding.label);
    }
    for help in &finding.help {
        message = format!("{message}\nhelp: {help}");
    }
    let mut places = Vec::new();
    for (span, words) in &finding.related {
        if related {
            places.extend(
                location(project, *span).map(|location| DiagnosticRelatedInformation {
                    location,
                    message: words.clone(),
                }),
            );
        } else {
            message = format!("{message}\n{}: {words}", project.place(*span));
        }
    }
    Some(Diagnostic {
        range,
        severity: Some(match finding.severity() {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(finding.code.id().to_owned())),
        source: Some(SOURCE.to_owned()),
        message,
        related_information: (!places.is_empty()).then_some(places),
        tags: (finding.code == Code::UnusedLet).then(|| vec![DiagnosticTag::UNNECESSARY]),
        ..Diagnostic::default()
    })
}

/// A span as a place the editor can go to.
pub fn location(project: &Project, span: tollgate_grammar::Span) -> Option<Location> {
    let file = project.file_of(span)?;
    let uri: Uri = file.uri.parse().ok()?;
    Some(Location::new(uri, file.range(bytes(span))))
}

fn plain(range: Range, message: &str) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(DiagnosticSeverity::ERROR),
        source: Some(SOURCE.to_owned()),
        message: message.to_owned(),
        ..Diagnostic::default()
    }
}

/// What is wrong with `authorizer.yaml`, in that file.
fn settings(project: &Project) -> Option<PublishDiagnosticsParams> {
    let problem = project.settings_problem()?;
    let (line, column) = problem.place.unwrap_or((1, 1));
    let number = |from_one: usize| u32::try_from(from_one.saturating_sub(1)).unwrap_or(u32::MAX);
    let at = Position::new(number(line), number(column));
    let uri = document::uri(std::path::Path::new(&problem.file))?
        .parse()
        .ok()?;
    let message = format!(
        "{}\nhelp: without its product names the policy cannot be checked",
        problem.message
    );
    Some(PublishDiagnosticsParams::new(
        uri,
        vec![plain(Range::new(at, at), &message)],
        None,
    ))
}
