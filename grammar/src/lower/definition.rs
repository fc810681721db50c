//! `let NAME is CONDITION` and `tier NAME is CONDITION`.

use crate::lower::{Reader, condition, name};
use crate::syntax::{Pair, Rule};
use crate::tree::{Definition, Statement};

/// Reads either.
pub(super) fn definition<'a>(reader: &mut Reader<'_, 'a>, pair: Pair<'a>) -> Option<Statement> {
    let span = reader.span(&pair);
    let mut is_tier = false;
    let mut name = None;
    let mut condition = None;
    for pair in pair.into_inner() {
        match pair.as_rule() {
            Rule::tier_word => is_tier = true,
            Rule::string | Rule::bare => {
                let what = if is_tier { "tier" } else { "`let`" };
                name = name::defined(reader, &pair, what);
            }
            Rule::condition => condition = condition::condition(reader, pair),
            _ => {}
        }
    }
    let definition = Definition {
        span,
        name: name?,
        condition: condition?,
    };
    Some(if is_tier {
        Statement::Tier(definition)
    } else {
        Statement::Let(definition)
    })
}
