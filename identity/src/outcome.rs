//! What a provider can say of a token.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use tollgate_engine::user::User;

/// The answer to "whose token is this?". Only [`Outcome::Identity`] can ever lead to an
/// allow; the other three deny, each for a different reader of the log.
///
/// There is a fifth outcome, *forbidden*: the user is proven but may not do this. It is
/// not here because it is the engine's word, not the provider's.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub enum Outcome {
    /// The user is proven.
    Identity(Identity),
    /// The provider accepted our key and says that the token proves nobody, or the token
    /// cannot be one of the provider's. The user should sign in again.
    Unauthenticated,
    /// Our key or an address is wrong. Signing in again cannot help, somebody must change
    /// the configuration: never tell the user their token is bad, never cache.
    Misconfigured(Cause),
    /// The provider could not be asked, or its answer is not what its contract says.
    /// It may pass: never tell the user their token is bad, never cache.
    Unavailable(Cause),
}

impl Outcome {
    /// For a token that proves nobody, as is found out here; `why` is for the log, and never repeats
    /// the token.
    pub(crate) fn refused(provider: &str, why: impl fmt::Display) -> Self {
        tracing::debug!(provider, %why, "token refused");
        Self::Unauthenticated
    }
}

/// A proven user. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Who it is, and what is known of them.
    pub user: Arc<User>,
    /// When the token expires; `None` where the provider does not say.
    pub expires: Option<SystemTime>,
}

impl From<User> for Identity {
    /// A user whose token does not say when it expires.
    fn from(user: User) -> Self {
        Self {
            user: Arc::new(user),
            expires: None,
        }
    }
}

/// Why an outcome is not about the user: a short text that is safe in logs.
///
/// Built only in this crate, from fixed texts, status codes, the operator's own names and
/// the reasons of the network stack: never from a token, a key, an answer's body or an
/// e-mail address.
#[derive(Clone, PartialEq, Eq)]
pub struct Cause(Cow<'static, str>);

impl Cause {
    pub(crate) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
