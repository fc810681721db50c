//! One statement to lines: on one if it fits, continued if not.

use super::WIDTH;
use super::lines::{Kind as Of, Line, TEST_INDENT, width};
use crate::scan::{self, Kind};

/// How far a clause of a statement is indented below its first line.
const CLAUSE: usize = 2;

/// How far a part of a condition is indented.
const PART: usize = 4;

/// A statement from its spelling on one line.
pub(super) fn lines(kind: Of, printed: &str) -> Vec<Line> {
    let starts_tail = |word: &str| match kind {
        Of::Definition => word == "is",
        _ => matches!(word, "is" | "requires" | "when" | "unless"),
    };
    let tail = scan::tokens(printed)
        .find(|token| starts_tail(token.text(printed)))
        .map_or(printed.len(), |token| token.start);
    let (head, tail) = printed.split_at_checked(tail).unwrap_or((printed, ""));
    // `is` cannot start a line, so `is public` stays where it is.
    let whole = kind == Of::Rule && tail.starts_with("is ");
    if whole || width(printed) <= WIDTH {
        return vec![Line::aligned(kind, 0, head.trim_end(), tail)];
    }
    continued(kind, head.trim_end(), tail)
}

/// A line of a test that says who asks.
pub(super) fn test_line(printed: &str) -> Line {
    Line::aligned(Of::Example, TEST_INDENT, printed.trim(), "")
}

/// A request of a test: aligned at its outcome.
pub(super) fn request_line(printed: &str) -> Line {
    let printed = printed.trim();
    // No word of an outcome and its reason is `is`, but the name of a header may be.
    let tail = scan::tokens(printed)
        .filter(|token| token.text(printed) == "is")
        .last();
    match tail.and_then(|token| printed.split_at_checked(token.start)) {
        Some((head, tail)) => Line::aligned(Of::Example, TEST_INDENT, head.trim_end(), tail),
        None => test_line(printed),
    }
}

/// A line of a statement that keeps its lines, without its comment.
pub(super) fn as_written(line: &str) -> Line {
    let code = scan::on_one_line(line);
    let indented = line.starts_with([' ', '\t']);
    let indent = match code.split(' ').next() {
        _ if !indented => 0,
        Some("and" | "or") => PART,
        _ => CLAUSE,
    };
    Line::new(indent, code)
}

/// A statement that is too long for one line. A clause that fits stands on one line; one that
/// does not is broken before each `and` and `or` that is not in parentheses, and what is still
/// too long before any other.
fn continued(kind: Of, head: &str, tail: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let (clause, hint) = match hint_start(tail) {
        Some(at) => tail.split_at_checked(at).unwrap_or((tail, "")),
        None => (tail, ""),
    };
    let (start, indent) = if kind == Of::Definition {
        (format!("{head} "), 0)
    } else {
        lines.push(Line::new(0, head));
        (String::new(), CLAUSE)
    };
    let clause = start + clause.trim_end();
    if indent + width(&clause) <= WIDTH {
        lines.push(Line::new(indent, clause));
    } else {
        for (at, part) in broken(&clause, true).into_iter().enumerate() {
            let indent = if at == 0 { indent } else { PART };
            lines.extend(filled(indent, part));
        }
    }
    if !hint.is_empty() {
        lines.push(Line::new(CLAUSE, hint));
    }
    lines
}

/// Where `else` starts: nothing but the hint stands after the last one.
fn hint_start(tail: &str) -> Option<usize> {
    scan::tokens(tail)
        .filter(|token| token.text(tail) == "else")
        .last()
        .map(|token| token.start)
}

/// A condition in pieces, each but the first starting with `and` or `or`.
fn broken(clause: &str, outside_parentheses_only: bool) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut cuts = Vec::new();
    for token in scan::tokens(clause) {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        let joins = matches!(token.text(clause), "and" | "or");
        if joins && (depth == 0 || !outside_parentheses_only) {
            cuts.push(token.start);
        }
    }
    let mut pieces = Vec::new();
    let mut start = 0;
    for cut in cuts.into_iter().chain([clause.len()]) {
        if cut > start {
            pieces.push(clause.get(start..cut).unwrap_or_default().trim_end());
        }
        start = cut;
    }
    pieces
}

/// Pieces of a condition on as few lines as they fit in.
fn filled(indent: usize, part: &str) -> Vec<Line> {
    if indent + width(part) <= WIDTH {
        return vec![Line::new(indent, part)];
    }
    let mut lines: Vec<Line> = Vec::new();
    for piece in broken(part, false) {
        match lines.last_mut() {
            Some(line) if line.indent + width(&line.head) + 1 + width(piece) <= WIDTH => {
                line.head.push(' ');
                line.head.push_str(piece);
            }
            Some(_) => lines.push(Line::new(PART + CLAUSE, piece)),
            None => lines.push(Line::new(indent, piece)),
        }
    }
    lines
}
