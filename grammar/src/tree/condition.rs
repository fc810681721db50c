//! A condition: facts, and how they are joined.

use super::Fact;
use crate::span::{Span, Spanned};

/// A condition.
#[derive(Debug, Clone)]
pub enum Condition {
    /// One fact, or a list after one keyword: `product a or b`.
    Facts {
        /// How several facts are joined; a single fact has `Any`.
        join: Join,
        /// At least one, all of the same keyword.
        facts: Vec<Spanned<Fact>>,
        /// The whole list, keyword included.
        span: Span,
    },
    /// The name of a `let`.
    Name(Spanned<String>),
    /// `not …`
    Not(Box<Condition>, Span),
    /// Two or more conditions joined by `and` or by `or`.
    Join(Join, Vec<Condition>, Span),
}

impl Condition {
    /// The text of the condition.
    pub fn span(&self) -> Span {
        match self {
            Self::Facts { span, .. } | Self::Not(_, span) | Self::Join(_, _, span) => *span,
            Self::Name(name) => name.span,
        }
    }
}

/// `and` or `or`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Join {
    /// `and`: all must hold.
    All,
    /// `or`: one must hold.
    Any,
}
