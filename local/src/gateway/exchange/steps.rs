//! The stages that a request came to, in order, each in words.

use std::time::Duration;

use super::super::log::Outcome;
use super::super::verdict::Verdict;
use super::Exchange;

/// One stage of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// One word, as in JSON.
    pub stage: &'static str,
    /// Whether the request went on from there.
    pub ok: bool,
    pub message: String,
    pub took: Duration,
}

fn step(stage: &'static str, ok: bool, message: impl Into<String>, took: Duration) -> Step {
    Step {
        stage,
        ok,
        message: message.into(),
        took,
    }
}

impl Exchange {
    pub(super) fn steps(&self) -> Vec<Step> {
        let (notes, none) = (&self.notes, Duration::ZERO);
        let mut steps = Vec::new();
        if notes.request.is_none() {
            return self.without_request();
        }
        let request = "it is a request that the gateway takes";
        steps.push(step("admission", true, request, notes.times.admission));
        match (&notes.route, self.outcome) {
            (Some(route), _) => steps.push(step("route", true, route, none)),
            (None, Outcome::Preflight) => {}
            (None, _) => steps.push(step("route", false, &self.reason, none)),
        }
        if let Some(verdict) = &notes.verdict {
            self.asked(verdict, &mut steps);
        } else if notes.route.is_some() && self.outcome == Outcome::Refused {
            steps.push(step("authorizer", false, &self.reason, none));
        }
        match self.outcome {
            Outcome::Preflight => {
                let message = "answered by the API, and not by the backend";
                steps.push(step("preflight", true, message, none));
            }
            Outcome::Allowed | Outcome::Open => {
                let message = self.answered();
                steps.push(step("backend", true, message, notes.times.backend));
            }
            Outcome::BackendFailed => {
                steps.push(step("backend", false, &self.reason, notes.times.backend));
            }
            _ => {}
        }
        steps.push(self.reply());
        steps
    }

    /// Of what was no request that could be read, or is a message or the end of a connection.
    fn without_request(&self) -> Vec<Step> {
        let times = &self.notes.times;
        let first = match self.outcome {
            Outcome::Closed => return vec![step("reply", true, &self.reason, Duration::ZERO)],
            Outcome::Open => step("backend", true, self.answered(), times.backend),
            Outcome::BackendFailed => step("backend", false, &self.reason, times.backend),
            _ => step("admission", false, &self.reason, times.admission),
        };
        vec![first, self.reply()]
    }

    fn answered(&self) -> String {
        format!("it answers with {}", self.status)
    }

    /// From the identity sources to what the answer means.
    fn asked(&self, verdict: &Verdict, steps: &mut Vec<Step>) {
        let times = &self.notes.times;
        if let Verdict::Unidentified(why) = verdict {
            steps.push(step("identity", false, why, times.identity));
            return;
        }
        let sources = "every identity source is there";
        steps.push(step("identity", true, sources, times.identity));
        let kept = if self.cached {
            "an answer of before still counts"
        } else {
            "no answer is kept"
        };
        steps.push(step("cache", true, kept, times.cache));
        if !self.cached {
            let name = self.notes.authorizer.as_deref().unwrap_or_default();
            let (ok, message) = match verdict {
                Verdict::Unauthorized => (false, "it fails with `Unauthorized`"),
                Verdict::Failed(why) => (false, why.as_str()),
                _ => (true, name),
            };
            steps.push(step("authorizer", ok, message, times.authorizer));
        }
        let document = match verdict {
            Verdict::Allow { .. } => (true, "the answer allows it"),
            Verdict::Deny { explicit: true, .. } => (false, "the answer denies it"),
            Verdict::Deny { .. } => (false, "no statement of the answer allows it"),
            Verdict::Malformed(why) => (false, why.as_str()),
            Verdict::Unidentified(_) | Verdict::Unauthorized | Verdict::Failed(_) => return,
        };
        steps.push(step("document", document.0, document.1, times.document));
    }

    fn reply(&self) -> Step {
        let by = match self.outcome {
            Outcome::Allowed | Outcome::Open => "the backend",
            _ => "the gateway",
        };
        let message = format!("{} by {by}", self.status);
        step("reply", self.status < 400, message, Duration::ZERO)
    }
}
