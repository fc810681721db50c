//! Addresses kept out of texts of the policy's author and the operator, in which one could stand:
//! the pattern of a route, a URL.

use std::borrow::Cow;

/// The text with every word or path segment that holds an `@` blotted out.
pub(super) fn without_addresses(text: &str) -> Cow<'_, str> {
    // As nearly always: every decision has such texts.
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let is_end = |char: char| char.is_whitespace() || "/`\"'<>()[]{},;".contains(char);
    let parts = text.split_inclusive(is_end);
    let clean = parts.fold(String::with_capacity(text.len()), |mut clean, part| {
        let (word, end) = match part.chars().next_back() {
            Some(last) if is_end(last) => part.split_at(part.len().saturating_sub(last.len_utf8())),
            _ => (part, ""),
        };
        clean.push_str(if word.contains('@') { "…" } else { word });
        clean.push_str(end);
        clean
    });
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_an_address_are_blotted_out() {
        for (text, clean) in [
            ("", ""),
            ("route GET /pro/*", "route GET /pro/*"),
            ("route GET /of/ann@example.com", "route GET /of/…"),
            ("route GET /of/ann@example.com/é", "route GET /of/…/é"),
            ("`https://me:pw@example.com/jwks`", "`https://…/jwks`"),
            ("ann@example.com, bob@example.com", "…, …"),
            ("@", "…"),
        ] {
            assert_eq!(without_addresses(text), clean);
        }
    }
}
