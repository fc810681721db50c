//! The methods of a rule, and the one of a test's request.

use std::collections::HashMap;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::lower::{Reader, spanned};
use crate::span::{Span, Spanned};
use crate::suggest;
use crate::syntax::{Pair, Rule};
use crate::words;

/// `GET, POST`
pub(super) fn methods(reader: &mut Reader, pair: Pair) -> Vec<Spanned<String>> {
    let mut methods = Vec::new();
    let mut comma = None;
    let mut last: Option<Span> = None;
    for pair in pair.into_inner() {
        let span = reader.span(&pair);
        if pair.as_rule() == Rule::comma {
            comma = Some(span);
            continue;
        }
        if let (Some(last), None) = (last, comma) {
            let finding = Diagnostic::new(Code::Syntax, span, "two methods stand side by side")
                .related(last, "the one before")
                .help("separate methods by commas: `GET, POST`");
            reader.report(finding);
        }
        last = Some(span);
        comma = None;
        methods.extend(method(reader, &pair));
    }
    if let Some(comma) = comma {
        let finding = Diagnostic::new(Code::TrailingComma, comma, "no method follows this comma")
            .help("remove the comma, or add a method");
        reader.report(finding);
    }
    if methods.len() > 1 {
        duplicates(reader, &methods);
    }
    methods
}

fn duplicates(reader: &mut Reader, methods: &[Spanned<String>]) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for method in methods {
        let name = method.node.as_str();
        if let Some(first) = seen.get(name) {
            let message = format!("{} is listed twice", words::shown(name));
            let finding = Diagnostic::new(Code::DuplicateMethod, method.span, message)
                .related(*first, "the first time")
                .help("remove one of them");
            reader.report(finding);
        }
        seen.entry(name).or_insert(method.span);
    }
}

/// `GET`
pub(super) fn method(reader: &mut Reader, pair: &Pair) -> Option<Spanned<String>> {
    let word = pair.as_str();
    if words::METHODS.contains(&word) {
        return Some(spanned(reader, pair, word.to_owned()));
    }
    let upper = word.to_ascii_uppercase();
    let shown = words::shown(word);
    let is_token = word.bytes().all(is_token_byte);
    let (message, help) = if matches!(upper.as_str(), "ANY" | "ALL" | "*") {
        let help = "to mean any method leave the methods out";
        (
            format!("{shown} is not a method that a request could have"),
            help.to_owned(),
        )
    } else if upper == "FIELD" && word != upper {
        let help = "a field of AppSync starts with `field`: `route field Query.me …`";
        (format!("{shown} is not a method"), help.to_owned())
    } else if !is_token {
        let help = "a method is a word such as `GET` or `POST`";
        (format!("{shown} is not a method"), help.to_owned())
    } else if word != upper {
        let help = format!("write {}", words::shown(&upper));
        (format!("the method {shown} is not in upper case"), help)
    } else if let Some(meant) = misspelt(word) {
        (
            format!("there is no method {shown}"),
            format!("did you mean `{meant}`?"),
        )
    } else {
        return Some(spanned(reader, pair, word.to_owned()));
    };
    reader.report(Diagnostic::new(Code::BadMethod, reader.span(pair), message).help(help));
    None
}

/// Methods of HTTP and its extensions, beyond those that API Gateway serves today, which are not
/// slips of the finger (IANA HTTP Method Registry).
const REGISTERED: &[&str] = &[
    "CONNECT", "TRACE", "COPY", "LOCK", "MOVE", "BIND", "LINK", "ACL", "PRI", "QUERY",
];

/// The method that was meant. A misspelt method would be a rule that never applies.
fn misspelt(word: &str) -> Option<&'static str> {
    if REGISTERED.contains(&word) {
        return None;
    }
    suggest::closest(word, words::METHODS.iter().copied())
}

/// A character of an HTTP token (RFC 9110, section 5.6.2).
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
