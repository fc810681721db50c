//! Why an event has no answer.

use std::fmt;

use crate::event::EventError;

/// Why an event has no answer: the function fails, and API Gateway refuses the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizeError {
    /// No valid token. Its text is what makes a REST API answer 401, to the letter.
    Unauthorized,
    /// The event is none an authorizer gets.
    Event(EventError),
    /// The provider refuses our key, or its address is wrong.
    Misconfigured(String),
    /// The provider could not be asked.
    Unavailable(String),
    /// The provider's ID of the user cannot be carried to a backend.
    UnfitUserId,
}

impl AuthorizeError {
    /// One word for logs and for the `errorType` of the failed invocation.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unauthorized => "Unauthorized",
            Self::Event(_) => "UnknownEvent",
            Self::Misconfigured(_) => "ProviderMisconfigured",
            Self::Unavailable(_) => "ProviderUnavailable",
            Self::UnfitUserId => "UnfitUserId",
        }
    }
}

impl fmt::Display for AuthorizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized => f.write_str("Unauthorized"),
            Self::Event(error) => error.fmt(f),
            Self::Misconfigured(cause) => write!(f, "the provider cannot be used: {cause}"),
            Self::Unavailable(cause) => write!(f, "the provider could not be asked: {cause}"),
            Self::UnfitUserId => f.write_str(
                "the provider's ID of the user has quotes, control characters or more than 256 \
                 bytes, and cannot be carried to a backend as it is",
            ),
        }
    }
}

impl std::error::Error for AuthorizeError {}
