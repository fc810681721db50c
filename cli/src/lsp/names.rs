//! Where `let` and `tier` names are given and used.

use std::ops::Range;

use tollgate_grammar::scan;
use tollgate_grammar::tree::{Access, Condition, Fact, Statement, Tree};
use tollgate_grammar::{FileId, Span, Spanned};

use super::project::Project;

/// What a name names. A `let` and a tier may have the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `let NAME is …`
    Let,
    /// `tier NAME is …`
    Tier,
}

impl Kind {
    /// Its word in a policy.
    pub fn word(self) -> &'static str {
        match self {
            Self::Let => "let",
            Self::Tier => "tier",
        }
    }
}

/// A place where a name stands.
#[derive(Debug, Clone, Copy)]
pub struct Mention<'t> {
    /// What it names.
    pub kind: Kind,
    /// The name.
    pub name: &'t str,
    /// Where it stands.
    pub span: Span,
    /// Whether it is given here, not used.
    pub defines: bool,
}

/// Every place where a name stands, in the order of files and lines.
pub fn mentions(tree: &Tree) -> Vec<Mention<'_>> {
    let mut found = Vec::new();
    for statement in &tree.statements {
        match statement {
            Statement::Route(route) => {
                if let Access::Requires(condition) = &route.access {
                    uses(condition, &mut found);
                }
            }
            Statement::Forbid(forbid) => uses(&forbid.condition, &mut found),
            Statement::Let(definition) => {
                found.push(given(Kind::Let, &definition.name));
                uses(&definition.condition, &mut found);
            }
            Statement::Tier(definition) => {
                found.push(given(Kind::Tier, &definition.name));
                uses(&definition.condition, &mut found);
            }
            Statement::Test(_) => {}
        }
    }
    let broken = [
        (Kind::Let, &tree.broken_lets),
        (Kind::Tier, &tree.broken_tiers),
    ];
    for (kind, names) in broken {
        found.extend(names.iter().map(|name| given(kind, name)));
    }
    found.sort_by_key(|mention| mention.span);
    found
}

fn given(kind: Kind, name: &Spanned<String>) -> Mention<'_> {
    Mention {
        kind,
        name: &name.node,
        span: name.span,
        defines: true,
    }
}

/// The names a condition uses. The grammar bounds how deep conditions nest.
pub fn uses<'t>(condition: &'t Condition, found: &mut Vec<Mention<'t>>) {
    let mut push = |kind, name: &'t str, span| {
        found.push(Mention {
            kind,
            name,
            span,
            defines: false,
        });
    };
    match condition {
        Condition::Name(name) => push(Kind::Let, &name.node, name.span),
        Condition::Facts { facts, .. } => {
            for fact in facts {
                if let Fact::Tier(name) = &fact.node {
                    push(Kind::Tier, name, fact.span);
                }
            }
        }
        Condition::Not(inner, _) => uses(inner, found),
        Condition::Join(_, parts, _) => parts.iter().for_each(|part| uses(part, found)),
    }
}

/// The name at a place and what it names. Where the statement is broken, a word that some
/// definition gives will do.
pub fn at(project: &Project, file: FileId, offset: usize) -> Option<(Kind, String)> {
    let mentions = mentions(project.tree());
    let covers = |range: Range<usize>| range.start <= offset && offset <= range.end;
    let exact = mentions
        .iter()
        .find(|mention| mention.span.file == file && covers(super::position::bytes(mention.span)));
    if let Some(mention) = exact {
        return Some((mention.kind, mention.name.to_owned()));
    }
    let in_sound_statement = project.tree().statements.iter().any(|statement| {
        let span = span(statement);
        span.file == file && covers(super::position::bytes(span))
    });
    if in_sound_statement {
        return None;
    }
    let text = project.source(file)?.text();
    let (start, line) = line_at(text, offset);
    let mut before = "";
    for token in scan::tokens(line) {
        let word = token.text(line);
        if token.kind == scan::Kind::Word && covers(start + token.start..start + token.end) {
            let kind = if before == "tier" {
                Kind::Tier
            } else {
                Kind::Let
            };
            let known = |mention: &&Mention| {
                mention.defines && mention.kind == kind && mention.name == word
            };
            return mentions.iter().find(known).map(|_| (kind, word.to_owned()));
        }
        before = word;
    }
    None
}

/// The whole statement.
pub fn span(statement: &Statement) -> Span {
    match statement {
        Statement::Route(route) => route.span,
        Statement::Forbid(forbid) => forbid.span,
        Statement::Let(definition) | Statement::Tier(definition) => definition.span,
        Statement::Test(test) => test.span,
    }
}

/// The line around a byte, and where it starts.
pub fn line_at(text: &str, offset: usize) -> (usize, &str) {
    let offset = text.floor_char_boundary(offset);
    let start = text
        .get(..offset)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at + 1);
    let rest = text.get(start..).unwrap_or_default();
    (start, rest.split('\n').next().unwrap_or_default())
}
