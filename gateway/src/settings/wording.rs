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
            Error::DuplicateMappingKey { .. } => {
                "this name is there twice: keep the one that is meant".into()
            }
            _ => without_values(&DefaultMessageFormatter.format_message(error)).into(),
        }
    }
}

/// A message in which what stands between backticks is blotted out unless it looks like a setting.
fn without_values(message: &str) -> String {
    let mut parts = message.split('`');
    let mut clean = parts.next().unwrap_or_default().to_owned();
    // Every second part stands between backticks.
    for (number, part) in parts.enumerate() {
        clean.push('`');
        clean.push_str(if number % 2 == 1 || is_plain(part) {
            part
        } else {
            "…"
        });
    }
    clean
}

fn is_plain(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= LONGEST_NAME && bytes.all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
