//! What became of one event at every stage, for a person to read: found out by the pipeline that
//! answers events, never by a second one.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use tollgate_engine::truth::Truth;
use tollgate_engine::{Decision, Explanation, Principal, RuleName, explain};
use tollgate_identity::fact_cache::Origin;
use tollgate_identity::mode::Mode;
use tollgate_identity::token_source::TokenSource;

use super::{Asker, AuthorizeError, Authorizer, When};
use crate::answer::Answer;
use crate::credential::Credential;
use crate::event::{Event, Kind};
use crate::invocation::Invocation;
use crate::policy::Loaded;
use crate::record::Trail;
use crate::settings::answers::Scope;

/// What became of one event at every stage.
pub struct Inspection<'p> {
    /// Which kind of event it is; `None` if it is none that an authorizer gets.
    pub kind: Option<Kind>,
    /// What the client showed for itself, and what came of that.
    pub token: TokenCheck,
    /// Who asks, as the policy sees them; `None` where nobody could be asked, or nobody was.
    pub principal: Option<Principal>,
    /// What is known of them, as far as the policy asks, in its words.
    pub facts: Vec<(String, Truth)>,
    /// What the policy says; `None` where it was not asked.
    pub decision: Option<Decision<'p>>,
    /// Why it says so; `None` where it was not asked, where it was overruled because the request is
    /// malformed for what the policy is not shown, and of an authorizer that records.
    pub explanation: Option<Explanation<'p>>,
    /// The answer, or the error that the function fails with.
    pub answer: Result<Answer, AuthorizeError>,
    /// Which requests the answer is right for; `None` for an error.
    pub scope: Option<Scope>,
    /// Why the answer is right for this request alone; `None` where it is not.
    pub alone: Option<String>,
    /// The policy that decided.
    pub loaded: &'p Loaded,
}

/// What came of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenCheck {
    /// The place it came in; `None` where there is none, or none that can be read.
    pub found_in: Option<TokenSource>,
    /// The provider that was chosen for it.
    pub provider: Option<Arc<str>>,
    /// What it proves.
    pub proof: Proof,
    /// Why, where it does not prove anybody.
    pub message: Option<String>,
    /// Where that is from.
    pub origin: Option<Origin>,
    /// How it was verified.
    pub mode: Option<Mode>,
    /// How long that took; `None` where nothing was looked at.
    pub took: Option<Duration>,
}

/// What a token proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Nobody is asked about, or nobody says who they are.
    Visitor,
    /// Who the user is.
    Verified,
    /// Nobody: it is as good as none.
    Refused,
    /// The provider could not be asked.
    Unavailable,
    /// The provider refuses our key, or its address is wrong.
    Misconfigured,
}

impl Proof {
    /// One word, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Verified => "verified",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
            Self::Misconfigured => "misconfigured",
        }
    }
}

/// What was decided of whom, beside the answer: says also which rule decides what else they ask for,
/// for a gateway that keeps the answer.
pub struct Ruling {
    authorizer: Authorizer,
    asker: Asker,
    /// The rule that decided, if one did.
    pub rule: Option<RuleName>,
}

impl Ruling {
    /// Whether the same caller's other request is allowed, and the rule that decides it; `None` if the
    /// event is none.
    pub fn of(&self, event: &Value) -> Option<(bool, Option<RuleName>)> {
        let event = Event::read(event).ok()?;
        let (authorizer, when) = (&self.authorizer, self.authorizer.by_budget());
        let request = event.request(when.now());
        let found = authorizer.loaded.policy.find(&request);
        let malformed = authorizer.malformed(&event, &found);
        let asker = self.asker.clone();
        let decision = authorizer
            .judge(&event, &found, malformed, asker, when)
            .decision;
        Some((decision.is_allowed(), decision.rule().cloned()))
    }
}

impl Authorizer {
    /// Answers one event as [`Authorizer::authorize`] does, and tells the ruling, if there is one.
    ///
    /// # Errors
    /// [`AuthorizeError`], beside the ruling: the function must fail with its text.
    pub async fn authorize_telling(
        &self,
        event: &Value,
        invocation: Invocation<'_>,
    ) -> (Result<Answer, AuthorizeError>, Option<Ruling>) {
        let mut trail = Trail::begin();
        let mut asked = None;
        let result = match Event::read(event) {
            Ok(event) => {
                let hear = |_: &Decision<'_>, asker: &Asker| {
                    asked = Some(asker.clone());
                };
                let when = self.by_budget();
                self.answer(&event, invocation, when, &mut trail, hear)
                    .await
            }
            Err(error) => Err(AuthorizeError::Event(error)),
        };
        let ruling = asked.map(|asker| Ruling {
            authorizer: self.clone(),
            asker,
            rule: trail.rule.clone(),
        });
        self.keep_record(invocation, trail, &result);
        self.write_records();
        (result, ruling)
    }

    /// Tells what becomes of one event at every stage, `at` another time (milliseconds since
    /// 1970-01-01T00:00:00Z) or from another address if they are given. Of tokens and providers the
    /// time is always now.
    ///
    /// Nothing is recorded. Later answers are as if the event had been answered once more.
    pub async fn inspect<'p>(
        &'p self,
        event: &Value,
        invocation: Invocation<'_>,
        at: Option<i64>,
        ip: Option<IpAddr>,
    ) -> Inspection<'p> {
        let mut event = match Event::read(event) {
            Ok(event) => event,
            Err(error) => return self.no_event(AuthorizeError::Event(error)),
        };
        event.ip = ip.or(event.ip);
        let when = When {
            // One moment for all of it: the explanation is of the decision.
            at: at.or_else(|| Some(super::now())),
            deadline: Instant::now() + self.settings.budget,
        };
        let (mut trail, mut heard) = (Trail::begin(), None);
        let hear = |decision: &Decision<'p>, asker: &Asker| {
            heard = Some((decision.clone(), asker.principal.clone()));
        };
        let answer = self
            .answer(&event, invocation, when, &mut trail, hear)
            .await;
        let (decision, principal) = heard.unzip();
        let explanation = principal
            .as_ref()
            .and_then(|principal| self.explanation(&event, principal, when));
        let explanation = explanation.filter(|it| Some(&it.decision) == decision.as_ref());
        let scope = answer.is_ok().then_some(trail.scope);
        let alone = principal
            .as_ref()
            .filter(|_| scope == Some(Scope::Request))
            .map(|principal| self.why_alone(&event, principal, when));
        // Of somebody whom nobody was asked about, nothing is known.
        let asked = principal.filter(|_| trail.verifying.is_some() || self.shows_nothing(&event));
        let facts = asked.as_ref();
        let facts = facts.map(|principal| self.loaded.policy.facts_of(principal).collect());
        Inspection {
            kind: Some(event.kind),
            token: self.token_check(&event, &trail, &answer),
            facts: facts.unwrap_or_default(),
            principal: asked,
            decision,
            explanation,
            answer,
            scope,
            alone,
            loaded: &self.loaded,
        }
    }

    fn explanation(
        &self,
        event: &Event<'_>,
        principal: &Principal,
        when: When,
    ) -> Option<Explanation<'_>> {
        let parsed = self.loaded.parsed.as_ref()?;
        Some(explain(
            &self.loaded.policy,
            &parsed.sources,
            &parsed.tree,
            &self.products,
            &event.request(when.now()),
            principal,
        ))
    }

    /// Of an event that is none.
    fn no_event(&self, error: AuthorizeError) -> Inspection<'_> {
        Inspection {
            kind: None,
            token: TokenCheck {
                found_in: None,
                provider: None,
                proof: Proof::Visitor,
                message: None,
                origin: None,
                mode: None,
                took: None,
            },
            principal: None,
            facts: Vec::new(),
            decision: None,
            explanation: None,
            answer: Err(error),
            scope: None,
            alone: None,
            loaded: &self.loaded,
        }
    }

    fn shows_nothing(&self, event: &Event<'_>) -> bool {
        event.credential(self.providers.token_sources()) == Credential::None
    }

    fn token_check(
        &self,
        event: &Event<'_>,
        trail: &Trail,
        answer: &Result<Answer, AuthorizeError>,
    ) -> TokenCheck {
        let credential = event.credential(self.providers.token_sources());
        let provider = trail.provider.as_deref();
        let (proof, message) = match (&credential, answer) {
            (Credential::None, _) => (Proof::Visitor, None),
            (Credential::Unreadable, _) => (
                Proof::Refused,
                Some(
                    "what the client shows cannot be read as one token: there are two, or there is \
                     another scheme than `Bearer`, or odd white space; no provider is asked"
                        .to_owned(),
                ),
            ),
            (_, Err(AuthorizeError::Unavailable(cause))) => {
                (Proof::Unavailable, Some(cause.clone()))
            }
            (_, Err(AuthorizeError::Misconfigured(cause))) => {
                (Proof::Misconfigured, Some(cause.clone()))
            }
            _ if trail.verifying.is_none() => {
                let why = "the rules of this request do not ask who it is, so that the token is not \
                           looked at";
                (Proof::Visitor, Some(why.to_owned()))
            }
            _ if trail.user.is_some() => (Proof::Verified, None),
            _ => (Proof::Refused, Some(refused(provider))),
        };
        TokenCheck {
            found_in: match credential {
                Credential::Token(source, _) => Some(source),
                Credential::None | Credential::Unreadable => None,
            },
            provider: trail.provider.clone(),
            proof,
            message,
            origin: trail.facts,
            mode: trail.mode,
            took: trail.verifying,
        }
    }

    /// Why an answer is right for its request alone.
    fn why_alone(&self, event: &Event<'_>, principal: &Principal, when: When) -> String {
        match (self.document(event, principal, when), event.kind) {
            (Some(Err(why)), _) => why.to_string(),
            (_, Kind::WebSocket) => "a connection is made once".to_owned(),
            (_, Kind::AppSync) => "it says by itself how long it may be kept".to_owned(),
            _ if self.settings.answers.scope == Scope::Request => {
                "`answers: scope` is `request`".to_owned()
            }
            _ => "a simple response is yes or no to one request".to_owned(),
        }
    }
}

fn refused(provider: Option<&str>) -> String {
    match provider {
        Some(provider) => {
            format!(
                "by `{provider}` it proves nobody: it is over, signed out, or not one of its own"
            )
        }
        None => {
            "it can be of no provider in the configuration: by the issuer that it names, by its \
                 form, or by its length"
                .to_owned()
        }
    }
}
