//! Whether a request is let in: by the authorizer's answer, a kept one or a new one, and in words for the
//! log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::api::{Authorizer, Form, Guardian};
use super::called::Called;
use super::exchange::Notes;
use super::kept::Key;
use super::log::Outcome;
use super::request::Request;
use super::stage::Stage;
use super::verdict::{self, Answer, Context, Verdict};
use super::{event, identity};
use crate::authorizer::{FunctionError, Ruling};
use crate::iam::Call;

/// What the authorizer means for one request, and whether it was asked for it.
pub(super) struct Decision {
    pub verdict: Verdict,
    pub cached: bool,
    pub notes: Notes,
}

/// An answer, and what else is known from when it was given.
pub(super) struct Given {
    answer: Answer,
    raw: Arc<Value>,
    ruling: Option<Arc<dyn Ruling>>,
}

impl Given {
    /// Reads an answer of the form that the authorizer is set to.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of(
        raw: Arc<Value>,
        form: Form,
        ruling: Option<Arc<dyn Ruling>>,
    ) -> Result<Self, String> {
        Ok(Self {
            answer: Answer::read(&raw, form)?,
            raw,
            ruling,
        })
    }
}

/// The rule behind a verdict; none where it could be another, since the verdict is of the answer and
/// not of the policy.
fn rule(
    ruling: Option<&Arc<dyn Ruling>>,
    event: impl FnOnce() -> Arc<Value>,
    verdict: &Verdict,
) -> Option<String> {
    let (allowed, rule) = ruling?.of(&event())?;
    rule.filter(|_| allowed == matches!(verdict, Verdict::Allow { .. }))
}

/// Time, lap by lap.
struct Laps(Instant);

impl Laps {
    fn next(&mut self) -> Duration {
        let begun = std::mem::replace(&mut self.0, Instant::now());
        self.0.duration_since(begun)
    }
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
        let event = event::event_for(authorizer, &called, &identity);
        let given = self.ask(authorizer, event, &mut Notes::default()).await;
        let arn = called.arn();
        Some(given.map_or_else(
            |verdict| verdict,
            |given| given.answer.verdict(&call(&called, &arn)),
        ))
    }

    /// What the authorizer means for a request: by an answer that is kept, or by a new one.
    pub(super) async fn decide(&self, authorizer: &Authorizer, called: &Called<'_>) -> Decision {
        let (mut notes, mut laps) = (Notes::default(), Laps(Instant::now()));
        let (arn, now) = (called.arn(), called.moment.epoch_ms);
        let identity = identity::values(authorizer, called);
        notes.times.identity = laps.next();
        let identity = match identity {
            Ok(identity) => identity,
            Err(why) => {
                return Decision {
                    verdict: Verdict::Unidentified(why),
                    cached: false,
                    notes,
                };
            }
        };
        let key = Key::of(authorizer, &identity);
        let kept = key.as_ref().and_then(|key| self.kept.get(key, now));
        notes.times.cache = laps.next();
        let era = self.kept.era();
        let event = || Arc::new(event::event_for(authorizer, called, &identity));
        let cached = kept.is_some();
        let given = if let Some(kept) = kept {
            Ok(kept)
        } else {
            let asked = Value::clone(notes.event.insert(event()));
            self.ask(authorizer, asked, &mut notes).await.map(Arc::new)
        };
        notes.times.authorizer = laps.next();
        let verdict = match &given {
            Ok(given) => given.answer.verdict(&call(called, &arn)),
            Err(verdict) => verdict.clone(),
        };
        notes.times.document = laps.next();
        if let Ok(given) = given {
            let event = || notes.event.clone().unwrap_or_else(event);
            notes.rule = rule(given.ruling.as_ref(), event, &verdict);
            notes.answer = Some(Arc::clone(&given.raw));
            if let Some(key) = key.filter(|_| !cached) {
                self.kept.keep(key, given, era, (now, authorizer.ttl_ms));
            }
        }
        Decision {
            verdict,
            cached,
            notes,
        }
    }

    /// The authorizer's answer, or what its failure means.
    async fn ask(
        &self,
        authorizer: &Authorizer,
        event: Value,
        notes: &mut Notes,
    ) -> Result<Given, Verdict> {
        let limit = self.options.timeouts.authorizer;
        let outcome = tokio::time::timeout(limit, self.options.authorizer.ask(event)).await;
        let invoked = outcome.unwrap_or_else(|_| {
            let limit = limit.as_secs_f64();
            let message = format!("the authorizer gave no answer within {limit} s");
            Err(FunctionError::new("Timeout", message)).into()
        });
        match invoked.result {
            Ok(answer) => {
                let answer = Arc::new(answer);
                // One that is not taken is told all the same.
                notes.answer = Some(Arc::clone(&answer));
                let given = Given::of(answer, authorizer.form, invoked.ruling);
                given.map_err(Verdict::Malformed)
            }
            Err(error) => {
                let verdict = verdict::of_error(&error, authorizer.form);
                // Any other failure is nobody's decision.
                if let (Verdict::Unauthorized, Some(event)) = (&verdict, &notes.event) {
                    let event = || Arc::clone(event);
                    notes.rule = rule(invoked.ruling.as_ref(), event, &verdict);
                }
                Err(verdict)
            }
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
pub(super) fn told(verdict: &Verdict) -> (Outcome, String) {
    match verdict {
        // A reason in its context is of what the same answer denies elsewhere.
        Verdict::Allow { .. } => (Outcome::Allowed, String::new()),
        Verdict::Deny {
            explicit, context, ..
        } => {
            let reason = reason_of(context);
            let unmatched = (!*explicit).then(|| "(no statement matches)".to_owned());
            let parts = [Some(reason).filter(|it| !it.is_empty()), unmatched];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            (Outcome::Denied, parts.join(" "))
        }
        Verdict::Unidentified(why) => (Outcome::Unauthorized, why.clone()),
        Verdict::Unauthorized => (Outcome::Unauthorized, "login_required".to_owned()),
        Verdict::Failed(why) | Verdict::Malformed(why) => (Outcome::AuthorizerFailed, why.clone()),
    }
}

fn reason_of(context: &Context) -> String {
    let of = |key: &str| context.get(key).map(verdict::text).unwrap_or_default();
    match (of("reason"), of("required")) {
        (reason, required) if required.is_empty() => reason,
        (reason, required) => format!("{reason}, needs {}", verdict::alternatives(&required)),
    }
}
