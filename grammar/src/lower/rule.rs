//! `route` and `forbid`: methods, what they cover, who gets in.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::limits;
use crate::lower::{Reader, condition, field, method, pattern, quoted, spanned};
use crate::span::Spanned;
use crate::suggest;
use crate::syntax::{Pair, Rule};
use crate::tree::{Access, Condition, Forbid, ForbidMode, Route, Target};
use crate::words;

/// The parts of a rule, each nothing if it was not written or holds a mistake.
#[derive(Default)]
struct Parts {
    methods: Vec<Spanned<String>>,
    target: Option<Target>,
    access: Option<Access>,
    mode: Option<ForbidMode>,
    condition: Option<Condition>,
    hint: Option<Spanned<String>>,
}

/// `route …`
pub(super) fn route<'a>(reader: &mut Reader<'_, 'a>, pair: Pair<'a>) -> Option<Route> {
    let span = reader.span(&pair);
    let parts = parts(reader, pair);
    Some(Route {
        span,
        methods: parts.methods,
        target: parts.target?,
        access: match parts.condition {
            Some(condition) => Access::Requires(condition),
            None => parts.access?,
        },
        hint: parts.hint,
    })
}

/// `forbid …`
pub(super) fn forbid<'a>(reader: &mut Reader<'_, 'a>, pair: Pair<'a>) -> Option<Forbid> {
    let span = reader.span(&pair);
    let parts = parts(reader, pair);
    Some(Forbid {
        span,
        methods: parts.methods,
        target: parts.target?,
        mode: parts.mode?,
        condition: parts.condition?,
        hint: parts.hint,
    })
}

fn parts<'a>(reader: &mut Reader<'_, 'a>, pair: Pair<'a>) -> Parts {
    let mut parts = Parts::default();
    for pair in pair.into_inner() {
        match pair.as_rule() {
            Rule::methods => parts.methods = method::methods(reader, pair),
            Rule::connect => parts.target = Some(Target::Connect(reader.span(&pair))),
            Rule::field => parts.target = field::field(reader, &pair).map(Target::Field),
            Rule::pattern => parts.target = pattern::pattern(reader, &pair).map(Target::Path),
            Rule::verdict => parts.access = access(reader, &pair),
            Rule::when_word => parts.mode = Some(ForbidMode::When),
            Rule::unless_word => parts.mode = Some(ForbidMode::Unless),
            Rule::condition => parts.condition = condition::condition(reader, pair),
            Rule::hint => parts.hint = hint(reader, pair),
            _ => {}
        }
    }
    if let (Some(target), Some(method)) = (&parts.target, parts.methods.first()) {
        let why = match target {
            Target::Path(_) => None,
            Target::Connect(_) => Some((
                "`$connect` has no method",
                "leave the method out: a WebSocket connection is opened in one way only",
            )),
            Target::Field(_) => Some((
                "a field has no method",
                "leave the method out: what a field does is told by its type, as in `Mutation.publish`",
            )),
        };
        if let Some((message, help)) = why {
            reader.report(Diagnostic::new(Code::BadMethod, method.span, message).help(help));
        }
    }
    parts
}

/// The word after `is`.
fn access(reader: &mut Reader, pair: &Pair) -> Option<Access> {
    let word = pair.as_str();
    let help = match word {
        "public" => return Some(Access::Public),
        "denied" => return Some(Access::Denied),
        "allowed" | "open" | "free" | "anyone" | "everyone" | "true" => {
            "to let everybody in write `is public`; `is allowed` is for the lines of a test".into()
        }
        "forbidden" | "closed" | "blocked" | "private" | "nobody" | "false" => {
            "to let nobody in write `is denied`".into()
        }
        _ if words::CONDITIONS.contains(&word) => {
            format!("for a condition write `requires {word} …`")
        }
        "not" => "write `is denied`, or `requires not …` for a condition".into(),
        _ => "write `is public`, `is denied` or `requires CONDITION`".to_owned(),
    };
    let found = words::shown(word);
    let message = format!("expected `public` or `denied` after `is`, found {found}");
    let mut finding = Diagnostic::new(Code::UnknownAccess, reader.span(pair), message).help(help);
    if let Some(meant) = suggest::closest(word, ["public", "denied"]) {
        finding = finding.label(format!("did you mean `{meant}`?"));
    }
    reader.report(finding);
    None
}

/// `else "HINT"`
fn hint(reader: &mut Reader, pair: Pair) -> Option<Spanned<String>> {
    let string = pair
        .into_inner()
        .find(|pair| pair.as_rule() == Rule::string)?;
    let text = quoted::text(reader, &string)?;
    let chars = text.chars().count();
    let message = if text.trim().is_empty() {
        "a hint cannot be empty".to_owned()
    } else if chars > limits::HINT_CHARS {
        format!(
            "this hint has {chars} characters; at most {} are sent",
            limits::HINT_CHARS
        )
    } else if text.contains('\t') {
        "a hint cannot hold a tab".to_owned()
    } else if text.contains(['"', '\\']) {
        // API Gateway puts it into JSON as it stands.
        "a hint cannot hold `\"` or `\\`".to_owned()
    } else {
        return Some(spanned(reader, &string, text));
    };
    let finding = Diagnostic::new(Code::BadHint, reader.span(&string), message)
        .help("a hint is one sentence or a URL that a denied client is shown");
    reader.report(finding);
    None
}
