//! All providers of a configuration: a token goes to the one it is of, and what is known of it is
//! kept.
//!
//! Which one is told by where the token came in, and where several providers look there, by the
//! issuer that the token names, unverified; never by trying one after the other.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use tokio::time::Instant;
use tollgate_engine::Needs;

use crate::fact_cache::{FactCache, Key, Origin};
use crate::http::{CONNECT, ExtraRoots, Http};
use crate::jwks::KeysProblem;
use crate::jwt;
use crate::keyring::{Keyring, Pace, Wanted};
use crate::meter::{Attempts, Tally, Usage};
use crate::mode::Mode;
use crate::outcome::Outcome;
use crate::provider::{Call, Provider, ProviderSettings};
use crate::secret_ref::SecretRef;
use crate::sources::Sources;
use crate::startup::StartupError;
use crate::token_source::TokenSource;

/// Longest token of any kind that is looked at, in bytes. API Gateway takes 10 240 bytes of headers
/// in all.
pub const MAX_TOKEN: usize = jwt::MAX_TOKEN;

/// Time to fetch all issuers' keys in init, of Lambda's 10 s.
const WARM: Duration = Duration::from_secs(4);

/// The providers, ready to verify tokens.
pub struct Providers {
    all: Vec<Provider>,
    sources: Vec<TokenSource>,
    cache: FactCache,
    /// Absent without a secret.
    rereads: Option<Arc<Tally>>,
}

/// What is known of a token.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The provider that was chosen; `None` if the token can be none of theirs.
    pub provider: Option<Arc<str>>,
    /// How its tokens are verified. What was asked for may have changed since; what a token
    /// carries has not.
    pub mode: Mode,
    /// Whose token it is.
    pub outcome: Outcome,
    /// Where that is from.
    pub origin: Origin,
    /// When a user's token is over at the latest: when it says, or, by the provider's rules, so long
    /// after it was first seen; `None` where neither is known.
    pub ends: Option<SystemTime>,
}

impl Providers {
    /// Loads all secrets together. To be called in init.
    ///
    /// # Errors
    /// When a secret or variable does not serve; see [`StartupError`].
    pub async fn start(
        settings: &[ProviderSettings],
        extra_roots: &ExtraRoots,
        sources: &Sources,
    ) -> Result<Self, StartupError> {
        let (providers, _) = Self::start_beside(settings, Vec::new(), extra_roots, sources).await?;
        Ok(providers)
    }

    /// The same, with `others` loaded beside the providers' secrets, so that no call to SSM is made
    /// for them alone: each its place in the configuration, as in `answers: usage_keys: pro`, and
    /// where it is kept. Gives their keyrings in that order.
    ///
    /// # Errors
    /// When a secret or variable does not serve; see [`StartupError`].
    pub async fn start_beside(
        settings: &[ProviderSettings],
        others: Vec<(String, SecretRef)>,
        extra_roots: &ExtraRoots,
        sources: &Sources,
    ) -> Result<(Self, Vec<Keyring>), StartupError> {
        let others = others.into_iter().map(|(setting, reference)| Wanted {
            setting,
            reference,
            max_age: None,
        });
        let wanted: Vec<Wanted> = settings
            .iter()
            .flat_map(|provider| {
                let max_age = provider.kind.secret_max_age();
                provider
                    .secrets()
                    .into_iter()
                    .map(move |(setting, reference)| Wanted {
                        setting,
                        reference: reference.clone(),
                        max_age,
                    })
            })
            .chain(others)
            .collect();
        let http = Arc::new(Http::new(CONNECT, sources.clock(), extra_roots)?);
        let secrets = Keyring::load_all(wanted, sources, Pace::default()).await?;
        let rereads = secrets.first().map(Keyring::rereads);
        let mut secrets = secrets.into_iter();
        let mut all = Vec::new();
        for settings in settings {
            let own = secrets.by_ref().take(settings.secrets().len()).collect();
            all.push(Provider::new(settings, own, Arc::clone(&http), sources)?);
        }
        let providers = Self {
            sources: distinct(settings),
            all,
            cache: FactCache::new(sources.clock()),
            rereads,
        };
        Ok((providers, secrets.collect()))
    }

    /// Fetches the keys of all issuers that a policy with these needs will ask for, at once. To be
    /// called in init.
    ///
    /// # Errors
    /// When an address is wrong. An issuer that cannot be asked now is asked again by the first
    /// token.
    pub async fn warm(&self, needs: &Needs) -> Result<(), StartupError> {
        let deadline = Instant::now() + WARM;
        let warming = self.all.iter().map(|provider| async move {
            let warmed = provider.warm(needs, deadline).await;
            warmed.map_err(|problem| (provider, problem))
        });
        for warmed in futures_util::future::join_all(warming).await {
            if let Err((provider, KeysProblem::Misconfigured(cause))) = warmed {
                let provider = provider.name.to_string();
                return Err(StartupError::Keys { provider, cause });
            }
        }
        Ok(())
    }

    /// What was asked of each provider that was asked at all, by its name, since this was last taken.
    pub fn take_usage(&self) -> Vec<(Arc<str>, Usage)> {
        let all = self.all.iter();
        all.map(|provider| (Arc::clone(&provider.name), provider.take_usage()))
            .filter(|(_, usage)| *usage != Usage::default())
            .collect()
    }

    /// The secrets that were read again since this was last taken.
    pub fn take_rereads(&self) -> Attempts {
        self.rereads.as_deref().map(Tally::take).unwrap_or_default()
    }

    /// Every place where a provider's token is looked for, each once.
    pub fn token_sources(&self) -> &[TokenSource] {
        &self.sources
    }

    /// Forgets what was gathered for another policy.
    pub fn forget(&self) {
        self.cache.clear();
    }

    /// Whose the token is that came in there, by the `deadline`; from what is known only if that is
    /// not older than `max_age`, where one is given.
    pub async fn verify(
        &self,
        source: &TokenSource,
        token: &str,
        needs: &Needs,
        max_age: Option<Duration>,
        deadline: Instant,
    ) -> Verdict {
        let chosen = if token.is_empty() || token.len() > MAX_TOKEN {
            None
        } else {
            self.choose(source, token)
        };
        let Some((number, provider)) = chosen else {
            return Verdict {
                provider: None,
                mode: Mode::Jwt,
                outcome: Outcome::Unauthenticated,
                origin: Origin::Verified,
                ends: None,
            };
        };
        let call = Call {
            token,
            needs,
            deadline,
        };
        let key = Key::new(number, token);
        // On the heap, because it is large, and not before it is needed.
        let verify = || provider.verify(&call).boxed();
        let (outcome, origin) = self
            .cache
            .outcome(key, &provider.keep, max_age, deadline, verify)
            .await;
        Verdict {
            provider: Some(Arc::clone(&provider.name)),
            mode: provider.settings.mode(needs),
            ends: self.cache.end(&key, &provider.keep, &outcome),
            outcome,
            origin,
        }
    }

    /// The provider whose token it is, and its number; `None` if it can be nobody's.
    fn choose(&self, source: &TokenSource, token: &str) -> Option<(usize, &Provider)> {
        let all = self.all.iter().enumerate();
        let mut looking = all.filter(|(_, provider)| provider.settings.takes_from(source));
        let (first, second) = (looking.next()?, looking.next());
        let Some(second) = second else {
            return Some(first);
        };
        let several: Vec<_> = [first, second].into_iter().chain(looking).collect();
        let issuer = jwt::unverified_issuer(token);
        let named = issuer.and_then(|issuer| {
            let names = |one: &Provider| {
                one.issuers
                    .as_ref()
                    .is_some_and(|all| all.contains(&issuer))
            };
            several.iter().find(|(_, one)| names(one)).copied()
        });
        // A token that names none of them can only be of the one whose tokens are opaque.
        named.or_else(|| several.into_iter().find(|(_, one)| one.issuers.is_none()))
    }
}

fn distinct(settings: &[ProviderSettings]) -> Vec<TokenSource> {
    let mut sources = Vec::new();
    for source in settings.iter().flat_map(|provider| &provider.token_from) {
        if !sources.contains(source) {
            sources.push(source.clone());
        }
    }
    sources
}

#[cfg(test)]
mod tests;
