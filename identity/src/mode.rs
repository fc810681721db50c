//! The two ways to verify a token.

use std::fmt;

use serde::Deserialize;

/// How a token is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// By its signature, with the issuer's keys: no call for a token.
    Jwt,
    /// By asking the provider.
    Rest,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jwt => "jwt",
            Self::Rest => "rest",
        })
    }
}

/// `verify:` of a provider that can be used in both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verify {
    /// By its signature where the token carries all that the policy asks for, else by asking.
    #[default]
    Auto,
    /// Always by its signature.
    Jwt,
    /// Always by asking.
    Rest,
}
