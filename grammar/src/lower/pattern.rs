//! A path pattern: where it starts, its segments, and whether any request could match it.

use std::collections::HashMap;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::limits;
use crate::lower::{Reader, segment};
use crate::span::Span;
use crate::syntax::Pair;
use crate::tree::{Pattern, Segment};
use crate::words;

/// `/a/{b}/*`
pub(super) fn pattern(reader: &mut Reader, pair: &Pair) -> Option<Pattern> {
    let text = pair.as_str();
    let span = reader.span(pair);
    let Some(body) = text.strip_prefix('/') else {
        let finding = start(text, span);
        reader.report(finding);
        return None;
    };
    // A trailing slash never changes a decision.
    let body = body.strip_suffix('/').unwrap_or(body);
    let count = body.bytes().filter(|byte| *byte == b'/').count() + 1;
    let mut segments = Vec::with_capacity(count);
    let mut sound = true;
    if text != "/" {
        let mut start = 1;
        for (at, part) in body.split('/').enumerate() {
            let is_last = at + 1 == count;
            let range = start..start + part.len();
            start = range.end + 1;
            match segment::segment(reader, pair, range, is_last) {
                Some(segment) => segments.push(segment),
                None => sound = false,
            }
        }
    }
    sound &= distinct_parameters(reader, &segments);
    sound &= fits(reader, span, &segments);
    sound.then_some(Pattern { span, segments })
}

/// What to say about a pattern that does not start with `/`.
fn start(text: &str, span: Span) -> Diagnostic {
    let upper = text.to_ascii_uppercase();
    let shown = words::shown(text);
    if words::METHODS.contains(&upper.as_str()) {
        let message = format!("the path is missing after the method {shown}");
        return Diagnostic::new(Code::PatternStart, span, message)
            .label("expected a path that starts with `/` after this")
            .help(format!(
                "write `{upper} /…`; to cover every path write `{upper} /*`"
            ));
    }
    let message = format!("a path pattern starts with `/`, this one is {shown}");
    let help = match text {
        "*" | "**" => "write `/*`: it covers every path except `/`".to_owned(),
        "$default" | "$disconnect" => {
            "of a WebSocket API only `$connect` is authorized; its other routes need no rule"
                .to_owned()
        }
        _ if text.starts_with('$') => {
            "of a WebSocket API only `$connect` is authorized: write `$connect`".to_owned()
        }
        _ if text.contains("://") => {
            "leave out the scheme and the host: a policy is about paths".to_owned()
        }
        _ if text.starts_with('^') || text.ends_with('$') => {
            "patterns are not regular expressions: write `/articles/*` or `/users/{id}`".to_owned()
        }
        // By custom the names of types start large, those of files do not.
        _ if words::is_field(text) && text.starts_with(|letter: char| letter.is_uppercase()) => {
            format!("write `/{text}` for a path, `field {text}` for a field of AppSync")
        }
        _ => format!("write {}", words::shown(&format!("/{text}"))),
    };
    Diagnostic::new(Code::PatternStart, span, message).help(help)
}

/// Two parameters of one name would leave open which one a condition means.
fn distinct_parameters(reader: &mut Reader, segments: &[Segment]) -> bool {
    let literal = |segment: &&Segment| matches!(segment, Segment::Literal(_));
    if segments.iter().filter(|segment| !literal(segment)).count() < 2 {
        return true;
    }
    let mut seen: HashMap<&str, Span> = HashMap::new();
    let mut sound = true;
    for segment in segments {
        let (name, span) = match segment {
            Segment::Parameter(name) => (name.node.as_str(), name.span),
            Segment::Rest {
                name: Some(name),
                span,
            } => (name.as_str(), *span),
            Segment::Literal(_) | Segment::Rest { name: None, .. } => continue,
        };
        if let Some(first) = seen.get(name) {
            let message = format!("the parameter `{{{name}}}` is named twice");
            let finding = Diagnostic::new(Code::DuplicateParameter, span, message)
                .related(*first, "the first time")
                .help("give each parameter of a pattern a name of its own");
            reader.report(finding);
            sound = false;
        }
        seen.entry(name).or_insert(span);
    }
    sound
}

/// A request's path has limits; a pattern beyond them would never match.
fn fits(reader: &mut Reader, span: Span, segments: &[Segment]) -> bool {
    let least: usize = segments
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => text.node.len() + 1,
            Segment::Parameter(_) | Segment::Rest { .. } => 2,
        })
        .sum();
    let message = if segments.len() > limits::PATH_SEGMENTS {
        format!(
            "this pattern has {} segments; a request has at most {}",
            segments.len(),
            limits::PATH_SEGMENTS
        )
    } else if least > limits::PATH_BYTES {
        format!(
            "no path that this pattern covers is shorter than {least} bytes; a request has at most {}",
            limits::PATH_BYTES
        )
    } else {
        return true;
    };
    let finding = Diagnostic::new(Code::NeverMatches, span, message)
        .help("a longer request is refused before any rule is looked at: shorten the pattern");
    reader.report(finding);
    false
}
