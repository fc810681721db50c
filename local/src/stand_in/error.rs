//! Why a stand-in does not start, gives no token, or does not change a user.

use std::fmt;

use crate::server::PortError;
use crate::signing::KeyError;

/// Why a stand-in that has keys of its own does not start.
#[derive(Debug)]
pub enum StartError {
    /// Its port can't be had.
    Port(PortError),
    /// Its keys can't be made.
    Key(KeyError),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Port(error) => error.source(),
            Self::Key(error) => error.source(),
        }
    }
}

impl From<PortError> for StartError {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

impl From<KeyError> for StartError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenError {
    /// No user of this name.
    UnknownUser,
    /// It could not be signed.
    Key(KeyError),
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownUser => f.write_str("no user of this name"),
            Self::Key(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for TokenError {}

impl From<KeyError> for TokenError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

/// No user has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownUser;

impl fmt::Display for UnknownUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no user of this name")
    }
}

impl std::error::Error for UnknownUser {}
