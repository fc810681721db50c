//! How a row of conditions can be read. Where a reader could take it in two ways it is an error
//! that shows both.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::lower::Reader;
use crate::lower::fact::{self, Listed};
use crate::scan;
use crate::span::Span;
use crate::tree::{Condition, Join};

/// One condition of a row, before it is known how the row is joined.
pub(super) struct Operand<'a> {
    /// Where it stands, without the `not`s before it.
    pub span: Span,
    /// The `not`s before it.
    pub nots: Vec<Span>,
    /// The keyword and its entries, if it is a fact that stands without parentheses.
    pub list: Option<Listed<'a>>,
    /// What it says, if it holds no mistake.
    pub condition: Option<Condition>,
}

/// How the row is joined, if it can be read in one way only.
pub(super) fn judge(
    reader: &mut Reader,
    operands: &[Operand],
    joins: &[(Join, Span)],
) -> Option<Join> {
    if let Some(finding) = mixed(reader, operands, joins) {
        reader.report(finding);
        return None;
    }
    let mut sound = true;
    for operand in operands {
        if let Some(finding) = negated_list(reader, operand) {
            reader.report(finding);
            sound = false;
        }
    }
    for (row, (_, join)) in operands.windows(2).zip(joins) {
        if let Some(finding) = user_in_list(row, *join) {
            reader.report(finding);
            sound = false;
        }
    }
    let join = joins.first().map_or(Join::Any, |(join, _)| *join);
    sound.then_some(join)
}

/// `a and b or c`, also when one of the joins belongs to a list.
fn mixed(reader: &Reader, operands: &[Operand], joins: &[(Join, Span)]) -> Option<Diagnostic> {
    let has_join = |operand: &Operand| {
        let list = operand.list.as_ref();
        list.is_some_and(|list| !list.joins.is_empty())
    };
    if joins.is_empty() && !operands.iter().any(has_join) {
        return None;
    }
    let in_lists = operands
        .iter()
        .filter_map(|operand| operand.list.as_ref())
        .flat_map(|list| &list.joins);
    let mut all: Vec<&(Join, Span)> = joins.iter().chain(in_lists).collect();
    all.sort_by_key(|(_, span)| span.start);
    let (first_join, first) = all.first()?;
    let (_, other) = all.iter().find(|(join, _)| join != first_join)?;
    let atoms = atoms(reader, operands);
    let joins: Vec<Join> = all.iter().map(|(join, _)| *join).collect();
    let message = "`and` and `or` stand side by side, which can be read in two ways";
    Some(
        Diagnostic::new(Code::MixedJoins, *other, message)
            .related(*first, "the other one")
            .help(format!("write `{}`", reading(&atoms, &joins, Join::All)))
            .help(format!("or write `{}`", reading(&atoms, &joins, Join::Any))),
    )
}

/// `not product a or b`
fn negated_list(reader: &Reader, operand: &Operand) -> Option<Diagnostic> {
    let (list, not) = (operand.list.as_ref()?, operand.nots.last()?);
    let (join, _) = list.joins.first()?;
    let atoms = atoms(reader, std::slice::from_ref(operand));
    let apart = join_words(&atoms, *join);
    let together = scan::on_one_line(reader.source(operand.span));
    let nots = "not ".repeat(operand.nots.len());
    let message = "`not` stands before a list, which can be read in two ways";
    Some(
        Diagnostic::new(Code::NotBeforeList, *not, message)
            .related(operand.span, "the list")
            .help(format!("write `{}`", cut(format!("{nots}({together})"))))
            .help(format!("or write `{}`", cut(apart))),
    )
}

/// `role admin or user`: the role `user`, or anyone who is signed in? Anyone with a role is signed
/// in, so nobody means the latter; the former would be a wrong allow.
fn user_in_list(row: &[Operand], join: Span) -> Option<Diagnostic> {
    let [list, user] = row else { return None };
    let keyword = list.list.as_ref()?.keyword;
    let bare_user = user.list.as_ref()?;
    fact::membership(keyword)?;
    // Without an ID the only entry is the keyword itself.
    let is_bare = bare_user.keyword == "user" && bare_user.entries == [user.span];
    if !is_bare || !user.nots.is_empty() {
        return None;
    }
    let message = format!("`user` can be read as a {keyword} or as anyone who is signed in");
    Some(
        Diagnostic::new(Code::AmbiguousItem, user.span, message)
            .related(join, "goes on with a list")
            .help(format!(
                "to mean the {keyword}, put it in quotes: `\"user\"`"
            ))
            .help(format!(
                "to mean anyone who is signed in, put `user` before `{keyword}`"
            )),
    )
}

/// The row with every list taken apart: `product a or b` gives `product a` and `product b`.
fn atoms(reader: &Reader, operands: &[Operand]) -> Vec<String> {
    let mut atoms = Vec::new();
    for operand in operands {
        let nots = "not ".repeat(operand.nots.len());
        let Some(list) = &operand.list else {
            let source = scan::on_one_line(reader.source(operand.span));
            atoms.push(format!("{nots}{source}"));
            continue;
        };
        for (at, entry) in list.entries.iter().enumerate() {
            if at == 0 {
                let source = reader.source(operand.span.to(*entry));
                let head = source.get(..(entry.end - operand.span.start) as usize);
                atoms.push(format!(
                    "{nots}{}",
                    scan::on_one_line(head.unwrap_or_default())
                ));
            } else {
                let infix = if list.keyword == "ip" { " in" } else { "" };
                let source = reader.source(*entry);
                atoms.push(format!("{nots}{}{infix} {source}", list.keyword));
            }
        }
    }
    atoms
}

/// The row with parentheses around what `tight` joins.
fn reading(atoms: &[String], joins: &[Join], tight: Join) -> String {
    let loose = match tight {
        Join::All => Join::Any,
        Join::Any => Join::All,
    };
    let mut groups: Vec<Vec<String>> = vec![Vec::new()];
    for (at, atom) in atoms.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| joins.get(before));
        if before == Some(&loose) {
            groups.push(Vec::new());
        }
        if let Some(group) = groups.last_mut() {
            group.push(atom.clone());
        }
    }
    let groups: Vec<String> = groups
        .iter()
        .map(|group| match group.as_slice() {
            [one] => one.clone(),
            several => format!("({})", join_words(several, tight)),
        })
        .collect();
    cut(join_words(&groups, loose))
}

fn join_words(parts: &[String], join: Join) -> String {
    parts.join(match join {
        Join::All => " and ",
        Join::Any => " or ",
    })
}

/// A reading that stays readable.
fn cut(reading: String) -> String {
    const CHARS: usize = 160;
    match reading.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{}…", reading.get(..end).unwrap_or_default()),
        None => reading,
    }
}
