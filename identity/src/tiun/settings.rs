//! tiun's part of the configuration, every value checked as it is read.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::secret_ref::{SecretRef, VariableName};
use crate::setting::{BaseUrl, TimeSpan};

/// How tiun is to be used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TiunSettings {
    /// `live`, `sandbox`, or `env:NAME`.
    pub environment: EnvironmentSetting,
    /// Where tiun's key is kept.
    pub api_key: SecretRef,
    /// An address in place of the environment's own, for a proxy or a stand-in.
    #[serde(default)]
    pub base_url: Option<BaseUrl>,
    /// Age at which a key from SSM is read again; 5 minutes unless set.
    #[serde(default)]
    pub api_key_max_age: Option<TimeSpan>,
}

/// One of tiun's two environments. Each has its own host, keys and products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Real customers.
    Live,
    /// Tests.
    Sandbox,
}

impl Environment {
    /// Where this environment answers (docs.tiun.io, "Verify authentication server-side").
    #[expect(clippy::expect_used, reason = "constants, each parsed by a test")]
    pub(super) fn base_url(self) -> BaseUrl {
        match self {
            Self::Live => "https://api.tiun.live",
            Self::Sandbox => "https://api-sandbox.tiun.live",
        }
        .parse()
        .expect("a constant URL")
    }

    /// What the IDs of this environment's products begin with. A policy that names another
    /// environment's product can never let anybody in.
    pub fn product_prefix(self) -> &'static str {
        match self {
            Self::Live => "p-live-",
            Self::Sandbox => "p-test-",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Live => "live",
            Self::Sandbox => "sandbox",
        })
    }
}

impl FromStr for Environment {
    type Err = UnknownEnvironment;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "live" => Ok(Self::Live),
            "sandbox" => Ok(Self::Sandbox),
            _ => Err(UnknownEnvironment),
        }
    }
}

/// An environment, or the variable that says which.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum EnvironmentSetting {
    /// `live` or `sandbox`.
    Fixed(Environment),
    /// `env:NAME`: one build for both, told apart by its deployment.
    Variable(VariableName),
}

impl TryFrom<String> for EnvironmentSetting {
    type Error = UnknownEnvironment;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.strip_prefix("env:") {
            Some(name) => name
                .parse()
                .map(Self::Variable)
                .map_err(|_| UnknownEnvironment),
            None => text.parse().map(Self::Fixed),
        }
    }
}

/// Not an environment. The message does not repeat the text: a key may stand there by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownEnvironment;

impl fmt::Display for UnknownEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this is not an environment of tiun: write `live`, `sandbox`, or `env:NAME` for an \
             environment variable that says which",
        )
    }
}

impl std::error::Error for UnknownEnvironment {}

#[cfg(test)]
mod tests;
