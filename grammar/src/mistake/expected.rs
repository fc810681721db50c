//! What the parser would have taken, in the policy's own words.

use crate::syntax::Rule;

/// The rules that would have fitted at a place.
pub(super) struct Expected {
    rules: Vec<Rule>,
}

/// What a rule is called, in the order in which a message lists them.
const NAMES: &[(Rule, &str)] = &[
    (Rule::methods, "a method such as `GET`"),
    (Rule::method, "a method such as `GET`"),
    (Rule::connect, "a path that starts with `/`"),
    (Rule::field, "a path that starts with `/`"),
    (Rule::field_name, "a field such as `Query.me`"),
    (Rule::pattern, "a path that starts with `/`"),
    (Rule::path, "a path that starts with `/`"),
    (Rule::from, "`from`"),
    (Rule::from_word, "`from`"),
    (Rule::at, "`at`"),
    (Rule::at_word, "`at`"),
    (Rule::with, "`with`"),
    (Rule::with_word, "`with`"),
    (Rule::is_word, "`is`"),
    (Rule::requires_word, "`requires`"),
    (Rule::when_word, "`when`"),
    (Rule::unless_word, "`unless`"),
    (Rule::condition, "a condition"),
    (Rule::not_word, "a condition"),
    (Rule::group, "a condition"),
    (Rule::name, "a condition"),
    (Rule::user_fact, "a condition"),
    (Rule::test_fact, "a fact such as `product NAME`"),
    (Rule::unknown_word, "a fact such as `product NAME`"),
    (Rule::pair_fact, "`header` or `query`"),
    (Rule::pair_word, "`header` or `query`"),
    (Rule::in_word, "`in`"),
    (Rule::one_of, "`in`"),
    (Rule::contains, "`contains`"),
    (Rule::compare, "an operator such as `=`"),
    (Rule::operator, "an operator such as `=`"),
    (Rule::opening_parenthesis, "`(`"),
    (Rule::closing_parenthesis, "`)`"),
    (Rule::comma, "`,`"),
    (Rule::and_word, "`and`"),
    (Rule::or_word, "`or`"),
    (Rule::hint, "`else`"),
    (Rule::else_word, "`else`"),
    (Rule::reason, "a reason such as `upgrade_required`"),
    (Rule::opening_brace, "`{`"),
    (Rule::EOI, "the end of the line"),
];

impl Expected {
    pub(super) fn new(rules: &[Rule]) -> Self {
        Self {
            rules: rules.to_vec(),
        }
    }

    /// Whether it cannot be told what would have fitted.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether any of these would have fitted.
    pub(super) fn any(&self, rules: &[Rule]) -> bool {
        rules.iter().any(|rule| self.rules.contains(rule))
    }

    /// Whether a condition would have fitted.
    pub(super) fn condition(&self) -> bool {
        self.any(&[Rule::condition, Rule::group, Rule::name])
    }

    /// The words of the language that would have fitted.
    pub(super) fn keywords(&self) -> Vec<&'static str> {
        let mut words = Vec::new();
        for (rule, name) in NAMES {
            let word = name.trim_matches('`');
            let is_word =
                word.len() + 2 == name.len() && word.bytes().all(|b| b.is_ascii_lowercase());
            if is_word && self.rules.contains(rule) && !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }

    /// All that would have fitted after this token, as a message lists it.
    pub(super) fn words(&self, before: &str) -> String {
        let mut names: Vec<&str> = Vec::new();
        for (rule, name) in NAMES {
            if self.rules.contains(rule) && !names.contains(name) {
                names.push(name);
            }
        }
        let value = value_after(before);
        if self.any(&[Rule::string, Rule::bare, Rule::verdict, Rule::claim_path]) {
            names.insert(0, value);
        }
        match names.as_slice() {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [several @ .., last] => format!("{} or {last}", several.join(", ")),
        }
    }
}

/// What kind of value follows a word.
pub(super) fn value_after(before: &str) -> &'static str {
    match before {
        "else" => "the hint in quotes",
        "test" => "the name of the test in quotes",
        "let" => "the name of the condition",
        "tier" => "the name of a tier",
        "user" => "the ID of a user",
        "mfa" => "a method of MFA",
        "product" => "the name or ID of a product",
        "provider" => "the name of a provider",
        "role" => "the name of a role",
        "team" => "the name or ID of a team",
        "permission" => "the name of a permission",
        "scope" => "the name of a scope",
        "group" => "the name of a group",
        "email" => "`\"ann@example.com\"`, `@example.com` or `verified`",
        "claim" => "the path of a claim such as `org.id`",
        "header" => "the name of a header",
        "query" => "the name of a query parameter",
        "before" | "after" | "at" => "a date such as `2027-01-31`",
        "from" => "an address such as `192.0.2.7`",
        "in" => "a network such as `10.0.0.0/8`",
        _ => "a value such as `\"x\"`",
    }
}
