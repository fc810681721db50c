//! Whether a request is let in: by the authorizer's answer, a kept one or a new one, and in words for the
//! log.

use std::sync::Arc;

use super::api::{Authorizer, Guardian};
use super::called::Called;
use super::kept::Key;
use super::log::Outcome;
use super::request::Request;
use super::stage::Stage;
use super::verdict::{self, Answer, Context, Verdict};
use super::{event, identity};
use crate::authorizer::FunctionError;
use crate::iam::Call;

/// What the authorizer means for one request, and whether it was asked for it.
pub(super) struct Decision {
    pub verdict: Verdict,
    pub cached: bool,
}

impl Stage {
    /// What the authorizer says to a request, without an answer of before; `None` where no function
    /// guards the route.
    pub(super) async fn preview(&self, request: &Request) -> Option<Verdict> {
        let moment = (self.options.clock)();
        let called = Called::of(&self.api, request, &moment);
        let Guardian::Function(authorizer) = self.api.guardian(called.route?) else {
            return None;
        };
        let identity = match identity::values(authorizer, &called) {
            Ok(identity) => identity,
            Err(why) => return Some(Verdict::Unidentified(why)),
        };
        let answer = self.ask(authorizer, &called, &identity).await;
        let arn = called.arn();
        Some(answer.map_or_else(
            |verdict| verdict,
            |answer| answer.verdict(&call(&called, &arn)),
        ))
    }

    /// What the authorizer means for a request: by an answer that is kept, or by a new one.
    pub(super) async fn decide(&self, authorizer: &Authorizer, called: &Called<'_>) -> Decision {
        let fresh = |verdict| Decision {
            verdict,
            cached: false,
        };
        let identity = match identity::values(authorizer, called) {
            Ok(identity) => identity,
            Err(why) => return fresh(Verdict::Unidentified(why)),
        };
        let (arn, now) = (called.arn(), called.moment.epoch_ms);
        let key = Key::of(authorizer, &identity);
        if let Some(kept) = key.as_ref().and_then(|key| self.kept.get(key, now)) {
            return Decision {
                verdict: kept.verdict(&call(called, &arn)),
                cached: true,
            };
        }
        let era = self.kept.era();
        match self.ask(authorizer, called, &identity).await {
            Ok(answer) => {
                let verdict = answer.verdict(&call(called, &arn));
                if let Some(key) = key {
                    let time = (now, authorizer.ttl_ms);
                    self.kept.keep(key, Arc::new(answer), era, time);
                }
                fresh(verdict)
            }
            Err(verdict) => fresh(verdict),
        }
    }

    /// The authorizer's answer, or what its failure means.
    async fn ask(
        &self,
        authorizer: &Authorizer,
        called: &Called<'_>,
        identity: &[String],
    ) -> Result<Answer, Verdict> {
        let event = event::event_for(authorizer, called, identity);
        let limit = self.options.timeouts.authorizer;
        let outcome = tokio::time::timeout(limit, self.options.authorizer.invoke(event)).await;
        let outcome = outcome.unwrap_or_else(|_| {
            let limit = limit.as_secs_f64();
            let message = format!("the authorizer gave no answer within {limit} s");
            Err(FunctionError::new("Timeout", message))
        });
        match outcome {
            Ok(answer) => Answer::read(&answer, authorizer.form).map_err(Verdict::Malformed),
            Err(error) => Err(verdict::of_error(&error, authorizer.form)),
        }
    }
}

/// The call that an authorizer's document is asked about.
fn call<'a>(called: &Called<'_>, arn: &'a str) -> Call<'a> {
    Call {
        arn,
        unix_millis: i64::try_from(called.moment.epoch_ms).unwrap_or(i64::MAX),
        ip: Some(called.request.source_ip),
    }
}

/// What the log says of a verdict.
pub(super) fn told(verdict: &Verdict, called: &Called<'_>) -> (Outcome, String) {
    match verdict {
        // A reason in its context is of what the same answer denies elsewhere.
        Verdict::Allow { .. } => (Outcome::Allowed, String::new()),
        Verdict::Deny {
            explicit, context, ..
        } => {
            let reason = reason_of(context);
            let reason = if *explicit {
                reason
            } else {
                format!("{reason} (no statement matches)")
            };
            (Outcome::Denied, reason)
        }
        Verdict::Unidentified(why) => (Outcome::Unauthorized, why.clone()),
        Verdict::Unauthorized => (Outcome::Unauthorized, "login_required".to_owned()),
        Verdict::Failed(why) | Verdict::Malformed(why) => {
            (Outcome::AuthorizerFailed, without_token(why, called))
        }
    }
}

fn reason_of(context: &Context) -> String {
    let of = |key: &str| context.get(key).map(verdict::text).unwrap_or_default();
    match (of("reason"), of("required")) {
        (reason, required) if required.is_empty() => reason,
        (reason, required) => format!("{reason}, needs {required}"),
    }
}

/// A text somebody else wrote, which might quote the token or what else the caller was identified by.
pub(super) fn without_token(text: &str, called: &Called<'_>) -> String {
    let authorization = called.request.header("authorization");
    let mut secrets: Vec<String> = authorization.map(str::to_owned).into_iter().collect();
    if let Some(Guardian::Function(authorizer)) = called.route.map(|it| called.api.guardian(it)) {
        secrets.extend(identity::sent(authorizer, called));
    }
    secrets.iter().fold(text.to_owned(), |text, secret| {
        match secret.rsplit(' ').next() {
            Some(token) if !token.is_empty() => text.replace(token, "***"),
            _ => text,
        }
    })
}
