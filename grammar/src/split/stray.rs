//! Characters that have no place in a policy: those that hide, or pass for others.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::findings::Findings;
use crate::scan::{Kind, Token};
use crate::span::FileId;
use crate::split::span_of;
use crate::words;

/// Reports what has no place in a line. Says whether what the line states is affected.
pub(super) fn report(
    file: FileId,
    start: usize,
    line: &str,
    tokens: &[Token],
    findings: &mut Findings,
) -> bool {
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\t');
    let body = line.strip_suffix('\n').unwrap_or(line);
    let body = body.strip_suffix('\r').unwrap_or(body);
    if body.bytes().all(plain) {
        return false;
    }
    let mut spoiled = false;
    let mut at = 0;
    let mut tokens = tokens.iter().peekable();
    while let Some(letter) = body.get(at..).and_then(|rest| rest.chars().next()) {
        let here = at;
        at += letter.len_utf8();
        if letter.is_ascii() && plain(letter as u8) {
            continue;
        }
        while tokens.next_if(|token| token.end <= here).is_some() {}
        let kind = tokens
            .peek()
            .filter(|token| token.start <= here)
            .map(|token| token.kind);
        let free_text = matches!(kind, Some(Kind::Comment | Kind::Text { .. }));
        if words::is_harmless(letter) && (free_text || !words::is_lookalike(letter)) {
            continue;
        }
        spoiled |= kind != Some(Kind::Comment);
        let place = span_of(file, start + here..start + at);
        findings
            .push(Diagnostic::new(Code::StrayCharacter, place, message(letter)).help(help(letter)));
    }
    spoiled
}

fn message(letter: char) -> String {
    let what = match letter {
        '\0' => "a NUL byte",
        '\r' => "a carriage return inside a line",
        '\u{1b}' => "an escape character",
        '\u{a0}' => "a no-break space",
        '\u{feff}' => "a byte order mark inside the text",
        '\u{fffd}' => "a replacement character",
        '\u{2028}' | '\u{2029}' => "a line separator",
        '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}' | '\u{ff02}' => {
            "a typographic quote"
        }
        _ if letter.is_control() => "a control character",
        _ if letter.is_whitespace() => "an unusual space",
        _ if words::is_harmless(letter) => "an invisible character",
        _ => "a character that changes how the text around it looks",
    };
    format!("{what} (U+{:04X}) has no place here", letter as u32)
}

fn help(letter: char) -> &'static str {
    match letter {
        '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}' | '\u{ff02}' => {
            "write a straight quote: `\"`"
        }
        '\r' => "end lines with a line feed, or with a carriage return and a line feed",
        '\u{fffd}' => "an earlier conversion lost the real character: write it again",
        _ if letter.is_whitespace() && words::is_harmless(letter) => "write an ordinary space",
        _ => "remove it",
    }
}
