//! A stand-in for `AuthGate`'s token verification (docs.authgate.dev, "Token Verification"): one project.
//!
//! It checks the API key, then the token, as `AuthGate` says it does, and answers from the users file.

mod verification;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::Response;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::server::{Arrival, PortError, ResponseBody};
use crate::signing::{KeyError, SigningKey};
use crate::stand_in::{Desk, Provider, StandIn, TokenError};
use crate::token::{Period, Terms, Validity, unique};
use crate::users::{Environment, User, Users, UsersError};

/// The path of the token verification.
pub const VERIFY_PATH: &str = "/api/v1/token/verify";

/// How long a token lives (docs.authgate.dev, "Token details").
pub const LIFETIME: Duration = Duration::from_mins(5);

/// `iss` of every token, and `aud` of those that a verification accepts.
const ISSUER: &str = "authgate";
const AUDIENCE: &str = "session";

/// The API key that authorizer and stand-in share in development. It opens nothing else.
pub fn development_key() -> &'static str {
    "authgate-development-key"
}

/// The secret that a project's tokens are signed with.
pub fn signing_secret(project: &str) -> String {
    format!("AuthGate stand-in, signing secret of project {project}")
}

/// What a stand-in starts with.
pub struct AuthGateOptions {
    /// Whose users it serves.
    pub environment: Environment,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The project, which decides over the secret that signs: one does not accept another's tokens.
    pub project: String,
    /// The API keys it accepts.
    pub keys: Vec<String>,
    /// Both environments' users; it serves its own.
    pub users: Users,
}

impl AuthGateOptions {
    /// On a free port, with the development key and the users that come with this crate.
    ///
    /// # Errors
    /// As [`Users::embedded`].
    pub fn development(environment: Environment) -> Result<Self, UsersError> {
        Ok(Self {
            environment,
            port: 0,
            project: environment.name().to_owned(),
            keys: vec![development_key().to_owned()],
            users: Users::embedded()?,
        })
    }
}

/// The body under a 401 for the API key: undocumented, so a client has to bear all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyRefusal {
    /// `{"error":"Invalid API key"}`
    #[default]
    Error,
    /// `{"message":"Unauthorized","statusCode":401}`
    Message,
    /// A plain text.
    Text,
    /// No body.
    Empty,
}

/// What `expiresAt` is in a good answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ExpiresAt {
    /// The token's `exp`.
    #[default]
    Right,
    /// No such member.
    Missing,
    /// This text.
    Text(String),
}

struct State {
    keys: BTreeSet<String>,
    key_refusal: KeyRefusal,
    expires_at: ExpiresAt,
}

/// `AuthGate`, as far as a verification client sees it.
pub struct AuthGate {
    key: SigningKey,
    state: Mutex<State>,
}

impl AuthGate {
    fn sign(&self, claims: &Value) -> Result<String, KeyError> {
        self.key.token(Some("JWT"), claims)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Provider for AuthGate {
    const PURPOSE: &'static str = "AuthGate stand-in";
    const FLAG: &'static str = "--authgate-port";

    async fn answer(&self, request: Arrival, desk: &Desk) -> Answer {
        self.verify(request, desk)
            .await
            .unwrap_or_else(|refusal| refusal)
    }

    fn lifetime(&self) -> Duration {
        LIFETIME
    }

    fn issue(&self, user: &User, terms: Terms) -> Result<String, KeyError> {
        self.sign(&claims(user, AUDIENCE, terms.period, &terms.id()))
    }

    fn key_refusal(&self) -> Response<ResponseBody> {
        *self.key_refused().response
    }
}

/// A running stand-in; dropping it closes its port.
pub type AuthGateStandIn = StandIn<AuthGate>;

impl AuthGateStandIn {
    /// Starts to listen on 127.0.0.1.
    ///
    /// # Errors
    /// When the port can't be had.
    pub async fn start(options: AuthGateOptions) -> Result<Self, PortError> {
        let AuthGateOptions {
            environment,
            port,
            project,
            keys,
            users,
        } = options;
        let authgate = AuthGate {
            key: SigningKey::hs256(&signing_secret(&project)),
            state: Mutex::new(State {
                keys: keys.into_iter().collect(),
                key_refusal: KeyRefusal::default(),
                expires_at: ExpiresAt::default(),
            }),
        };
        Self::serve(authgate, port, environment, users).await
    }

    /// A fresh session token for the user of this name, good for [`LIFETIME`] (or past it, for a user
    /// whose token is expired).
    ///
    /// # Errors
    /// For a name it does not know.
    pub fn token(&self, name: &str) -> Result<String, TokenError> {
        self.issue(name, Validity::Fresh)
    }

    /// The session token that is the same in every run and lasts for decades.
    ///
    /// # Errors
    /// As [`AuthGateStandIn::token`].
    pub fn development_token(&self, name: &str) -> Result<String, TokenError> {
        self.issue(name, Validity::Development)
    }

    /// An account-link token, which a verification refuses.
    ///
    /// # Errors
    /// As [`AuthGateStandIn::token`].
    pub fn link_token(&self, name: &str) -> Result<String, TokenError> {
        let user = self.user(name).ok_or(TokenError::UnknownUser)?;
        let period = Validity::Fresh.period(user.token, self.now(), LIFETIME);
        self.sign(&claims(&user, "link", period, &unique()))
    }

    /// A token with exactly these claims, signed with the project's secret.
    ///
    /// # Errors
    /// When the crypto library gives no signature.
    pub fn sign(&self, claims: &Value) -> Result<String, TokenError> {
        Ok(self.provider().sign(claims)?)
    }

    /// Replaces the accepted API keys: the old ones are refused from the next request on.
    pub fn set_keys<K: Into<String>>(&self, keys: impl IntoIterator<Item = K>) {
        self.provider().state().keys = keys.into_iter().map(Into::into).collect();
    }

    /// What the body is when an API key is refused.
    pub fn set_key_refusal(&self, shape: KeyRefusal) {
        self.provider().state().key_refusal = shape;
    }

    /// What `expiresAt` is in a good answer.
    pub fn set_expires_at(&self, shape: ExpiresAt) {
        self.provider().state().expires_at = shape;
    }
}

/// What a token says; but for `iss`, `aud` and `exp` the names are not documented.
fn claims(user: &User, audience: &str, period: Period, jti: &str) -> Value {
    json!({
        "iss": ISSUER,
        "aud": audience,
        "sub": user.id,
        "email": user.email,
        "name": user.name,
        "picture": user.picture,
        "provider": user.oauth_provider,
        "iat": period.iat,
        "exp": period.exp,
        "jti": jti,
    })
}
