//! A field of an AppSync API: `field Query.me`, or `field *` for every other.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::limits;
use crate::lower::{Reader, spanned};
use crate::span::Spanned;
use crate::syntax::{Pair, Rule};
use crate::words::{self, shown};

/// `field Query.me`, `field *`
pub(super) fn field(reader: &mut Reader, pair: &Pair) -> Option<Spanned<String>> {
    let mut inner = pair.clone().into_inner();
    let name = inner.find(|pair| pair.as_rule() == Rule::field_name)?;
    let word = name.as_str();
    if word == words::EVERY_FIELD || words::is_field(word) {
        return Some(spanned(reader, pair, word.to_owned()));
    }
    let (message, help) = fault(word);
    let finding = Diagnostic::new(Code::BadField, reader.span(&name), message).help(help);
    reader.report(finding);
    None
}

/// What is wrong with the name of a field, and what to write.
fn fault(word: &str) -> (String, String) {
    const FORM: &str = "write `field Type.name`, such as `field Query.me`";
    let found = shown(word);
    let (parent, name) = word.split_once('.').unwrap_or(("", word));
    if word.starts_with('/') {
        (
            format!("{found} is a path, not a field"),
            "leave out `field`: a path stands for itself".to_owned(),
        )
    } else if word.contains('*') {
        (
            format!("{found} would be many fields, and AppSync can be told only single ones"),
            "name each field, or let `field *` ask for what all of them need".to_owned(),
        )
    } else if word.contains(['{', '}']) {
        (
            "a field has no parameters".to_owned(),
            format!("{FORM}; its arguments are not known when AppSync asks"),
        )
    } else if parent.is_empty() && words::is_graphql_name(name) {
        (
            format!("the type is missing before the field {found}"),
            format!(
                "write {}, or another type",
                shown(&format!("field Query.{name}"))
            ),
        )
    } else if name.contains('.') {
        (
            format!("{found} is a way through several fields, not one of them"),
            "name the last field by the type it belongs to: `field User.email`, not `field Query.me.email`"
                .to_owned(),
        )
    } else if word.len() > limits::NAME_BYTES {
        (
            "a name in this field is too long".to_owned(),
            format!(
                "a type and a field have at most {} bytes each",
                limits::NAME_BYTES
            ),
        )
    } else {
        (
            format!("{found} is not a field"),
            format!("{FORM}: both are letters, digits and `_`, and no digit comes first"),
        )
    }
}
