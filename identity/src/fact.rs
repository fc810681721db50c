//! Facts from the JSON values in which providers write them: each in its own form alone, and
//! unknown in any other.

use serde_json::Value;
use tollgate_engine::user::Fact;

/// A text that `fits`; `null` and an empty one say that there is none.
pub(crate) fn text(value: Option<&Value>, fits: impl Fn(&str) -> bool) -> Fact<Option<String>> {
    match value {
        Some(Value::String(text)) if text.is_empty() => Fact::Known(None),
        value => nullable(value, fits),
    }
}

/// A text that `fits`, of a provider that writes `null` and nothing else where there is none.
pub(crate) fn nullable(value: Option<&Value>, fits: impl Fn(&str) -> bool) -> Fact<Option<String>> {
    match value {
        Some(Value::Null) => Fact::Known(None),
        Some(Value::String(text)) if fits(text) => Fact::Known(Some(text.clone())),
        _ => Fact::Unknown,
    }
}

/// `true` or `false`.
pub(crate) fn flag(value: Option<&Value>) -> Fact<bool> {
    match value {
        Some(Value::Bool(flag)) => Fact::Known(*flag),
        _ => Fact::Unknown,
    }
}
