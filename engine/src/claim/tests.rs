//! Numbers at the ends of what 64 bits hold, where rounding would make two of them equal.

use std::cmp::Ordering::{Equal, Greater, Less};

use serde_json::json;

use super::*;

#[test]
fn a_number_is_compared_without_rounding() {
    for (claim, literal, wanted) in [
        (json!(-1e300), i64::MIN, Less),
        (json!(-9_223_372_036_854_775_808.0), i64::MIN, Equal),
        (json!(-9_223_372_036_854_775_808.0), i64::MIN + 1, Less),
        (json!(9_223_372_036_854_775_808.0), i64::MAX, Greater),
        (json!(1e300), i64::MAX, Greater),
        (json!(u64::MAX), i64::MAX, Greater),
        (json!(i64::MAX), i64::MAX, Equal),
        (json!(i64::MIN), i64::MIN, Equal),
        (json!(-1.5), -2, Greater),
        (json!(-1.5), -1, Less),
        (json!(1.5), 1, Greater),
        (json!(1.5), 2, Less),
        (
            json!(9_007_199_254_740_993_i64),
            9_007_199_254_740_992,
            Greater,
        ),
        (json!(9_007_199_254_740_992.0), 9_007_199_254_740_993, Less),
    ] {
        let found = order(&claim, &Literal::Integer(literal));
        assert_eq!(found, Some(wanted), "{claim} beside {literal}");
    }
    for (claim, literal, wanted) in [
        (
            json!(9_007_199_254_740_993_i64),
            9_007_199_254_740_992.0,
            Greater,
        ),
        (json!(i64::MAX), 9_223_372_036_854_775_808.0, Less),
        (json!(u64::MAX), 1e300, Less),
        (json!(u64::MAX), 1.5, Greater),
        (json!(2), 1.5, Greater),
        (json!(1.5), 1.5, Equal),
    ] {
        let found = order(&claim, &Literal::Decimal(literal));
        assert_eq!(found, Some(wanted), "{claim} beside {literal}");
    }
}
