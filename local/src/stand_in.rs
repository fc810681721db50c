//! What all stand-ins for identity providers have: users, a clock, counts, a memory and faults.
//!
//! A provider answers rightly (`Provider::answer`); everything else about it is here.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use hyper::Response;

use crate::answer::{Answer, Outcome};
use crate::fault::Fault;
use crate::server::{Abort, Arrival, Handler, PortError, ResponseBody, Server};
use crate::signing::KeyError;
use crate::users::{Environment, User, Users};

/// Requests whose outline is kept for [`StandIn::received`].
const KEPT_REQUESTS: usize = 100;

/// How many requests came in, and what became of them. Right answers that a fault then spoiled count as given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All requests, those that met a fault included.
    pub requests: u64,
    /// Answered with a signed-in user.
    pub authenticated: u64,
    /// Answered that the token proves no user.
    pub not_authenticated: u64,
    /// Refused for the client's own key.
    pub wrong_key: u64,
    /// Refused for another mistake of the client (4xx).
    pub rejected: u64,
    /// Answered with what a user has: teams, permissions, products.
    pub listed: u64,
    /// Answered with keys or another public document.
    pub published: u64,
    /// Met a fault.
    pub faulted: u64,
}

impl Counts {
    fn add(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Authenticated => &mut self.authenticated,
            Outcome::NotAuthenticated => &mut self.not_authenticated,
            Outcome::WrongKey => &mut self.wrong_key,
            Outcome::Rejected => &mut self.rejected,
            Outcome::Listed => &mut self.listed,
            Outcome::Published => &mut self.published,
        } += 1;
    }
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

/// One identity provider.
pub(crate) trait Provider: Send + Sync + 'static {
    /// What it is called where a port is asked for.
    const PURPOSE: &'static str;
    /// The flag that chooses another port.
    const FLAG: &'static str;

    /// The answer without any fault.
    fn answer(&self, request: Arrival, desk: &Desk) -> impl Future<Output = Answer> + Send;
}

struct State {
    users: Users,
    fault: Option<Fault>,
    /// How many more requests meet the fault; `None` is all.
    fault_left: Option<u32>,
    ahead: Duration,
    counts: Counts,
    received: VecDeque<Received>,
}

/// What a provider answers from.
pub(crate) struct Desk {
    environment: Environment,
    state: Mutex<State>,
}

impl Desk {
    fn new(environment: Environment, users: Users) -> Self {
        Self {
            environment,
            state: Mutex::new(State {
                users,
                fault: None,
                fault_left: None,
                ahead: Duration::ZERO,
                counts: Counts::default(),
                received: VecDeque::new(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> SystemTime {
        SystemTime::now() + self.state().ahead
    }

    /// The user with this ID, which is not the name in the users file.
    pub(crate) fn user_of_id(&self, id: &str) -> Option<User> {
        let state = self.state();
        let users = state.users.of(self.environment);
        users.values().find(|user| user.id == id).cloned()
    }

    /// The user of this name in the users file.
    fn user_of_name(&self, name: &str) -> Option<User> {
        self.state().users.of(self.environment).get(name).cloned()
    }

    /// All of them, by name.
    pub(crate) fn users(&self) -> BTreeMap<String, User> {
        self.state().users.of(self.environment).clone()
    }

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

/// What the handle and the server share.
struct Shared<P> {
    provider: P,
    desk: Desk,
}

impl<P: Provider> Shared<P> {
    async fn answer(&self, request: Arrival) -> Response<ResponseBody> {
        let answer = self.provider.answer(request, &self.desk).await;
        self.desk.state().counts.add(answer.outcome);
        answer.response
    }
}

impl<P: Provider> Handler for Shared<P> {
    async fn handle(self: Arc<Self>, request: Arrival) -> Result<Response<ResponseBody>, Abort> {
        let fault = self.desk.note(&request);
        let line = request.line.clone();
        match fault {
            None => Ok(self.answer(request).await),
            Some(fault) => fault.answer(line, self.answer(request)).await,
        }
    }
}

/// A running stand-in for the identity provider `P`; dropping it closes its port.
pub struct StandIn<P> {
    server: Server,
    shared: Arc<Shared<P>>,
    purpose: &'static str,
}

impl<P> fmt::Debug for StandIn<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}, {})",
            self.purpose,
            self.environment().name(),
            self.address()
        )
    }
}

impl<P> StandIn<P> {
    /// Starts to listen on 127.0.0.1; port 0 takes a free one.
    pub(crate) async fn serve(
        provider: P,
        port: u16,
        environment: Environment,
        users: Users,
    ) -> Result<Self, PortError>
    where
        P: Provider,
    {
        let shared = Arc::new(Shared {
            provider,
            desk: Desk::new(environment, users),
        });
        let server = Server::start(port, P::PURPOSE, P::FLAG, Arc::clone(&shared)).await?;
        Ok(Self {
            server,
            shared,
            purpose: P::PURPOSE,
        })
    }

    pub(crate) fn provider(&self) -> &P {
        &self.shared.provider
    }

    /// The user of this name and the time it is.
    pub(crate) fn user(&self, name: &str) -> Option<(User, SystemTime)> {
        let desk = &self.shared.desk;
        Some((desk.user_of_name(name)?, desk.now()))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The base of its URLs, in place of the provider's own: `http://127.0.0.1:3001`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The environment whose users it serves.
    pub fn environment(&self) -> Environment {
        self.shared.desk.environment
    }

    /// The users it serves, by name.
    pub fn users(&self) -> Vec<(String, User)> {
        self.shared.desk.users().into_iter().collect()
    }

    /// Replaces the users; what they bought and who is signed in changes from the next request on.
    pub fn set_users(&self, users: Users) {
        self.shared.desk.state().users = users;
    }

    /// Lets every request meet this fault until [`StandIn::recover`].
    pub fn fail(&self, fault: Fault) {
        let mut state = self.shared.desk.state();
        (state.fault, state.fault_left) = (Some(fault), None);
    }

    /// Lets the next `times` requests meet this fault.
    pub fn fail_times(&self, times: u32, fault: Fault) {
        let mut state = self.shared.desk.state();
        (state.fault, state.fault_left) = (Some(fault), Some(times));
    }

    /// Ends every fault.
    pub fn recover(&self) {
        let mut state = self.shared.desk.state();
        (state.fault, state.fault_left) = (None, None);
    }

    /// Puts its clock forward, as if this much time had passed.
    pub fn advance(&self, time: Duration) {
        self.shared.desk.state().ahead += time;
    }

    /// What it has been asked since its start.
    pub fn counts(&self) -> Counts {
        self.shared.desk.state().counts
    }

    /// The last hundred requests, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.shared.desk.state().received.iter().cloned().collect()
    }

    /// Closes the port; requests in flight have a second to end.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}
