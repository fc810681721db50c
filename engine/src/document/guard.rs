//! The resources that keep malformed paths out of a document whose `*` would let them in.
//!
//! What [`path`](crate::path) refuses is denied here too, whether API Gateway leaves escapes in an
//! ARN as they were sent or decodes them. Two kinds of path IAM has no pattern for: bytes that do not
//! make whole UTF-8 characters together, and a `%` before a character beyond ASCII. No reader can
//! take such a path for another one, so that a document judges it as it would with any other
//! character in that place; escapes that some readers do take for something else (`%u002e`,
//! `%c0%ae`) are denied.

use std::sync::LazyLock;

use crate::path::MAX_SEGMENTS;

/// The resources, from the stage on. `${*}` is a `*` that is none (IAM user guide, policy
/// variables).
pub fn malformed() -> &'static [String] {
    static MALFORMED: LazyLock<Vec<String>> = LazyLock::new(|| {
        let mut all: Vec<String> = FIXED.iter().map(|&text| text.to_owned()).collect();
        let within = |text: String| format!("*{text}*");
        all.extend(controls().map(|character| within(character.to_string())));
        let escaped = (0..=u8::MAX).filter(|byte| is_malformed(*byte));
        let escaped = escaped.flat_map(|byte| spellings(&format!("%{byte:02X}")));
        all.extend(escaped.map(within));
        let sequences = SEQUENCES.iter().flat_map(|sequence| spellings(sequence));
        all.extend(sequences.map(within));
        for character in no_digits() {
            all.extend([format!("*%{character}*"), format!("*%?{character}*")]);
        }
        // The slash behind the method, one before each segment, and one more with something behind.
        all.push(format!("*{}/?*", "/*".repeat(MAX_SEGMENTS)));
        all
    });
    &MALFORMED
}

const FIXED: &[&str] = &[
    // Empty segments and dot segments.
    "*//*", "*/./*", "*/.", "*/../*", "*/..",
    // Characters that readers take for something else.
    "*\\*", "*;*", "*#*", "*${*}*", "*${?}*",
    // A space at an end of a segment, raw or escaped.
    "*/ *", "* /*", "* ", "*/%20*", "*%20/*", "*%20",
    // Escaped control characters, and escapes that end with the path.
    "*%0?*", "*%1?*", "*%", "*%?",
];

/// Escapes that together are no character: controls of Unicode (U+0080 to U+009F); UTF-8 that is
/// longer than it must be, in which `.` and `/` once hid; halves of UTF-16; what is beyond Unicode.
const SEQUENCES: &[&str] = &[
    "%C2%8?", "%C2%9?", "%E0%8?", "%E0%9?", "%F0%8?", "%ED%A?", "%ED%B?", "%F4%9?", "%F4%A?",
    "%F4%B?",
];

/// Whether no escape of a byte is well-formed, beside those of `00` to `1F`: a character that never
/// needs one; `#`, `%`, `*`, `/`, `;`, `?`, `\`; the last control character; bytes that UTF-8
/// does not have.
fn is_malformed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || b"-._~#%*/;?\\\x7f".contains(&byte)
        || matches!(byte, 0xc0 | 0xc1 | 0xf5..)
}

/// Raw control characters.
fn controls() -> impl Iterator<Item = char> {
    ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}')
}

/// Visible characters and the space that are no hexadecimal digits, but for those that are denied
/// wherever they are.
fn no_digits() -> impl Iterator<Item = char> {
    (' '..='~').filter(|character| !character.is_ascii_hexdigit() && !"\\;#*?".contains(*character))
}

/// An escape with each digit that is a letter large and small.
fn spellings(escape: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for character in escape.chars() {
        let small = character.to_ascii_lowercase();
        let ways = std::iter::once(character).chain((small != character).then_some(small));
        let join = |text: &String| {
            let text = text.clone();
            ways.clone().map(move |way| format!("{text}{way}"))
        };
        all = all.iter().flat_map(join).collect();
    }
    all
}
