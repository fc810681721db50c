//! Conditions as text: every fact of the language, joined in every way, in a small vocabulary
//! so that what a rule asks for and what a user has often meet.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A condition before it is written for the parameters of one pattern.
#[derive(Debug, Clone)]
pub enum Sketch {
    /// Written as it is.
    Fact(String),
    /// A list after one keyword: `product a or b`.
    List(&'static str, &'static str, Vec<&'static str>),
    /// A keyword and a parameter of the pattern; the keyword and `a` if it has none.
    Parameter(&'static str, usize),
    /// A `let`; of them `own` uses `{x}` and is `user` where the pattern does not name it.
    Name(&'static str),
    Not(Box<Sketch>),
    Join(&'static str, Vec<Sketch>),
}

impl Sketch {
    /// The text as a whole condition.
    pub fn write(&self, parameters: &[&str]) -> String {
        match self {
            Self::Fact(fact) => fact.clone(),
            Self::List(keyword, join, items) => {
                format!("{keyword} {}", items.join(&format!(" {join} ")))
            }
            Self::Parameter(keyword, pick) => match parameters {
                [] => format!("{keyword} a"),
                _ => format!("{keyword} {{{}}}", parameters[pick % parameters.len()]),
            },
            Self::Name("own") if !parameters.contains(&"x") => "user".to_owned(),
            Self::Name(name) => (*name).to_owned(),
            Self::Not(part) => format!("not {}", part.nested(parameters)),
            Self::Join(join, parts) => {
                let parts: Vec<_> = parts.iter().map(|part| part.nested(parameters)).collect();
                parts.join(&format!(" {join} "))
            }
        }
    }

    /// The text as a part of another: in parentheses unless it is one fact, so that no list goes
    /// on into it, and it is read as no item of a list before it.
    fn nested(&self, parameters: &[&str]) -> String {
        let text = self.write(parameters);
        match self {
            Self::Fact(word) if matches!(word.as_str(), "user" | "mfa") => format!("({text})"),
            Self::Fact(_) | Self::Parameter(..) | Self::Not(_) => text,
            Self::List(..) | Self::Name(_) | Self::Join(..) => format!("({text})"),
        }
    }
}

/// A condition over all facts, or over those that decide about the reason; `names` and `tiers`
/// are what it may refer to.
pub fn condition(
    names: &'static [&'static str],
    tiers: &'static [&'static str],
) -> impl Strategy<Value = Sketch> {
    let gainable = || select(GAINABLE).prop_map(|fact| Sketch::Fact(fact.to_owned()));
    let of_path = (select(OF_PATH), any::<usize>());
    let any_fact = prop_oneof![
        3 => gainable(),
        4 => select(FACTS).prop_map(|fact| Sketch::Fact(fact.to_owned())),
        2 => claim(),
        2 => list(),
        2 => of_path.prop_map(|(keyword, pick)| Sketch::Parameter(keyword, pick)),
    ];
    let mut any_leaf = any_fact.boxed();
    if !names.is_empty() {
        any_leaf = prop_oneof![8 => any_leaf, 1 => select(names).prop_map(Sketch::Name)].boxed();
    }
    if !tiers.is_empty() {
        let tier = select(tiers).prop_map(|tier| Sketch::Fact(format!("tier {tier}")));
        any_leaf = prop_oneof![8 => any_leaf, 1 => tier].boxed();
    }
    prop_oneof![joined(any_leaf), joined(gainable().boxed())]
}

/// The leaves, joined up to three deep.
fn joined(leaf: BoxedStrategy<Sketch>) -> impl Strategy<Value = Sketch> {
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            1 => inner.clone().prop_map(|part| Sketch::Not(Box::new(part))),
            4 => (select(&["and", "or"][..]), vec(inner, 2..=3))
                .prop_map(|(join, parts)| Sketch::Join(join, parts)),
        ]
    })
}

/// Facts somebody can be told to get.
const GAINABLE: &[&str] = &[
    "user",
    "product basic",
    "product p-1",
    "product p-2",
    "product p-3",
    "mfa",
    "mfa totp",
    "mfa sms",
    "email verified",
];

/// All others but claims and those of the path.
const FACTS: &[&str] = &[
    "user u-1",
    "email \"ann@example.com\"",
    "email \"Ann@Example.Com\"",
    "email @example.com",
    "email @EXAMPLE.com",
    "provider github",
    "provider google",
    "role a",
    "role \"é\"",
    "team a",
    "permission a",
    "scope \"a b\"",
    "group b",
    "ip in 10.0.0.0/8",
    "ip in 10.0.0.1",
    "ip in 10.0.0.0/31",
    "ip in 0.0.0.0/0",
    "ip in ::/0",
    "ip in 2001:db8::/33",
    "header x-a = \"1\"",
    "header X-A = \"2\"",
    "query page = \"1\"",
    "query Page = \"é\"",
    "before 2026-01-01",
    "after 2026-01-01",
    "after 2026-01-01T01:00:00+01:00",
    "before 2026-01-01T00:00:00.001Z",
];

/// Keywords that take a parameter of the path.
const OF_PATH: &[&str] = &["user", "role", "team", "permission", "scope", "group"];

/// Lists after one keyword.
fn list() -> impl Strategy<Value = Sketch> {
    let lists: &[(&str, &[&str])] = &[
        ("product", &["basic", "p-2", "p-3"]),
        ("product", &["p-2", "p-3"]),
        ("mfa", &["totp", "sms"]),
        ("role", &["a", "b"]),
        ("user", &["a", "\"a/b\""]),
        ("ip in", &["::1", "10.0.0.0/31"]),
        ("email", &["@example.com", "verified"]),
        ("email", &["@example.com", "\"ann@sub.example.com\""]),
    ];
    (select(lists), select(&["and", "or"][..]))
        .prop_map(|((keyword, items), join)| Sketch::List(keyword, join, items.to_vec()))
}

/// A test of a claim.
fn claim() -> impl Strategy<Value = Sketch> {
    let path = select(&["level", "org.id", "\"a.b\""][..]);
    let literal = || select(LITERALS);
    let ordered = select(&["<", "<=", ">", ">="][..]);
    let test = prop_oneof![
        (select(&["=", "!="][..]), literal()).prop_map(|(sign, value)| format!("{sign} {value}")),
        (ordered, select(ORDERED)).prop_map(|(sign, value)| format!("{sign} {value}")),
        vec(literal(), 1..=3).prop_map(|values| format!("in ({})", values.join(", "))),
        literal().prop_map(|value| format!("contains {value}")),
    ];
    (path, test).prop_map(|(path, test)| Sketch::Fact(format!("claim {path} {test}")))
}

/// Values with an order.
const ORDERED: &[&str] = &[
    "0",
    "1",
    "-1",
    "1.0",
    "1.5",
    "-0.0",
    "1e0",
    "9007199254740993",
    "9007199254740992.0",
    "9223372036854775807",
    "1e300",
    "\"\"",
    "\"x\"",
    "\"1\"",
    "\"é\"",
    "\"X\"",
];

/// All values.
const LITERALS: &[&str] = &[
    "true",
    "false",
    "0",
    "1",
    "-1",
    "1.0",
    "1.5",
    "9007199254740993",
    "9007199254740992.0",
    "9223372036854775807",
    "1e300",
    "\"\"",
    "\"x\"",
    "\"1\"",
    "\"é\"",
    "\"true\"",
];
