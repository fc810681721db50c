//! Changes a JSON document so that one comes out again: bytes changed blindly are hardly ever one.
//!
//! Every third change is of bytes all the same, for what no `Value` can be, such as a member that is
//! there twice.

use libfuzzer_sys::fuzzer_mutate;
use serde_json::{Map, Value, json};

use crate::choices::Choices;

/// Room for a text that is changed in place.
const TEXT: usize = 512;

/// Changes the document in `data`, of `size` bytes, to one of at most `most`; gives its size.
pub fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let read = data.get(..size).map(serde_json::from_slice::<Value>);
    let Some(Ok(mut document)) = read.filter(|_| !seed.is_multiple_of(3)) else {
        return fuzzer_mutate(data, size, most);
    };
    let mut choices = Choices::new(&[], &seed.to_string());
    for _ in 0..=choices.below(3) {
        change(&mut document, &mut choices);
    }
    let text = document.to_string();
    match data.get_mut(..text.len()) {
        Some(place) if text.len() <= most => {
            place.copy_from_slice(text.as_bytes());
            text.len()
        }
        _ => fuzzer_mutate(data, size, most),
    }
}

/// Changes one value of a document.
fn change(document: &mut Value, choices: &mut Choices<'_>) {
    let count = count(document);
    let other = nth(document, &mut choices.below(count)).cloned();
    let Some(value) = nth(document, &mut choices.below(count)) else {
        return;
    };
    match (choices.below(8), other) {
        (0, _) => *value = odd(choices),
        (1 | 2, Some(other)) => *value = other,
        (3, _) => *value = json!([value]),
        (4, Some(other)) => add(value, other, choices),
        (5, _) => take(value, choices),
        (6, Some(Value::String(name))) => rename(value, name, choices),
        _ => spell(value),
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// The value at a place, counted as it is written.
fn nth<'v>(value: &'v mut Value, place: &mut usize) -> Option<&'v mut Value> {
    if *place == 0 {
        return Some(value);
    }
    *place -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, place)),
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, place)),
        _ => None,
    }
}

/// What a reader may not expect.
fn odd(choices: &mut Choices<'_>) -> Value {
    match choices.below(14) {
        0 => json!(true),
        1 => json!(false),
        2 => json!(0),
        3 => json!(-1),
        4 => json!(u64::MAX),
        5 => json!(1e300),
        6 => json!(""),
        7 => json!(" "),
        8 => json!([]),
        9 => json!({}),
        10 => json!("é\u{0}\u{85}\u{202e}"),
        11 => json!("x".repeat(choices.below(600))),
        12 => (0..choices.below(40)).fold(Value::Null, |inner, _| json!([inner])),
        _ => Value::Null,
    }
}

fn add(value: &mut Value, other: Value, choices: &mut Choices<'_>) {
    match value {
        Value::Array(items) => items.insert(choices.below(items.len() + 1), other),
        Value::Object(members) => {
            let name = nth_name(members, choices).unwrap_or_default();
            members.insert(name.to_uppercase(), other);
        }
        _ => *value = other,
    }
}

fn take(value: &mut Value, choices: &mut Choices<'_>) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            items.remove(choices.below(items.len()));
        }
        Value::Object(members) => {
            if let Some(name) = nth_name(members, choices) {
                members.remove(&name);
            }
        }
        _ => *value = Value::Null,
    }
}

fn rename(value: &mut Value, new: String, choices: &mut Choices<'_>) {
    if let Value::Object(members) = value
        && let Some(old) = nth_name(members, choices)
        && let Some(member) = members.remove(&old)
    {
        members.insert(new, member);
    }
}

/// Changes the bytes of a text, or makes one of a number.
fn spell(value: &mut Value) {
    match value {
        Value::String(text) => {
            let mut bytes = text.clone().into_bytes();
            let size = bytes.len();
            bytes.resize(size.max(TEXT), 0);
            let most = bytes.len();
            let size = fuzzer_mutate(&mut bytes, size, most);
            bytes.truncate(size);
            *text = String::from_utf8_lossy(&bytes).into_owned();
        }
        Value::Number(number) => *value = json!(number.to_string()),
        _ => {}
    }
}

fn nth_name(members: &Map<String, Value>, choices: &mut Choices<'_>) -> Option<String> {
    let names: Vec<&String> = members.keys().collect();
    choices.of(&names).map(|name| (*name).clone())
}

/// Every text in a document that is a value.
pub fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
