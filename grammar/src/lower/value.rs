//! Values to compare with, and the operators that do.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::lower::{Reader, quoted};
use crate::syntax::{Pair, Rule};
use crate::tree::{Comparison, Literal};
use crate::words::shown;

/// `"x"`, `7`, `0.5`, `true`
pub(super) fn literal(reader: &mut Reader, pair: &Pair) -> Option<Literal> {
    if pair.as_rule() == Rule::string {
        return quoted::text(reader, pair).map(Literal::Text);
    }
    let word = pair.as_str();
    let (message, help) = match word {
        "true" => return Some(Literal::Truth(true)),
        "false" => return Some(Literal::Truth(false)),
        "null" | "nil" | "none" | "None" | "undefined" => (
            format!("{} is not a value to compare with", shown(word)),
            "a claim that is not there equals nothing: leave this out".to_owned(),
        ),
        "True" | "TRUE" | "False" | "FALSE" | "yes" | "no" => (
            format!("{} is not a value to compare with", shown(word)),
            "write `true` or `false`, or text in quotes".to_owned(),
        ),
        _ if is_number(word) => match number(word) {
            Some(number) => return Some(number),
            None => (
                format!("the number {} cannot be compared exactly", shown(word)),
                format!("whole numbers go from {} to {}", i64::MIN, i64::MAX),
            ),
        },
        _ if word.starts_with('{') => (
            "a parameter of the path cannot stand here".to_owned(),
            "it can stand for a name after `user`, `role`, `team`, `permission`, `scope` or `group`".to_owned(),
        ),
        _ if word.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) => (
            format!("{} is not a number as JSON writes it", shown(word)),
            format!("write it like `10`, `-7` or `0.5`, or as text: `\"{}\"`", shown(word).trim_matches('`')),
        ),
        _ => (
            format!("the text {} has no quotes", shown(word)),
            format!("write `\"{}\"`", shown(word).trim_matches('`')),
        ),
    };
    reader.report(Diagnostic::new(Code::BadValue, reader.span(pair), message).help(help));
    None
}

/// A number in the notation of JSON (RFC 8259, section 6).
fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent
            .is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

fn number(word: &str) -> Option<Literal> {
    if word.contains(['.', 'e', 'E']) {
        let decimal = word.parse::<f64>().ok().filter(|number| number.is_finite());
        return decimal.map(Literal::Decimal);
    }
    word.parse().ok().map(Literal::Integer)
}

/// `=`, `!=`, `<`, `<=`, `>`, `>=`
pub(super) fn comparison(reader: &mut Reader, pair: &Pair) -> Option<Comparison> {
    let meant = match pair.as_str() {
        "=" => return Some(Comparison::Equal),
        "!=" => return Some(Comparison::NotEqual),
        "<" => return Some(Comparison::Less),
        "<=" => return Some(Comparison::LessOrEqual),
        ">" => return Some(Comparison::Greater),
        ">=" => return Some(Comparison::GreaterOrEqual),
        "==" | "===" => "write `=`",
        "<>" | "!==" | "!" | "=!" => "write `!=`",
        "=<" => "write `<=`",
        "=>" => "write `>=`",
        _ => "write `=`, `!=`, `<`, `<=`, `>` or `>=`",
    };
    let message = format!("{} is not an operator", shown(pair.as_str()));
    let finding = Diagnostic::new(Code::ForeignOperator, reader.span(pair), message).help(meant);
    reader.report(finding);
    None
}
