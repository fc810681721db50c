//! Path patterns, with escapes for what would be read as something else.

use std::fmt::Write as _;

use crate::tree::{Pattern, Segment};
use crate::words;

/// The pattern.
pub(super) fn text(pattern: &Pattern) -> String {
    let mut text = String::new();
    for segment in &pattern.segments {
        text.push('/');
        match segment {
            Segment::Literal(literal) => push_literal(&mut text, &literal.node),
            Segment::Parameter(name) => {
                let _ = write!(text, "{{{}}}", name.node);
            }
            Segment::Rest { name: None, .. } => text.push('*'),
            Segment::Rest {
                name: Some(name), ..
            } => {
                let _ = write!(text, "{{{name}+}}");
            }
        }
    }
    if text.is_empty() {
        text.push('/');
    }
    text
}

fn push_literal(text: &mut String, literal: &str) {
    for (at, letter) in literal.char_indices() {
        if needs_escape(letter) || (at == 0 && matches!(letter, ':' | '<')) {
            let mut bytes = [0; 4];
            for byte in letter.encode_utf8(&mut bytes).bytes() {
                let _ = write!(text, "%{byte:02X}");
            }
        } else {
            text.push(letter);
        }
    }
}

/// Whether a character cannot stand in a pattern as it is.
fn needs_escape(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(letter, '"' | '#' | '?' | ';' | '*' | '{' | '}')
        || !words::is_harmless(letter)
        || words::is_lookalike(letter)
}
