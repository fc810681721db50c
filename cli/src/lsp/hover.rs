//! What a word or a rule means, for whoever points at it.

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};
use tollgate_grammar::scan::{self, Kind as Token};
use tollgate_grammar::tree::{Fact, Statement};
use tollgate_grammar::{FileId, words};

use super::complete::definition;
use super::context;
use super::keyword::{self, Role};
use super::names::{self, Kind};
use super::position::bytes;
use super::project::{File, Project};
use super::rule;

/// What is said at a byte of a file, if anything.
pub fn at(project: &Project, id: FileId, file: &File, offset: usize) -> Option<Hover> {
    let text = project.source(id)?.text();
    let (start, line) = names::line_at(text, offset);
    let covers = |token: &scan::Token| start + token.start <= offset && offset <= start + token.end;
    // Between two tokens that touch, the later is meant.
    let token = scan::tokens(line).filter(covers).last()?;
    if token.kind == Token::Comment {
        return None;
    }
    let range = start + token.start..start + token.end;
    let word = token.text(line);
    let statement = project.tree().statements.iter().find(|statement| {
        let span = names::span(statement);
        span.file == id && bytes(span).contains(&range.start)
    });
    let value = head(project, statement, range.start)
        .or_else(|| named(project, id, offset))
        .or_else(|| product(project, statement, range.start))
        .or_else(|| keyword(text, range.start, word, token.kind))?;
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value,
        }),
        range: Some(file.range(range)),
    })
}

/// On the keyword or the pattern of a rule: what it decides.
fn head(project: &Project, statement: Option<&Statement>, at: usize) -> Option<String> {
    let (span, target, keyword) = match statement? {
        Statement::Route(route) => (route.span, &route.target, "route"),
        Statement::Forbid(forbid) => (forbid.span, &forbid.target, "forbid"),
        _ => return None,
    };
    let on_keyword = at == span.start as usize;
    if !on_keyword && !bytes(target.span()).contains(&at) {
        return None;
    }
    let summary = rule::summary(project, statement?)?;
    match keyword::meaning(keyword, Role::Statement).filter(|_| on_keyword) {
        Some(meaning) => Some(format!("{summary}\n\n---\n{meaning}")),
        None => Some(summary),
    }
}

/// On the name of a `let` or a tier: what it stands for.
fn named(project: &Project, id: FileId, offset: usize) -> Option<String> {
    let (kind, name) = names::at(project, id, offset)?;
    let condition = definition(project, kind, &name);
    if condition.is_empty() {
        return None;
    }
    let above = match kind {
        Kind::Tier => "\n\nMet by this tier and by every tier above it.",
        Kind::Let => "",
    };
    Some(format!("`{} {name} is {condition}`{above}", kind.word()))
}

/// On a product: its ID in this environment.
fn product(project: &Project, statement: Option<&Statement>, at: usize) -> Option<String> {
    let name = rule::facts(statement?)
        .into_iter()
        .find_map(|fact| match &fact.node {
            Fact::Product(name) if bytes(fact.span).contains(&at) => Some(name),
            _ => None,
        })?;
    let id = project.products().id(name);
    Some(if id == name {
        format!("The product with the ID `{id}`.")
    } else {
        format!("The product `{name}`: `{id}` in this environment, as `authorizer.yaml` says.")
    })
}

fn keyword(text: &str, start: usize, word: &str, kind: Token) -> Option<String> {
    if kind != Token::Word {
        return None;
    }
    let context = context::at(text, start);
    let role = if context.in_test {
        Role::Test
    } else if context.before.trim().is_empty() && words::STATEMENTS.contains(&word) {
        Role::Statement
    } else {
        Role::Rule
    };
    // A method, a pattern or an entry of a list may look like a word of the language.
    let is_item = matches!(context.spot, context::Spot::Item(_)) && word != "verified";
    let is_target = matches!(word, "$connect" | "field");
    if is_item || matches!(context.spot, context::Spot::Head) && !is_target {
        return None;
    }
    keyword::meaning(word, role)
}
