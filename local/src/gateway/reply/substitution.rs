//! Bodies of gateway responses: names put in as they are. It is no template language, and nothing is
//! escaped ("Gateway responses in API Gateway", API Gateway Developer Guide).

/// Beginnings of names that stand for something.
const KNOWN: [&str; 3] = ["context.", "stageVariables.", "method.request."];

/// The template with every `$context.NAME`, `$stageVariables.NAME` and `$method.request.NAME` replaced
/// by its value. What is put in is not looked at again.
pub(super) fn filled(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut pieces = template.split('$');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let ends = |c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c));
        let name = piece.split(ends).next().unwrap_or_default();
        // A dot at the end is the sentence's.
        let name = name.trim_end_matches('.');
        if KNOWN.iter().any(|known| name.starts_with(known)) {
            text.push_str(&value(name));
            text.push_str(piece.strip_prefix(name).unwrap_or_default());
        } else {
            text.push('$');
            text.push_str(piece);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_where_words_do() {
        for (template, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("$context.a", "<context.a>"),
            (
                "\"$context.a.b\",$context.c-d",
                "\"<context.a.b>\",<context.c-d>",
            ),
            ("It is $context.a.", "It is <context.a>."),
            ("$method.request.header.X/", "<method.request.header.X>/"),
            (
                "$stageVariables.v$context.a",
                "<stageVariables.v><context.a>",
            ),
            ("$5, $input.body, $$context.", "$5, $input.body, $$context."),
            ("${context.a} $context", "${context.a} $context"),
        ] {
            assert_eq!(filled(template, |name| format!("<{name}>")), expected);
        }
        assert_eq!(
            filled("$context.a", |_| "$context.b".to_owned()),
            "$context.b"
        );
    }
}
