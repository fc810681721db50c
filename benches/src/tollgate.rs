//! Tollgate.

use std::fmt::Write as _;

use tollgate_engine::{Fact, Policy, Principal, Products, Request, Target, User};
use tollgate_grammar::Sources;
use tollgate_grammar::limits::FILE_BYTES;

use crate::rules::{Shape, rules};

/// A policy and somebody who asks.
pub struct Tollgate {
    pub policy: Policy,
    principal: Principal,
}

/// The rules as a policy.
pub fn text(count: usize) -> String {
    let mut text = String::new();
    for rule in rules(count) {
        let area = rule.area;
        let pattern = match rule.shape {
            Shape::List => format!("/area-{area}/list"),
            Shape::Edit => format!("/area-{area}/{{id}}/edit"),
            Shape::Files => format!("/area-{area}/files/*"),
        };
        writeln!(
            text,
            "route GET {pattern} requires product {}",
            rule.product()
        )
        .expect("memory to write to");
    }
    text
}

/// From text to a policy.
pub fn load(text: &str) -> Policy {
    let mut sources = Sources::default();
    for (number, file) in files(text).into_iter().enumerate() {
        sources.add(format!("{number}.policy"), file.to_owned());
    }
    let (tree, mut findings) = tollgate_grammar::parse(&sources);
    let (policy, more) = Policy::compile(&sources, &tree, &Products::default());
    findings.extend(more);
    assert!(findings.is_empty(), "{findings:?}");
    policy.expect("a policy without findings")
}

/// The text in as many files as it needs.
fn files(mut text: &str) -> Vec<&str> {
    let mut files = Vec::new();
    while text.len() > FILE_BYTES {
        let end = text[..FILE_BYTES].rfind('\n').expect("a line") + 1;
        let (file, rest) = text.split_at(end);
        files.push(file);
        text = rest;
    }
    files.push(text);
    files
}

/// Somebody with these products, as a provider tells of them.
pub fn user(products: Vec<String>) -> User {
    User {
        id: "u-4711".to_owned(),
        products: Fact::Known(products),
        ..User::default()
    }
}

impl Tollgate {
    pub fn new(count: usize, products: Vec<String>) -> Self {
        Self::with(load(&text(count)), products)
    }

    /// The same with a policy that is loaded already.
    pub fn with(policy: Policy, products: Vec<String>) -> Self {
        let principal = policy.principal(user(products));
        Self { policy, principal }
    }

    pub fn allows(&self, path: &str) -> bool {
        self.policy.decide(&get(path), &self.principal).is_allowed()
    }

    /// The same with a user of whom nothing was looked up before, as in a request of its own.
    pub fn allows_user(&self, path: &str, user: User) -> bool {
        let principal = self.policy.principal(user);
        self.policy.decide(&get(path), &principal).is_allowed()
    }
}

fn get(path: &str) -> Request<'_> {
    Request {
        target: Target::Path {
            method: "GET",
            path,
        },
        ip: None,
        unix_millis: 0,
        headers: None,
        query: None,
    }
}
