//! What an event leaves behind on its way, for its record.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tollgate_engine::{Decision, RuleName, User};
use tollgate_identity::fact_cache::Origin;
use tollgate_identity::mode::Mode;
use tollgate_identity::outcome::Outcome as Proof;
use tollgate_identity::providers::Verdict;

use crate::authorize::AuthorizeError;
use crate::event::Kind;
use crate::settings::answers::Scope;

/// What came of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The request may pass.
    Allow,
    /// It may not; a 401 is here too.
    Deny,
    /// There is no decision, or none that can be answered with.
    Error,
}

impl Outcome {
    /// One word for logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Error => "error",
        }
    }
}

/// What is known of an event so far.
pub(crate) struct Trail {
    pub(super) began: Instant,
    pub(crate) event: Option<Kind>,
    /// Which requests the answer is right for; of an answer, not of what is set.
    pub(crate) scope: Scope,
    pub(super) outcome: Outcome,
    /// Why it was denied, or which error it is; empty if it was allowed.
    pub(super) reason: &'static str,
    /// The error in words, or what made the request malformed.
    pub(super) cause: String,
    pub(crate) rule: Option<RuleName>,
    /// The provider that was chosen for the token, whether it proved anybody or not.
    pub(crate) provider: Option<Arc<str>>,
    pub(crate) mode: Option<Mode>,
    pub(crate) facts: Option<Origin>,
    pub(crate) user: Option<Arc<User>>,
    pub(super) hits: u32,
    pub(super) misses: u32,
    /// How long the verification of the token took; absent where there was none.
    pub(crate) verifying: Option<Duration>,
}

impl Trail {
    pub(crate) fn begin() -> Self {
        Self {
            began: Instant::now(),
            event: None,
            scope: Scope::Request,
            outcome: Outcome::Error,
            reason: "",
            cause: String::new(),
            rule: None,
            provider: None,
            mode: None,
            facts: None,
            user: None,
            hits: 0,
            misses: 0,
            verifying: None,
        }
    }

    /// Notes what was found out about a token since `began`.
    pub(crate) fn verified(&mut self, verdict: &Verdict, began: Instant) {
        let before = self.verifying.unwrap_or_default();
        self.verifying = Some(before + began.elapsed());
        // Nobody was chosen: neither a provider nor what is known was asked.
        if verdict.provider.is_none() {
            return;
        }
        match verdict.origin {
            Origin::Cache => self.hits += 1,
            Origin::Verified | Origin::LastKnown => self.misses += 1,
        }
        self.provider.clone_from(&verdict.provider);
        self.mode = Some(verdict.mode);
        let user = match &verdict.outcome {
            Proof::Identity(identity) => Some(Arc::clone(&identity.user)),
            Proof::Unauthenticated => None,
            // A second look that failed: the first goes on to count.
            Proof::Misconfigured(_) | Proof::Unavailable(_) => return,
        };
        (self.user, self.facts) = (user, Some(verdict.origin));
    }

    /// Notes the decision.
    pub(crate) fn decided(&mut self, decision: &Decision<'_>) {
        (self.outcome, self.reason) = match decision.denial() {
            None => (Outcome::Allow, ""),
            Some(denial) => (Outcome::Deny, denial.reason.as_str()),
        };
        decision
            .malformed()
            .unwrap_or_default()
            .clone_into(&mut self.cause);
        self.rule = decision.rule().cloned();
    }

    /// Notes why there is no answer. A 401 is none of those: it is how a denial is answered.
    pub(crate) fn failed(&mut self, error: &AuthorizeError) {
        if *error != AuthorizeError::Unauthorized {
            self.outcome = Outcome::Error;
            self.reason = error.kind();
            self.cause = error.to_string();
        }
    }
}
