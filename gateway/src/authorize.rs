//! The way of one event through the house: read, admit and find the route, verify the token
//! if the route asks who it is, decide, answer.

mod decide;
mod error;
mod fields;
pub mod inspect;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::time::Instant;
use tollgate_engine::{Decision, Denial, Products, Reason};
use tollgate_identity::providers::Providers;

pub use self::decide::FRESH_ENOUGH_TO_REFUSE;
use self::decide::{Asker, Judged};
pub use self::error::AuthorizeError;
use crate::answer::Answer;
use crate::answer::context::{About, Context};
use crate::answer::document::PolicyDocument;
use crate::event::{Event, Kind};
use crate::invocation::Invocation;
use crate::policy::Loaded;
use crate::record::{Record, Recorder, Trail};
use crate::settings::Settings;
use crate::settings::answers::{HttpUnauthorized, Scope};
use crate::usage_key::UsageKeys;

/// An authorizer, ready for events. Cheap to clone; clones share keys and connections.
#[derive(Clone)]
pub struct Authorizer {
    loaded: Arc<Loaded>,
    products: Arc<Products>,
    providers: Arc<Providers>,
    settings: Arc<Settings>,
    usage_keys: Arc<UsageKeys>,
    /// Absent where nobody reads records.
    recorder: Option<Arc<Recorder>>,
}

impl Authorizer {
    pub(crate) fn new(
        loaded: Loaded,
        products: Products,
        providers: Providers,
        settings: Settings,
        usage_keys: UsageKeys,
    ) -> Self {
        Self {
            loaded: Arc::new(loaded),
            products: Arc::new(products),
            providers: Arc::new(providers),
            settings: Arc::new(settings),
            usage_keys: Arc::new(usage_keys),
            recorder: None,
        }
    }

    pub(crate) fn recorded_by(mut self, recorder: Arc<Recorder>) -> Self {
        // A function explains nothing, and its memory is paid for.
        Arc::make_mut(&mut self.loaded).parsed = None;
        Self {
            recorder: Some(recorder),
            ..self
        }
    }

    pub(crate) fn with(&self, loaded: Loaded) -> Self {
        // Facts that the policy before did not ask for may not have been gathered.
        self.providers.forget();
        Self {
            loaded: Arc::new(loaded),
            ..self.clone()
        }
    }

    pub(crate) fn products(&self) -> &Products {
        &self.products
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The policy at work.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// Answers one event, and writes its record.
    ///
    /// # Errors
    /// [`AuthorizeError`]: the function must fail with its text.
    pub async fn authorize(
        &self,
        event: &Value,
        invocation: Invocation<'_>,
    ) -> Result<Answer, AuthorizeError> {
        let result = self.answer_first(event, invocation).await;
        self.write_records();
        result
    }

    /// Answers one event; its record waits for [`Authorizer::write_records`], so that the client need
    /// not wait for the record.
    ///
    /// # Errors
    /// [`AuthorizeError`]: the function must fail with its text.
    pub async fn answer_first(
        &self,
        event: &Value,
        invocation: Invocation<'_>,
    ) -> Result<Answer, AuthorizeError> {
        let mut trail = Trail::begin();
        let result = match Event::read(event) {
            Ok(event) => {
                let when = self.by_budget();
                let heard = |_: &Decision<'_>, _: &Asker| {};
                self.answer(&event, invocation, when, &mut trail, heard)
                    .await
            }
            Err(error) => Err(AuthorizeError::Event(error)),
        };
        self.keep_record(invocation, trail, &result);
        result
    }

    /// Writes the records that wait.
    pub fn write_records(&self) {
        if let Some(recorder) = &self.recorder {
            recorder.write_all(&self.providers);
        }
    }

    /// Until when an event that is here now must be answered.
    fn by_budget(&self) -> When {
        When {
            at: None,
            deadline: Instant::now() + self.settings.budget,
        }
    }

    fn keep_record(
        &self,
        invocation: Invocation<'_>,
        mut trail: Trail,
        result: &Result<Answer, AuthorizeError>,
    ) {
        if let Err(error) = result {
            trail.failed(error);
        }
        if let Some(recorder) = &self.recorder {
            recorder.keep(Record::new(invocation, trail, &self.loaded.version));
        }
    }

    /// The whole way of an event; `hear` is told the decision, and of whom, before it is answered.
    async fn answer<'p>(
        &'p self,
        event: &Event<'_>,
        invocation: Invocation<'_>,
        when: When,
        trail: &mut Trail,
        hear: impl FnOnce(&Decision<'p>, &Asker),
    ) -> Result<Answer, AuthorizeError> {
        trail.event = Some(event.kind);
        if event.kind == Kind::AppSync {
            return self
                .answer_fields(event, invocation, when, trail, hear)
                .await;
        }
        let Judged {
            decision,
            asker,
            kept,
        } = self.decide(event, when, trail).await?;
        trail.decided(&decision);
        hear(&decision, &asker);
        let login = decision
            .denial()
            .is_some_and(|denial| denial.reason == Reason::LoginRequired);
        let answers = &self.settings.answers;
        if login && is_unauthorized(event.kind, answers.http_unauthorized) {
            return Err(AuthorizeError::Unauthorized);
        }
        let denial = kept.as_ref().map(|kept| kept.denial(&decision));
        let denial = denial.as_ref().or(decision.denial());
        let context = self.context(&decision, denial, &asker, invocation)?;
        let until = asker.ends.filter(|_| answers.bound_by_expiry);
        let document = match kept {
            Some(kept) => {
                trail.scope = Scope::Token;
                let denied = event.arn().filter(|_| !decision.is_allowed());
                PolicyDocument::of_token(&kept, denied, until)
            }
            None => PolicyDocument::of_request(event.arn(), decision.is_allowed(), until),
        };
        let usage_key = match event.kind {
            Kind::RestToken | Kind::RestRequest => {
                self.usage_keys.of(decision.tier(), when.deadline).await
            }
            Kind::Http1 | Kind::Http2 | Kind::WebSocket | Kind::AppSync => None,
        };
        Ok(Answer::new(
            event, &decision, document, context, usage_key, answers,
        ))
    }

    /// What the backend is told; `denial` is why the answer denies what it denies.
    fn context(
        &self,
        decision: &Decision<'_>,
        denial: Option<&Denial>,
        asker: &Asker,
        invocation: Invocation<'_>,
    ) -> Result<Context, AuthorizeError> {
        let about = About {
            decision: invocation.id,
            denial,
            policy: &self.loaded.version,
            claims: &self.settings.answers.claims,
        };
        Context::new(decision, asker.who(), about).map_err(|_| AuthorizeError::UnfitUserId)
    }
}

/// Whether somebody who must sign in is told so by an error. An HTTP API has no documented way to
/// a 401, and AppSync makes one of every denial.
fn is_unauthorized(kind: Kind, http: HttpUnauthorized) -> bool {
    match kind {
        Kind::RestToken | Kind::RestRequest | Kind::WebSocket => true,
        Kind::Http1 | Kind::Http2 => http == HttpUnauthorized::Error,
        Kind::AppSync => false,
    }
}

/// When an event is judged, and by when it must be answered.
#[derive(Clone, Copy)]
struct When {
    /// In milliseconds since 1970-01-01T00:00:00Z; `None` for whatever the time is.
    at: Option<i64>,
    deadline: Instant,
}

impl When {
    fn now(self) -> i64 {
        self.at.unwrap_or_else(now)
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z.
fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
