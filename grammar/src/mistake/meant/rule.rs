//! Between the first word of a rule or definition and its condition.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::mistake::meant::syntax;
use crate::mistake::{Place, generic};
use crate::scan::Kind;
use crate::suggest;
use crate::syntax::Rule;
use crate::words::{self, shown};

/// A word of the language with a slip of the finger.
pub(super) fn misspelt(place: &Place) -> Option<Diagnostic> {
    let found = place.found().filter(|token| token.kind == Kind::Word)?;
    let word = found.text(place.text);
    if words::is_reserved(word) {
        return None;
    }
    let keywords = place.expected.keywords();
    let meant = suggest::closest(word, keywords.iter().copied())?;
    let finding = generic(place);
    Some(finding.label(format!("did you mean `{meant}`?")))
}

pub(super) fn missing_path(place: &Place) -> Option<Diagnostic> {
    let is_rule = matches!(place.statement(), "route" | "forbid");
    let mut words = place.tokens.iter().map(|token| token.text(place.text));
    let has_path = words.any(|word| word.starts_with('/') || matches!(word, "$connect" | "field"));
    if place.unit != Rule::statement_unit || !is_rule || has_path {
        return None;
    }
    let help = format!("write `{} /articles/* …`", place.statement());
    if place.expected.any(&[Rule::pattern, Rule::connect]) {
        let message = format!(
            "expected a path that starts with `/`, found {}",
            place.shown_found()
        );
        return Some(syntax(place, message, help));
    }
    let rule = place.tokens.first()?;
    let message = format!(
        "this `{}` has no path that starts with `/`",
        place.statement()
    );
    Some(Diagnostic::new(Code::Syntax, place.span(*rule), message).help(help))
}

/// `field` without a name.
pub(super) fn missing_field(place: &Place) -> Option<Diagnostic> {
    if !place.expected.any(&[Rule::field_name]) {
        return None;
    }
    let message = format!(
        "expected a field such as `Query.me`, found {}",
        place.shown_found()
    );
    let help = "write `field Type.name`, or `field *` for every field that no other route names";
    Some(syntax(place, message, help))
}

/// Between the pattern and the condition.
pub(super) fn after_pattern(place: &Place) -> Option<Diagnostic> {
    let is_route = place.expected.any(&[Rule::requires_word]);
    let is_forbid = place.expected.any(&[Rule::when_word, Rule::unless_word]);
    let ends_route = place.statement() == "route"
        && matches!(place.text_of(place.before(1)), "public" | "denied")
        && place.text_of(place.before(2)) == "is";
    if !is_route && !is_forbid && !ends_route {
        return None;
    }
    let found = place.text_of(place.found());
    let next = place.text_of(place.next());
    let before = place.text_of(place.before(1));
    let follows_field = place.text_of(place.before(2)) == "field";
    let is_path = found.starts_with('/') || found == "," || before.ends_with(',');
    let help = if ends_route {
        match found {
            "else" => "only a `requires` takes a hint".to_owned(),
            "when" | "unless" | "if" => {
                "write `forbid PATTERN when CONDITION`, or `route PATTERN requires CONDITION`"
                    .to_owned()
            }
            _ => "nothing follows `is public` and `is denied`".to_owned(),
        }
    } else if is_path {
        "a rule has one pattern: write one line for each; methods stand before the pattern"
            .to_owned()
    } else {
        match found {
            "" if is_forbid => {
                "to shut everybody out write `route PATTERN is denied` instead".to_owned()
            }
            "" => "write `is public`, `is denied` or `requires CONDITION`".to_owned(),
            "requires" => "write `unless`: a `forbid` says who is exempt".to_owned(),
            "is" | "denied" | "forbidden" if is_forbid => {
                "to shut everybody out write `route PATTERN is denied`".to_owned()
            }
            "if" if is_forbid => "write `when`".to_owned(),
            "except" | "but" if is_forbid => "write `unless`".to_owned(),
            "when" | "unless" => {
                "`when` and `unless` belong to `forbid`; for a route write `requires CONDITION`"
                    .to_owned()
            }
            "public" | "denied" => format!("write `is {found}`"),
            "allowed" | "open" => "write `is public`".to_owned(),
            "(" if follows_field => {
                "a field stands without its arguments: they are not known when AppSync asks"
                    .to_owned()
            }
            "if" | "for" | "needs" | "only" | "->" | ":" => "write `requires CONDITION`".to_owned(),
            "=" | "==" | "=>" if matches!(next, "public" | "denied") => {
                format!("write `is {next}`")
            }
            _ if words::CONDITIONS.contains(&found) && is_forbid => {
                format!("write `when {found} …` or `unless {found} …`")
            }
            _ if words::CONDITIONS.contains(&found) => format!("write `requires {found} …`"),
            _ if follows_field => "a field is one word: `Type.name`".to_owned(),
            _ if matches!(next, "is" | "requires" | "when" | "unless") => {
                "a space ends the path: write `%20` for one in it".to_owned()
            }
            _ => match suggest::closest(found, ["public", "denied", "allowed"]) {
                Some("denied") => "write `is denied`".to_owned(),
                Some(_) if is_route => "write `is public`".to_owned(),
                _ => return None,
            },
        }
    };
    let expected = place.expected.words("");
    Some(syntax(
        place,
        format!("expected {expected}, found {}", place.shown_found()),
        help,
    ))
}

/// `let NAME = …`
pub(super) fn definition(place: &Place) -> Option<Diagnostic> {
    let word = place.statement();
    if !matches!(word, "let" | "tier") {
        return None;
    }
    if place.unit == Rule::statement_unit
        && place.text_of(place.found()) == "else"
        && place.expected.any(&[Rule::and_word])
    {
        let message = format!("expected {}, found `else`", place.expected.words(""));
        return Some(syntax(
            place,
            message,
            format!("a `{word}` has no hint: write it at the rule that uses it"),
        ));
    }
    if place.text_of(place.tokens.get(1).copied()) == "is" || place.tokens.len() == 1 {
        let place_of_name = place.tokens.get(1).or(place.tokens.first())?;
        let message = format!("the name is missing after `{word}`");
        let finding = Diagnostic::new(Code::Syntax, place.span(*place_of_name), message);
        return Some(finding.help(format!("write `{word} NAME is CONDITION`")));
    }
    if place.index != 2 || !place.expected.any(&[Rule::is_word]) {
        return None;
    }
    let name = place.text_of(place.before(1));
    let found = place.text_of(place.found());
    let name = match place.text_of(place.next()) {
        "is" if place.found().is_some_and(|token| token.kind == Kind::Word) => {
            format!("{name}-{found}")
        }
        _ => name.trim_end_matches(':').to_owned(),
    };
    let help = format!(
        "write `{word} {} is CONDITION`",
        shown(&name).trim_matches('`')
    );
    Some(syntax(
        place,
        format!("expected `is`, found {}", place.shown_found()),
        help,
    ))
}
