//! The way of one event through the house: read, admit and find the route, verify the token
//! if the route asks who it is, decide, answer.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tollgate_engine::{Decision, Principal, Products, Reason};
use tollgate_identity::outcome::Outcome;
use tollgate_identity::tiun::Tiun;

use crate::answer::Answer;
use crate::credential::Credential;
use crate::event::{Contradiction, Event, EventError, Kind};
use crate::policy::Loaded;

/// An authorizer, ready for events. Cheap to clone; clones share keys and connections.
#[derive(Clone)]
pub struct Authorizer {
    loaded: Arc<Loaded>,
    products: Arc<Products>,
    tiun: Arc<Tiun>,
}

/// Why an event has no answer: the function fails, and API Gateway refuses the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizeError {
    /// No valid token. Its text is what makes a REST API answer 401, to the letter.
    Unauthorized,
    /// The event is none an authorizer gets.
    Event(EventError),
    /// The provider refuses our key, or its address is wrong.
    Misconfigured(String),
    /// The provider could not be asked.
    Unavailable(String),
    /// The provider's ID of the user cannot be carried to a backend.
    UnfitUserId,
}

impl AuthorizeError {
    /// One word for logs and for the `errorType` of the failed invocation.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unauthorized => "Unauthorized",
            Self::Event(_) => "UnknownEvent",
            Self::Misconfigured(_) => "ProviderMisconfigured",
            Self::Unavailable(_) => "ProviderUnavailable",
            Self::UnfitUserId => "UnfitUserId",
        }
    }
}

impl fmt::Display for AuthorizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized => f.write_str("Unauthorized"),
            Self::Event(error) => error.fmt(f),
            Self::Misconfigured(cause) => write!(f, "the provider cannot be used: {cause}"),
            Self::Unavailable(cause) => write!(f, "the provider could not be asked: {cause}"),
            Self::UnfitUserId => f.write_str(
                "the provider's ID of the user has quotes, control characters or more than 256 \
                 bytes, and cannot be carried to a backend as it is",
            ),
        }
    }
}

impl std::error::Error for AuthorizeError {}

impl Authorizer {
    pub(crate) fn new(loaded: Loaded, products: Products, tiun: Arc<Tiun>) -> Self {
        Self {
            loaded: Arc::new(loaded),
            products: Arc::new(products),
            tiun,
        }
    }

    pub(crate) fn with(&self, loaded: Loaded) -> Self {
        Self {
            loaded: Arc::new(loaded),
            ..self.clone()
        }
    }

    pub(crate) fn products(&self) -> &Products {
        &self.products
    }

    /// The policy at work.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// Answers one event.
    ///
    /// # Errors
    /// [`AuthorizeError`]: the function must fail with its text.
    pub async fn authorize(&self, event: &Value) -> Result<Answer, AuthorizeError> {
        let result = self.answer(event).await;
        if let Err(error) = &result
            && *error != AuthorizeError::Unauthorized
        {
            tracing::error!(kind = error.kind(), "{error}");
        }
        result
    }

    async fn answer(&self, event: &Value) -> Result<Answer, AuthorizeError> {
        let event = Event::read(event).map_err(AuthorizeError::Event)?;
        let (decision, principal) = self.decide(&event).await?;
        log(&event, &decision, &self.loaded.version);
        let login = decision
            .denial()
            .is_some_and(|denial| denial.reason == Reason::LoginRequired);
        // An HTTP API has no documented way to a 401.
        if login && event.kind != Kind::Http {
            return Err(AuthorizeError::Unauthorized);
        }
        Answer::new(
            &decision,
            &event.arn,
            principal.user(),
            &self.loaded.version,
        )
        .map_err(|_| AuthorizeError::UnfitUserId)
    }

    async fn decide(&self, event: &Event<'_>) -> Result<(Decision, Principal), AuthorizeError> {
        let policy = &self.loaded.policy;
        let contradiction = event.contradiction.map(Contradiction::describe);
        let unsafe_arn = (!event.arn.stands_for_itself()).then_some(
            "the ARN holds a wildcard, a variable or something unprintable, or is too long",
        );
        let request = event.request(now());
        let found = policy.find(&request);
        // What the policy itself finds malformed is told in its own words.
        if let Some(words) = contradiction.or(unsafe_arn)
            && found.is_well_formed()
        {
            return Ok((Decision::refuse(words), policy.visitor()));
        }
        let principal = if found.asks_user() {
            self.principal(event.credential).await?
        } else {
            policy.visitor()
        };
        Ok((found.decide(&principal), principal))
    }

    async fn principal(&self, credential: Credential<'_>) -> Result<Principal, AuthorizeError> {
        let policy = &self.loaded.policy;
        let Credential::Bearer(token) = credential else {
            return Ok(policy.visitor());
        };
        match self.tiun.verify(token).await {
            Outcome::Identity(user) => Ok(policy.principal(*user)),
            Outcome::Unauthenticated => Ok(policy.visitor()),
            Outcome::Misconfigured(cause) => Err(AuthorizeError::Misconfigured(cause.to_string())),
            Outcome::Unavailable(cause) => Err(AuthorizeError::Unavailable(cause.to_string())),
        }
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z.
fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// One line a decision: never a token, an address or a user.
fn log(event: &Event<'_>, decision: &Decision, policy: &str) {
    let rule = decision.rule();
    tracing::info!(
        outcome = if decision.is_allowed() { "allow" } else { "deny" },
        reason = decision.denial().map_or("", |denial| denial.reason.as_str()),
        malformed = decision.malformed().unwrap_or_default(),
        rule = rule.map_or("", |rule| rule.head.as_str()),
        place = rule.map_or("", |rule| rule.place.as_str()),
        event = %event.kind,
        policy,
        "decided"
    );
}
