//! Where a name, a value or an operator is expected.

use crate::diagnostic::Diagnostic;
use crate::lower::noun;
use crate::mistake::Place;
use crate::mistake::expected::value_after;
use crate::mistake::meant::syntax;
use crate::scan::Kind;
use crate::syntax::Rule;
use crate::words;

/// `requires role`, `requires role user`
pub(super) fn missing_name(place: &Place) -> Option<Diagnostic> {
    let keyword = place.text_of(place.before(1));
    let takes_names = matches!(
        keyword,
        "product"
            | "tier"
            | "provider"
            | "role"
            | "team"
            | "permission"
            | "scope"
            | "group"
            | "email"
    );
    // Nothing else is expected if a word of the language is what stands there.
    let wants_name = place.expected.any(&[Rule::string, Rule::bare]) || place.expected.is_empty();
    if !takes_names || !wants_name {
        return None;
    }
    let message = format!(
        "expected {}, found {}",
        value_after(keyword),
        place.shown_found()
    );
    let found = place.text_of(place.found());
    let help = match place.found() {
        Some(_) if words::CONDITIONS.contains(&found) => {
            format!(
                "to mean {} of this name, put it in quotes: `\"{found}\"`",
                noun(keyword)
            )
        }
        Some(token) if matches!(token.kind, Kind::Open | Kind::Operator) => {
            format!("write `{keyword} NAME`, or a list: `{keyword} NAME or NAME`")
        }
        _ if keyword == "email" => {
            "write `email \"ann@example.com\"`, `email @example.com` or `email verified`".to_owned()
        }
        _ => format!("write `{keyword} NAME`"),
    };
    Some(syntax(place, message, help))
}

/// Where a value or an operator is expected.
pub(super) fn value(place: &Place) -> Option<Diagnostic> {
    let found = place.text_of(place.found());
    let before = place.text_of(place.before(1));
    let expected = || {
        let words = place.expected.words(before);
        format!("expected {words}, found {}", place.shown_found())
    };
    if before == "else" {
        return Some(syntax(
            place,
            expected(),
            "write `else \"Upgrade to read on\"`",
        ));
    }
    if before == "test" {
        return Some(syntax(
            place,
            expected(),
            "write `test \"what it shows\" {`",
        ));
    }
    if before == "is" && place.expected.any(&[Rule::verdict]) {
        let (words, help) = if place.unit == Rule::request_unit {
            (
                "`allowed` or `denied`",
                "write `is allowed`, `is denied` or `is denied, REASON`",
            )
        } else {
            (
                "`public` or `denied`",
                "write `is public`, `is denied` or `requires CONDITION`",
            )
        };
        let message = format!("expected {words} after `is`, found {}", place.shown_found());
        return Some(syntax(place, message, help));
    }
    if before == "ip" {
        return Some(syntax(
            place,
            expected(),
            "write `ip in 10.0.0.0/8 or 192.168.0.0/16`",
        ));
    }
    if place.text_of(place.before(2)) == "ip" {
        return Some(syntax(
            place,
            expected(),
            "list networks as `ip in 10.0.0.0/8 or 192.168.0.0/16`",
        ));
    }
    if place.expected.any(&[Rule::operator, Rule::compare]) {
        let help = match found {
            "is" | "equals" | "eq" | ":" | "==" => "write `=`",
            "not" => "write `not claim a.b in (\"x\", \"y\")`: `not` stands before the condition",
            "has" | "includes" => "write `contains`",
            "matches" | "like" | "startswith" | "starts" | "ends" => {
                "there are no patterns: list the values, `claim a.b in (\"x\", \"y\")`"
            }
            _ => "write `claim a.b = \"x\"`, `header NAME = \"x\"` or `query NAME = \"x\"`",
        };
        return Some(syntax(place, expected(), help));
    }
    let in_list =
        place.expected.any(&[Rule::comma]) && place.expected.any(&[Rule::closing_parenthesis]);
    if before == "in" || in_list {
        return Some(syntax(
            place,
            expected(),
            "write `claim a.b in (\"x\", \"y\")`",
        ));
    }
    if !place
        .expected
        .any(&[Rule::string, Rule::bare, Rule::claim_path])
    {
        return None;
    }
    let is_operator = place
        .before(1)
        .is_some_and(|token| token.kind == Kind::Operator);
    let help = match before {
        "claim" => "write `claim a.b = \"x\"`",
        "header" | "query" => "write `header NAME = \"x\"` or `query NAME = \"x\"`",
        "before" | "after" => "write `before 2027-01-31` or `after 2027-01-31T12:00:00Z`",
        "contains" => "write `claim a.b contains \"x\"`",
        "(" | "," => "write `claim a.b in (\"x\", \"y\")`",
        "from" => "write `from 192.0.2.7`",
        "at" => "write `at 2027-01-31`",
        _ if is_operator => "text stands in quotes, numbers and `true` or `false` do not",
        _ => return None,
    };
    Some(syntax(place, expected(), help))
}
