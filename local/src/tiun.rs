//! A stand-in for tiun's server-to-server API (docs.tiun.io): one instance is one environment.
//!
//! It checks the key as tiun does, answers from the users file, and fails on demand.

mod mint;
mod verification;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use crate::fault::Fault;
pub use crate::stand_in::{Counts, Received};

use crate::answer::{Answer, problem};
use crate::server::{Arrival, PortError};
use crate::signing::KeyError;
use crate::stand_in::{Desk, Provider, StandIn};
use crate::token::{Terms, Validity};
use crate::users::{Environment, User, Users, UsersError};
use mint::Mint;

/// The path of the user verification, the same in both environments.
pub const VERIFICATION_PATH: &str = "/live_api/s2s/v1/users/verification";

/// How long a token lives (docs.tiun.io, "Verify authentication server-side").
pub const LIFETIME: Duration = Duration::from_mins(5);

/// The API key that `tollgate dev` gives authorizer and stand-in. It opens nothing else.
pub fn development_key(environment: Environment) -> &'static str {
    match environment {
        Environment::Live => "tiun-live-development-key",
        Environment::Sandbox => "tiun-sandbox-development-key",
    }
}

/// What a stand-in starts with.
pub struct TiunOptions {
    /// Which environment it is: decides over catalogue, users and tokens.
    pub environment: Environment,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The API keys it accepts.
    pub keys: Vec<String>,
    /// Both environments' users; it serves its own.
    pub users: Users,
}

impl TiunOptions {
    /// On a free port, with the development key and the users that come with this crate.
    ///
    /// # Errors
    /// As [`Users::embedded`].
    pub fn development(environment: Environment) -> Result<Self, UsersError> {
        let keys = vec![development_key(environment).to_owned()];
        Ok(Self {
            environment,
            port: 0,
            keys,
            users: Users::embedded()?,
        })
    }
}

/// `userInfo` when nobody is signed in: undocumented, so a client has to bear all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AbsentUser {
    /// `"userInfo":null`
    #[default]
    Null,
    /// No such member.
    Missing,
    /// `"userInfo":{}`
    Empty,
}

struct State {
    keys: BTreeSet<String>,
    absent_user: AbsentUser,
}

/// tiun, as far as a verification client sees it.
pub struct Tiun {
    mint: Mint,
    state: Mutex<State>,
}

impl Tiun {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Provider for Tiun {
    const PURPOSE: &'static str = "tiun stand-in";
    const FLAG: &'static str = "--tiun-port";

    async fn answer(&self, request: Arrival, desk: &Desk) -> Answer {
        match self.verify(request, desk).await {
            Ok(answer) => answer,
            Err((outcome, status)) => Answer {
                outcome,
                response: Box::new(problem(status)),
            },
        }
    }

    fn lifetime(&self) -> Duration {
        LIFETIME
    }

    fn issue(&self, user: &User, terms: Terms) -> Result<String, KeyError> {
        self.mint.issue(&user.id, &terms)
    }
}

/// A running stand-in; dropping it closes its port.
pub type TiunStandIn = StandIn<Tiun>;

impl TiunStandIn {
    /// Starts to listen on 127.0.0.1.
    ///
    /// # Errors
    /// When the port can't be had.
    pub async fn start(options: TiunOptions) -> Result<Self, PortError> {
        let TiunOptions {
            environment,
            port,
            keys,
            users,
        } = options;
        let tiun = Tiun {
            mint: Mint::development(environment.name()),
            state: Mutex::new(State {
                keys: keys.into_iter().collect(),
                absent_user: AbsentUser::default(),
            }),
        };
        Self::serve(tiun, port, environment, users).await
    }

    /// A fresh token for the user of this name, good for five minutes (or past them, for a user whose
    /// token is expired); `None` for a name it does not know.
    pub fn token(&self, name: &str) -> Option<String> {
        self.issue(name, Validity::Fresh).ok()
    }

    /// The token for the user of this name that is the same in every run and lasts for decades.
    pub fn development_token(&self, name: &str) -> Option<String> {
        self.issue(name, Validity::Development).ok()
    }

    /// Replaces the accepted keys: the old ones are refused from the next request on.
    pub fn set_keys<K: Into<String>>(&self, keys: impl IntoIterator<Item = K>) {
        self.provider().state().keys = keys.into_iter().map(Into::into).collect();
    }

    /// What `userInfo` is when nobody is signed in.
    pub fn set_absent_user(&self, shape: AbsentUser) {
        self.provider().state().absent_user = shape;
    }
}
