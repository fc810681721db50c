//! From an event to a decision: who asks, what the policy says of this request, and, where answers
//! are kept, what it says of all others.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use tollgate_engine::{Decision, Found, Principal, Reason};
use tollgate_identity::fact_cache::Origin;
use tollgate_identity::mode::Mode;
use tollgate_identity::outcome::Outcome;

use super::{AuthorizeError, Authorizer, When};
use crate::answer::context::Who;
use crate::arn::MethodArn;
use crate::credential::Credential;
use crate::documents::{Kept, Written};
use crate::event::{Contradiction, Event, Kind};
use crate::record::Trail;
use crate::settings::answers::{HttpFormat, Scope};

/// Age up to which known facts may refuse somebody without a second look. Who was told to buy
/// something and just did must not wait until what is known of them is old; who asks again and
/// again must not make a call each time.
pub const FRESH_ENOUGH_TO_REFUSE: Duration = Duration::from_secs(5);

/// Who asks, and how that is known.
#[derive(Clone)]
pub(super) struct Asker {
    pub(super) principal: Principal,
    /// Which provider proved it; empty for a visitor.
    provider: Arc<str>,
    /// When the token expires, where the provider says so.
    expires: Option<SystemTime>,
    /// When it is over at the latest, as far as that is known.
    pub(super) ends: Option<SystemTime>,
    /// Whether the provider could say something else by now.
    pub(super) may_have_changed: bool,
}

impl Asker {
    pub(super) fn who(&self) -> Who<'_> {
        Who {
            user: self.principal.user(),
            provider: &self.provider,
            expires: self.expires,
        }
    }
}

/// What came of an event.
pub(super) struct Judged<'p> {
    pub(super) decision: Decision<'p>,
    pub(super) asker: Asker,
    /// The document that is right for every request of who asks, where one is wanted and there is
    /// one.
    pub(super) kept: Option<Arc<Written>>,
}

impl Judged<'_> {
    /// Whether it turns anybody away for what a provider said: now, or from where it is kept.
    fn refuses(&self, asks_user: bool) -> bool {
        let denies = |kept: &Arc<Written>| kept.denial.reason != Reason::NoRoute;
        asks_user && !self.decision.is_allowed() || self.kept.as_ref().is_some_and(denies)
    }
}

impl Authorizer {
    pub(super) async fn decide<'p>(
        &'p self,
        event: &Event<'_>,
        when: When,
        trail: &mut Trail,
    ) -> Result<Judged<'p>, AuthorizeError> {
        let request = event.request(when.now());
        let found = self.loaded.policy.find(&request);
        let malformed = self.malformed(event, &found);
        let asks_user = malformed.is_none() && found.asks_user();
        let judge = |asker: Asker| self.judge(event, &found, malformed, asker, when);
        // An answer that may be kept is right for whatever else its token asks for, whatever it asks
        // for now.
        if !asks_user && !self.keeps(event) {
            return Ok(judge(self.visitor()));
        }
        let credential = event.credential(self.providers.token_sources());
        let deadline = when.deadline;
        let asker = self.asker(&credential, None, deadline, trail).await?;
        let judged = judge(asker);
        if !judged.asker.may_have_changed || !judged.refuses(asks_user) {
            return Ok(judged);
        }
        // If the provider cannot be asked now, what is known still refuses.
        let fresh = Some(FRESH_ENOUGH_TO_REFUSE);
        let fresher = self.asker(&credential, fresh, deadline, trail).await;
        Ok(fresher.map_or(judged, judge))
    }

    /// What is wrong with an event that the policy is not shown, whoever asks.
    pub(super) fn malformed(
        &self,
        event: &Event<'_>,
        found: &Found<'_, '_>,
    ) -> Option<&'static str> {
        let unnameable = unnameable(event).filter(|_| !self.keeps(event));
        let contradiction = event.contradiction.map(Contradiction::describe);
        // What the policy itself finds malformed is told in its own words.
        contradiction
            .or(unnameable)
            .filter(|_| found.is_well_formed())
    }

    pub(super) fn judge<'p>(
        &'p self,
        event: &Event<'_>,
        found: &Found<'p, '_>,
        malformed: Option<&'static str>,
        asker: Asker,
        when: When,
    ) -> Judged<'p> {
        let kept = self.kept(event, &asker, when);
        // What is kept does not name the request, so that it is right for one it could not name.
        let unnameable = unnameable(event).filter(|_| kept.is_none() && found.is_well_formed());
        let malformed = malformed.or(unnameable);
        let principal = &asker.principal;
        let decision = match malformed {
            Some(words) => found.refuse(principal, words),
            None => found.decide(principal),
        };
        Judged {
            decision,
            asker,
            kept,
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

    fn kept(&self, event: &Event<'_>, asker: &Asker, when: When) -> Option<Arc<Written>> {
        let document = self.document(event, &asker.principal, when)?;
        if let Err(why) = &document {
            tracing::debug!(%why, "the answer is for this request alone");
        }
        document.ok()
    }

    /// The document that is right for every request of somebody; `None` where none is wanted.
    pub(super) fn document(
        &self,
        event: &Event<'_>,
        principal: &Principal,
        when: When,
    ) -> Option<Kept> {
        let arn = event.arn().filter(|_| self.keeps(event))?;
        let (policy, sees) = (&self.loaded.policy, event.kind.sees());
        let documents = &self.loaded.documents;
        Some(documents.of(policy, principal, arn, sees, when.now()))
    }

    pub(super) async fn asker(
        &self,
        credential: &Credential<'_>,
        max_age: Option<Duration>,
        deadline: Instant,
        trail: &mut Trail,
    ) -> Result<Asker, AuthorizeError> {
        let Credential::Token(source, token) = credential else {
            return Ok(self.visitor());
        };
        let needs = &self.loaded.needs;
        let providers = &self.providers;
        let began = Instant::now();
        let verdict = providers
            .verify(source, token, needs, max_age, deadline)
            .await;
        trail.verified(&verdict, began);
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
            ends: verdict.ends,
            principal,
            provider: verdict.provider.filter(|_| proven).unwrap_or_default(),
            expires,
            may_have_changed: proven
                && verdict.mode == Mode::Rest
                && verdict.origin != Origin::Verified,
        })
    }

    pub(super) fn visitor(&self) -> Asker {
        Asker {
            principal: self.loaded.policy.visitor(),
            provider: Arc::default(),
            expires: None,
            ends: None,
            may_have_changed: false,
        }
    }
}

/// What is wrong with an event whose request no answer can name.
fn unnameable(event: &Event<'_>) -> Option<&'static str> {
    let nameable = event.arn().is_none_or(MethodArn::stands_for_itself);
    (!nameable).then_some(
        "the ARN holds a wildcard, a variable or a control character, or has more than the 512 \
         characters that an answer may name",
    )
}
