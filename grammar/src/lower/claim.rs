//! `claim PATH …`: a member of the verified claims, compared.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::limits;
use crate::lower::{Reader, name, quoted, value};
use crate::syntax::{Pair, Rule};
use crate::tree::{ClaimTest, Comparison, Fact, Literal};
use crate::words::shown;

/// `claim a.b = "x"`
pub(super) fn claim(reader: &mut Reader, pair: Pair) -> Option<Fact> {
    let mut members = None;
    let mut test = None;
    for pair in pair.into_inner() {
        match pair.as_rule() {
            Rule::claim_path => members = path(reader, &pair),
            Rule::compare => test = compare(reader, pair),
            Rule::one_of => test = one_of(reader, pair),
            Rule::contains => test = contains(reader, pair),
            _ => {}
        }
    }
    Some(Fact::Claim {
        path: members?,
        test: test?,
    })
}

fn compare(reader: &mut Reader, pair: Pair) -> Option<ClaimTest> {
    let span = reader.span(&pair);
    let mut comparison = None;
    let mut literal = None;
    for pair in pair.into_inner() {
        match pair.as_rule() {
            Rule::operator => comparison = value::comparison(reader, &pair),
            _ => literal = value::literal(reader, &pair),
        }
    }
    let (comparison, literal) = (comparison?, literal?);
    let is_ordering = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    if is_ordering && matches!(literal, Literal::Truth(_)) {
        let message = "`true` and `false` have no order";
        let finding = Diagnostic::new(Code::BadComparison, span, message)
            .help("compare them with `=` or `!=`");
        reader.report(finding);
        return None;
    }
    Some(ClaimTest::Compare(comparison, literal))
}

fn one_of(reader: &mut Reader, pair: Pair) -> Option<ClaimTest> {
    let mut literals = Vec::new();
    let mut sound = true;
    let mut comma = None;
    for pair in pair.into_inner() {
        match pair.as_rule() {
            Rule::comma => comma = Some(reader.span(&pair)),
            Rule::string | Rule::bare => {
                comma = None;
                match value::literal(reader, &pair) {
                    Some(literal) => literals.push(literal),
                    None => sound = false,
                }
            }
            _ => {}
        }
    }
    if let Some(comma) = comma {
        let finding = Diagnostic::new(Code::TrailingComma, comma, "no value follows this comma")
            .help("remove the comma, or add a value");
        reader.report(finding);
        sound = false;
    }
    sound.then_some(ClaimTest::In(literals))
}

fn contains(reader: &mut Reader, pair: Pair) -> Option<ClaimTest> {
    let value = pair
        .into_inner()
        .find(|pair| matches!(pair.as_rule(), Rule::string | Rule::bare))?;
    value::literal(reader, &value).map(ClaimTest::Contains)
}

/// `a.b`, `"https://example.com/roles".admin`: members from the outside in.
fn path(reader: &mut Reader, pair: &Pair) -> Option<Vec<String>> {
    let mut members = Vec::new();
    let mut rest = pair.as_str();
    loop {
        let end = member_end(rest);
        let (source, after) = rest.split_at_checked(end)?;
        let start = pair.as_str().len() - rest.len();
        let member = if source.starts_with('"') {
            quoted::part(reader, pair, start..start + end)?
        } else {
            source.to_owned()
        };
        if let Some((message, help)) = judge(&member, source) {
            let place = reader.part(pair, start..start + end);
            reader.report(Diagnostic::new(Code::BadClaim, place, message).help(help));
            return None;
        }
        members.push(member);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => break,
            None => {
                let place = reader.part(pair, start + end..pair.as_str().len());
                let message = "the members of a claim's path are joined by dots";
                let finding = Diagnostic::new(Code::BadClaim, place, message)
                    .help("write `claim a.\"b c\".d`");
                reader.report(finding);
                return None;
            }
        }
    }
    if members.len() > limits::CLAIM_MEMBERS {
        let message = format!(
            "this path has {} members; at most {} are followed",
            members.len(),
            limits::CLAIM_MEMBERS
        );
        let finding = Diagnostic::new(Code::BadClaim, reader.span(pair), message)
            .help("put what is decided on where it is easier to reach");
        reader.report(finding);
        return None;
    }
    Some(members)
}

/// Where the first member ends: at the closing quote, or before a dot or a quote.
fn member_end(rest: &str) -> usize {
    let Some(body) = rest.strip_prefix('"') else {
        return rest.find(['.', '"']).unwrap_or(rest.len());
    };
    let mut escaped = false;
    for (at, letter) in body.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 2,
            _ => {}
        }
    }
    rest.len()
}

fn judge(member: &str, source: &str) -> Option<(String, String)> {
    let is_quoted = source.starts_with('"');
    if member.is_empty() {
        let message = "the path of a claim has an empty member".to_owned();
        let help = "write the names of the members, joined by single dots: `claim a.b`".to_owned();
        return Some((message, help));
    }
    if !name::fits(member) {
        let message = format!(
            "a member of a claim has at most {} bytes",
            limits::NAME_BYTES
        );
        return Some((message, format!("this one has {}", member.len())));
    }
    if !is_quoted && !is_bare_member(member) {
        let message = format!(
            "{} cannot be a member of a claim without quotes",
            shown(member)
        );
        let help = "a name that holds more than letters, digits and `- _ : $ @` stands in quotes: \
                    `claim \"https://example.com/roles\".admin`";
        return Some((message, help.to_owned()));
    }
    None
}

/// Whether a member of a claim's path needs no quotes.
pub(crate) fn is_bare_member(member: &str) -> bool {
    name::fits(member)
        && member
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_:$@".contains(&byte))
}
