//! What may follow the words of a condition.

use tollgate_grammar::scan::Kind;
use tollgate_grammar::words;

use super::{Spot, Word};

/// Reads the words from left to right. In a `rule` they are a condition, otherwise a fact of a user
/// in a test.
pub(super) fn spot<'a>(words: &[Word<'a>], rule: bool) -> Spot<'a> {
    let start = if rule { Spot::Operand } else { Spot::TestFact };
    let mut spot = start;
    let mut words = words.iter().copied();
    while let Some((kind, word)) = words.next() {
        spot = match spot {
            Spot::Operand | Spot::TestFact => match (kind, word) {
                (Kind::Open, _) | (_, "not" | "unknown") => spot,
                _ => operand(kind, word, &mut words),
            },
            Spot::Item(keyword) => Spot::ItemOrJoint(keyword),
            Spot::ItemOrJoint(keyword) => match joined(word) {
                Some(true) => Spot::ItemOrOperand(keyword),
                Some(false) => Spot::Nothing,
                None if kind == Kind::Close => Spot::Joint,
                // The optional item of `user` or `mfa`; after an item nothing else may come.
                None => Spot::ItemOrJoint(keyword),
            },
            Spot::ItemOrOperand(keyword) => {
                let starts =
                    kind == Kind::Open || word == "not" || words::CONDITIONS.contains(&word);
                match (starts, kind, word) {
                    (true, Kind::Open, _) | (true, _, "not") => Spot::Operand,
                    (true, ..) => operand(kind, word, &mut words),
                    _ => Spot::ItemOrJoint(keyword),
                }
            }
            Spot::Joint => match joined(word) {
                Some(true) => Spot::Operand,
                None if kind == Kind::Close => Spot::Joint,
                Some(false) | None => Spot::Nothing,
            },
            other => return other,
        };
    }
    spot
}

/// Whether a word joins conditions (`true`) or ends them (`false`).
fn joined(word: &str) -> Option<bool> {
    match word {
        "and" | "or" => Some(true),
        "else" => Some(false),
        _ => None,
    }
}

/// After the first word of a condition.
fn operand<'a>(kind: Kind, word: &'a str, rest: &mut impl Iterator<Item = Word<'a>>) -> Spot<'a> {
    match word {
        _ if kind != Kind::Word => Spot::Nothing,
        "product" | "tier" | "provider" | "role" | "team" | "permission" | "scope" | "group"
        | "email" => Spot::Item(word),
        "user" | "mfa" => Spot::ItemOrJoint(word),
        "ip" => match rest.next() {
            None => Spot::In,
            Some(_) => Spot::Item(word),
        },
        "claim" => claim(rest),
        // `header NAME = "x"`, `before DATE`
        "header" | "query" => after(rest, 3),
        "before" | "after" => after(rest, 1),
        _ => Spot::Joint,
    }
}

fn claim<'a>(rest: &mut impl Iterator<Item = Word<'a>>) -> Spot<'a> {
    if rest.next().is_none() {
        return Spot::Nothing;
    }
    match rest.next() {
        None => Spot::ClaimTest,
        Some((_, "in")) => match rest.find(|(kind, _)| *kind == Kind::Close) {
            Some(_) => Spot::Joint,
            None => Spot::Nothing,
        },
        Some(_) => after(rest, 1),
    }
}

/// After this many more words the condition is whole.
fn after<'a>(rest: &mut impl Iterator<Item = Word<'a>>, words: usize) -> Spot<'a> {
    match rest.take(words).count() {
        taken if taken == words => Spot::Joint,
        _ => Spot::Nothing,
    }
}
