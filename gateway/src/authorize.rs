//! The way of one event through the house: read, admit and find the route, verify the token
//! if the route asks who it is, decide, answer.

mod fields;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::time::Instant;
use tollgate_engine::{Decision, Denial, Principal, Products, Reason};
use tollgate_identity::fact_cache::Origin;
use tollgate_identity::mode::Mode;
use tollgate_identity::outcome::Outcome;
use tollgate_identity::providers::Providers;

use crate::answer::Answer;
use crate::answer::context::{About, Context, Who};
use crate::answer::document::PolicyDocument;
use crate::credential::Credential;
use crate::documents::Written;
use crate::event::{Contradiction, Event, EventError, Kind};
use crate::invocation::Invocation;
use crate::policy::Loaded;
use crate::settings::Settings;
use crate::settings::answers::{HttpFormat, HttpUnauthorized, Scope};
use crate::usage_key::UsageKeys;

/// Age up to which known facts may refuse somebody without a second look. Who was told to buy
/// something and just did must not wait until what is known of them is old; who asks again and
/// again must not make a call each time.
pub const FRESH_ENOUGH_TO_REFUSE: Duration = Duration::from_secs(5);

/// An authorizer, ready for events. Cheap to clone; clones share keys and connections.
#[derive(Clone)]
pub struct Authorizer {
    loaded: Arc<Loaded>,
    products: Arc<Products>,
    providers: Arc<Providers>,
    settings: Arc<Settings>,
    usage_keys: Arc<UsageKeys>,
}

/// Who asks, and how that is known.
struct Asker {
    principal: Principal,
    /// Which provider proved it; empty for a visitor.
    provider: Arc<str>,
    /// When the token expires, where the provider says so.
    expires: Option<SystemTime>,
    /// Where the facts are from; `None` where nobody was asked.
    origin: Option<Origin>,
    /// Whether the provider could say something else by now.
    may_have_changed: bool,
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

    /// Answers one event.
    ///
    /// # Errors
    /// [`AuthorizeError`]: the function must fail with its text.
    pub async fn authorize(
        &self,
        event: &Value,
        invocation: Invocation<'_>,
    ) -> Result<Answer, AuthorizeError> {
        let result = self.answer(event, invocation).await;
        if let Err(error) = &result
            && *error != AuthorizeError::Unauthorized
        {
            tracing::error!(id = invocation.id, kind = error.kind(), "{error}");
        }
        result
    }

    async fn answer(
        &self,
        event: &Value,
        invocation: Invocation<'_>,
    ) -> Result<Answer, AuthorizeError> {
        let event = Event::read(event).map_err(AuthorizeError::Event)?;
        let deadline = Instant::now() + self.settings.budget;
        if event.kind == Kind::AppSync {
            return self.answer_fields(&event, invocation, deadline).await;
        }
        let (decision, asker) = self.decide(&event, deadline).await?;
        log(invocation, &event, &decision, &asker, &self.loaded.version);
        let login = decision
            .denial()
            .is_some_and(|denial| denial.reason == Reason::LoginRequired);
        let answers = &self.settings.answers;
        if login && is_unauthorized(event.kind, answers.http_unauthorized) {
            return Err(AuthorizeError::Unauthorized);
        }
        let kept = self.kept(&event, &asker);
        let denial = kept.as_ref().map(|kept| kept.denial(&decision));
        let denial = denial.as_ref().or(decision.denial());
        let context = self.context(&decision, denial, &asker, invocation)?;
        let until = asker.expires.filter(|_| answers.bound_by_expiry);
        let document = match kept {
            Some(kept) => {
                let denied = event.arn().filter(|_| !decision.is_allowed());
                PolicyDocument::of_token(&kept, denied, until)
            }
            None => PolicyDocument::of_request(event.arn(), decision.is_allowed(), until),
        };
        let usage_key = match event.kind {
            Kind::RestToken | Kind::RestRequest => {
                self.usage_keys.of(decision.tier(), deadline).await
            }
            Kind::Http1 | Kind::Http2 | Kind::WebSocket | Kind::AppSync => None,
        };
        Ok(Answer::new(
            &event, &decision, document, context, usage_key, answers,
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

    async fn decide(
        &self,
        event: &Event<'_>,
        deadline: Instant,
    ) -> Result<(Decision<'_>, Asker), AuthorizeError> {
        let policy = &self.loaded.policy;
        let contradiction = event.contradiction.map(Contradiction::describe);
        let is_unsafe = event.arn().is_some_and(|arn| !arn.stands_for_itself());
        let unsafe_arn = is_unsafe.then_some(
            "the ARN holds a wildcard, a variable or something unprintable, or is too long",
        );
        let request = event.request(now());
        let found = policy.find(&request);
        // What the policy itself finds malformed is told in its own words.
        let malformed = contradiction
            .or(unsafe_arn)
            .filter(|_| found.is_well_formed());
        let asks_user = malformed.is_none() && found.asks_user();
        // An answer that may be kept is right for whatever else its token asks for, whatever it asks
        // for now.
        if !asks_user && !self.keeps(event) {
            let visitor = self.visitor();
            let decision =
                malformed.map_or_else(|| found.decide(&visitor.principal), Decision::refuse);
            return Ok((decision, visitor));
        }
        let credential = event.credential(self.providers.token_sources());
        let asker = self.asker(&credential, None, deadline).await?;
        if let Some(words) = malformed {
            return Ok((Decision::refuse(words), asker));
        }
        let decision = found.decide(&asker.principal);
        if decision.is_allowed() || !asks_user || !asker.may_have_changed {
            return Ok((decision, asker));
        }
        // If the provider cannot be asked now, what is known still refuses.
        let fresh = Some(FRESH_ENOUGH_TO_REFUSE);
        match self.asker(&credential, fresh, deadline).await {
            Ok(fresher) => Ok((found.decide(&fresher.principal), fresher)),
            Err(_) => Ok((decision, asker)),
        }
    }

    /// Whether API Gateway may keep the answer to an event and ask it again for other routes.
    fn keeps(&self, event: &Event<'_>) -> bool {
        let answers = &self.settings.answers;
        let has_resources = match event.kind {
            Kind::RestToken | Kind::RestRequest | Kind::Http1 => true,
            // Yes or no is about this request.
            Kind::Http2 => answers.http_api == HttpFormat::Iam,
            // A connection is made once, and AppSync is told by the answer how long it may keep it.
            Kind::WebSocket | Kind::AppSync => false,
        };
        has_resources && answers.scope == Scope::Token
    }

    /// The document that is right for every request of who asks, where one is wanted and there is
    /// one.
    fn kept(&self, event: &Event<'_>, asker: &Asker) -> Option<Arc<Written>> {
        if !self.keeps(event) {
            return None;
        }
        let (policy, principal) = (&self.loaded.policy, &asker.principal);
        let documents = &self.loaded.documents;
        match documents.of(policy, principal, event.arn()?, event.kind.sees(), now()) {
            Ok(written) => Some(written),
            Err(inexact) => {
                tracing::debug!(%inexact, "the answer is for this request alone");
                None
            }
        }
    }

    async fn asker(
        &self,
        credential: &Credential<'_>,
        max_age: Option<Duration>,
        deadline: Instant,
    ) -> Result<Asker, AuthorizeError> {
        let Credential::Token(source, token) = credential else {
            return Ok(self.visitor());
        };
        let needs = &self.loaded.needs;
        let providers = &self.providers;
        let verdict = providers
            .verify(source, token, needs, max_age, deadline)
            .await;
        let mut expires = None;
        let principal = match verdict.outcome {
            Outcome::Identity(identity) => {
                expires = identity.expires;
                self.loaded.policy.principal(identity.user)
            }
            Outcome::Unauthenticated => self.loaded.policy.visitor(),
            Outcome::Misconfigured(cause) => {
                return Err(AuthorizeError::Misconfigured(cause.to_string()));
            }
            Outcome::Unavailable(cause) => {
                return Err(AuthorizeError::Unavailable(cause.to_string()));
            }
        };
        let proven = principal.user().is_some();
        Ok(Asker {
            principal,
            provider: verdict.provider.filter(|_| proven).unwrap_or_default(),
            expires,
            origin: Some(verdict.origin),
            may_have_changed: proven
                && verdict.mode == Mode::Rest
                && verdict.origin != Origin::Verified,
        })
    }

    fn visitor(&self) -> Asker {
        Asker {
            principal: self.loaded.policy.visitor(),
            provider: Arc::default(),
            expires: None,
            origin: None,
            may_have_changed: false,
        }
    }
}

impl Asker {
    fn who(&self) -> Who<'_> {
        Who {
            user: self.principal.user(),
            provider: &self.provider,
            expires: self.expires,
        }
    }
}

/// Whether somebody who must sign in is told so by an error. An HTTP API has no documented way to
/// a 401.
fn is_unauthorized(kind: Kind, http: HttpUnauthorized) -> bool {
    match kind {
        Kind::RestToken | Kind::RestRequest | Kind::WebSocket => true,
        Kind::Http1 | Kind::Http2 => http == HttpUnauthorized::Error,
        // There is no such error; every denial is a 401.
        Kind::AppSync => false,
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
fn log(
    invocation: Invocation<'_>,
    event: &Event<'_>,
    decision: &Decision<'_>,
    asker: &Asker,
    policy: &str,
) {
    let rule = decision.rule();
    tracing::info!(
        id = invocation.id,
        outcome = if decision.is_allowed() { "allow" } else { "deny" },
        reason = decision.denial().map_or("", |denial| denial.reason.as_str()),
        malformed = decision.malformed().unwrap_or_default(),
        rule = rule.map_or("", |rule| rule.head.as_str()),
        place = rule.map_or("", |rule| rule.place.as_str()),
        event = %event.kind,
        provider = &*asker.provider,
        facts = asker.origin.map_or("", Origin::as_str),
        policy,
        "decided"
    );
}
