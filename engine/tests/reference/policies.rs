//! Whole policies as text: rules over few segments and methods, so that they often meet.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::conditions::{Sketch, condition};

/// A rule before it is written.
#[derive(Debug, Clone)]
struct Rule {
    methods: Vec<&'static str>,
    pattern: Pattern,
    ending: Ending,
    hint: bool,
}

#[derive(Debug, Clone)]
struct Pattern {
    text: String,
    /// Without the names of parameters and a trailing slash.
    shape: String,
    parameters: Vec<&'static str>,
}

#[derive(Debug, Clone)]
enum Ending {
    Public,
    Denied,
    Requires(Sketch),
    When(Sketch),
    Unless(Sketch),
}

impl Rule {
    fn is_forbid(&self) -> bool {
        matches!(self.ending, Ending::When(_) | Ending::Unless(_))
    }

    fn write(&self, number: usize) -> String {
        let keyword = if self.is_forbid() { "forbid" } else { "route" };
        let methods = match self.pattern.text.as_str() {
            text if !text.starts_with('/') => String::new(),
            _ => self.methods.join(", "),
        };
        let (word, sketch) = match &self.ending {
            Ending::Public => ("is public", None),
            Ending::Denied => ("is denied", None),
            Ending::Requires(sketch) => ("requires", Some(sketch)),
            Ending::When(sketch) => ("when", Some(sketch)),
            Ending::Unless(sketch) => ("unless", Some(sketch)),
        };
        let condition = sketch.map(|sketch| sketch.write(&self.pattern.parameters));
        let hint = match condition {
            Some(_) if self.hint => format!(" else \"hint {number}\""),
            _ => String::new(),
        };
        let condition = condition.unwrap_or_default();
        format!(
            "{keyword} {methods} {} {word} {condition}{hint}\n",
            self.pattern.text
        )
    }

    /// Whether two routes may not stand in one policy.
    fn overlaps(&self, other: &Self) -> bool {
        let meet = self
            .methods
            .iter()
            .any(|method| other.methods.contains(method));
        let any = self.methods.is_empty() && other.methods.is_empty();
        let has_no_methods = !self.pattern.text.starts_with('/');
        let is_route = !self.is_forbid() && !other.is_forbid();
        is_route && self.pattern.shape == other.pattern.shape && (meet || any || has_no_methods)
    }
}

/// The files of a policy that compiles.
pub fn policy() -> impl Strategy<Value = Vec<String>> {
    let rules = (vec(route(), 1..=8), vec(forbid(), 0..=3)).prop_map(|(routes, forbids)| {
        let mut rules: Vec<Rule> = forbids;
        for route in routes {
            if !rules.iter().any(|other| route.overlaps(other)) {
                rules.push(route);
            }
        }
        rules
    });
    let definitions = (
        condition(&[], &[]),
        condition(&["staff"], &[]),
        condition(&["staff"], &["gold"]),
        condition(&["staff"], TIERS),
        condition(&["staff", "insider"], TIERS),
    );
    (rules, definitions, vec(any::<u8>(), 16), any::<bool>()).prop_map(
        |(rules, (staff, gold, silver, insider, own), places, in_two_files)| {
            let none = &[];
            let tiers = format!(
                "tier gold is {}\ntier silver is {}\n",
                gold.write(none),
                silver.write(none)
            );
            let mut statements = vec![
                format!("let staff is {}\n", staff.write(none)),
                format!("let insider is {}\n", insider.write(none)),
                format!("let own is {}\n", own.write(&["x"])),
                tiers,
            ];
            statements.extend(
                rules
                    .iter()
                    .enumerate()
                    .map(|(number, rule)| rule.write(number)),
            );
            // Neither the order of files nor of statements changes a decision.
            let mut places = places.into_iter().chain(std::iter::repeat(0));
            statements.sort_by_cached_key(|_| places.next());
            let half = if in_two_files {
                statements.len() / 2
            } else {
                0
            };
            let second = statements.split_off(half);
            vec![statements.concat(), second.concat()]
        },
    )
}

/// Routes of which some may overlap, as the text of one file.
pub fn overlapping_routes() -> impl Strategy<Value = String> {
    let public = (methods(), pattern()).prop_map(|(methods, pattern)| {
        Rule {
            methods,
            pattern,
            ending: Ending::Public,
            hint: false,
        }
        .write(0)
    });
    vec(public, 1..=6).prop_map(|routes| routes.concat())
}

const TIERS: &[&str] = &["gold", "silver"];
const NAMES: &[&str] = &["staff", "insider", "own"];

fn route() -> impl Strategy<Value = Rule> {
    let ending = prop_oneof![
        2 => Just(Ending::Public),
        1 => Just(Ending::Denied),
        9 => condition(NAMES, TIERS).prop_map(Ending::Requires),
    ];
    rule(ending)
}

fn forbid() -> impl Strategy<Value = Rule> {
    let ending = prop_oneof![
        condition(NAMES, TIERS).prop_map(Ending::When),
        condition(NAMES, TIERS).prop_map(Ending::Unless),
    ];
    rule(ending)
}

fn rule(ending: impl Strategy<Value = Ending>) -> impl Strategy<Value = Rule> {
    (methods(), pattern(), ending, any::<bool>()).prop_map(|(methods, pattern, ending, hint)| {
        Rule {
            methods,
            pattern,
            ending,
            hint,
        }
    })
}

/// No method means any.
fn methods() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![
        1 => Just(Vec::new()),
        1 => subsequence(vec!["GET", "POST", "PUT"], 1..=2),
    ]
}

/// `$connect`, a field, or up to three segments; those with a `*` meet the most requests.
fn pattern() -> impl Strategy<Value = Pattern> {
    let segment = prop_oneof![
        5 => select(&["a", "b"][..]),
        1 => select(&["A", "c%20d", "%C3%A9", "é"][..]),
        3 => Just("{}"),
    ];
    let rest = prop_oneof![4 => Just(None), 4 => Just(Some("*")), 2 => Just(Some("{+}"))];
    let path =
        (vec(segment, 0..=2), rest, any::<bool>()).prop_map(|(mut segments, rest, slash)| {
            if let Some(rest) = rest {
                segments.push(rest);
            }
            path_pattern(&segments, slash)
        });
    let other = |text: &str| Pattern {
        text: text.to_owned(),
        shape: text.to_owned(),
        parameters: Vec::new(),
    };
    let field = select(&["field *", "field Query.a", "field Query.b"][..]);
    prop_oneof![17 => path, 1 => Just(other("$connect")), 2 => field.prop_map(other)]
}

/// Names the parameters: `{x}`, `{y}`, `{z}`, a named rest `{r+}`.
fn path_pattern(segments: &[&str], slash: bool) -> Pattern {
    let mut parameters = Vec::new();
    let mut text = String::new();
    let mut shape = String::new();
    for segment in segments {
        let name = ["x", "y", "z"][parameters.len().min(2)];
        match *segment {
            "{}" => {
                parameters.push(name);
                text += &format!("/{{{name}}}");
                shape += "/{}";
            }
            "{+}" => {
                parameters.push("r");
                text += "/{r+}";
                shape += "/*";
            }
            // The same segment, written twice in two ways.
            "%C3%A9" => {
                text += "/%C3%A9";
                shape += "/é";
            }
            literal => {
                text += &format!("/{literal}");
                shape += &format!("/{literal}");
            }
        }
    }
    if slash || text.is_empty() {
        text.push('/');
    }
    Pattern {
        text,
        shape,
        parameters,
    }
}
