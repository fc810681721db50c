//! A stand-in for Stack Auth's API, renamed Hexclave in 2026 (docs.stack-auth.com, "Backend Integration").
//!
//! One project: its keys, its access tokens, and what a server may ask about its users.

mod access_token;
mod caller;
mod keys;
mod known_error;
mod lists;
mod route;
mod user;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::Response;
use serde_json::Value;

use crate::answer::Answer;
use crate::gateway::Moment;
use crate::server::{Arrival, ResponseBody};
use crate::signing::KeyError;
use crate::stand_in::{Desk, Provider, StandIn, StartError, TokenError};
use crate::token::{Terms, Validity};
use crate::users::{Environment, User, Users, UsersError};
use access_token::{Audience, claims};
use caller::Access;
use keys::Keys;
use known_error::{KnownError, Refusal};

/// How long an access token lives unless the server is set otherwise (`STACK_ACCESS_TOKEN_EXPIRATION_TIME`).
pub const LIFETIME: Duration = Duration::from_mins(10);

/// The `refresh_token_id` of development tokens.
const DEVELOPMENT_SESSION: &str = "00000000-0000-4000-8000-0000000000ff";

/// The project that authorizer and stand-in share in development.
pub const DEVELOPMENT_PROJECT: &str = "00000000-0000-4000-8000-000000000001";
/// A second project on the same server in development; it has keys, but nothing else.
pub const OTHER_PROJECT: &str = "00000000-0000-4000-8000-000000000002";

/// The secret server key that authorizer and stand-in share in development. It opens nothing else.
pub fn development_key() -> &'static str {
    "ssk_stack-auth-development-key"
}

/// What a stand-in starts with.
pub struct StackAuthOptions {
    /// Whose users it serves.
    pub environment: Environment,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The API URL that issuers start with; `None` is its own address.
    pub api_url: Option<String>,
    /// The project's ID.
    pub project: String,
    /// Other projects of the server, whose tokens are authentic but not for this one.
    pub other_projects: Vec<String>,
    /// Accepted values of `x-stack-secret-server-key`.
    pub server_keys: Vec<String>,
    /// Accepted values of `x-stack-publishable-client-key`.
    pub client_keys: Vec<String>,
    /// Accepted values of `x-stack-super-secret-admin-key`.
    pub admin_keys: Vec<String>,
    /// Permissions that contain others, by ID. Those of teams and of the project share the list.
    pub contained_permissions: BTreeMap<String, Vec<String>>,
    /// Whether the key that signs for normal users has a coordinate of fewer than 32 bytes, as about one
    /// key in 128 has.
    pub short_coordinate: bool,
    /// Both environments' users; it serves its own.
    pub users: Users,
}

impl StackAuthOptions {
    /// On a free port, with the development project and keys, Stack Auth's stock permissions and the
    /// users that come with this crate.
    ///
    /// # Errors
    /// As [`Users::embedded`].
    pub fn development(environment: Environment) -> Result<Self, UsersError> {
        Ok(Self {
            environment,
            port: 0,
            api_url: None,
            project: DEVELOPMENT_PROJECT.to_owned(),
            other_projects: vec![OTHER_PROJECT.to_owned()],
            server_keys: vec![development_key().to_owned()],
            client_keys: vec!["pck_stack-auth-development-key".to_owned()],
            admin_keys: vec!["sak_stack-auth-development-key".to_owned()],
            contained_permissions: stock_permissions(),
            short_coordinate: false,
            users: Users::embedded()?,
        })
    }
}

/// The two roles that a new project has.
fn stock_permissions() -> BTreeMap<String, Vec<String>> {
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    BTreeMap::from([
        (
            "team_admin".to_owned(),
            owned(&[
                "$update_team",
                "$delete_team",
                "$read_members",
                "$remove_members",
                "$invite_members",
                "$manage_api_keys",
            ]),
        ),
        (
            "team_member".to_owned(),
            owned(&["$read_members", "$invite_members"]),
        ),
    ])
}

/// Which of an audience's two keys signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SigningDerivation {
    /// The first, as Stack Auth does today.
    #[default]
    Legacy,
    /// The second, as its source announces.
    New,
}

struct State {
    keys: Keys,
    /// How often the server's secret was replaced.
    generation: u32,
    api_keys: BTreeMap<Access, BTreeSet<String>>,
}

/// Stack Auth, as far as a server sees it.
pub struct StackAuth {
    api_url: Option<String>,
    project: String,
    other_projects: Vec<String>,
    contained_permissions: BTreeMap<String, Vec<String>>,
    short_coordinate: bool,
    state: Mutex<State>,
}

impl StackAuth {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The API URL of a server that listens on this port.
    fn api_url(&self, port: u16) -> String {
        let own = || format!("http://127.0.0.1:{port}");
        self.api_url.clone().unwrap_or_else(own)
    }

    fn audiences(&self) -> Vec<Audience> {
        let projects = std::iter::once(&self.project).chain(&self.other_projects);
        projects
            .flat_map(|project| Audience::all(project))
            .collect()
    }

    fn issue_of(&self, project: &str, user: &User, terms: Terms) -> Result<String, KeyError> {
        let audience = Audience::of(user, project);
        let session = if terms.repeatable {
            DEVELOPMENT_SESSION.to_owned()
        } else {
            Moment::now().request_id
        };
        let api_url = self.api_url(terms.port);
        self.sign(&claims(user, &audience, &api_url, terms.period, &session))
    }

    fn sign(&self, claims: &Value) -> Result<String, KeyError> {
        let state = self.state();
        let audience = claims.get("aud").and_then(Value::as_str);
        let key = audience
            .and_then(|audience| state.keys.signing(audience))
            .or_else(|| state.keys.signing(&self.project))
            .ok_or(KeyError)?;
        key.token(None, claims)
    }
}

impl Provider for StackAuth {
    const PURPOSE: &'static str = "Stack Auth stand-in";
    const FLAG: &'static str = "--stack-auth-port";

    async fn answer(&self, request: Arrival, desk: &Desk) -> Answer {
        self.route(&request, desk)
    }

    fn lifetime(&self) -> Duration {
        LIFETIME
    }

    fn issue(&self, user: &User, terms: Terms) -> Result<String, KeyError> {
        self.issue_of(&self.project, user, terms)
    }

    fn key_refusal(&self) -> Response<ResponseBody> {
        let refused = KnownError::InvalidKey {
            access: Access::Server,
            project_id: self.project.clone(),
        };
        *Refusal::from(refused).answer().response
    }
}

/// A running stand-in; dropping it closes its port.
pub type StackAuthStandIn = StandIn<StackAuth>;

impl StackAuthStandIn {
    /// Starts to listen on 127.0.0.1.
    ///
    /// # Errors
    /// When the port can't be had or the keys can't be made.
    pub async fn start(options: StackAuthOptions) -> Result<Self, StartError> {
        let api_keys = [
            (Access::Server, options.server_keys),
            (Access::Client, options.client_keys),
            (Access::Admin, options.admin_keys),
        ];
        let stack = StackAuth {
            api_url: options.api_url,
            project: options.project,
            other_projects: options.other_projects,
            contained_permissions: options.contained_permissions,
            short_coordinate: options.short_coordinate,
            state: Mutex::new(State {
                keys: Keys::default(),
                generation: 0,
                api_keys: api_keys
                    .map(|(access, keys)| (access, keys.into_iter().collect()))
                    .into(),
            }),
        };
        let keys = Keys::derive(0, &stack.audiences(), stack.short_coordinate)?;
        stack.state().keys = keys;
        let (port, environment, users) = (options.port, options.environment, options.users);
        Ok(Self::serve(stack, port, environment, users).await?)
    }

    /// The project's ID.
    pub fn project(&self) -> &str {
        &self.provider().project
    }

    /// A fresh access token for the user of this name, good for [`LIFETIME`] (or past it, for a user
    /// whose token is expired): of a normal, a restricted or an anonymous user, as the users file says.
    ///
    /// # Errors
    /// For a name it does not know.
    pub fn token(&self, name: &str) -> Result<String, TokenError> {
        self.issue(name, Validity::Fresh)
    }

    /// The same for another of the server's projects.
    ///
    /// # Errors
    /// For a name it does not know, or a project.
    pub fn token_of_project(&self, name: &str, project: &str) -> Result<String, TokenError> {
        let user = self.user(name).ok_or(TokenError::UnknownUser)?;
        let terms = Terms {
            period: Validity::Fresh.period(user.token, self.now(), LIFETIME),
            repeatable: false,
            port: self.address().port(),
        };
        Ok(self.provider().issue_of(project, &user, terms)?)
    }

    /// The access token that says the same in every run and lasts for decades.
    ///
    /// # Errors
    /// As [`StackAuthStandIn::token`].
    pub fn development_token(&self, name: &str) -> Result<String, TokenError> {
        self.issue(name, Validity::Development)
    }

    /// A token with exactly these claims, signed with the key of its `aud` (of normal users, if it has
    /// none of the server's audiences).
    ///
    /// # Errors
    /// When the crypto library gives no signature.
    pub fn sign(&self, claims: &Value) -> Result<String, TokenError> {
        Ok(self.provider().sign(claims)?)
    }

    /// Replaces the accepted secret server keys.
    pub fn set_server_keys<K: Into<String>>(&self, keys: impl IntoIterator<Item = K>) {
        let keys = keys.into_iter().map(Into::into).collect();
        self.provider()
            .state()
            .api_keys
            .insert(Access::Server, keys);
    }

    /// Lets the other key of each audience sign from now on; both stay published.
    pub fn set_signing(&self, derivation: SigningDerivation) {
        self.provider().state().keys.derivation = derivation;
    }

    /// Replaces the server's secret: all keys are new, and every token before is refused.
    ///
    /// # Errors
    /// When the keys can't be made.
    pub fn rotate_keys(&self) -> Result<(), KeyError> {
        let stack = self.provider();
        let mut state = stack.state();
        state.generation += 1;
        let derivation = state.keys.derivation;
        state.keys = Keys::derive(state.generation, &stack.audiences(), stack.short_coordinate)?;
        state.keys.derivation = derivation;
        Ok(())
    }
}
