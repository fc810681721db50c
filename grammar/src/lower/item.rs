//! One entry of a list after a keyword: a name, an ID, or `{parameter}`.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::limits;
use crate::lower::segment::is_parameter_name;
use crate::lower::{Reader, name, quoted};
use crate::span::{Span, Spanned};
use crate::syntax::{Pair, Rule};
use crate::tree::Name;
use crate::words::{self, shown};

/// A bare word in a list that is a mistake if a `let` has the same name.
#[derive(Debug)]
pub(crate) struct Doubtful<'a> {
    /// The word.
    pub item: Spanned<&'a str>,
    /// The keyword of the list.
    pub keyword: &'a str,
    /// Whether it stands right after the keyword.
    pub is_first: bool,
}

impl Doubtful<'_> {
    /// The finding, given where the `let` is.
    pub(crate) fn explain(&self, definition: Span) -> Diagnostic {
        let Self {
            item,
            keyword,
            is_first,
        } = self;
        let word = item.node;
        let as_let = if *is_first {
            format!("to mean the `let`, join it: `{keyword} and {word}`")
        } else {
            format!("to mean the `let`, put it first or in parentheses: `({word})`")
        };
        let message = format!(
            "`{word}` can be read as {} or as the `let` of that name",
            noun(keyword)
        );
        Diagnostic::new(Code::AmbiguousItem, item.span, message)
            .related(definition, "the `let`")
            .help(as_let)
            .help(format!(
                "to mean {}, put it in quotes: `\"{word}\"`",
                noun(keyword)
            ))
    }
}

/// What one entry after a keyword is.
pub(crate) fn noun(keyword: &str) -> String {
    match keyword {
        "user" => "the ID of a user".to_owned(),
        "email" => "an e-mail address".to_owned(),
        "mfa" => "a method of MFA".to_owned(),
        "ip" => "a network".to_owned(),
        _ => format!("a {keyword}"),
    }
}

/// A name, or a parameter of the path.
pub(super) fn name_or_parameter(reader: &mut Reader, pair: &Pair, keyword: &str) -> Option<Name> {
    if pair.as_rule() != Rule::string && pair.as_str().starts_with('{') {
        return parameter(reader, pair).map(Name::Parameter);
    }
    text(reader, pair, keyword).map(Name::Text)
}

/// A name that no parameter can stand for.
pub(super) fn text(reader: &mut Reader, pair: &Pair, keyword: &str) -> Option<String> {
    let is_quoted = pair.as_rule() == Rule::string;
    if !is_quoted && name::is_bare(pair.as_str()) {
        return Some(pair.as_str().to_owned());
    }
    let word = if is_quoted {
        quoted::text(reader, pair)?
    } else {
        pair.as_str().to_owned()
    };
    let Some((message, help)) = objection(&word, is_quoted, keyword) else {
        return Some(word);
    };
    let finding = Diagnostic::new(Code::BadName, reader.span(pair), message).help(help);
    reader.report(finding);
    None
}

/// What is wrong with a name, and what to do.
fn objection(word: &str, is_quoted: bool, keyword: &str) -> Option<(String, String)> {
    let what = noun(keyword);
    let separates = |letter: char| letter.is_whitespace() || letter == '+';
    Some(if word.is_empty() {
        (
            format!("{what} cannot be empty"),
            "write its name between the quotes".to_owned(),
        )
    } else if word.len() > limits::NAME_BYTES {
        let message = format!("{what} cannot be longer than {} bytes", limits::NAME_BYTES);
        (message, format!("this one has {}", word.len()))
    } else if is_quoted && !word.chars().all(words::is_harmless) {
        let message = format!("{what} cannot hold a control character or an invisible one");
        (message, "remove it".to_owned())
    } else if is_quoted && keyword == "product" && word.contains(separates) {
        let message = "a product cannot hold white space or `+`".to_owned();
        (
            message,
            "use the ID, or a name from `products:` in `authorizer.yaml`".to_owned(),
        )
    } else if is_quoted {
        return None;
    } else if word.starts_with('{') {
        let message = format!("{what} cannot be a parameter of the path");
        (message, "write its name or ID".to_owned())
    } else {
        let message = format!("{} cannot be {what} without quotes", shown(word));
        let help =
            "without quotes stand letters, digits and `- _ . : @ /`, a letter or digit first";
        (
            message,
            format!("write `\"{}\"`: {help}", shown(word).trim_matches('`')),
        )
    })
}

/// A word that needs no further judgement than its length.
pub(super) fn fits(reader: &mut Reader, pair: &Pair, word: &str) -> Option<String> {
    if name::fits(word) {
        return Some(word.to_owned());
    }
    let message = format!("this name is longer than {} bytes", limits::NAME_BYTES);
    let finding = Diagnostic::new(Code::BadName, reader.span(pair), message)
        .help(format!("it has {}", word.len()));
    reader.report(finding);
    None
}

/// `{id}`
fn parameter(reader: &mut Reader, pair: &Pair) -> Option<String> {
    let word = pair.as_str();
    let inner = word.strip_prefix('{').unwrap_or(word);
    let (message, help) = match inner.strip_suffix('}') {
        Some(name) if is_parameter_name(name) => return Some(name.to_owned()),
        Some(name) if name.ends_with('+') => (
            format!("{} cannot stand for a name", shown(word)),
            "the rest of a path is several segments; name one segment in the pattern".to_owned(),
        ),
        Some(_) => (
            format!("{} is not a parameter", shown(word)),
            "write `{name}` as in the pattern".to_owned(),
        ),
        None => (
            format!("{} is not closed", shown(word)),
            format!("write {}", shown(&format!("{{{inner}}}"))),
        ),
    };
    let finding = Diagnostic::new(Code::BadParameter, reader.span(pair), message).help(help);
    reader.report(finding);
    None
}
