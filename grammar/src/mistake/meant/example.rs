//! Lines of a test.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::mistake::Place;
use crate::mistake::meant::syntax;
use crate::suggest;
use crate::syntax::Rule;
use crate::words::{self, shown};

/// Lines of a test.
pub(super) fn in_test(place: &Place) -> Option<Diagnostic> {
    let found = place.text_of(place.found());
    let before = place.text_of(place.before(1));
    let message = || {
        let words = place.expected.words(before);
        let expected = if words.is_empty() {
            "the end of the line"
        } else {
            &words
        };
        format!("expected {expected}, found {}", place.shown_found())
    };
    match place.unit {
        Rule::who_unit => in_user(place, found, before, message()),
        Rule::request_unit => in_request(place, found, before, message()),
        _ => None,
    }
}

fn in_user(place: &Place, found: &str, before: &str, message: String) -> Option<Diagnostic> {
    const COMMAS: &str = "separate facts by commas: `user with product NAME, mfa`";
    let wants_fact = place.expected.any(&[Rule::test_fact, Rule::unknown_word]);
    if matches!(before, "and" | "or") || matches!(found, "and" | "or" | "but") {
        let message = format!(
            "facts of a user are not joined by {}",
            shown(if matches!(before, "and" | "or") {
                before
            } else {
                found
            })
        );
        return Some(syntax(place, message, COMMAS));
    }
    if wants_fact && let Some(meant) = suggest::closest(found, words::CONDITIONS.iter().copied()) {
        return Some(
            Diagnostic::new(Code::Syntax, place.span_found(), message)
                .label(format!("did you mean `{meant}`?")),
        );
    }
    let help = match found {
        "is" | "has" | "having" => "write `with`: `user with product NAME`".to_owned(),
        _ if place.statement() == "visitor" => {
            "a visitor has no token, so nothing is known of one".to_owned()
        }
        _ if words::CONDITIONS.contains(&found) && place.index <= 2 => {
            format!("write `with` before the facts: `user with {found} …`")
        }
        _ if wants_fact => {
            "a fact is written as in a condition: `product NAME`, `email verified`, `not mfa`"
                .to_owned()
        }
        _ => return None,
    };
    Some(syntax(place, message, help))
}

fn in_request(place: &Place, found: &str, before: &str, message: String) -> Option<Diagnostic> {
    let follows_field = place.text_of(place.before(2)) == "field";
    let help = match found {
        "is" if place.index == 1 => {
            let message = "the path is missing after the method";
            return Some(syntax(place, message, "write `GET /articles/1 is allowed`"));
        }
        "," if place.index == 1 => "a request has one method: write one line for each".to_owned(),
        "allowed" | "denied" if place.expected.any(&[Rule::is_word]) => {
            format!("write `is {found}`")
        }
        "" if place.expected.any(&[Rule::is_word]) => {
            "say what comes of it: `is allowed`, `is denied` or `is denied, REASON`".to_owned()
        }
        _ if before == "$connect" && found.starts_with('/') => "`$connect` has no path".to_owned(),
        _ if before == "field" && place.index == 2 => {
            "a field has no method: write `field Query.me is allowed`".to_owned()
        }
        "(" if follows_field => {
            "a field stands without its arguments: they are not known when AppSync asks".to_owned()
        }
        _ if follows_field && place.index == 2 => "a field is one word: `Type.name`".to_owned(),
        _ => return None,
    };
    Some(syntax(place, message, help))
}
