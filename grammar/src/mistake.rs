//! A statement that does not parse: what is wrong with it, in the policy's own words.
//!
//! The parser only knows where it had to stop and what it would have taken there. What was meant is
//! found by looking at the tokens around: first for mistakes that can be told without the grammar
//! (quotes, parentheses, operators of other languages), then for what stands at the place.

mod expected;
mod meant;

use pest::error::{Error, ErrorVariant, InputLocation};

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::limits;
use crate::scan::{self, Kind, Token};
use crate::span::{FileId, Span};
use crate::split::span_of;
use crate::syntax::Rule;
use crate::words::shown;

use expected::Expected;

/// More findings than are listed need not be made.
const ENOUGH: usize = limits::FINDINGS + 1;

/// The findings about a piece of text, which starts at `base` in its file.
pub(crate) fn explain(
    file: FileId,
    base: usize,
    text: &str,
    unit: Rule,
    error: &Error<Rule>,
) -> Vec<Diagnostic> {
    let place = Place::new(file, base, text, unit, error);
    let mut findings = unclosed_text(&place);
    if findings.is_empty() {
        findings = parentheses(&place);
        findings.extend(foreign_operators(&place));
    }
    if findings.is_empty() {
        findings.push(meant::explain(&place).unwrap_or_else(|| generic(&place)));
    }
    findings
}

/// Where the parser had to stop, and what stands around.
struct Place<'a> {
    file: FileId,
    base: usize,
    text: &'a str,
    /// What the text was read as.
    unit: Rule,
    /// The tokens, comments left out.
    tokens: Vec<Token>,
    /// The token at which it stopped; past the last one if it wanted more.
    index: usize,
    /// What it would have taken there.
    expected: Expected,
}

impl<'a> Place<'a> {
    fn new(file: FileId, base: usize, text: &'a str, unit: Rule, error: &Error<Rule>) -> Self {
        let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
        let tokens: Vec<Token> = scan::tokens(text)
            .filter(|token| token.kind != Kind::Comment)
            .collect();
        let index = tokens.partition_point(|token| token.end <= at);
        let rules = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
            ErrorVariant::CustomError { .. } => &[],
        };
        Self {
            file,
            base,
            text,
            unit,
            tokens,
            index,
            expected: Expected::new(rules),
        }
    }

    /// The token so many places before the one where the parser stopped.
    fn before(&self, count: usize) -> Option<Token> {
        self.tokens.get(self.index.checked_sub(count)?).copied()
    }

    fn found(&self) -> Option<Token> {
        self.tokens.get(self.index).copied()
    }

    fn next(&self) -> Option<Token> {
        self.tokens.get(self.index + 1).copied()
    }

    fn text_of(&self, token: Option<Token>) -> &'a str {
        token.map_or("", |token| token.text(self.text))
    }

    /// The word the statement starts with.
    fn statement(&self) -> &'a str {
        self.text_of(self.tokens.first().copied())
    }

    fn span(&self, token: Token) -> Span {
        span_of(self.file, self.base + token.start..self.base + token.end)
    }

    /// The place of what was found, or just after the last token.
    fn span_found(&self) -> Span {
        let end = self.base + self.tokens.last().map_or(0, |token| token.end);
        match self.found() {
            Some(token) => self.span(token),
            None => span_of(self.file, end..end),
        }
    }

    /// What was found, as a message says it.
    fn shown_found(&self) -> String {
        match self.found() {
            Some(token) => shown(token.text(self.text)),
            None => "the end of the line".to_owned(),
        }
    }
}

/// What the parser would have taken, and what it found.
fn generic(place: &Place) -> Diagnostic {
    let found = place.shown_found();
    let expected = place.expected.words(place.text_of(place.before(1)));
    let message = if expected.is_empty() {
        format!("{found} has no place here")
    } else {
        format!("expected {expected}, found {found}")
    };
    let finding = Diagnostic::new(Code::Syntax, place.span_found(), message);
    match form(place.unit, place.statement()) {
        Some(form) => finding.help(format!("the form is {form}")),
        None => finding,
    }
}

/// What a statement or line looks like as a whole.
fn form(unit: Rule, word: &str) -> Option<&'static str> {
    Some(match word {
        _ if unit == Rule::request_unit => {
            "`METHOD PATH [from IP] [at DATE] [with header NAME = \"x\"] is allowed` or `… is denied, REASON`"
        }
        "route" => {
            "`route [METHODS] PATTERN is public`, `… is denied` or `… requires CONDITION [else \"HINT\"]`"
        }
        "forbid" => {
            "`forbid [METHODS] PATTERN when CONDITION [else \"HINT\"]` or `… unless CONDITION`"
        }
        "let" => "`let NAME is CONDITION`",
        "tier" => "`tier NAME is CONDITION`",
        "test" => "`test \"NAME\" {`",
        "visitor" => "`visitor`",
        "user" => "`user [ID] [with FACT, FACT, …]`",
        _ => return None,
    })
}

fn unclosed_text(place: &Place) -> Vec<Diagnostic> {
    let unclosed = |token: &&Token| token.kind == Kind::Text { closed: false };
    let tokens = place.tokens.iter().filter(unclosed);
    tokens
        .map(|token| {
            Diagnostic::new(
                Code::UnclosedText,
                place.span(*token),
                "this text is not closed",
            )
            .label("no `\"` up to the end of the line")
            .help("close it with `\"`; to put a quote into a text write `\\\"`")
        })
        .take(ENOUGH)
        .collect()
}

/// Every parenthesis without a partner.
fn parentheses(place: &Place) -> Vec<Diagnostic> {
    let mut open = Vec::new();
    let mut alone = Vec::new();
    for token in &place.tokens {
        match token.kind {
            Kind::Open => open.push(*token),
            Kind::Close if open.pop().is_none() => alone.push(*token),
            _ => {}
        }
    }
    let finding = |token: Token, message: &str, help: &str| {
        Diagnostic::new(Code::UnbalancedParenthesis, place.span(token), message).help(help)
    };
    let closing = alone.into_iter().map(|token| {
        let help = "remove it, or add a `(` before";
        finding(token, "this `)` closes nothing", help)
    });
    let opening = open.into_iter().map(|token| {
        let help = "add a `)`, or remove this one; a statement goes on in the next line only if \
                    that starts with white space and `and` or `or`";
        finding(token, "this `(` is not closed", help)
    });
    closing.chain(opening).take(ENOUGH).collect()
}

/// Every `&&`, `||`, `!`, `AND` and the like. Words up to the pattern's end are not looked at:
/// there stand methods and paths.
fn foreign_operators(place: &Place) -> Vec<Diagnostic> {
    let leads_to_condition = |token: &&Token| {
        let word = token.text(place.text);
        matches!(word, "requires" | "when" | "unless" | "is")
    };
    let start = place.tokens.iter().find(leads_to_condition);
    let Some(start) = start.map(|token| token.end) else {
        return Vec::new();
    };
    let foreign = |token: &Token| {
        let word = token.text(place.text);
        let meant = match word {
            "&&" | "&" => "and",
            "||" | "|" => "or",
            "!" => "not",
            _ => ["and", "or", "not"]
                .into_iter()
                .find(|known| known.eq_ignore_ascii_case(word) && *known != word)?,
        };
        let message = format!("{} is not an operator of this language", shown(word));
        let finding = Diagnostic::new(Code::ForeignOperator, place.span(*token), message);
        Some(finding.help(format!("write `{meant}`")))
    };
    let condition = place.tokens.iter().filter(|token| token.start >= start);
    condition.filter_map(foreign).take(ENOUGH).collect()
}
