//! What may follow the words of a line of a test.

use tollgate_grammar::scan::Kind;

use super::{Spot, Word, condition};

/// What may follow these words of one line.
pub(super) fn spot<'a>(words: &[Word<'a>]) -> Spot<'a> {
    match words {
        [] => Spot::TestLine,
        [(_, "visitor" | "}"), ..] => Spot::Nothing,
        [(_, "user"), rest @ ..] => who(rest),
        [(_, "$connect"), rest @ ..] | [_, _, rest @ ..] => request(rest),
        [(_, "field")] => Spot::Field,
        [_] => Spot::Nothing,
    }
}

fn who<'a>(words: &[Word<'a>]) -> Spot<'a> {
    let Some(with) = words.iter().position(|(_, word)| *word == "with") else {
        return Spot::With;
    };
    let facts = words.get(with + 1..).unwrap_or_default();
    let last = facts.rsplit(|(kind, _)| *kind == Kind::Comma).next();
    match condition::spot(last.unwrap_or_default(), false) {
        // Facts are listed with commas, not joined.
        Spot::ItemOrJoint(keyword)
            if last.is_some_and(|fact| fact.last() == Some(&(Kind::Word, keyword))) =>
        {
            Spot::Item(keyword)
        }
        Spot::Joint | Spot::ItemOrJoint(_) | Spot::ItemOrOperand(_) => Spot::Nothing,
        spot => spot,
    }
}

fn request<'a>(words: &[Word<'a>]) -> Spot<'a> {
    match words
        .iter()
        .rposition(|(_, word)| matches!(*word, "is" | "with" | "from" | "at"))
    {
        None => Spot::Request,
        Some(at) => {
            let clause = words.get(at).map_or("", |(_, word)| word);
            let rest = words.get(at + 1..).unwrap_or_default();
            match (clause, rest) {
                ("is", []) => Spot::Outcome,
                ("is", [(_, "denied"), (Kind::Comma, _)]) => Spot::Reason,
                ("with", _) if rest.last().is_none_or(|(kind, _)| *kind == Kind::Comma) => {
                    Spot::Pair
                }
                ("from" | "at", [_]) | ("with", [.., (Kind::Text { .. }, _)]) => Spot::Request,
                _ => Spot::Nothing,
            }
        }
    }
}
