//! Who asks, and when, as words of the command line: the lines of a `test` block, read by the
//! parser that reads those.

use tollgate_engine::{Policy, Principal, Products};
use tollgate_grammar::tree::{Date, Statement, TestGroup, Tree, Who};
use tollgate_grammar::{Sources, Style, parse, render};

/// Somebody who asks.
pub struct Asker {
    /// As a `test` would say it: `visitor`, `user with mfa`.
    pub line: String,
    who: Who,
}

impl Asker {
    /// Somebody without a token.
    pub fn visitor() -> Self {
        Self {
            line: "visitor".to_owned(),
            who: Who::Visitor,
        }
    }

    /// What may follow the word `user` in a test: nothing, an ID, `with product p, mfa`.
    ///
    /// # Errors
    /// What is wrong with it, rendered.
    pub fn parse(words: &str) -> Result<Self, String> {
        let words = words.trim();
        if words == "visitor" {
            return Ok(Self::visitor());
        }
        let after_user = match words.strip_prefix("user") {
            Some(rest) if rest.is_empty() || rest.starts_with(' ') => rest.trim_start(),
            _ => words,
        };
        let line = format!("user {after_user}").trim_end().to_owned();
        let group = group("--user", &line, "GET / is allowed")?;
        Ok(Self {
            line,
            who: group.who.node,
        })
    }

    /// As the tree of a test has them.
    pub fn into_who(self) -> Who {
        self.who
    }

    /// As the policy sees them.
    pub fn principal(&self, policy: &Policy, products: &Products) -> Principal {
        policy.who(&self.who, products)
    }
}

/// A moment, as after `at` in a test.
///
/// # Errors
/// What is wrong with it, rendered.
pub fn moment(words: &str) -> Result<Date, String> {
    let group = group("--at", "visitor", &format!("GET / at {words} is allowed"))?;
    let date = group.requests.into_iter().find_map(|request| request.at);
    date.ok_or_else(|| format!("--at: `{words}` is not a date\n"))
}

fn group(option: &str, who: &str, request: &str) -> Result<TestGroup, String> {
    if who.chars().chain(request.chars()).any(char::is_control) {
        return Err(format!("{option}: this is more than one line\n"));
    }
    let mut sources = Sources::default();
    sources.add(option, format!("test \"words\" {{\n{who}\n{request}\n}}\n"));
    let (tree, findings) = parse(&sources);
    let Tree {
        statements,
        comments,
        ..
    } = tree;
    if !comments.is_empty() {
        return Err(format!(
            "{option}: `#` would start a comment: put it in quotes\n"
        ));
    }
    let mut groups = statements
        .into_iter()
        .flat_map(|statement| match statement {
            Statement::Test(test) => test.groups,
            _ => Vec::new(),
        });
    match (groups.next(), findings.as_slice()) {
        (Some(group), []) => Ok(group),
        _ => Err(render(&sources, &findings, Style::Plain)),
    }
}
