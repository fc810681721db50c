//! What stops the boot, and the cure.

use std::fmt;

use crate::outcome::Cause;
use crate::sources::{SecretError, VariableError};

/// A provider that cannot be started. Nothing is served without it: a check that is
/// silently off because its key did not load has let people in elsewhere (CVE-2026-54762,
/// CVE-2026-27586).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartupError {
    /// Secrets that could not be loaded: all of them, in the order of the configuration.
    Secrets(Vec<MissingSecret>),
    /// A setting's environment variable does not serve.
    Variable {
        /// The provider and its setting, as in `tiun: environment`.
        setting: String,
        /// Which variable, why, and the cure.
        error: VariableError,
    },
    /// Two providers, by their names, are of different environments of tiun.
    Environments(String, String),
    /// An issuer's keys cannot be had, and not because it is down.
    Keys {
        /// The provider.
        provider: String,
        /// What is wrong, and the cure.
        cause: Cause,
    },
    /// A provider was given fewer secrets than it asked for: a fault of this crate.
    SecretNotLoaded,
    /// The HTTPS client could not be made; the reason of the TLS stack.
    HttpClient(String),
}

impl fmt::Display for StartupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secrets(missing) => {
                for (count, secret) in missing.iter().enumerate() {
                    let line = if count == 0 { "" } else { "\n" };
                    write!(f, "{line}{secret}")?;
                }
                Ok(())
            }
            Self::Variable { setting, error } => write!(f, "{setting}: {error}"),
            Self::Environments(one, other) => write!(
                f,
                "`{one}` and `{other}` are of different environments of tiun: a policy names the \
                 products of one, which no user of the other can have. Set both to the same \
                 `environment`"
            ),
            Self::Keys { provider, cause } => write!(f, "{provider}: {cause}"),
            Self::SecretNotLoaded => f.write_str(
                "a provider's secret was not loaded; this is a fault of the build, please report it",
            ),
            Self::HttpClient(reason) => write!(
                f,
                "the HTTPS client could not be made: {reason}; this is a fault of the build, \
                 please report it"
            ),
        }
    }
}

impl std::error::Error for StartupError {}

/// A secret that could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingSecret {
    /// The provider and its setting, as in `tiun: api_key`.
    pub setting: String,
    /// Where it should be, what is wrong, and the cure.
    pub error: SecretError,
}

impl fmt::Display for MissingSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.error)
    }
}
