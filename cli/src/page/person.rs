//! The users of the stand-ins, as their providers vouch for them.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use tokio::time::Instant;
use tollgate_engine::truth::Truth;
use tollgate_engine::{Needs, Policy, Principal};
use tollgate_identity::http::ExtraRoots;
use tollgate_identity::outcome::Outcome;
use tollgate_identity::providers::Providers;
use tollgate_local::dev::Provider;
use tollgate_local::users::{Session, TokenState, User};

use super::draft::Draft;
use super::problem::Problem;

/// Somebody who could ask, and what their provider says.
pub struct Person {
    /// As the users file calls them.
    pub name: String,
    /// As the policy sees them: a visitor unless they are proven.
    pub principal: Principal,
    /// Why they are not, in a word, where it is nobody's word that they are none.
    pub unproven: Option<&'static str>,
    /// In words: `u-light with product p-live-light`.
    pub who: String,
}

/// Those of the stand-ins' users who are signed in, each by the first provider that knows them, and how
/// many more there would be.
///
/// # Errors
/// When the configuration's providers cannot be asked at all.
pub async fn people(
    draft: &Draft,
    stand_ins: &[Provider],
    most: usize,
) -> Result<(Vec<Person>, usize), Problem> {
    let mut seen = BTreeSet::new();
    let users = stand_ins.iter().flat_map(|provider| {
        let users = provider.stand_in.users().into_iter();
        users.map(move |(name, user)| (provider, name, user))
    });
    let mut users: Vec<_> = users
        .filter(|(_, _, user)| is_signed_in(user))
        .filter(|(_, name, _)| seen.insert(name.clone()))
        .collect();
    let left_out = users.len().saturating_sub(most);
    users.truncate(most);
    let office = Office::open(draft).await?;
    let asking = users
        .into_iter()
        .map(|(provider, name, user)| office.person(provider, name, user));
    Ok((join_all(asking).await, left_out))
}

/// This user by this provider, signed in or not.
///
/// # Errors
/// When the configuration's providers cannot be asked at all, or the user is not known.
pub async fn person(draft: &Draft, provider: &Provider, name: &str) -> Result<Person, Problem> {
    let users = provider.stand_in.users();
    let known = users.into_iter().find(|(known, _)| known == name);
    let (name, user) = known.ok_or_else(|| unknown(name, provider))?;
    let office = Office::open(draft).await?;
    Ok(office.person(provider, name, user).await)
}

/// That a provider's stand-in has no user of this name.
pub fn unknown(name: &str, provider: &Provider) -> Problem {
    let users = provider.stand_in.users();
    let names: Vec<&str> = users.iter().map(|(name, _)| name.as_str()).collect();
    Problem::not_found(format!(
        "`{}` has no user `{name}`; there are {}",
        provider.name,
        names.join(", ")
    ))
}

fn is_signed_in(user: &User) -> bool {
    user.token == TokenState::Good && user.session == Session::Active
}

/// Whom to ask about users. It is opened anew for each answer: what providers said before, and that one
/// of them failed, must not count on the page.
struct Office<'d> {
    draft: &'d Draft,
    policy: &'d Policy,
    providers: Providers,
    needs: Needs,
}

impl<'d> Office<'d> {
    async fn open(draft: &'d Draft) -> Result<Self, Problem> {
        let roots = ExtraRoots::default();
        let started = Providers::start(&draft.settings.providers, &roots, draft.sources()).await;
        let policy = draft.policy()?;
        Ok(Self {
            draft,
            policy,
            providers: started.map_err(|error| Problem::unfit(error.to_string()))?,
            needs: draft.needs(policy),
        })
    }

    async fn person(&self, provider: &Provider, name: String, user: User) -> Person {
        let nobody = |unproven, why: &str| Person {
            who: format!("{}, {why}", user.id),
            name: name.clone(),
            principal: self.policy.visitor(),
            unproven,
        };
        let settings = &self.draft.settings;
        let mut all = settings.providers.iter();
        let meant = all.find(|settings| settings.name == provider.name);
        let source = meant.and_then(|settings| settings.token_from.first());
        let (Some(source), Some(token)) = (source, provider.stand_in.token(&name)) else {
            return nobody(None, "who has no token");
        };
        let deadline = Instant::now() + settings.budget;
        let verifying = self
            .providers
            .verify(source, &token, &self.needs, None, deadline);
        match verifying.await.outcome {
            Outcome::Identity(identity) => {
                let principal = self.policy.principal(identity.user);
                Person {
                    who: in_words(self.policy, &principal),
                    name,
                    principal,
                    unproven: None,
                }
            }
            Outcome::Unauthenticated => nobody(None, "whose token proves nobody"),
            Outcome::Unavailable(cause) => nobody(Some("unavailable"), cause.as_str()),
            Outcome::Misconfigured(cause) => nobody(Some("misconfigured"), cause.as_str()),
        }
    }
}

/// What the policy asks for and this user has, in its words.
pub fn facts(policy: &Policy, principal: &Principal, wanted: Truth) -> Vec<String> {
    policy
        .facts_of(principal)
        .filter(|(_, value)| *value == wanted)
        .map(|(fact, _)| fact)
        // Who it is is said apart.
        .filter(|fact| fact != "user" && !fact.starts_with("user "))
        .collect()
}

fn in_words(policy: &Policy, principal: &Principal) -> String {
    let id = principal.user().map_or("", |user| user.id.as_str());
    match facts(policy, principal, Truth::True).as_slice() {
        [] => id.to_owned(),
        facts => format!("{id} with {}", facts.join(", ")),
    }
}
