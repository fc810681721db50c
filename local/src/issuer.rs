//! An `OpenID` Connect issuer like many: discovery, keys, tokens with any claims, introspection, and people
//! who sign in (authorization code with PKCE).

mod authorization;
mod cors;
mod endpoint;
mod exchange;
mod grants;
mod sign_out;
mod userinfo;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::Response;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::server::{Arrival, ResponseBody};
use crate::signing::{KeyError, KeyRing, SHARED_SECRET};
use crate::stand_in::{Desk, Provider, StandIn, StartError, TokenError};
use crate::token::{Period, Terms, Validity, unique};
use crate::users::{Environment, User, Users, UsersError};

use grants::Grants;

pub use crate::signing::Algorithm;

/// Opaque tokens, and revoked ones, that are remembered; one more drops another.
const MAX_REMEMBERED: usize = 10_000;
/// Characters of a key ID.
const KID_LENGTH: usize = 16;

/// The client that may ask the introspection endpoint in development, and its secret.
pub const DEVELOPMENT_CLIENT: (&str, &str) = ("tollgate", "issuer-development-secret");
/// The secret of HS256, HS384 and HS512 tokens, which client and issuer share.
pub const DEVELOPMENT_SECRET: &str = SHARED_SECRET;
/// The audience of tokens in development.
pub const DEVELOPMENT_AUDIENCE: &str = "https://api.example.com";

/// What tokens say of a user beside issuer and times.
pub type Claims = Arc<dyn Fn(&User) -> Map<String, Value> + Send + Sync>;

/// What a stand-in starts with.
pub struct IssuerOptions {
    /// Whose users it serves.
    pub environment: Environment,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// What follows the address in its URLs: nothing, or `/realms/dev`. It may end in a slash, which then
    /// is part of the issuer.
    pub path: String,
    /// `iss` of tokens and discovery; `None` is its own address and the path.
    pub issuer: Option<String>,
    /// How the first key signs.
    pub algorithm: Algorithm,
    /// What tokens say of a user; `None` for the standard claims, with the audience and client below.
    /// The users file has the last word.
    pub claims: Option<Claims>,
    /// `aud` of tokens: a text for one, a list for several, no claim for none.
    pub audience: Vec<String>,
    /// `client_id` of tokens: the application they were given to.
    pub client_id: String,
    /// `typ` in the header: `JWT`, or `at+jwt` for access tokens of RFC 9068.
    pub typ: Option<String>,
    /// How long tokens live.
    pub lifetime: Duration,
    /// `max-age` of keys and discovery; `None` says nothing about caching.
    pub max_age: Option<Duration>,
    /// Who may introspect: secrets by client ID.
    pub clients: BTreeMap<String, String>,
    /// Both environments' users; it serves its own.
    pub users: Users,
}

impl IssuerOptions {
    /// On a free port, with ES256, tokens of ten minutes, the development client and audience, and the
    /// users that come with this crate.
    ///
    /// # Errors
    /// As [`Users::embedded`].
    pub fn development(environment: Environment) -> Result<Self, UsersError> {
        let (id, secret) = DEVELOPMENT_CLIENT;
        Ok(Self {
            environment,
            port: 0,
            path: String::new(),
            issuer: None,
            algorithm: Algorithm::Es256,
            claims: None,
            audience: vec![DEVELOPMENT_AUDIENCE.to_owned()],
            client_id: "web".to_owned(),
            typ: Some("JWT".to_owned()),
            lifetime: Duration::from_mins(10),
            max_age: Some(Duration::from_mins(5)),
            clients: BTreeMap::from([(id.to_owned(), secret.to_owned())]),
            users: Users::embedded()?,
        })
    }
}

struct State {
    keys: KeyRing,
    max_age: Option<Duration>,
    /// `issuer` in the discovery document, where it is not the right one.
    discovered_issuer: Option<String>,
    clients: BTreeMap<String, String>,
    /// What each opaque token stands for.
    opaque: BTreeMap<String, Value>,
    revoked: BTreeSet<String>,
    /// Where people may be sent back to, beside this machine.
    redirect_uris: Vec<String>,
    grants: Grants,
}

/// An issuer, as far as a resource server sees it.
pub struct Issuer {
    path: String,
    iss: Option<String>,
    claims: Option<Claims>,
    audience: Vec<String>,
    client_id: String,
    typ: Option<String>,
    lifetime: Duration,
    state: Mutex<State>,
}

impl Issuer {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `iss` of a server that listens on this port.
    fn issuer(&self, port: u16) -> String {
        let own = || format!("http://127.0.0.1:{port}{}", self.path);
        self.iss.clone().unwrap_or_else(own)
    }

    /// `issuer` in the discovery document, and `iss` of what only an application reads.
    fn discovered_issuer(&self, port: u16) -> String {
        let discovered = self.state().discovered_issuer.clone();
        discovered.unwrap_or_else(|| self.issuer(port))
    }

    fn redirect_uris(&self) -> Vec<String> {
        self.state().redirect_uris.clone()
    }

    fn sign(&self, claims: &Value) -> Result<String, KeyError> {
        let state = self.state();
        state.keys.signing().token(self.typ.as_deref(), claims)
    }

    /// What a token of this user says.
    fn claims(&self, user: &User, period: Period, jti: &str, port: u16) -> Value {
        let mut claims = match &self.claims {
            Some(claims) => claims(user),
            None => self.standard_claims(user),
        };
        for (name, value) in [
            ("iss", json!(self.issuer(port))),
            ("iat", json!(period.iat)),
            ("exp", json!(period.exp)),
            ("jti", json!(jti)),
        ] {
            claims.insert(name.to_owned(), value);
        }
        claims.extend(user.claims.clone());
        Value::Object(claims)
    }

    /// Those of an access token (RFC 9068 section 2.2).
    fn standard_claims(&self, user: &User) -> Map<String, Value> {
        let mut claims = Map::new();
        let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        claim("sub", user.id.as_str().into());
        claim("client_id", self.client_id.as_str().into());
        match self.audience.as_slice() {
            [] => {}
            [one] => {
                claim("aud", one.as_str().into());
            }
            several => {
                claim("aud", json!(several));
            }
        }
        if !user.scopes.is_empty() {
            claim("scope", user.scopes.join(" ").into());
        }
        for (name, list) in [("roles", &user.roles), ("groups", &user.groups)] {
            if !list.is_empty() {
                claim(name, json!(list));
            }
        }
        if let Some(email) = &user.email {
            claim("email", email.as_str().into());
            claim("email_verified", user.email_verified.into());
        }
        for (name, text) in [("name", &user.name), ("picture", &user.picture)] {
            if let Some(text) = text {
                claim(name, text.as_str().into());
            }
        }
        claims
    }
}

impl Provider for Issuer {
    const PURPOSE: &'static str = "issuer stand-in";
    const FLAG: &'static str = "--issuer-port";

    async fn answer(&self, request: Arrival, desk: &Desk) -> Answer {
        self.endpoint(request, desk)
            .await
            .unwrap_or_else(|refusal| refusal)
    }

    fn lifetime(&self) -> Duration {
        self.lifetime
    }

    fn issue(&self, user: &User, terms: Terms) -> Result<String, KeyError> {
        self.sign(&self.claims(user, terms.period, &terms.id(), terms.port))
    }

    fn key_refusal(&self) -> Response<ResponseBody> {
        *endpoint::invalid_client().response
    }
}

/// A running stand-in; dropping it closes its port.
pub type IssuerStandIn = StandIn<Issuer>;

impl IssuerStandIn {
    /// Starts to listen on 127.0.0.1.
    ///
    /// # Errors
    /// When the port can't be had or the key can't be made.
    pub async fn start(options: IssuerOptions) -> Result<Self, StartError> {
        let seed = format!("issuer stand-in {}", options.environment.name());
        let issuer = Issuer {
            path: options.path,
            iss: options.issuer,
            claims: options.claims,
            audience: options.audience,
            client_id: options.client_id,
            typ: options.typ,
            lifetime: options.lifetime,
            state: Mutex::new(State {
                keys: KeyRing::new(options.algorithm, &seed, KID_LENGTH)?,
                max_age: options.max_age,
                discovered_issuer: None,
                clients: options.clients,
                opaque: BTreeMap::new(),
                revoked: BTreeSet::new(),
                redirect_uris: Vec::new(),
                grants: Grants::default(),
            }),
        };
        let (port, environment, users) = (options.port, options.environment, options.users);
        Ok(Self::serve(issuer, port, environment, users).await?)
    }

    /// `iss` of its tokens.
    pub fn issuer(&self) -> String {
        self.provider().issuer(self.address().port())
    }

    /// The address of its keys.
    pub fn jwks_url(&self) -> String {
        self.address_of(endpoint::JWKS)
    }

    /// The address of its introspection endpoint.
    pub fn introspection_url(&self) -> String {
        self.address_of(endpoint::INTROSPECTION)
    }

    fn address_of(&self, endpoint: &str) -> String {
        let path = self.provider().path.trim_end_matches('/');
        format!("{}{path}{endpoint}", self.url())
    }

    /// A fresh token for the user of this name, good for its lifetime (or past it, for a user whose token
    /// is expired).
    ///
    /// # Errors
    /// For a name it does not know.
    pub fn token(&self, name: &str) -> Result<String, TokenError> {
        self.issue(name, Validity::Fresh)
    }

    /// The token that says the same in every run and lasts for decades.
    ///
    /// # Errors
    /// As [`IssuerStandIn::token`].
    pub fn development_token(&self, name: &str) -> Result<String, TokenError> {
        self.issue(name, Validity::Development)
    }

    /// A token that says nothing by itself: only introspection tells whose it is.
    ///
    /// # Errors
    /// As [`IssuerStandIn::token`].
    pub fn opaque_token(&self, name: &str) -> Result<String, TokenError> {
        let claims = self.fresh_claims(name)?;
        let token = format!("opaque_{}{}", unique(), unique());
        let mut state = self.provider().state();
        if state.opaque.len() == MAX_REMEMBERED {
            state.opaque.pop_first();
        }
        state.opaque.insert(token.clone(), claims);
        Ok(token)
    }

    fn fresh_claims(&self, name: &str) -> Result<Value, TokenError> {
        let user = self.user(name).ok_or(TokenError::UnknownUser)?;
        let issuer = self.provider();
        let period = Validity::Fresh.period(user.token, self.now(), issuer.lifetime);
        Ok(issuer.claims(&user, period, &unique(), self.address().port()))
    }

    /// A token with exactly these claims, signed with the current key.
    ///
    /// # Errors
    /// When the crypto library gives no signature.
    pub fn sign(&self, claims: &Value) -> Result<String, TokenError> {
        Ok(self.provider().sign(claims)?)
    }

    /// Makes introspection say that this token, opaque or not, is no longer active.
    pub fn revoke(&self, token: &str) {
        let mut state = self.provider().state();
        if state.revoked.len() == MAX_REMEMBERED {
            state.revoked.pop_first();
        }
        state.revoked.insert(token.to_owned());
    }

    /// Lets a new key sign from now on, in this way; older ones stay published until
    /// [`IssuerStandIn::retire_keys`].
    ///
    /// # Errors
    /// When the key can't be made.
    pub fn rotate_keys(&self, algorithm: Algorithm) -> Result<(), KeyError> {
        self.provider().state().keys.rotate(algorithm)
    }

    /// Takes back all keys but the one that signs.
    pub fn retire_keys(&self) {
        self.provider().state().keys.retire();
    }

    /// Replaces `max-age` of keys and discovery.
    pub fn set_max_age(&self, max_age: Option<Duration>) {
        self.provider().state().max_age = max_age;
    }

    /// Lets the discovery document, and what only applications read (ID tokens, the answer of the
    /// authorization endpoint), name another issuer than access tokens; `None` ends it.
    pub fn set_discovered_issuer(&self, issuer: Option<String>) {
        self.provider().state().discovered_issuer = issuer;
    }

    /// Where people may be sent back to beside addresses of this machine, to the letter: an application's
    /// own scheme, a site.
    pub fn set_redirect_uris(&self, uris: Vec<String>) {
        self.provider().state().redirect_uris = uris;
    }

    /// Replaces who may introspect: secrets by client ID.
    pub fn set_clients(&self, clients: BTreeMap<String, String>) {
        self.provider().state().clients = clients;
    }
}
