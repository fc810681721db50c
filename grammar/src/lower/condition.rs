//! Conditions: operands in a row, joined by `and` or by `or`.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::lower::fact::{self, Listed};
use crate::lower::levels::{self, Operand};
use crate::lower::{Reader, name};
use crate::span::{Span, Spanned};
use crate::syntax::{Pair, Rule};
use crate::tree::{Condition, Join};
use crate::words::{self, shown};

/// One level of parentheses. The parser bounds how deep they nest.
pub(super) fn condition<'a>(reader: &mut Reader<'_, 'a>, pair: Pair<'a>) -> Option<Condition> {
    let span = reader.span(&pair);
    let mut operands = Vec::new();
    let mut joins = Vec::new();
    let mut nots = Vec::new();
    for pair in pair.into_inner() {
        let place = reader.span(&pair);
        match pair.as_rule() {
            Rule::not_word => nots.push(place),
            Rule::and_word => joins.push((Join::All, place)),
            Rule::or_word => joins.push((Join::Any, place)),
            _ => operands.push(operand(reader, pair, place, std::mem::take(&mut nots))),
        }
    }
    let join = levels::judge(reader, &operands, &joins)?;
    if operands.len() == 1 {
        return operands.pop().and_then(negated);
    }
    let written = operands.len();
    let mut conditions: Vec<Condition> = Vec::with_capacity(written);
    conditions.extend(operands.into_iter().filter_map(negated));
    if conditions.len() < written {
        return None;
    }
    Some(Condition::Join(join, conditions, span))
}

fn operand<'a>(
    reader: &mut Reader<'_, 'a>,
    pair: Pair<'a>,
    span: Span,
    nots: Vec<Span>,
) -> Operand<'a> {
    let (condition, list) = match pair.as_rule() {
        Rule::group => {
            let inner = pair
                .into_inner()
                .find(|pair| pair.as_rule() == Rule::condition);
            (inner.and_then(|inner| condition(reader, inner)), None)
        }
        Rule::name => (named(reader, &pair), None),
        _ => {
            let mut list: Listed = fact::facts(reader, pair);
            (list.condition.take(), Some(list))
        }
    };
    Operand {
        span,
        nots,
        list,
        condition,
    }
}

/// The operand with its `not`s around it, the first outermost.
fn negated(operand: Operand) -> Option<Condition> {
    let end = operand.span;
    let nots = operand.nots.iter().rev();
    Some(nots.fold(operand.condition?, |condition, not| {
        Condition::Not(Box::new(condition), not.to(end))
    }))
}

/// The name of a `let`.
fn named(reader: &mut Reader, pair: &Pair) -> Option<Condition> {
    let word = pair.as_str();
    if name::is_definable(word) && !words::is_reserved(word) {
        let span = reader.span(pair);
        return Some(Condition::Name(Spanned {
            node: word.to_owned(),
            span,
        }));
    }
    let help = match word {
        "public" | "true" | "allowed" => {
            "to let everybody in write `is public` instead of `requires`".into()
        }
        "denied" | "false" => "to let nobody in write `is denied` instead of `requires`".into(),
        "verified" => "write `email verified`".into(),
        "visitor" => "for somebody who is not signed in write `not user`".into(),
        "unless" | "when" => "`when` and `unless` belong to `forbid`".into(),
        _ if word.starts_with('{') => {
            format!("say what it is: `user {}`", shown(word).trim_matches('`'))
        }
        _ if word.contains('@') => "an address or a domain stands after `email`".into(),
        _ if word.contains('/') || word.parse::<std::net::IpAddr>().is_ok() => {
            "a network stands after `ip in`; a path stands in the pattern".into()
        }
        _ if word.starts_with("p-") || word.contains('.') || word.contains(':') => {
            "an ID stands after its keyword: `product ID`, `user ID`".into()
        }
        _ => "a condition is a fact such as `user` or `product NAME`, or the name of a `let`"
            .to_owned(),
    };
    let code = if words::is_reserved(word) {
        Code::ReservedWord
    } else {
        Code::BadName
    };
    let message = format!("{} is not a condition", shown(word));
    reader.report(Diagnostic::new(code, reader.span(pair), message).help(help));
    None
}
