//! The tree as a policy again: one canonical spelling, from which the same tree is read.

mod condition;
mod pattern;
mod test;

use std::collections::HashSet;

use crate::lower::is_bare;
use crate::span::Spanned;
use crate::tree::{
    Access, Condition, Definition, Forbid, ForbidMode, Route, Statement, Target, Tree,
};
use crate::words;

/// The statements of a tree, one a line. Comments are not among them.
pub fn print(tree: &Tree) -> String {
    let lets = tree
        .statements
        .iter()
        .filter_map(|statement| match statement {
            Statement::Let(definition) => Some(definition.name.node.as_str()),
            _ => None,
        });
    let lets = lets.collect();
    let mut printer = Printer::new(&lets);
    for statement in &tree.statements {
        printer.statement(statement);
        printer.push("\n");
    }
    printer.text
}

/// One statement without the line break after it; list items of these names get quotes, so that
/// no `let` of such a name can be meant.
pub(crate) fn print_statement(statement: &Statement, quoted: &HashSet<&str>) -> String {
    let mut printer = Printer::new(quoted);
    printer.statement(statement);
    printer.text
}

/// One condition, as a message would show it.
pub fn print_condition(condition: &Condition) -> String {
    let lets = HashSet::new();
    let mut printer = Printer::new(&lets);
    printer.condition(condition);
    printer.text
}

/// What is written so far, and the names that a list item may not have without quotes.
struct Printer<'a> {
    text: String,
    lets: &'a HashSet<&'a str>,
}

impl<'a> Printer<'a> {
    fn new(lets: &'a HashSet<&'a str>) -> Self {
        Self {
            text: String::new(),
            lets,
        }
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Route(route) => self.route(route),
            Statement::Forbid(forbid) => self.forbid(forbid),
            Statement::Let(definition) => self.definition("let", definition),
            Statement::Tier(definition) => self.definition("tier", definition),
            Statement::Test(test) => self.test(test),
        }
    }

    fn route(&mut self, route: &Route) {
        self.push("route ");
        self.covers(&route.methods, &route.target);
        match &route.access {
            Access::Public => self.push(" is public"),
            Access::Denied => self.push(" is denied"),
            Access::Requires(condition) => {
                self.push(" requires ");
                self.condition(condition);
            }
        }
        self.hint(route.hint.as_ref());
    }

    fn forbid(&mut self, forbid: &Forbid) {
        self.push("forbid ");
        self.covers(&forbid.methods, &forbid.target);
        self.push(match forbid.mode {
            ForbidMode::When => " when ",
            ForbidMode::Unless => " unless ",
        });
        self.condition(&forbid.condition);
        self.hint(forbid.hint.as_ref());
    }

    fn definition(&mut self, keyword: &str, definition: &Definition) {
        self.push(keyword);
        self.push(" ");
        self.push(&definition.name.node);
        self.push(" is ");
        self.condition(&definition.condition);
    }

    fn covers(&mut self, methods: &[Spanned<String>], target: &Target) {
        for (at, method) in methods.iter().enumerate() {
            self.push(if at > 0 { ", " } else { "" });
            self.push(&method.node);
        }
        if !methods.is_empty() {
            self.push(" ");
        }
        match target {
            Target::Path(pattern) => self.push(&pattern::text(pattern)),
            Target::Connect(_) => self.push("$connect"),
            Target::Field(field) => self.field(&field.node),
        }
    }

    fn field(&mut self, name: &str) {
        self.push("field ");
        self.push(name);
    }

    fn hint(&mut self, hint: Option<&Spanned<String>>) {
        if let Some(hint) = hint {
            self.push(" else ");
            self.quoted(&hint.node);
        }
    }

    /// Text in quotes.
    fn quoted(&mut self, text: &str) {
        self.push("\"");
        for letter in text.chars() {
            if matches!(letter, '"' | '\\') {
                self.push("\\");
            }
            self.text.push(letter);
        }
        self.push("\"");
    }

    /// A name: bare if it can be.
    fn name(&mut self, name: &str) {
        if is_bare(name) && !words::ends_list(name) {
            self.push(name);
        } else {
            self.quoted(name);
        }
    }
}
