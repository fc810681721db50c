//! What stops the boot, and the cure.

use std::fmt;

use crate::sources::VariableError;
use crate::ssm::ParameterError;

/// A provider that cannot be started. Nothing is served without it: a check that is
/// silently off because its key did not load has let people in elsewhere (CVE-2026-54762,
/// CVE-2026-27586).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartupError {
    /// A setting's parameter could not be read.
    Parameter {
        /// The provider and its setting, as in `tiun: api_key`.
        setting: &'static str,
        /// Which parameter, why, and the cure.
        error: ParameterError,
    },
    /// A setting's environment variable does not serve.
    Variable {
        /// The provider and its setting, as in `tiun: api_key`.
        setting: &'static str,
        /// Which variable, why, and the cure.
        error: VariableError,
    },
    /// The HTTPS client could not be made; the reason of the TLS stack.
    HttpClient(String),
}

impl fmt::Display for StartupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter { setting, error } => write!(f, "{setting}: {error}"),
            Self::Variable { setting, error } => write!(f, "{setting}: {error}"),
            Self::HttpClient(reason) => write!(
                f,
                "the HTTPS client could not be made: {reason}; this is a fault of the build, \
                 please report it"
            ),
        }
    }
}

impl std::error::Error for StartupError {}
