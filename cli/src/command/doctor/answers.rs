//! How the function answers, as far as `authorizer.yaml` says: the doctor compares it with the API.

use tollgate_gateway::settings::Settings;
use tollgate_gateway::settings::answers::{HttpFormat, Scope};

/// How the function answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answers {
    /// For which requests an answer is right.
    pub scope: Scope,
    /// Whether an HTTP API, payload format 2.0, gets yes or no instead of an IAM policy.
    pub simple: bool,
    /// Whether an Allow ends with the token.
    pub bound_by_expiry: bool,
    /// Whether the answer names an API key of a usage plan.
    pub usage_keys: bool,
}

impl Answers {
    /// What the settings say; the defaults without a file.
    pub fn of(settings: Option<&Settings>) -> Self {
        let Some(settings) = settings else {
            return Self::default();
        };
        let answers = &settings.answers;
        Self {
            scope: answers.scope,
            simple: answers.http_api == HttpFormat::Simple,
            bound_by_expiry: answers.bound_by_expiry,
            usage_keys: answers.usage_keys.iter().next().is_some(),
        }
    }
}
