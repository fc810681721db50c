//! What a claim must be for a token to be taken for a user's: the kind of token, mostly.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ClaimPath, Preset};

/// A claim and what it must be, or must not be. Compared as JSON: types are not converted. A claim
/// that is not there meets `if_present` and `is_not`.
///
/// ```yaml
/// require:
///   - { claim: token_use, is: access }
///   - { claim: sts, if_present: active }
///   - { claim: is_anonymous, is_not: true }
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Requirement {
    claim: ClaimPath,
    demand: Demand,
}

#[derive(Debug, Clone, PartialEq)]
enum Demand {
    Is(Value),
    IfPresent(Value),
    IsNot(Value),
    /// It is there, and not `null`.
    Present,
    /// It is not there, `null` or `false`: whatever else it is may mean yes.
    Off,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    claim: ClaimPath,
    #[serde(default)]
    is: Option<Value>,
    #[serde(default)]
    if_present: Option<Value>,
    #[serde(default)]
    is_not: Option<Value>,
}

/// A requirement that says nothing, or too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequirementError;

impl fmt::Display for RequirementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a requirement has `claim` and one of `is`, `is_not` and `if_present`, as in \
             `{ claim: token_use, is: access }`",
        )
    }
}

impl std::error::Error for RequirementError {}

impl TryFrom<Written> for Requirement {
    type Error = RequirementError;

    fn try_from(written: Written) -> Result<Self, RequirementError> {
        let demand = match (written.is, written.if_present, written.is_not) {
            (Some(value), None, None) => Demand::Is(value),
            (None, Some(value), None) => Demand::IfPresent(value),
            (None, None, Some(value)) => Demand::IsNot(value),
            _ => return Err(RequirementError),
        };
        Ok(Self {
            claim: written.claim,
            demand,
        })
    }
}

impl Requirement {
    pub(crate) fn is(claim: &[&str], value: impl Into<Value>) -> Self {
        Self {
            claim: ClaimPath::of(claim),
            demand: Demand::Is(value.into()),
        }
    }

    pub(crate) fn if_present(claim: &[&str], value: impl Into<Value>) -> Self {
        Self {
            claim: ClaimPath::of(claim),
            demand: Demand::IfPresent(value.into()),
        }
    }

    pub(crate) fn is_not(claim: &[&str], value: impl Into<Value>) -> Self {
        Self {
            claim: ClaimPath::of(claim),
            demand: Demand::IsNot(value.into()),
        }
    }

    pub(crate) fn present(claim: &[&str]) -> Self {
        Self {
            claim: ClaimPath::of(claim),
            demand: Demand::Present,
        }
    }

    pub(crate) fn off(claim: &[&str]) -> Self {
        Self {
            claim: ClaimPath::of(claim),
            demand: Demand::Off,
        }
    }

    /// All that is required: what a preset does, and an operator. An `is` of the operator's takes
    /// the place of what the preset says of that claim; anything less would loosen it unseen, and
    /// comes on top.
    pub(crate) fn all(preset: Option<Preset>, own: &[Self]) -> Vec<Self> {
        let replaced = |demand: &Self| {
            own.iter()
                .any(|own| own.claim == demand.claim && matches!(own.demand, Demand::Is(_)))
        };
        let preset = preset.map(Preset::requirements).unwrap_or_default();
        preset
            .into_iter()
            .filter(|demand| !replaced(demand))
            .chain(own.iter().cloned())
            .collect()
    }

    /// Whether these claims meet it.
    pub(crate) fn is_met(&self, claims: &Value) -> bool {
        let value = self.claim.find(claims);
        match &self.demand {
            Demand::Is(wanted) => value == Some(wanted),
            Demand::IfPresent(wanted) => value.is_none_or(|value| value == wanted),
            Demand::IsNot(unwanted) => value != Some(unwanted),
            Demand::Present => value.is_some_and(|value| !value.is_null()),
            Demand::Off => matches!(value, None | Some(Value::Null | Value::Bool(false))),
        }
    }

    /// Changes the claims so that they meet it.
    pub(crate) fn meet(&self, claims: &mut Map<String, Value>) {
        match &self.demand {
            Demand::Is(wanted) => self.claim.put(claims, wanted.clone()),
            Demand::Present => self.claim.put(claims, "present".into()),
            Demand::IfPresent(_) | Demand::IsNot(_) | Demand::Off => {}
        }
    }

    /// Puts there what must not be, if there is such a thing.
    pub(crate) fn violate(&self, claims: &mut Map<String, Value>) {
        match &self.demand {
            Demand::IsNot(unwanted) => self.claim.put(claims, unwanted.clone()),
            Demand::Off => self.claim.put(claims, true.into()),
            Demand::Is(_) | Demand::IfPresent(_) | Demand::Present => {}
        }
    }

    /// Which claim it is about, for messages.
    pub(crate) fn claim(&self) -> &ClaimPath {
        &self.claim
    }
}
