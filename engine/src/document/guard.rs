//! The resources that keep malformed paths out of a document whose `*` would let them in.
//!
//! What [`path`](crate::path) refuses is denied here too, whether API Gateway leaves escapes in an
//! ARN as they were sent or decodes them. One kind of path IAM has no pattern for: escapes that
//! cannot be decoded, a `%` without two digits or bytes that are not UTF-8. No reader can take
//! such a path for another one, so that a document judges it as it would with any other
//! character in that place; those that some readers do decode (`%u002e`, `%c0%ae`) are denied.

use std::sync::LazyLock;

use crate::path::MAX_SEGMENTS;

/// The resources, from the stage on. `${*}` is a `*` that is none (IAM user guide, policy
/// variables).
pub fn malformed() -> &'static [String] {
    static MALFORMED: LazyLock<Vec<String>> = LazyLock::new(|| {
        let mut all: Vec<String> = FIXED.iter().map(|&text| text.to_owned()).collect();
        let within = |text: String| format!("*{text}*");
        all.extend(controls().map(|character| within(character.to_string())));
        all.extend(needless().map(|escape| within(format!("%{escape}"))));
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
    // Escaped control characters, those of Unicode (U+0080 to U+009F) as well.
    "*%0?*", "*%1?*", "*%7F*", "*%7f*", "*%C2%8?*", "*%c2%8?*", "*%C2%9?*", "*%c2%9?*",
    // Escaped `#`, `%`, `*`, `/`, `;`, `?` and `\`.
    "*%23*", "*%25*", "*%2A*", "*%2a*", "*%2F*", "*%2f*", "*%3B*", "*%3b*", "*%3F*", "*%3f*",
    "*%5C*", "*%5c*",
    // UTF-8 that is longer than it must be, in which `.` and `/` once hid, and IIS's own escapes.
    "*%C0*", "*%c0*", "*%C1*", "*%c1*", "*%E0%8?*", "*%e0%8?*", "*%E0%9?*", "*%e0%9?*", "*%F0%8?*",
    "*%f0%8?*", "*%u*", "*%U*",
];

/// Raw control characters.
fn controls() -> impl Iterator<Item = char> {
    ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}')
}

/// Escapes of characters that never need one, each digit that is a letter large and small.
fn needless() -> impl Iterator<Item = String> {
    let needless = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    (0..0x80).filter(needless).flat_map(|byte| {
        let (large, small) = (format!("{byte:02X}"), format!("{byte:02x}"));
        let other = (small != large).then_some(small);
        std::iter::once(large).chain(other)
    })
}
