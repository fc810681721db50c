//! Values of a claim that stand for all others where it is compared.

use serde_json::{Map, Value as Json};
use tollgate_grammar::tree::{ClaimTest, Comparison, Literal};

use super::{Value, choices};
use crate::fact::UserFact;
use crate::outline::Leaf;
use crate::user::{Fact, User};

/// Whole numbers up to here have neighbours that a float can tell apart.
const EXACT: u64 = 1 << 50;

/// Missing, of another type, each value compared with, something between any two of them, and
/// lists with every choice of members. `None` if there are too many or too large numbers.
pub(super) fn values(leaves: &[&Leaf]) -> Option<Vec<Value>> {
    let (mut values, mut members) = (vec![Json::Null, Json::Object(Map::new())], Vec::new());
    for leaf in leaves {
        let Leaf::User(UserFact::Claim(_, test)) = leaf else {
            continue;
        };
        match test {
            ClaimTest::Compare(comparison, literal) => {
                values.push(json(literal));
                let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
                values.extend(beside(literal, ordered)?);
            }
            ClaimTest::In(literals) => {
                for literal in literals {
                    values.push(json(literal));
                    values.extend(beside(literal, false)?);
                }
            }
            ClaimTest::Contains(literal) => members.push(json(literal)),
        }
    }
    values.extend(choices(&members)?.into_iter().map(Json::Array));
    let mut once: Vec<Json> = Vec::new();
    for value in values {
        if !once.contains(&value) {
            once.push(value);
        }
    }
    Some(once.into_iter().map(Value::Json).collect())
}

/// Values of the same type right beside this one, on both sides.
fn beside(literal: &Literal, ordered: bool) -> Option<Vec<Json>> {
    Some(match literal {
        // Nothing lies between a text and the same with a zero behind it.
        Literal::Text(text) => vec![Json::from(""), Json::from(format!("{text}\0"))],
        Literal::Truth(_) => vec![Json::from(true), Json::from(false)],
        Literal::Integer(number) if number.unsigned_abs() < EXACT => {
            #[expect(clippy::cast_precision_loss, reason = "below 2^50 a float is exact")]
            let float = *number as f64;
            vec![
                Json::from(number - 1),
                Json::from(number + 1),
                Json::from(float - 0.5),
                Json::from(float + 0.5),
            ]
        }
        Literal::Integer(_) if ordered => return None,
        Literal::Integer(number) => vec![Json::from(number.wrapping_add(1))],
        Literal::Decimal(decimal) => {
            let beside = [decimal.next_down(), decimal.next_up()];
            let finite = beside.into_iter().filter(|float| float.is_finite());
            finite.map(Json::from).collect()
        }
    })
}

fn json(literal: &Literal) -> Json {
    match literal {
        Literal::Text(text) => Json::from(text.as_str()),
        Literal::Integer(integer) => Json::from(*integer),
        Literal::Decimal(decimal) => Json::from(*decimal),
        Literal::Truth(truth) => Json::from(*truth),
    }
}

/// Puts a value where the path leads, in place of what is not an object on the way.
pub(super) fn put(user: &mut User, path: &[String], value: Json) {
    let mut claims = match std::mem::take(&mut user.claims) {
        Fact::Known(claims) => claims,
        Fact::Unknown => Json::Null,
    };
    let mut at = &mut claims;
    for name in path {
        if !at.is_object() {
            *at = Json::Object(Map::new());
        }
        let Json::Object(members) = at else { return };
        at = members.entry(name.clone()).or_insert(Json::Null);
    }
    *at = value;
    user.claims = Fact::Known(claims);
}
