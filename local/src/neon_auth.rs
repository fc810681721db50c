//! A stand-in for Neon Auth in its present, Better Auth form (neon.com/docs, "JWT plugin"): one branch.
//!
//! Its tokens are checked with its JWKS; nothing else of it is asked by a server. Sessions are cookies, of
//! which it has none.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::answer::{Answer, Outcome};
use crate::gateway::Moment;
use crate::gateway::clock::iso_time;
use crate::server::Arrival;
use crate::signing::{Algorithm, KeyError, KeyRing};
use crate::stand_in::{Desk, Provider, StandIn, StartError, TokenError};
use crate::token::{Period, Terms, Validity};
use crate::users::{Environment, User, Users, UsersError};

/// The path of the base URL: a database's name, then `auth`.
pub const BASE_PATH: &str = "/neondb/auth";
/// What follows base URL or origin for the keys.
const JWKS_PATH: &str = "/.well-known/jwks.json";

/// How long a token lives.
pub const LIFETIME: Duration = Duration::from_mins(15);

/// Characters of a key ID.
const KID_LENGTH: usize = 32;
/// When every user signed up, in milliseconds since 1970: 2026-01-01 UTC.
const CREATED_AT: u64 = 1_767_225_600_000;

/// What a stand-in starts with.
pub struct NeonAuthOptions {
    /// Whose users it serves.
    pub environment: Environment,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// `iss` and `aud` of its tokens: scheme and host, no path; `None` is its own address.
    pub origin: Option<String>,
    /// The branch, which decides over the keys.
    pub branch: String,
    /// Whether the keys are below the origin too, as one of Neon's pages has it, and not only below the
    /// base URL.
    pub keys_at_origin: bool,
    /// Both environments' users; it serves its own.
    pub users: Users,
}

impl NeonAuthOptions {
    /// On a free port, with the users that come with this crate.
    ///
    /// # Errors
    /// As [`Users::embedded`].
    pub fn development(environment: Environment) -> Result<Self, UsersError> {
        Ok(Self {
            environment,
            port: 0,
            origin: None,
            branch: environment.name().to_owned(),
            keys_at_origin: false,
            users: Users::embedded()?,
        })
    }
}

/// Neon Auth, as far as a server sees it.
pub struct NeonAuth {
    origin: Option<String>,
    keys_at_origin: bool,
    keys: Mutex<KeyRing>,
}

impl NeonAuth {
    fn keys(&self) -> MutexGuard<'_, KeyRing> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The origin of a server that listens on this port.
    fn origin(&self, port: u16) -> String {
        let own = || format!("http://127.0.0.1:{port}");
        self.origin.clone().unwrap_or_else(own)
    }

    fn sign(&self, claims: &Value) -> Result<String, KeyError> {
        self.keys().signing().token(None, claims)
    }

    /// `GET /token/anonymous`: a token for somebody who is nobody yet.
    fn anonymous(&self, port: u16, desk: &Desk) -> Answer {
        let id = Moment::now().request_id;
        let period = Period::fresh(crate::users::TokenState::Good, desk.now(), LIFETIME);
        let claims = json!({ "sub": id, "id": id, "role": "anonymous" });
        match self.sign(&in_period(claims, period, &self.origin(port))) {
            Ok(token) => {
                let body = json!({ "token": token, "expires_at": period.exp });
                Answer::json(Outcome::Published, 200, &body)
            }
            Err(_) => Answer::text(Outcome::Rejected, 500, ""),
        }
    }
}

impl Provider for NeonAuth {
    const PURPOSE: &'static str = "Neon Auth stand-in";
    const FLAG: &'static str = "--neon-auth-port";

    async fn answer(&self, request: Arrival, desk: &Desk) -> Answer {
        let Some(head) = &request.head else {
            return Answer::text(Outcome::Rejected, 400, "");
        };
        if head.method != "GET" {
            return Answer::text(Outcome::Rejected, 404, "");
        }
        let (path, _) = head.path_and_query();
        match path.strip_prefix(BASE_PATH) {
            Some(JWKS_PATH) => Answer::json(Outcome::Published, 200, &self.keys().jwks()),
            None if self.keys_at_origin && path == JWKS_PATH => {
                Answer::json(Outcome::Published, 200, &self.keys().jwks())
            }
            Some("/token/anonymous") => self.anonymous(request.port, desk),
            // Without the cookie of a session. A JWT is none.
            Some("/token") => {
                let body = json!({ "message": "Unauthorized", "code": "UNAUTHORIZED" });
                Answer::json(Outcome::NotAuthenticated, 401, &body)
            }
            Some("/get-session") => Answer::json(Outcome::NotAuthenticated, 200, &Value::Null),
            _ => Answer::text(Outcome::Rejected, 404, ""),
        }
    }

    fn lifetime(&self) -> Duration {
        LIFETIME
    }

    fn issue(&self, user: &User, terms: Terms) -> Result<String, KeyError> {
        self.sign(&in_period(
            claims(user),
            terms.period,
            &self.origin(terms.port),
        ))
    }
}

/// A running stand-in; dropping it closes its port.
pub type NeonAuthStandIn = StandIn<NeonAuth>;

impl NeonAuthStandIn {
    /// Starts to listen on 127.0.0.1.
    ///
    /// # Errors
    /// When the port can't be had or the key can't be made.
    pub async fn start(options: NeonAuthOptions) -> Result<Self, StartError> {
        let seed = format!("Neon Auth stand-in {}", options.branch);
        let neon = NeonAuth {
            origin: options.origin,
            keys_at_origin: options.keys_at_origin,
            keys: Mutex::new(KeyRing::new(Algorithm::EdDsa, &seed, KID_LENGTH)?),
        };
        let (port, environment, users) = (options.port, options.environment, options.users);
        Ok(Self::serve(neon, port, environment, users).await?)
    }

    /// The base URL, below which its endpoints are.
    pub fn base_url(&self) -> String {
        self.url() + BASE_PATH
    }

    /// The address of its keys.
    pub fn jwks_url(&self) -> String {
        self.base_url() + JWKS_PATH
    }

    /// A fresh token for the user of this name, good for [`LIFETIME`] (or past it, for a user whose token
    /// is expired). An anonymous user's has the role `anonymous`; a banned user gets one as well.
    ///
    /// # Errors
    /// For a name it does not know.
    pub fn token(&self, name: &str) -> Result<String, TokenError> {
        self.issue(name, Validity::Fresh)
    }

    /// The token that is the same in every run and lasts for decades.
    ///
    /// # Errors
    /// As [`NeonAuthStandIn::token`].
    pub fn development_token(&self, name: &str) -> Result<String, TokenError> {
        self.issue(name, Validity::Development)
    }

    /// A token with exactly these claims, signed with the current key.
    ///
    /// # Errors
    /// When the crypto library gives no signature.
    pub fn sign(&self, claims: &Value) -> Result<String, TokenError> {
        Ok(self.provider().sign(claims)?)
    }

    /// Lets a new key sign from now on; older ones stay published until [`NeonAuthStandIn::retire_keys`].
    ///
    /// # Errors
    /// When the key can't be made.
    pub fn rotate_keys(&self) -> Result<(), KeyError> {
        self.provider().keys().rotate(Algorithm::EdDsa)
    }

    /// Takes back all keys but the one that signs.
    pub fn retire_keys(&self) {
        self.provider().keys().retire();
    }
}

/// With issue and expiry, issuer and audience.
fn in_period(mut claims: Value, period: Period, origin: &str) -> Value {
    if let Some(members) = claims.as_object_mut() {
        for (name, value) in [
            ("iat", json!(period.iat)),
            ("exp", json!(period.exp)),
            ("iss", json!(origin)),
            ("aud", json!(origin)),
        ] {
            members.insert(name.to_owned(), value);
        }
    }
    claims
}

/// The user as the token tells of it, and the organisation the user works in.
fn claims(user: &User) -> Value {
    let ban = user.ban.as_ref();
    let role = if user.anonymous {
        "anonymous"
    } else {
        "authenticated"
    };
    let mut claims = json!({
        "sub": user.id,
        "id": user.id,
        "name": user.name.as_deref().unwrap_or_default(),
        "email": user.email,
        "emailVerified": user.has_verified_email(),
        "image": user.picture,
        "createdAt": iso_time(CREATED_AT),
        "updatedAt": iso_time(CREATED_AT),
        "role": role,
        "banned": ban.is_some(),
        "banReason": ban.and_then(|ban| ban.reason.as_ref()),
        "banExpires": ban.and_then(|ban| ban.expires.as_ref()),
    });
    let team = user.selected_team.as_deref().and_then(|id| user.team(id));
    if let (Some(team), Some(members)) = (team, claims.as_object_mut()) {
        let organisation = json!({
            "id": team.id,
            "slug": team.slug.as_ref().unwrap_or(&team.id),
            "role": team.role.as_deref().unwrap_or("member"),
        });
        members.insert("o".to_owned(), organisation);
    }
    claims
}
