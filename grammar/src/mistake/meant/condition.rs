//! Where a condition is expected, and after a complete one.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::mistake::Place;
use crate::mistake::meant::syntax;
use crate::scan::Kind;
use crate::suggest;
use crate::syntax::Rule;
use crate::words::{self, shown};

/// Words of other languages for what a condition asks.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (
        &[
            "plan",
            "subscription",
            "price",
            "sku",
            "products",
            "entitlement",
        ],
        "product",
    ),
    (&["mail", "address", "e-mail"], "email"),
    (&["2fa", "otp", "totp", "factor"], "mfa"),
    (&["idp", "connection", "issuer"], "provider"),
    (&["org", "organization", "organisation", "tenant"], "team"),
    (&["userid", "user_id", "sub", "principal", "id"], "user"),
    (&["cidr", "source_ip", "sourceip", "network"], "ip in"),
    (
        &["attribute", "property", "field", "claims", "jwt", "token"],
        "claim",
    ),
    (&["param", "parameter", "querystring"], "query"),
    (&["until"], "before"),
    (&["since", "from"], "after"),
];

pub(super) fn missing_condition(place: &Place) -> Option<Diagnostic> {
    let word = place.text_of(place.before(1));
    if !place.expected.condition() {
        return None;
    }
    let found = place.text_of(place.found());
    let framing = matches!(
        found,
        "else" | "and" | "or" | ")" | "is" | "requires" | "when" | "unless"
    );
    if place.found().is_none() || framing {
        let message = match word {
            "(" => "the parentheses are empty".to_owned(),
            _ => format!("a condition is missing after {}", shown(word)),
        };
        let help = match found {
            "and" | "or" => "`and` and `or` stand between two conditions",
            _ => "write a fact such as `user` or `product NAME`, or the name of a `let`",
        };
        return Some(syntax(place, message, help));
    }
    if place.found()?.kind == (Kind::Text { closed: true }) {
        return Some(text_as_condition(place, word));
    }
    None
}

/// `claim a = "x" or "y"`, `requires "p-1"`
fn text_as_condition(place: &Place, word: &str) -> Diagnostic {
    let found = place.shown_found();
    let message = format!("expected a condition, found the text {found}");
    let joined = matches!(word, "and" | "or");
    let earlier = place.before(3).map(|token| token.kind);
    let help = match earlier {
        Some(Kind::Operator) if joined => {
            "a comparison has one value: write `claim a.b in (\"x\", \"y\")`, or repeat it in full"
        }
        _ => "put a keyword before it, such as `product`, `email` or `user`",
    };
    syntax(place, message, help)
}

/// After a complete condition.
pub(super) fn in_condition(place: &Place) -> Option<Diagnostic> {
    if !place.expected.any(&[Rule::and_word, Rule::or_word]) {
        return None;
    }
    let found = place.found()?;
    let word = found.text(place.text);
    let before = place.before(1)?;
    let before_word = before.text(place.text);
    let is_item = words::CONDITIONS.contains(&place.text_of(place.before(2)));
    let stands_alone =
        before.kind == Kind::Word && !is_item && !words::CONDITIONS.contains(&before_word);
    if stands_alone && matches!(found.kind, Kind::Word | Kind::Text { .. }) {
        return Some(unknown_condition(place, before_word));
    }
    let help = match found.kind {
        Kind::Comma => "write `or` or `and`: `product a or b`".to_owned(),
        Kind::Operator => match word {
            "=" | "==" => "only `claim`, `header` and `query` are compared; other facts need no sign: `product NAME`".to_owned(),
            _ => "only `claim` is compared in this way: `claim a.b >= 18`".to_owned(),
        },
        Kind::Open => "join two conditions by `and` or `or`; only `claim a.b in (\"x\", \"y\")` has a list in parentheses".to_owned(),
        _ if matches!(word, "unless" | "except") => "write `and not CONDITION`".to_owned(),
        _ if matches!(word, "when" | "if") => "write `and CONDITION`".to_owned(),
        _ if word == "requires" => "a rule says `requires` once: join conditions by `and`".to_owned(),
        _ => "two conditions are joined by `and` or `or`".to_owned(),
    };
    let expected = place.expected.words("");
    let message = format!("expected {expected}, found {}", place.shown_found());
    Some(syntax(place, message, help))
}

/// `prodct a`: a word that starts no condition, with something behind it.
fn unknown_condition(place: &Place, word: &str) -> Diagnostic {
    let span = place
        .before(1)
        .map_or(place.span_found(), |token| place.span(token));
    let message = format!("no condition starts with {}", shown(word));
    let finding = Diagnostic::new(Code::UnknownCondition, span, message);
    let lower = word.to_ascii_lowercase();
    let elsewhere = ELSEWHERE
        .iter()
        .find(|(words, _)| words.contains(&lower.as_str()));
    let meant = suggest::closest(word, words::CONDITIONS.iter().copied())
        .or(elsewhere.map(|(_, meant)| *meant));
    if let Some(meant) = meant {
        return finding.label(format!("did you mean `{meant}`?"));
    }
    let list: Vec<String> = words::CONDITIONS
        .iter()
        .map(|word| format!("`{word}`"))
        .collect();
    finding
        .help(format!("conditions start with {}", list.join(", ")))
        .help("the name of a `let` stands alone, and two conditions are joined by `and` or `or`")
}
