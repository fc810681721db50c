//! Text in quotes: its escapes undone.

use std::ops::Range;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::lower::Reader;
use crate::syntax::Pair;
use crate::words;

/// The text between the quotes of a pair.
pub(super) fn text(reader: &mut Reader, pair: &Pair) -> Option<String> {
    part(reader, pair, 0..pair.as_str().len())
}

/// The text between the quotes of a part of a pair.
pub(super) fn part(reader: &mut Reader, pair: &Pair, range: Range<usize>) -> Option<String> {
    let source = pair.as_str().get(range.clone())?;
    let offset = range.start;
    let body = source.strip_prefix('"').unwrap_or(source);
    let mut text = String::with_capacity(body.len());
    let mut sound = true;
    let mut at = source.len() - body.len();
    let mut letters = body.chars();
    while let Some(letter) = letters.next() {
        let start = at;
        at += letter.len_utf8();
        match letter {
            '"' => return sound.then_some(text),
            '\\' => match letters.next() {
                Some(escaped @ ('"' | '\\')) => {
                    at += 1;
                    text.push(escaped);
                }
                Some(escaped) => {
                    at += escaped.len_utf8();
                    sound = false;
                    bad_escape(reader, pair, offset + start..offset + at);
                }
                None => {}
            },
            letter => text.push(letter),
        }
    }
    let line = source.trim_end().len();
    let place = reader.part(pair, offset..offset + line);
    let finding = Diagnostic::new(Code::UnclosedText, place, "this text is not closed")
        .label("no `\"` up to the end of the line")
        .help("close it with `\"`; to put a quote into a text write `\\\"`");
    reader.report(finding);
    None
}

fn bad_escape(reader: &mut Reader, pair: &Pair, range: Range<usize>) {
    let escape = pair.as_str().get(range.clone()).unwrap_or_default();
    let message = format!("{} is not an escape", words::shown(escape));
    let finding = Diagnostic::new(Code::BadEscape, reader.part(pair, range), message)
        .help("write `\\\\` for a backslash and `\\\"` for a quote; any other character stands for itself");
    reader.report(finding);
}
