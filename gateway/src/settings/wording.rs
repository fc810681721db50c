//! What is said of YAML that cannot be read. No value in it is repeated, and of names only those that
//! look like a setting's: a key may have been pasted there, and the message goes to a log.

use std::borrow::Cow;

use serde_yaml::{DefaultMessageFormatter, Error, MessageFormatter};

/// Longest name that is repeated, in bytes.
const LONGEST_NAME: usize = 40;

/// The wording of the reader's errors.
pub(super) struct Discreet;

impl MessageFormatter for Discreet {
    fn format_message<'a>(&self, error: &'a Error) -> Cow<'a, str> {
        match error {
            // This project's own: none repeats what was written, and its examples are the cure.
            Error::Message { msg, .. } => msg.into(),
            Error::SerdeInvalidType { expected, .. }
            | Error::SerdeInvalidValue { expected, .. } => {
                format!("this must be {expected}").into()
            }
            Error::SerdeUnknownField {
                field, expected, ..
            } => unknown("field", field, expected).into(),
            Error::SerdeUnknownVariant {
                variant, expected, ..
            } => unknown("variant", variant, expected).into(),
            Error::NullIntoString { .. } => {
                "this is empty: give it a value, or leave it out".into()
            }
            Error::DuplicateMappingKey { key, .. } => {
                let name = shown(key.as_deref().unwrap_or_default());
                format!("`{name}` is there twice: keep the one that is meant").into()
            }
            _ => without_values(&DefaultMessageFormatter.format_message(error)).into(),
        }
    }
}

fn unknown(what: &str, name: &str, expected: &[&str]) -> String {
    let (name, expected) = (shown(name), expected.join(", "));
    format!("unknown {what} `{name}`, expected one of {expected}")
}

fn shown(name: &str) -> &str {
    if is_plain(name) { name } else { "…" }
}

/// A message in which what stands between backticks is blotted out unless it looks like a setting. What
/// was written may hold backticks itself, so all that stands between the first and the last is one.
fn without_values(message: &str) -> String {
    let quoted = message.split_once('`');
    let Some((before, rest)) = quoted else {
        return message.to_owned();
    };
    match rest.rsplit_once('`') {
        Some((name, after)) => format!("{before}`{}`{after}", shown(name)),
        None => format!("{before}`…"),
    }
}

fn is_plain(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= LONGEST_NAME && bytes.all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
