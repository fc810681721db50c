//! Comparing a claim. Types are never converted.
//!
//! A claim that is missing (or null) is known not to equal, be in, or contain anything, and to
//! lie on neither side of anything. Whether it *differs* from something is unknown, and so is
//! every comparison with a claim of another type: unknown denies on a `requires` and forbids on
//! a `forbid`, so neither reading of an odd claim lets anybody in.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use serde_json::Value;
use tollgate_grammar::tree::{ClaimTest, Comparison, Literal};

use crate::fact::member;
use crate::truth::Truth;

/// Whether the claim at `path` passes the test.
pub(crate) fn test(claims: &Value, path: &[String], test: &ClaimTest) -> Truth {
    let claim = member(claims, path).filter(|value| !value.is_null());
    let Some(claim) = claim else {
        return match test {
            ClaimTest::Compare(Comparison::NotEqual, _) => Truth::Unknown,
            _ => Truth::False,
        };
    };
    match test {
        ClaimTest::Compare(comparison, literal) => compare(claim, *comparison, literal),
        ClaimTest::In(literals) => any(literals.iter().map(|literal| equal(claim, literal))),
        ClaimTest::Contains(literal) => match claim {
            // Members of another type are simply other members.
            Value::Array(values) => values
                .iter()
                .any(|value| equal(value, literal) == Truth::True)
                .into(),
            _ => Truth::Unknown,
        },
    }
}

fn compare(claim: &Value, comparison: Comparison, literal: &Literal) -> Truth {
    let Some(order) = order(claim, literal) else {
        return Truth::Unknown;
    };
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
    .into()
}

/// True if one is, else false if one is comparable, else unknown.
fn any(values: impl Iterator<Item = Truth>) -> Truth {
    let mut result = Truth::Unknown;
    for value in values {
        match value {
            Truth::True => return Truth::True,
            Truth::False => result = Truth::False,
            Truth::Unknown => {}
        }
    }
    result
}

fn equal(claim: &Value, literal: &Literal) -> Truth {
    order(claim, literal).map_or(Truth::Unknown, |order| order.is_eq().into())
}

/// Text byte by byte, numbers by value, false before true; `None` across types.
fn order(claim: &Value, literal: &Literal) -> Option<Ordering> {
    match (claim, literal) {
        (Value::String(claim), Literal::Text(text)) => Some(claim.as_str().cmp(text)),
        (Value::Bool(claim), Literal::Truth(truth)) => Some(claim.cmp(truth)),
        (Value::Number(number), Literal::Integer(integer)) => {
            match (number.as_i64(), number.as_u64()) {
                (Some(number), _) => Some(number.cmp(integer)),
                (None, Some(_)) => Some(Ordering::Greater),
                (None, None) => number
                    .as_f64()
                    .map(|float| float_to_integer(float, *integer)),
            }
        }
        (Value::Number(number), Literal::Decimal(decimal)) => {
            match (number.as_i64(), number.as_u64()) {
                (Some(number), _) => Some(float_to_integer(*decimal, number).reverse()),
                (None, Some(number)) =>
                {
                    #[expect(
                        clippy::cast_precision_loss,
                        reason = "past 2^63 a fraction cannot matter"
                    )]
                    (number as f64).partial_cmp(decimal)
                }
                (None, None) => number.as_f64()?.partial_cmp(decimal),
            }
        }
        _ => None,
    }
}

/// Compares without the rounding that turning a large integer into a float would do.
fn float_to_integer(float: f64, integer: i64) -> Ordering {
    // 2^63 and -2^63 are exact as floats; everything beyond lies outside of i64.
    if float >= 9_223_372_036_854_775_808.0 {
        return Ordering::Greater;
    }
    if float < -9_223_372_036_854_775_808.0 {
        return Ordering::Less;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "within i64, fraction compared below"
    )]
    let whole = float.floor() as i64;
    let by_fraction = if float.fract() == 0.0 {
        Ordering::Equal
    } else {
        Ordering::Greater
    };
    whole.cmp(&integer).then(by_fraction)
}
