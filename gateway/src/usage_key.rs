//! API keys of usage plans: which one goes with a user's tier, so that a plan's throttle follows the
//! subscription.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use tokio::time::Instant;
use tollgate_engine::Policy;
use tollgate_identity::keyring::{ApiKey, Keyring};

use crate::settings::answers::{DEFAULT_USAGE_KEY, UsageKeyRefs};

/// An API key in an answer. It leaves with the answer and nowhere else.
#[derive(Clone)]
pub struct UsageKey(Arc<ApiKey>);

impl fmt::Debug for UsageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for UsageKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

/// The keys, loaded, by tier.
#[derive(Default)]
pub(crate) struct UsageKeys(BTreeMap<String, Keyring>);

impl UsageKeys {
    /// `keyrings` are those of the references, in their order.
    pub(crate) fn new(references: &UsageKeyRefs, keyrings: Vec<Keyring>) -> Self {
        let tiers = references.iter().map(|(tier, _)| tier.to_owned());
        Self(tiers.zip(keyrings).collect())
    }

    /// The key of a user of this tier, read again by the `deadline` if it is old.
    pub(crate) async fn of(&self, tier: Option<&str>, deadline: Instant) -> Option<UsageKey> {
        let own = tier.and_then(|tier| self.0.get(tier));
        let keyring = own.or_else(|| self.0.get(DEFAULT_USAGE_KEY))?;
        Some(UsageKey(keyring.current_by(deadline).await))
    }
}

/// Whether every tier of the policy has a key, if any has, and every key a tier.
///
/// # Errors
/// What is wrong, as a clause after the name of the configuration.
pub(crate) fn check(references: &UsageKeyRefs, policy: &Policy) -> Result<(), String> {
    let named = |tier: &str| references.iter().any(|(name, _)| name == tier);
    let mut tiers = references
        .iter()
        .map(|(tier, _)| tier)
        .filter(|tier| *tier != DEFAULT_USAGE_KEY);
    let is_tier = |name: &str| policy.tiers().any(|tier| tier == name);
    if let Some(name) = tiers.find(|tier| !is_tier(tier)) {
        return Err(format!(
            "answers: usage_keys: the policy has no tier `{name}`: correct the name, or add \
             `tier {name} is …` to the policy"
        ));
    }
    let is_used = references.iter().next().is_some();
    match policy.tiers().find(|tier| !named(tier)) {
        Some(tier) if is_used && !named(DEFAULT_USAGE_KEY) => Err(format!(
            "answers: usage_keys: there is no key for the tier `{tier}`: add `{tier}: ssm:/…`, or \
             `{DEFAULT_USAGE_KEY}: ssm:/…` for all that have none of their own"
        )),
        _ => Ok(()),
    }
}
