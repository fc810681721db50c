//! The syntax tree: what a policy says, each part with the place where it says it.
//!
//! The tree is faithful enough to print the policy again (lists stay lists, comments are
//! kept) and plain enough to compile: literals are decoded, dates and networks are parsed.

mod condition;
mod fact;
mod reason;
mod rule;
mod target;
mod test;

use crate::span::{Span, Spanned};

pub use condition::{Condition, Join};
pub use fact::{Cidr, ClaimTest, Comparison, Date, Fact, Literal, Membership, Name};
pub use reason::Reason;
pub use rule::{Access, Forbid, ForbidMode, Route};
pub use target::{Pattern, Segment, Target};
pub use test::{Expected, Test, TestFact, TestGroup, TestKnowledge, TestRequest, TestTarget, Who};

/// What all files of one policy say together.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Statements in the order of files and lines.
    pub statements: Vec<Statement>,
    /// Comments in the order of files and lines, `#` included.
    pub comments: Vec<Spanned<String>>,
    /// Names of `let`s whose statement holds a mistake and is therefore not among the statements:
    /// a condition that uses one is no further mistake.
    pub broken_lets: Vec<Spanned<String>>,
    /// The same of tiers.
    pub broken_tiers: Vec<Spanned<String>>,
    /// Some text could not be read as any statement, so that more names may be missing.
    pub incomplete: bool,
}

/// One statement.
#[derive(Debug, Clone)]
pub enum Statement {
    /// `route [METHODS] PATTERN is … | requires …`
    Route(Route),
    /// `forbid [METHODS] PATTERN when | unless …`
    Forbid(Forbid),
    /// `let NAME is CONDITION`
    Let(Definition),
    /// `tier NAME is CONDITION`
    Tier(Definition),
    /// `test "NAME" { … }`
    Test(Test),
}

/// `let NAME is CONDITION` or `tier NAME is CONDITION`
#[derive(Debug, Clone)]
pub struct Definition {
    /// The whole statement.
    pub span: Span,
    /// The name it gives.
    pub name: Spanned<String>,
    /// What the name stands for.
    pub condition: Condition,
}
