//! `header NAME = "x"` and `query NAME = "x"`: what a request brings along.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::lower::{Reader, item, method, value};
use crate::syntax::{Pair, Rule};
use crate::tree::{Comparison, Fact, Literal};
use crate::words::shown;

/// `header x-client = "app"`
pub(super) fn fact(reader: &mut Reader, pair: Pair) -> Option<Fact> {
    let mut keyword = "";
    let mut name = None;
    let mut comparison = None;
    let mut literal = None;
    for pair in pair.into_inner() {
        match pair.as_rule() {
            Rule::pair_word => keyword = pair.as_str(),
            Rule::operator => comparison = Some(equality(reader, &pair, keyword)),
            _ if comparison.is_none() => name = pair_name(reader, &pair, keyword),
            _ => literal = text(reader, &pair),
        }
    }
    comparison??;
    let (name, text) = (name?, literal?);
    Some(match keyword {
        "header" => Fact::Header(name.to_ascii_lowercase(), text),
        _ => Fact::Query(name, text),
    })
}

/// Only equality is asked of a request.
fn equality(reader: &mut Reader, pair: &Pair, keyword: &str) -> Option<()> {
    match value::comparison(reader, pair)? {
        Comparison::Equal => return Some(()),
        Comparison::NotEqual => {
            let message = format!("a {keyword} is compared with `=` only");
            let finding = Diagnostic::new(Code::BadComparison, reader.span(pair), message)
                .help(format!("write `not {keyword} NAME = \"x\"`"));
            reader.report(finding);
        }
        _ => {
            let message = format!("a {keyword} is text, which has no order here");
            let finding = Diagnostic::new(Code::BadComparison, reader.span(pair), message)
                .help("compare it with `=`");
            reader.report(finding);
        }
    }
    None
}

fn pair_name(reader: &mut Reader, pair: &Pair, keyword: &str) -> Option<String> {
    if keyword == "query" {
        return item::text(reader, pair, keyword);
    }
    let word = pair.as_str();
    if pair.as_rule() != Rule::string && word.bytes().all(method::is_token_byte) {
        return item::fits(reader, pair, word);
    }
    let message = format!("{} is not the name of a header", shown(word));
    let finding = Diagnostic::new(Code::BadHeader, reader.span(pair), message)
        .help("write its name without quotes and without `:`, such as `x-client`");
    reader.report(finding);
    None
}

fn text(reader: &mut Reader, pair: &Pair) -> Option<String> {
    match value::literal(reader, pair)? {
        Literal::Text(text) => Some(text),
        Literal::Integer(_) | Literal::Decimal(_) | Literal::Truth(_) => {
            let word = pair.as_str();
            let message = format!(
                "{} has no quotes: headers and queries are text",
                shown(word)
            );
            let finding = Diagnostic::new(Code::BadValue, reader.span(pair), message)
                .help(format!("write `\"{word}\"`"));
            reader.report(finding);
            None
        }
    }
}
