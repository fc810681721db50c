//! A test: who asks, for what, and what must come of it.

use std::net::IpAddr;

use super::{Date, Fact, Reason};
use crate::span::{Span, Spanned};

/// `test "NAME" { … }`
#[derive(Debug, Clone)]
pub struct Test {
    /// The whole statement.
    pub span: Span,
    /// Its name.
    pub name: Spanned<String>,
    /// Who asks, then what happens.
    pub groups: Vec<TestGroup>,
}

/// One who-line and the requests under it.
#[derive(Debug, Clone)]
pub struct TestGroup {
    /// Who asks.
    pub who: Spanned<Who>,
    /// What happens; never empty.
    pub requests: Vec<TestRequest>,
}

/// Who asks in a test.
#[derive(Debug, Clone)]
pub enum Who {
    /// `visitor`: no token.
    Visitor,
    /// `user [ID] [with FACT, …]`
    User {
        /// The ID, if it matters.
        id: Option<String>,
        /// What is known of the user.
        facts: Vec<TestFact>,
    },
}

/// One fact of a user in a test.
#[derive(Debug, Clone)]
pub struct TestFact {
    /// How it is known.
    pub known: TestKnowledge,
    /// The fact, as in a condition.
    pub fact: Spanned<Fact>,
}

/// How a fact of a test is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestKnowledge {
    /// `product p`: known to hold.
    Present,
    /// `not mfa`: known not to hold.
    Absent,
    /// `unknown mfa`: the provider cannot say.
    Unknown,
}

/// One request of a test and what must come of it.
#[derive(Debug, Clone)]
pub struct TestRequest {
    /// The whole line.
    pub span: Span,
    /// What is asked for.
    pub target: TestTarget,
    /// `from IP`
    pub ip: Option<IpAddr>,
    /// `at DATE`
    pub at: Option<Date>,
    /// `with header NAME = "x"`; names in lower case
    pub headers: Vec<(String, String)>,
    /// `with query NAME = "x"`
    pub query: Vec<(String, String)>,
    /// What must come of it.
    pub outcome: Expected,
}

/// What a request of a test asks for.
#[derive(Debug, Clone)]
pub enum TestTarget {
    /// A method, and the raw path as a client would send it.
    Path {
        /// The method.
        method: Spanned<String>,
        /// The raw path.
        path: Spanned<String>,
    },
    /// `$connect`
    Connect(Span),
    /// `field Type.name`, or `field *` for a GraphQL request as a whole: the name or `*`, and the
    /// place of both words.
    Field(Spanned<String>),
}

/// What a test expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// `is allowed`
    Allowed,
    /// `is denied[, REASON]`
    Denied(Option<Spanned<Reason>>),
}
