//! What a comparison with a claim is worth.

use std::cmp::Ordering;

use serde_json::Value;
use tollgate_grammar::tree::{ClaimTest, Comparison, Literal};

/// The claim at a path; nothing if some member on the way is missing or null.
pub fn find<'v>(claims: &'v Value, path: &[String]) -> Option<&'v Value> {
    let mut value = claims;
    for member in path {
        value = value.as_object()?.get(member)?;
    }
    (!value.is_null()).then_some(value)
}

/// Whether the test holds; nothing if that cannot be said.
pub fn test(claim: Option<&Value>, test: &ClaimTest) -> Option<bool> {
    match (test, claim) {
        (ClaimTest::Compare(Comparison::NotEqual, _), None) => None,
        (_, None) => Some(false),
        (ClaimTest::Compare(comparison, literal), Some(claim)) => {
            let order = order(claim, literal)?;
            Some(match comparison {
                Comparison::Equal => order.is_eq(),
                Comparison::NotEqual => order.is_ne(),
                Comparison::Less => order.is_lt(),
                Comparison::LessOrEqual => order.is_le(),
                Comparison::Greater => order.is_gt(),
                Comparison::GreaterOrEqual => order.is_ge(),
            })
        }
        (ClaimTest::In(literals), Some(claim)) => {
            let orders: Vec<_> = literals
                .iter()
                .filter_map(|literal| order(claim, literal))
                .collect();
            if orders.is_empty() {
                None
            } else {
                Some(orders.contains(&Ordering::Equal))
            }
        }
        (ClaimTest::Contains(literal), Some(claim)) => {
            let members = claim.as_array()?;
            Some(
                members
                    .iter()
                    .any(|member| order(member, literal) == Some(Ordering::Equal)),
            )
        }
    }
}

/// How a claim stands to a literal; nothing if their types differ.
fn order(claim: &Value, literal: &Literal) -> Option<Ordering> {
    match (claim, literal) {
        (Value::String(text), Literal::Text(literal)) => {
            Some(text.as_bytes().cmp(literal.as_bytes()))
        }
        (Value::Bool(truth), Literal::Truth(literal)) => Some(truth.cmp(literal)),
        (Value::Number(number), Literal::Integer(literal)) => {
            Some(Exact::of(number).cmp(Exact::integer(i128::from(*literal))))
        }
        (Value::Number(number), Literal::Decimal(literal)) => {
            Some(Exact::of(number).cmp(Exact::decimal(*literal)))
        }
        _ => None,
    }
}

/// A number without loss: its whole part, then what is left of it. A number too large to have
/// a fraction is left whole, so that those beyond `i128` differ too.
#[derive(Debug, Clone, Copy)]
struct Exact {
    whole: i128,
    left: f64,
}

impl Exact {
    fn integer(whole: i128) -> Self {
        Self { whole, left: 0.0 }
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "the cast saturates, and is exact where its result is used again"
    )]
    fn decimal(number: f64) -> Self {
        let whole = number as i128;
        let is_huge = number.abs() >= f64::powi(2.0, 120);
        let left = if is_huge {
            number
        } else {
            number - whole as f64
        };
        Self { whole, left }
    }

    fn of(number: &serde_json::Number) -> Self {
        match number.as_i128() {
            Some(whole) => Self::integer(whole),
            None => Self::decimal(number.as_f64().unwrap()),
        }
    }

    fn cmp(self, other: Self) -> Ordering {
        let left = self.left.partial_cmp(&other.left).unwrap();
        self.whole.cmp(&other.whole).then(left)
    }
}
