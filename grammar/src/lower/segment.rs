//! One segment of a pattern: a literal, a `{parameter}` or the rest of the path.

use std::cmp::Ordering;
use std::ops::Range;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::lower::{Reader, name};
use crate::span::{Span, Spanned};
use crate::syntax::Pair;
use crate::tree::Segment;
use crate::words::{self, shown};

/// The segment in this range of the pattern.
pub(super) fn segment(
    reader: &mut Reader,
    pattern: &Pair,
    range: Range<usize>,
    is_last: bool,
) -> Option<Segment> {
    let text = pattern.as_str().get(range.clone()).unwrap_or_default();
    let span = reader.part(pattern, range.clone());
    if is_plain(text) {
        let node = text.to_owned();
        return Some(Segment::Literal(Spanned { node, span }));
    }
    if let Some(node) = finding_about_form(text, span, is_last) {
        reader.report(node);
        return None;
    }
    if text == "*" {
        return Some(Segment::Rest { name: None, span });
    }
    if let Some(inner) = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
    {
        return Some(match inner.strip_suffix('+') {
            Some(name) => Segment::Rest {
                name: Some(name.to_owned()),
                span,
            },
            None => Segment::Parameter(Spanned {
                node: inner.to_owned(),
                span,
            }),
        });
    }
    if text.is_empty() {
        let slashes = reader.part(pattern, range.start.saturating_sub(1)..range.end + 1);
        let finding = Diagnostic::new(
            Code::NeverMatches,
            slashes,
            "this pattern has an empty segment",
        )
        .label("`//`")
        .help("a request with `//` is refused before any rule is looked at: write one `/`");
        reader.report(finding);
        return None;
    }
    let node = literal(reader, pattern, range)?;
    Some(Segment::Literal(Spanned { node, span }))
}

/// Whether a segment is a literal with nothing to decode or to judge.
fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.bytes().all(plain)
}

/// What is wrong with the form of a segment: `*`, braces, and what other tools write for them.
fn finding_about_form(text: &str, span: Span, is_last: bool) -> Option<Diagnostic> {
    if text.contains(['{', '}']) {
        return finding_about_braces(text, span, is_last);
    }
    if text.contains('*') {
        return finding_about_wildcard(text, span, is_last);
    }
    let elsewhere = text.strip_prefix(':').or_else(|| {
        text.strip_prefix('<')
            .and_then(|text| text.strip_suffix('>'))
    })?;
    let name = if is_parameter_name(elsewhere) {
        elsewhere
    } else {
        "name"
    };
    let message = format!("{} is not how a parameter is written", shown(text));
    let mut finding =
        Diagnostic::new(Code::BadParameter, span, message).help(format!("write `{{{name}}}`"));
    if text.starts_with(':') {
        finding = finding.help("if the path really has a colon here write `%3A`");
    }
    Some(finding)
}

fn finding_about_wildcard(text: &str, span: Span, is_last: bool) -> Option<Diagnostic> {
    let (message, help) = match (text, is_last) {
        ("*", true) => return None,
        ("*", false) => (
            "`*` stands for the rest of the path, so nothing can follow it".to_owned(),
            "write `{name}` for exactly one segment, or end the pattern with `/*`",
        ),
        ("**", true) => (
            "`**` is not needed".to_owned(),
            "write `*`: as the last segment it covers one segment or more",
        ),
        ("**", false) => (
            "`**` cannot stand inside a pattern".to_owned(),
            "write `{name}` for exactly one segment, or end the pattern with `/*`",
        ),
        _ => (
            format!("`*` is part of the segment {}", shown(text)),
            "`*` is a whole segment: write `{name}` for any one segment, or `*` as the last one",
        ),
    };
    Some(Diagnostic::new(Code::MisplacedWildcard, span, message).help(help))
}

fn finding_about_braces(text: &str, span: Span, is_last: bool) -> Option<Diagnostic> {
    let report = |message: String, help: String| {
        Some(Diagnostic::new(Code::BadParameter, span, message).help(help))
    };
    let whole = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
        .filter(|inner| !inner.contains(['{', '}']));
    let Some(inner) = whole else {
        let opened = text.matches('{').count();
        let closed = text.matches('}').count();
        return match opened.cmp(&closed) {
            Ordering::Greater => {
                let name: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
                let name = if is_parameter_name(&name) {
                    &name
                } else {
                    "name"
                };
                let message = format!("{} is not closed", shown(text));
                report(message, format!("write `{{{name}}}`"))
            }
            Ordering::Less => report(
                format!("{} closes a brace that was not opened", shown(text)),
                "write a parameter as `{name}`, and a brace of the path as `%7B` or `%7D`".into(),
            ),
            Ordering::Equal => report(
                format!("{} mixes a parameter with other text", shown(text)),
                "a parameter is a whole segment: write `/{name}/`".into(),
            ),
        };
    };
    let name = inner.strip_suffix('+').unwrap_or(inner);
    if inner.ends_with('*') {
        let name = inner.trim_end_matches('*');
        let name = if is_parameter_name(name) {
            name
        } else {
            "name"
        };
        return report(
            format!("{} is not how the rest of a path is named", shown(text)),
            format!("write `{{{name}+}}`, or `*` if it needs no name"),
        );
    }
    if name.is_empty() {
        return report(
            "this parameter has no name".into(),
            "write `{name}`, or `*` for the rest of the path".into(),
        );
    }
    if !is_parameter_name(name) {
        let help = if name.contains([':', '(', '[', '\\']) {
            "a parameter has a name only, no type and no regular expression: write `{name}`"
        } else {
            "a name starts with a letter or `_` and goes on with letters, digits, `_` or `-`, at most 256"
        };
        return report(
            format!("{} is not the name of a parameter", shown(name)),
            help.into(),
        );
    }
    if inner.ends_with('+') && !is_last {
        return report(
            format!(
                "{} stands for the rest of the path, so nothing can follow it",
                shown(text)
            ),
            format!("write `{{{name}}}` for exactly one segment, or end the pattern here"),
        );
    }
    None
}

/// Whether a pattern may name a parameter so.
pub(super) fn is_parameter_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && name::fits(name)
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// A literal segment, percent-decoded as a request's would be. What a request may not hold is an
/// error: the rule could never match.
fn literal(reader: &mut Reader, pattern: &Pair, range: Range<usize>) -> Option<String> {
    let text = pattern.as_str().get(range.clone()).unwrap_or_default();
    let mut decoded = Vec::with_capacity(text.len());
    let mut sound = true;
    let mut at = 0;
    while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let width = if letter == '%' { 3 } else { letter.len_utf8() };
        let part = text.get(at..at + width);
        let (finding, byte) = if letter == '%' {
            judge_escape(part)
        } else {
            (judge_letter(letter), None)
        };
        if let Some((message, help)) = finding {
            let here = range.start + at;
            let width = part.map_or(1, |_| width);
            let place = reader.part(pattern, here..here + width);
            let finding = Diagnostic::new(Code::NeverMatches, place, message).help(help);
            reader.report(finding);
            sound = false;
        }
        match (byte, part) {
            (Some(byte), _) => decoded.push(byte),
            (None, Some(part)) if letter != '%' => decoded.extend_from_slice(part.as_bytes()),
            _ => {}
        }
        at += if part.is_some() && (letter != '%' || byte.is_some()) {
            width
        } else {
            1
        };
    }
    if !sound {
        return None;
    }
    let place = reader.part(pattern, range);
    let refused = |message: String, help: &str| {
        Diagnostic::new(Code::NeverMatches, place, message).help(help.to_owned())
    };
    let finding = match String::from_utf8(decoded) {
        Ok(decoded) if matches!(decoded.as_str(), "." | "..") => refused(
            format!("a pattern cannot have the segment {}", shown(&decoded)),
            "a request with a `.` or `..` segment is refused before any rule is looked at",
        ),
        Ok(decoded) if decoded.trim() != decoded => refused(
            format!(
                "the segment {} starts or ends with white space",
                shown(text)
            ),
            "a request with such a segment is refused before any rule is looked at",
        ),
        Ok(decoded) if decoded.contains(char::is_control) => refused(
            format!("the escapes in {} are control characters", shown(text)),
            "a request with one is refused before any rule is looked at",
        ),
        Ok(decoded) => return Some(decoded),
        Err(_) => refused(
            format!("the escapes in {} are not UTF-8 text", shown(text)),
            "a request with such a path is refused before any rule is looked at",
        ),
    };
    reader.report(finding);
    None
}

/// What a request's path may not hold, and what to do about it.
type Verdict = Option<(String, String)>;

/// An escape: `%` and the two characters after it, if there are two.
fn judge_escape(escape: Option<&str>) -> (Verdict, Option<u8>) {
    let byte = escape
        .and_then(|escape| escape.get(1..))
        .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
        .and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let (Some(byte), Some(escape)) = (byte, escape) else {
        let message = "`%` is not followed by two hexadecimal digits".to_owned();
        let help = "a request with such a path is refused before any rule is looked at".to_owned();
        return (Some((message, help)), None);
    };
    let letter = char::from(byte);
    let verdict = if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_' | '~') {
        Some((
            format!("`{letter}` is escaped as `{escape}` although it never needs to be"),
            format!(
                "a request that does so is refused before any rule is looked at: write `{letter}`"
            ),
        ))
    } else if matches!(letter, '/' | '\\' | '%' | ';' | '*' | '?' | '#') {
        Some((
            format!("no request that is admitted has an encoded `{letter}`"),
            format!("a request with `{escape}` is refused before any rule is looked at"),
        ))
    } else if byte.is_ascii_control() {
        Some((
            format!("`{escape}` is a control character"),
            "a request with one is refused before any rule is looked at".to_owned(),
        ))
    } else {
        None
    };
    (verdict, Some(byte))
}

/// A character that stands for itself.
fn judge_letter(letter: char) -> Verdict {
    let help = match letter {
        '?' => {
            "the query is not part of the path: use `query NAME = \"x\"` in a condition".to_owned()
        }
        '#' => "what follows `#` never reaches a server; a comment needs a space before its `#`"
            .to_owned(),
        ';' | '\\' => {
            format!("a request with a raw `{letter}` is refused before any rule is looked at")
        }
        _ if !words::is_harmless(letter) => {
            "a request with one is refused before any rule is looked at".to_owned()
        }
        _ => return None,
    };
    Some((
        format!("no request that is admitted has a raw `{letter}`"),
        help,
    ))
}
