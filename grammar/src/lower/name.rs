//! What may be a name: of a `let` or tier, and of the things conditions ask for.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::limits;
use crate::lower::{Reader, spanned};
use crate::span::Spanned;
use crate::syntax::{Pair, Rule};
use crate::words::{self, shown};

/// Whether a name is neither empty nor too long.
pub(super) fn fits(name: &str) -> bool {
    !name.is_empty() && name.len() <= limits::NAME_BYTES
}

/// Whether a `let` or tier may have this name: a letter, then letters, digits, `-` or `_`.
pub(crate) fn is_definable(name: &str) -> bool {
    fits(name)
        && name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Whether a name needs no quotes: a letter or digit, then letters, digits or `- _ . : @ /`.
pub(crate) fn is_bare(name: &str) -> bool {
    fits(name)
        && name.starts_with(|letter: char| letter.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:@/".contains(&byte))
}

/// The name that a `let` or `tier` gives or that a condition uses.
pub(super) fn defined(reader: &mut Reader, pair: &Pair, what: &str) -> Option<Spanned<String>> {
    let word = pair.as_str();
    let (code, message) = if pair.as_rule() == Rule::string {
        let message = format!(
            "the name of a {} is written without quotes",
            what.trim_matches('`')
        );
        (Code::BadName, message)
    } else if words::is_reserved(word) {
        let message = format!(
            "{} is a word of the language, not the name of a {what}",
            shown(word)
        );
        (Code::ReservedWord, message)
    } else if is_definable(word) {
        return Some(spanned(reader, pair, word.to_owned()));
    } else {
        (
            Code::BadName,
            format!("{} cannot be the name of a {what}", shown(word)),
        )
    };
    let help = format!(
        "a name starts with a letter and goes on with letters, digits, `-` or `_`, at most {} of them",
        limits::NAME_BYTES
    );
    let finding = Diagnostic::new(code, reader.span(pair), message);
    reader.report(match code {
        Code::ReservedWord => finding.help("choose another name"),
        _ => finding.help(help),
    });
    None
}
