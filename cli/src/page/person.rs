//! The users of the stand-ins, as their providers vouch for them.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::sync::Mutex;
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

/// Asks the providers' stand-ins about users, anew each time.
#[derive(Default)]
pub struct Verifier(Mutex<Option<(String, Arc<Providers>)>>);

impl Verifier {
    /// Those of these users who are signed in, each by the first provider that knows them.
    ///
    /// # Errors
    /// When the configuration's providers cannot be asked at all.
    pub async fn people(
        &self,
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
        // Held to the end: what is kept of another policy's questions must not answer these.
        let mut kept = self.0.lock().await;
        let providers = started(&mut kept, draft).await?;
        providers.forget();
        let policy = draft.policy()?;
        let needs = draft.needs(policy);
        let asking = users.into_iter().map(|(provider, name, user)| {
            person(&providers, draft, policy, &needs, (provider, name, user))
        });
        Ok((join_all(asking).await, left_out))
    }

    /// This user by this provider, signed in or not.
    ///
    /// # Errors
    /// When the configuration's providers cannot be asked at all, or the user is not known.
    pub async fn person(
        &self,
        draft: &Draft,
        provider: &Provider,
        name: &str,
    ) -> Result<Person, Problem> {
        let users = provider.stand_in.users();
        let known = users.into_iter().find(|(known, _)| known == name);
        let (name, user) = known.ok_or_else(|| unknown(name, provider))?;
        let mut kept = self.0.lock().await;
        let providers = started(&mut kept, draft).await?;
        providers.forget();
        let policy = draft.policy()?;
        let needs = draft.needs(policy);
        Ok(person(&providers, draft, policy, &needs, (provider, name, user)).await)
    }
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

async fn started(
    kept: &mut Option<(String, Arc<Providers>)>,
    draft: &Draft,
) -> Result<Arc<Providers>, Problem> {
    if let Some((text, providers)) = kept
        && text == draft.settings_text()
    {
        return Ok(Arc::clone(providers));
    }
    let roots = ExtraRoots::default();
    let started = Providers::start(&draft.settings.providers, &roots, draft.sources()).await;
    let started = started.map_err(|error| Problem::unfit(error.to_string()))?;
    let providers = Arc::new(started);
    *kept = Some((draft.settings_text().to_owned(), Arc::clone(&providers)));
    Ok(providers)
}

async fn person(
    providers: &Providers,
    draft: &Draft,
    policy: &Policy,
    needs: &Needs,
    (provider, name, user): (&Provider, String, User),
) -> Person {
    let nobody = |unproven, why: &str| Person {
        who: format!("{}, {why}", user.id),
        name: name.clone(),
        principal: policy.visitor(),
        unproven,
    };
    let mut all = draft.settings.providers.iter();
    let settings = all.find(|settings| settings.name == provider.name);
    let source = settings.and_then(|settings| settings.token_from.first());
    let (Some(source), Some(token)) = (source, provider.stand_in.token(&name)) else {
        return nobody(None, "who has no token");
    };
    let deadline = Instant::now() + draft.settings.budget;
    let verdict = providers
        .verify(source, &token, needs, None, deadline)
        .await;
    match verdict.outcome {
        Outcome::Identity(identity) => {
            let principal = policy.principal(identity.user);
            Person {
                who: in_words(policy, &principal),
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
