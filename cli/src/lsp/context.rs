//! What may be written at a place: found from the tokens before it, because the statement there is
//! usually not finished.

mod condition;
mod example;

use std::ops::Range;

use tollgate_grammar::scan::{self, Kind};
use tollgate_grammar::words;

/// What may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot<'a> {
    /// Free text, a comment, a new name: nothing can be offered.
    Nothing,
    /// A statement.
    Statement,
    /// An indented line under a statement: it goes on, or another starts.
    Continuation,
    /// Methods, or the pattern.
    Head,
    /// The name of a field.
    Field,
    /// After the pattern of a `route` or a `forbid`, whose word this is.
    Clause(&'a str),
    /// `is` after the name of a `let` or `tier`.
    Is,
    /// `public` or `denied`.
    Access,
    /// A condition.
    Operand,
    /// After a condition: `and`, `or`, `else`.
    Joint,
    /// An entry of the list after this keyword.
    Item(&'a str),
    /// An entry of the list after this keyword, or another condition.
    ItemOrOperand(&'a str),
    /// An entry of the list after this keyword, or what follows a condition.
    ItemOrJoint(&'a str),
    /// How a claim is compared.
    ClaimTest,
    /// `in` after `ip`.
    In,
    /// A line of a test.
    TestLine,
    /// After `user` in a test.
    With,
    /// A fact of a user in a test.
    TestFact,
    /// After the path of a request in a test.
    Request,
    /// `header` or `query` of a request in a test.
    Pair,
    /// `allowed` or `denied`.
    Outcome,
    /// Why a request is denied.
    Reason,
}

/// A place in a policy.
#[derive(Debug)]
pub struct Context<'a> {
    /// What may be written there.
    pub spot: Spot<'a>,
    /// The word that is being written, up to the place.
    pub word: Range<usize>,
    /// The statement's text before the place.
    pub before: &'a str,
    /// Whether the place is within a test.
    pub in_test: bool,
}

/// A token's kind and text.
type Word<'a> = (Kind, &'a str);

/// Looks at what stands before a byte of a text.
pub fn at(text: &str, offset: usize) -> Context<'_> {
    let offset = text.floor_char_boundary(offset);
    let (line_start, _) = super::names::line_at(text, offset);
    let block = block(text.get(..line_start).unwrap_or_default());
    let line = text.get(line_start..offset).unwrap_or_default();
    let mut tokens: Vec<scan::Token> = scan::tokens(line).collect();
    let mut word = offset..offset;
    let mut nothing = false;
    if let Some(last) = tokens.last().copied() {
        match last.kind {
            Kind::Comment | Kind::Text { closed: false } => nothing = true,
            Kind::Word if last.end == line.len() => {
                word = line_start + last.start..offset;
                tokens.pop();
            }
            _ => {}
        }
    }
    let first = tokens.first().map_or("", |token| token.text(line));
    let starts = words::STATEMENTS.contains(&first);
    let indented = line.starts_with([' ', '\t']);
    let start = match block.statement {
        Some(start) if !starts && !block.in_test && indented => start,
        _ => line_start,
    };
    let in_test = block.in_test && !starts;
    let before = text.get(start..word.start).unwrap_or_default();
    let spot = if nothing {
        Spot::Nothing
    } else if tokens.is_empty() {
        match (in_test, indented && block.statement.is_some()) {
            (true, _) => Spot::TestLine,
            (_, true) => Spot::Continuation,
            _ => Spot::Statement,
        }
    } else {
        let words = scan::tokens(before).filter(|token| token.kind != Kind::Comment);
        let words: Vec<Word> = words
            .map(|token| (token.kind, token.text(before)))
            .collect();
        if in_test {
            example::spot(&words)
        } else {
            statement(&words)
        }
    };
    Context {
        spot,
        word,
        before,
        in_test,
    }
}

/// What the lines above leave open.
struct Block {
    in_test: bool,
    /// Where the statement starts that an indented line would continue.
    statement: Option<usize>,
}

fn block(above: &str) -> Block {
    let mut block = Block {
        in_test: false,
        statement: None,
    };
    let mut start = 0;
    for line in above.split_inclusive('\n') {
        let first = scan::tokens(line)
            .next()
            .filter(|token| token.kind != Kind::Comment);
        if let Some(token) = first {
            let word = token.text(line);
            if words::STATEMENTS.contains(&word) {
                block.in_test = word == "test";
                block.statement = (word != "test").then_some(start + token.start);
            } else if block.in_test {
                block.in_test = !word.starts_with('}');
            } else if token.start == 0 || !words::CONTINUATIONS.contains(&word) {
                block.statement = None;
            }
        }
        start += line.len();
    }
    block
}

/// What may follow these words of a statement.
fn statement<'a>(words: &[Word<'a>]) -> Spot<'a> {
    let Some(((_, keyword), rest)) = words.split_first() else {
        return Spot::Statement;
    };
    match *keyword {
        "route" | "forbid" => {
            let is_target =
                |word: &Word| word.1.starts_with('/') || matches!(word.1, "$connect" | "field");
            let Some(at) = rest.iter().position(is_target) else {
                return Spot::Head;
            };
            let after = match rest.get(at..).unwrap_or_default() {
                [(_, "field")] => return Spot::Field,
                [(_, "field"), _, after @ ..] | [_, after @ ..] => after,
                [] => &[],
            };
            match after.split_first() {
                None => Spot::Clause(keyword),
                Some(((_, "is"), [])) => Spot::Access,
                Some(((_, "requires" | "when" | "unless"), condition)) => {
                    condition::spot(condition, true)
                }
                Some(_) => Spot::Nothing,
            }
        }
        "let" | "tier" => match rest {
            [_name] => Spot::Is,
            [_name, (_, "is"), condition @ ..] => condition::spot(condition, true),
            _ => Spot::Nothing,
        },
        _ => Spot::Nothing,
    }
}
