//! The words of the language: what they are, for suggestions and for names that may not be words.

use crate::limits;

/// The words a statement starts with.
pub const STATEMENTS: &[&str] = &["route", "forbid", "let", "tier", "test"];

/// The words a condition starts with, `not` aside. `policy.pest` has them in `reserved`.
pub const CONDITIONS: &[&str] = &[
    "user",
    "product",
    "tier",
    "email",
    "mfa",
    "provider",
    "role",
    "team",
    "permission",
    "scope",
    "group",
    "claim",
    "ip",
    "header",
    "query",
    "before",
    "after",
];

/// The words that join conditions or lead to them.
const CONNECTING: &[&str] = &[
    "and", "or", "not", "is", "requires", "else", "when", "unless", "in", "contains", "with",
    "from", "at",
];

/// The words that say what comes of a request, and words a reader would take for them.
const OUTCOMES: &[&str] = &[
    "public", "denied", "allowed", "visitor", "unknown", "verified", "true", "false",
];

/// The words a line may start with to go on with the line above.
pub const CONTINUATIONS: &[&str] = &["and", "or", "requires", "else", "when", "unless"];

/// The methods API Gateway serves.
pub const METHODS: &[&str] = &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// What stands for every field that no other route names.
pub const EVERY_FIELD: &str = "*";

/// Whether this names one field of a GraphQL schema: the name of a type, `.`, the name of the
/// field, each of at most [`limits::NAME_BYTES`]. Case counts.
pub fn is_field(text: &str) -> bool {
    text.split_once('.')
        .is_some_and(|(parent, name)| is_graphql_name(parent) && is_graphql_name(name))
}

/// `[_A-Za-z][_0-9A-Za-z]*` (GraphQL specification, "Names").
pub(crate) fn is_graphql_name(name: &str) -> bool {
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.len() <= limits::NAME_BYTES
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(is_name_byte)
}

/// Whether a word has a meaning of its own, so that no `let` or `tier` may be named so.
pub(crate) fn is_reserved(word: &str) -> bool {
    [STATEMENTS, CONDITIONS, CONNECTING, OUTCOMES]
        .iter()
        .any(|words| words.contains(&word))
        || is_join_in_any_case(word)
}

/// Whether a bare list item would be taken for the start of something else; see `reserved` in
/// `policy.pest`.
pub(crate) fn ends_list(word: &str) -> bool {
    CONDITIONS.contains(&word)
        || matches!(
            word,
            "is" | "requires" | "when" | "unless" | "else" | "&&" | "||"
        )
        || is_join_in_any_case(word)
}

fn is_join_in_any_case(word: &str) -> bool {
    ["and", "or", "not"]
        .iter()
        .any(|join| join.eq_ignore_ascii_case(word))
}

/// Text of the user as a message shows it: in backticks, cut if long, nothing a terminal obeys.
pub(crate) fn shown(text: &str) -> String {
    const CHARS: usize = 60;
    let mut shown = String::from("`");
    for (at, letter) in text.chars().enumerate() {
        if at == CHARS {
            shown.push('…');
            break;
        }
        if is_harmless(letter) {
            shown.push(letter);
        } else {
            shown.extend(letter.escape_unicode());
        }
    }
    shown.push('`');
    shown
}

/// Whether a character may stand anywhere in a policy: not a control character, and none that
/// makes text look other than it is (line breaks that `\n` does not know, reordering of text).
pub(crate) fn is_harmless(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter,
            '\u{2028}' | '\u{2029}' // line and paragraph separator
            | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // direction
            | '\u{fff9}'..='\u{fffb}' // annotations
            | '\u{e0000}'..='\u{e007f}') // invisible tags
}

/// Whether a character outside text and comments is one that a reader takes for another or does
/// not see: other white space than the keyboard's, zero width, typographic quotes.
pub(crate) fn is_lookalike(letter: char) -> bool {
    (!letter.is_ascii() && letter.is_whitespace())
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
            | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}'
            | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}' | '\u{ff02}' | '\u{fffd}')
}
