//! A request of a test and what must come of it.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::lower::{Reader, date, field, method, network, pair, quoted, spanned};
use crate::span::{Span, Spanned};
use crate::suggest;
use crate::syntax::{Pair, Rule};
use crate::tree::{Expected, Fact, Reason, TestRequest, TestTarget};
use crate::words::{self, shown};

/// `GET /a from 10.0.0.1 at 2027-01-01 with header x-a = "b" is denied, no_route`
pub(super) fn request(reader: &mut Reader, pair: Pair) -> Option<TestRequest> {
    let before = reader.findings.seen();
    let span = reader.span(&pair);
    let mut request = TestRequest {
        span,
        target: TestTarget::Connect(span),
        ip: None,
        at: None,
        headers: Vec::new(),
        query: Vec::new(),
        outcome: Expected::Allowed,
    };
    let mut method = None;
    let mut verdict = None;
    let mut reason = None;
    let mut comma = None;
    let mut clauses: Vec<(Rule, Span)> = Vec::new();
    for pair in pair.into_inner() {
        let place = reader.span(&pair);
        match pair.as_rule() {
            Rule::connect => request.target = TestTarget::Connect(place),
            Rule::field => {
                if let Some(field) = field::field(reader, &pair) {
                    request.target = TestTarget::Field(field);
                }
            }
            Rule::method => method = method::method(reader, &pair),
            Rule::path => {
                if let (Some(path), Some(method)) = (path(reader, &pair), method.take()) {
                    request.target = TestTarget::Path { method, path };
                }
            }
            rule @ (Rule::from | Rule::at | Rule::with) => {
                repeated(reader, &clauses, rule, place);
                clauses.push((rule, place));
                clause(reader, pair, &mut request);
            }
            Rule::verdict => verdict = Some(pair),
            Rule::comma => comma = Some(place),
            Rule::reason => reason = Some(pair),
            _ => {}
        }
    }
    let outcome = outcome(reader, &verdict?, comma, reason.as_ref());
    request.outcome = outcome?;
    (reader.findings.seen() == before).then_some(request)
}

/// The raw path. In quotes it may be one that is refused, so that a test can show that it is.
fn path(reader: &mut Reader, pair: &Pair) -> Option<Spanned<String>> {
    let word = pair.as_str();
    if word.starts_with('"') {
        let string = pair.clone().into_inner().next()?;
        let text = quoted::text(reader, &string)?;
        return Some(spanned(reader, pair, text));
    }
    if word.starts_with('/') {
        return Some(spanned(reader, pair, word.to_owned()));
    }
    let message = format!("a path starts with `/`, this one is {}", shown(word));
    let finding = Diagnostic::new(Code::PatternStart, reader.span(pair), message)
        .help(format!("write {}", shown(&format!("/{word}"))))
        .help("to show that such a path is refused, put it in quotes");
    reader.report(finding);
    None
}

fn repeated(reader: &mut Reader, clauses: &[(Rule, Span)], rule: Rule, place: Span) {
    let Some((_, first)) = clauses.iter().find(|(earlier, _)| *earlier == rule) else {
        return;
    };
    let (word, help) = match rule {
        Rule::from => ("from", "a request comes from one address"),
        Rule::at => ("at", "a request comes at one time"),
        _ => (
            "with",
            "separate by commas: `with header a = \"b\", query c = \"d\"`",
        ),
    };
    let message = format!("`{word}` stands twice on this line");
    let finding = Diagnostic::new(Code::RepeatedClause, place, message)
        .related(*first, "the first time")
        .help(help);
    reader.report(finding);
}

fn clause(reader: &mut Reader, clause: Pair, request: &mut TestRequest) {
    let rule = clause.as_rule();
    let mut comma = None;
    for part in clause.into_inner() {
        match part.as_rule() {
            Rule::string | Rule::bare if rule == Rule::from => {
                request.ip = network::address(reader, &part);
            }
            Rule::string | Rule::bare => request.at = date::date(reader, &part),
            Rule::comma => comma = Some(reader.span(&part)),
            Rule::pair_fact => {
                comma = None;
                match pair::fact(reader, part) {
                    Some(Fact::Header(name, value)) => request.headers.push((name, value)),
                    Some(Fact::Query(name, value)) => request.query.push((name, value)),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    if let Some(comma) = comma {
        let finding = Diagnostic::new(Code::TrailingComma, comma, "nothing follows this comma")
            .help("remove the comma, or add a header or query");
        reader.report(finding);
    }
}

fn outcome(
    reader: &mut Reader,
    verdict: &Pair,
    comma: Option<Span>,
    reason: Option<&Pair>,
) -> Option<Expected> {
    let is_denied = match verdict.as_str() {
        "allowed" => false,
        "denied" => true,
        word => {
            bad_verdict(reader, verdict, word);
            return None;
        }
    };
    let Some(pair) = reason else {
        let Some(comma) = comma else {
            return Some(if is_denied {
                Expected::Denied(None)
            } else {
                Expected::Allowed
            });
        };
        let finding = Diagnostic::new(Code::TrailingComma, comma, "no reason follows this comma")
            .help("remove the comma, or add a reason such as `upgrade_required`");
        reader.report(finding);
        return None;
    };
    let span = reader.span(pair);
    if !is_denied {
        let finding = Diagnostic::new(Code::BadOutcome, span, "what is allowed has no reason")
            .help("write `is allowed`, or `is denied, REASON`");
        reader.report(finding);
        return None;
    }
    if comma.is_none() {
        let finding = Diagnostic::new(
            Code::BadOutcome,
            span,
            "a comma is missing before the reason",
        )
        .help(format!(
            "write `is denied, {}`",
            shown(pair.as_str()).trim_matches('`')
        ));
        reader.report(finding);
    }
    let node = known_reason(reader, pair)?;
    Some(Expected::Denied(Some(Spanned { node, span })))
}

fn bad_verdict(reader: &mut Reader, pair: &Pair, word: &str) {
    let message = format!(
        "expected `allowed` or `denied` after `is`, found {}",
        shown(word)
    );
    let mut finding = Diagnostic::new(Code::BadOutcome, reader.span(pair), message);
    if let Some(meant) = suggest::closest(word, ["allowed", "denied"]) {
        finding = finding.label(format!("did you mean `{meant}`?"));
    }
    let is_reason = Reason::ALL.iter().any(|reason| reason.as_str() == word);
    let help = match word {
        "public" => "what a route lets everybody do, a test calls `is allowed`".to_owned(),
        _ if is_reason => format!("write `is denied, {word}`"),
        _ => "write `is allowed`, `is denied` or `is denied, REASON`".to_owned(),
    };
    reader.report(finding.help(help));
}

fn known_reason(reader: &mut Reader, pair: &Pair) -> Option<Reason> {
    let word = pair.as_str();
    let known = Reason::ALL.iter().find(|reason| reason.as_str() == word);
    if known.is_some() {
        return known.copied();
    }
    let message = format!("there is no reason {}", words::shown(word));
    let names = Reason::ALL.map(Reason::as_str);
    let mut finding = Diagnostic::new(Code::BadOutcome, reader.span(pair), message);
    if let Some(meant) = suggest::closest(word, names) {
        finding = finding.label(format!("did you mean `{meant}`?"));
    }
    let list = names.map(|name| format!("`{name}`")).join(", ");
    reader.report(finding.help(format!("the reasons are {list}")));
    None
}
