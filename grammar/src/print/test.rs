//! Tests: a line for who asks, one for each request.

use crate::print::Printer;
use crate::tree::{Expected, Test, TestFact, TestKnowledge, TestRequest, TestTarget, Who};
use crate::words;

impl Printer<'_> {
    pub(super) fn test(&mut self, test: &Test) {
        self.push("test ");
        self.quoted(&test.name.node);
        self.push(" {\n");
        for group in &test.groups {
            self.push("  ");
            self.who(&group.who.node);
            for request in &group.requests {
                self.push("\n  ");
                self.request(request);
            }
            self.push("\n");
        }
        self.push("}");
    }

    fn who(&mut self, who: &Who) {
        let Who::User { id, facts } = who else {
            return self.push("visitor");
        };
        self.push("user");
        match id.as_deref() {
            // The one word that would not be read as an ID.
            Some("with") => self.push(" \"with\""),
            Some(id) => {
                self.push(" ");
                self.name(id);
            }
            None => {}
        }
        for (at, fact) in facts.iter().enumerate() {
            self.push(if at == 0 { " with " } else { ", " });
            self.test_fact(fact);
        }
    }

    fn test_fact(&mut self, fact: &TestFact) {
        self.push(match fact.known {
            TestKnowledge::Present => "",
            TestKnowledge::Absent => "not ",
            TestKnowledge::Unknown => "unknown ",
        });
        self.fact(&fact.fact.node);
    }

    fn request(&mut self, request: &TestRequest) {
        match &request.target {
            TestTarget::Path { method, path } => {
                self.push(&method.node);
                self.push(" ");
                self.path(&path.node);
            }
            TestTarget::Connect(_) => self.push("$connect"),
            TestTarget::Field(field) => self.field(&field.node),
        }
        if let Some(ip) = request.ip {
            self.push(&format!(" from {ip}"));
        }
        if let Some(at) = &request.at {
            self.push(" at ");
            self.push(&at.text);
        }
        let headers = request.headers.iter().map(|pair| ("header", pair));
        let query = request.query.iter().map(|pair| ("query", pair));
        for (at, (keyword, (name, value))) in headers.chain(query).enumerate() {
            self.push(if at == 0 { " with " } else { ", " });
            self.push(keyword);
            self.push(" ");
            if keyword == "header" {
                self.push(name);
            } else {
                self.name(name);
            }
            self.push(" = ");
            self.quoted(value);
        }
        match &request.outcome {
            Expected::Allowed => self.push(" is allowed"),
            Expected::Denied(reason) => {
                self.push(" is denied");
                if let Some(reason) = reason {
                    self.push(", ");
                    self.push(reason.node.as_str());
                }
            }
        }
    }

    /// A raw path, in quotes if it would not be read as one.
    fn path(&mut self, path: &str) {
        let plain = |letter: char| {
            !letter.is_whitespace()
                && letter != '"'
                && words::is_harmless(letter)
                && !words::is_lookalike(letter)
        };
        if path.starts_with('/') && path.chars().all(plain) {
            self.push(path);
        } else {
            self.quoted(path);
        }
    }
}
