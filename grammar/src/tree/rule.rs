//! `route` and `forbid`.

use super::{Condition, Target};
use crate::span::{Span, Spanned};

/// `route [METHODS] PATTERN is public | is denied | requires CONDITION [else "HINT"]`
#[derive(Debug, Clone)]
pub struct Route {
    /// The whole statement.
    pub span: Span,
    /// Methods as written (upper case); empty means any.
    pub methods: Vec<Spanned<String>>,
    /// What it covers.
    pub target: Target,
    /// Who gets in.
    pub access: Access,
    /// What a denied client is told.
    pub hint: Option<Spanned<String>>,
}

/// Who a route lets in.
#[derive(Debug, Clone)]
pub enum Access {
    /// Anyone.
    Public,
    /// Nobody.
    Denied,
    /// Those for whom the condition holds.
    Requires(Condition),
}

/// `forbid [METHODS] PATTERN (when | unless) CONDITION [else "HINT"]`
#[derive(Debug, Clone)]
pub struct Forbid {
    /// The whole statement.
    pub span: Span,
    /// Methods as written (upper case); empty means any.
    pub methods: Vec<Spanned<String>>,
    /// What it covers.
    pub target: Target,
    /// `when` or `unless`.
    pub mode: ForbidMode,
    /// The condition.
    pub condition: Condition,
    /// What a denied client is told.
    pub hint: Option<Spanned<String>>,
}

/// When a `forbid` applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForbidMode {
    /// If the condition holds.
    When,
    /// If the condition does not hold.
    Unless,
}
