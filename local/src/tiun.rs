//! A stand-in for tiun's server-to-server API (docs.tiun.io): one instance is one environment.
//!
//! It checks the key as tiun does, answers from the users file, and fails on demand.

mod fault;
mod verification;

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use hyper::Response;

pub use fault::Fault;

use crate::server::{Abort, Arrival, Handler, PortError, ResponseBody, Server};
use crate::token::Mint;
use crate::users::{Environment, TokenState, User, Users};

/// The path of the user verification, the same in both environments.
pub const VERIFICATION_PATH: &str = "/live_api/s2s/v1/users/verification";

/// Requests whose outline is kept for [`TiunStandIn::received`].
const KEPT_REQUESTS: usize = 100;

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
    pub fn development(environment: Environment) -> Result<Self, crate::users::UsersError> {
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

/// How many requests came in, and what became of them. Right answers that a fault then spoiled count as given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All requests, those that met a fault included.
    pub requests: u64,
    /// Answered with a signed-in user.
    pub authenticated: u64,
    /// Answered with `isAuthenticated:false`.
    pub not_authenticated: u64,
    /// Refused for the key (401).
    pub wrong_key: u64,
    /// Refused for another mistake of the client (4xx).
    pub rejected: u64,
    /// Met a fault.
    pub faulted: u64,
}

/// The outline of a request; no header values, no body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// `POST`
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// Header names in lower case, in order.
    pub headers: Vec<String>,
}

struct State {
    keys: BTreeSet<String>,
    users: Users,
    fault: Option<Fault>,
    /// How many more requests meet the fault; `None` is all.
    fault_left: Option<u32>,
    absent_user: AbsentUser,
    ahead: Duration,
    counts: Counts,
    received: VecDeque<Received>,
}

/// What the handle and the server share.
struct Shared {
    environment: Environment,
    mint: Mint,
    state: Mutex<State>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handler for Shared {
    async fn handle(self: Arc<Self>, request: Arrival) -> Result<Response<ResponseBody>, Abort> {
        let fault = self.note(&request);
        let line = request.line.clone();
        match fault {
            None => Ok(self.answer(request).await),
            Some(fault) => fault.answer(line, self.answer(request)).await,
        }
    }
}

impl Shared {
    /// Counts a request and takes the fault it is to meet.
    fn note(&self, request: &Arrival) -> Option<Fault> {
        let mut state = self.state();
        state.counts.requests += 1;
        if let Some(head) = &request.head {
            let headers = head
                .headers
                .iter()
                .map(|(name, _)| name.to_ascii_lowercase())
                .collect();
            if state.received.len() == KEPT_REQUESTS {
                state.received.pop_front();
            }
            state.received.push_back(Received {
                method: head.method.clone(),
                target: head.target.clone(),
                headers,
            });
        }
        match &mut state.fault_left {
            Some(0) => return None,
            Some(left) => *left -= 1,
            None => {}
        }
        let fault = state.fault.clone()?;
        state.counts.faulted += 1;
        Some(fault)
    }
}

/// A running stand-in; dropping it closes its port.
pub struct TiunStandIn {
    server: Server,
    shared: Arc<Shared>,
}

impl fmt::Debug for TiunStandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "TiunStandIn({}, {})",
            self.shared.environment.name(),
            self.address()
        )
    }
}

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
        let shared = Arc::new(Shared {
            environment,
            mint: Mint::development(environment.name()),
            state: Mutex::new(State {
                keys: keys.into_iter().collect(),
                users,
                fault: None,
                fault_left: None,
                absent_user: AbsentUser::default(),
                ahead: Duration::ZERO,
                counts: Counts::default(),
                received: VecDeque::new(),
            }),
        });
        let server =
            Server::start(port, "tiun stand-in", "--tiun-port", Arc::clone(&shared)).await?;
        Ok(Self { server, shared })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The base of its URLs, in place of `https://api.tiun.live`: `http://127.0.0.1:3001`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The environment it stands in for.
    pub fn environment(&self) -> Environment {
        self.shared.environment
    }

    /// The users it serves, by name.
    pub fn users(&self) -> Vec<(String, User)> {
        let state = self.shared.state();
        state
            .users
            .of(self.shared.environment)
            .iter()
            .map(|(name, user)| (name.clone(), user.clone()))
            .collect()
    }

    /// A fresh token for the user of this name, good for five minutes (or past them, for a user whose
    /// token is expired); `None` for a name it does not know.
    pub fn token(&self, name: &str) -> Option<String> {
        let user = self.user(name)?;
        let lifetime = crate::token::LIFETIME;
        let issued = match user.token {
            TokenState::Good => self.now(),
            TokenState::Expired => self.now().checked_sub(lifetime + Duration::from_secs(1))?,
        };
        Some(self.shared.mint.mint_at(&user.id, issued, lifetime))
    }

    /// The token for the user of this name that is the same in every run and lasts for decades.
    pub fn development_token(&self, name: &str) -> Option<String> {
        let user = self.user(name)?;
        Some(
            self.shared
                .mint
                .development_token(&user.id, user.token == TokenState::Expired),
        )
    }

    fn user(&self, name: &str) -> Option<User> {
        self.shared
            .state()
            .users
            .of(self.shared.environment)
            .get(name)
            .cloned()
    }

    fn now(&self) -> SystemTime {
        SystemTime::now() + self.shared.state().ahead
    }

    /// Replaces the users; what they bought and who is signed in changes from the next request on.
    pub fn set_users(&self, users: Users) {
        self.shared.state().users = users;
    }

    /// Replaces the accepted keys: the old ones are refused from the next request on.
    pub fn set_keys<K: Into<String>>(&self, keys: impl IntoIterator<Item = K>) {
        self.shared.state().keys = keys.into_iter().map(Into::into).collect();
    }

    /// Lets every request meet this fault until [`TiunStandIn::recover`].
    pub fn fail(&self, fault: Fault) {
        let mut state = self.shared.state();
        (state.fault, state.fault_left) = (Some(fault), None);
    }

    /// Lets the next `times` requests meet this fault.
    pub fn fail_times(&self, times: u32, fault: Fault) {
        let mut state = self.shared.state();
        (state.fault, state.fault_left) = (Some(fault), Some(times));
    }

    /// Ends every fault.
    pub fn recover(&self) {
        let mut state = self.shared.state();
        (state.fault, state.fault_left) = (None, None);
    }

    /// What `userInfo` is when nobody is signed in.
    pub fn set_absent_user(&self, shape: AbsentUser) {
        self.shared.state().absent_user = shape;
    }

    /// Puts its clock forward, as if this much time had passed.
    pub fn advance(&self, time: Duration) {
        self.shared.state().ahead += time;
    }

    /// What it has been asked since its start.
    pub fn counts(&self) -> Counts {
        self.shared.state().counts
    }

    /// The last hundred requests, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.shared.state().received.iter().cloned().collect()
    }

    /// Closes the port; requests in flight have a second to end.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}
