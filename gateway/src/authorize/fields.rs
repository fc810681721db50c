//! The way of an AppSync event: one answer for a whole GraphQL request, with the fields that are
//! denied in it, kept for no longer than it is right.

use std::time::SystemTime;

use tollgate_engine::{Decision, EVERY_FIELD, Found, Request};

use super::decide::Asker;
use super::{AuthorizeError, Authorizer, FRESH_ENOUGH_TO_REFUSE, When};
use crate::answer::{Answer, AppSyncAnswer};
use crate::event::Event;
use crate::invocation::Invocation;
use crate::record::Trail;

/// What every field must meet, and the fields with rules of their own.
struct Fields<'p, 'r> {
    every: Found<'p, 'r>,
    named: Vec<(&'p str, Found<'p, 'r>)>,
}

/// What came of them.
struct Judged<'p> {
    /// Whether the request may run at all.
    every: Decision<'p>,
    /// The fields that it does not get if it may.
    denied: Vec<String>,
}

impl<'p> Fields<'p, '_> {
    fn all(&self) -> impl Iterator<Item = &Found<'p, '_>> {
        let named = self.named.iter().map(|(_, found)| found);
        std::iter::once(&self.every).chain(named)
    }

    fn judge(&self, asker: &Asker) -> Judged<'p> {
        let every = self.every.decide(&asker.principal);
        let is_denied = |found: &Found<'_, '_>| !found.decide(&asker.principal).is_allowed();
        let named = self.named.iter().filter(|_| every.is_allowed());
        let denied = named.filter(|(_, found)| is_denied(found));
        Judged {
            denied: denied.map(|(name, _)| (*name).to_owned()).collect(),
            every,
        }
    }
}

impl Judged<'_> {
    fn is_allowed_in_full(&self) -> bool {
        self.every.is_allowed() && self.denied.is_empty()
    }
}

impl Authorizer {
    /// Answers an AppSync event. There is no error for somebody who must sign in: AppSync makes a 401
    /// of every denial.
    pub(super) async fn answer_fields<'p>(
        &'p self,
        event: &Event<'_>,
        invocation: Invocation<'_>,
        when: When,
        trail: &mut Trail,
        hear: impl FnOnce(&Decision<'p>, &Asker),
    ) -> Result<Answer, AuthorizeError> {
        let policy = &self.loaded.policy;
        let millis = when.now();
        let every = event.request_of_field(EVERY_FIELD, millis);
        let requests: Vec<(&str, Request<'_>)> = policy
            .fields()
            .map(|name| (name, event.request_of_field(name, millis)))
            .collect();
        let named = requests.iter();
        let fields = Fields {
            every: policy.find(&every),
            named: named
                .map(|(name, request)| (*name, policy.find(request)))
                .collect(),
        };
        let (judged, asker) = self.judge_fields(event, &fields, when, trail).await?;
        trail.decided(&judged.every);
        hear(&judged.every, &asker);
        let is_settled = !fields.all().any(Found::asks_request);
        Ok(Answer::AppSync(AppSyncAnswer {
            is_authorized: judged.every.is_allowed(),
            resolver_context: self.context(
                &judged.every,
                judged.every.denial(),
                &asker,
                invocation,
            )?,
            denied_fields: judged.denied,
            ttl_override: if is_settled {
                self.seconds_to_keep(&asker)
            } else {
                0
            },
        }))
    }

    async fn judge_fields<'p>(
        &self,
        event: &Event<'_>,
        fields: &Fields<'p, '_>,
        when: When,
        trail: &mut Trail,
    ) -> Result<(Judged<'p>, Asker), AuthorizeError> {
        if !fields.all().any(Found::asks_user) {
            let visitor = self.visitor();
            return Ok((fields.judge(&visitor), visitor));
        }
        let credential = event.credential(self.providers.token_sources());
        let deadline = when.deadline;
        let asker = self.asker(&credential, None, deadline, trail).await?;
        let judged = fields.judge(&asker);
        if judged.is_allowed_in_full() || !asker.may_have_changed {
            return Ok((judged, asker));
        }
        // If the provider cannot be asked now, what is known still refuses.
        let fresh = Some(FRESH_ENOUGH_TO_REFUSE);
        match self.asker(&credential, fresh, deadline, trail).await {
            Ok(fresher) => Ok((fields.judge(&fresher), fresher)),
            Err(_) => Ok((judged, asker)),
        }
    }

    /// How long AppSync may keep an answer about somebody: not past their token's expiry where the
    /// provider tells it, and not at all where the token proves nobody, since it may come to.
    fn seconds_to_keep(&self, asker: &Asker) -> u64 {
        if asker.principal.user().is_none() {
            return 0;
        }
        let most = self.settings.answers.appsync_ttl.duration();
        let left = asker.ends.map(|end| {
            let left = end.duration_since(SystemTime::now());
            left.unwrap_or_default()
        });
        left.map_or(most, |left| left.min(most)).as_secs()
    }
}
