//! What came of a request, and by which rule.

use tollgate_grammar::tree::Reason;

use crate::denial::Denial;

/// What came of a request; the names of its rule and tier are the policy's. Only
/// [`Found::decide`](super::Found::decide) can make one that allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<'p> {
    /// In a place of its own: most decisions have none, and are small to pass on without it.
    pub(super) denial: Option<Box<Denial>>,
    pub(super) rule: Option<&'p RuleName>,
    pub(super) malformed: Option<&'static str>,
    pub(super) tier: Option<&'p str>,
}

impl<'p> Decision<'p> {
    /// Whether the request may pass.
    pub fn is_allowed(&self) -> bool {
        self.denial.is_none()
    }

    /// Why it may not.
    pub fn denial(&self) -> Option<&Denial> {
        self.denial.as_deref()
    }

    /// The rule that decided: the route, or the forbid that stopped the request.
    pub fn rule(&self) -> Option<&'p RuleName> {
        self.rule
    }

    /// A denial for which no rule was asked.
    pub(super) fn without_rule(
        reason: Reason,
        malformed: Option<&'static str>,
        tier: Option<&'p str>,
    ) -> Self {
        Self {
            denial: Some(Box::new(plain(reason))),
            rule: None,
            malformed,
            tier,
        }
    }

    /// What made the request malformed, in words.
    pub fn malformed(&self) -> Option<&'static str> {
        self.malformed
    }

    /// The user's tier: the highest that holds.
    pub fn tier(&self) -> Option<&'p str> {
        self.tier
    }
}

/// A denial that says its reason and no more.
pub(crate) fn plain(reason: Reason) -> Denial {
    Denial {
        reason,
        required: Vec::new(),
        hint: None,
    }
}

/// A rule as a person would point to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleName {
    /// From the keyword to the pattern: `route GET /pro/*`.
    pub head: String,
    /// File and line: `access.policy:12`.
    pub place: String,
}
