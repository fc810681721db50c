//! A line that starts with no statement word: what was probably meant.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::scan::{Kind, Token};
use crate::span::FileId;
use crate::split::span_of;
use crate::suggest;
use crate::words;

/// Words that start a rule elsewhere, and what to write here.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (
        &["allow", "permit", "grant", "accept", "public"],
        "to let somebody in write `route … requires CONDITION`, to let everybody in `route … is public`",
    ),
    (
        &["deny", "block", "reject", "disallow", "denied"],
        "to shut everybody out write `route … is denied`, to take access away `forbid … when CONDITION`",
    ),
    (
        &[
            "path", "rule", "get", "any", "location", "endpoint", "resource",
        ],
        "a rule starts with `route`: `route GET /articles/* is public`",
    ),
    (
        &[
            "def",
            "define",
            "set",
            "var",
            "const",
            "condition",
            "alias",
            "fn",
            "function",
        ],
        "a named condition is `let NAME is CONDITION`",
    ),
    (
        &["plan", "level", "grade"],
        "a tier is `tier NAME is CONDITION`",
    ),
    (
        &["import", "include", "use", "package"],
        "all `*.policy` files of the folder belong together: nothing needs to be included",
    ),
    (
        &["if", "unless", "when", "only", "require", "requires"],
        "a condition stands at the end of a rule: `route /pro/* requires CONDITION`",
    ),
];

const FORMS: &str = "a statement starts with `route`, `forbid`, `let`, `tier` or `test`";

const CONTINUATION: &str = "a line that goes on with the one above starts with white space and \
    `and`, `or`, `requires`, `else`, `when` or `unless`";

/// The finding about such a line; `follows` says that it is indented and stands below a statement.
pub(super) fn explain(file: FileId, text: &str, tokens: &[Token], follows: bool) -> Diagnostic {
    let Some(first) = tokens.first() else {
        return Diagnostic::new(
            Code::UnknownStatement,
            span_of(file, 0..0),
            "an empty statement",
        );
    };
    let word = first.text(text);
    let span = span_of(file, first.range());
    let found = words::shown(word);
    let message = match first.kind {
        Kind::Word => format!("no statement starts with {found}"),
        _ => format!("a statement starts with a word, not with {found}"),
    };
    let finding = Diagnostic::new(Code::UnknownStatement, span, message);
    if let Some((word, _)) = word.split_once('/')
        && words::STATEMENTS.contains(&word)
    {
        let help = format!("put a space after `{word}`: `{word} /…`");
        return finding.help(help);
    }
    let help = help(word, text, tokens, follows);
    let meant = suggest::closest(word, words::STATEMENTS.iter().copied());
    match meant.filter(|_| help == FORMS) {
        Some(meant) => finding
            .label(format!("did you mean `{meant}`?"))
            .help(FORMS),
        None => finding.help(help),
    }
}

fn help(word: &str, text: &str, tokens: &[Token], follows: bool) -> String {
    let lower = word.to_ascii_lowercase();
    if word.starts_with('}') {
        return "no test is open here: remove the brace, or look for a `}` too many above".into();
    }
    if word == ")" {
        return "put it at the end of the line above: a line cannot go on with `)`".into();
    }
    if words::CONTINUATIONS.contains(&lower.as_str()) && !follows {
        return "start the line with white space to go on with the line above".into();
    }
    if is_rule_without_word(word, text, tokens) {
        return "a rule starts with `route`: `route GET /articles/* is public`".into();
    }
    if let Some((_, help)) = ELSEWHERE
        .iter()
        .find(|(words, _)| words.contains(&lower.as_str()))
    {
        return (*help).into();
    }
    if follows {
        return CONTINUATION.into();
    }
    if matches!(word, "user" | "visitor") {
        return "lines that say who asks stand in a test: `test \"NAME\" {`".into();
    }
    if word.starts_with("//") || word.starts_with("--") || word.starts_with("/*") || word == ";" {
        return "a comment starts with `#`".into();
    }
    FORMS.into()
}

/// `GET /a is public`, `/a is public`, `field Query.me is public`
fn is_rule_without_word(word: &str, text: &str, tokens: &[Token]) -> bool {
    let is_path = |word: &str| {
        matches!(word, "$connect" | "field")
            || (word.starts_with('/') && !word.starts_with("//") && !word.starts_with("/*"))
    };
    let next = tokens.get(1).map_or("", |token| token.text(text));
    is_path(word)
        || (words::METHODS.contains(&word.to_ascii_uppercase().as_str())
            && (is_path(next) || next == ","))
}
