//! The statements of a file as an outline.

use lsp_types::{DocumentSymbol, SymbolKind};
use tollgate_grammar::tree::{Statement, Target};
use tollgate_grammar::{FileId, Span, Spanned};

use super::names;
use super::position::bytes;
use super::project::{File, Project};

/// The outline of a file.
pub fn of(project: &Project, id: FileId, file: &File) -> Vec<DocumentSymbol> {
    let statements = project.tree().statements.iter();
    let here = statements.filter(|statement| names::span(statement).file == id);
    here.map(|statement| symbol(project, file, statement))
        .collect()
}

fn symbol(project: &Project, file: &File, statement: &Statement) -> DocumentSymbol {
    let (kind, name, selection) = match statement {
        Statement::Route(route) => rule(project, SymbolKind::METHOD, route.span, &route.target),
        Statement::Forbid(forbid) => {
            rule(project, SymbolKind::OPERATOR, forbid.span, &forbid.target)
        }
        Statement::Let(named) => given(SymbolKind::CONSTANT, "let", &named.name),
        Statement::Tier(named) => given(SymbolKind::ENUM_MEMBER, "tier", &named.name),
        Statement::Test(test) => given(SymbolKind::EVENT, "test", &test.name),
    };
    #[expect(deprecated, reason = "the field has to be given a value")]
    DocumentSymbol {
        name,
        detail: None,
        kind,
        tags: None,
        deprecated: None,
        range: file.range(bytes(names::span(statement))),
        selection_range: file.range(bytes(selection)),
        children: None,
    }
}

/// From the keyword to the pattern.
fn rule(
    project: &Project,
    kind: SymbolKind,
    span: Span,
    target: &Target,
) -> (SymbolKind, String, Span) {
    let selection = target.span();
    let head = Span {
        end: selection.end,
        ..span
    };
    (kind, project.sources().text(head).to_owned(), selection)
}

fn given(kind: SymbolKind, word: &str, name: &Spanned<String>) -> (SymbolKind, String, Span) {
    (kind, format!("{word} {}", name.node), name.span)
}
