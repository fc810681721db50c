//! What all stand-ins for identity providers have: users, a clock, counts, a memory, faults and a page
//! to sign in on.
//!
//! A provider answers rightly (`Provider::answer`); everything else about it is here.

mod counts;
mod desk;
mod error;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::Response;

use crate::answer::{Answer, problem};
use crate::fault::{Fault, NamedFault};
use crate::server::{Abort, Arrival, Handler, PortError, ResponseBody, Server};
use crate::sign_in;
use crate::signing::KeyError;
use crate::token::{Terms, Validity};
use crate::users::{Change, Environment, User, Users};

pub use counts::{Counts, Received};
pub(crate) use desk::Desk;
pub use error::{StartError, TokenError, UnknownUser};

/// One identity provider.
pub(crate) trait Provider: Send + Sync + 'static {
    /// What it is called where a port is asked for.
    const PURPOSE: &'static str;
    /// The flag that chooses another port.
    const FLAG: &'static str;

    /// The answer without any fault.
    fn answer(&self, request: Arrival, desk: &Desk) -> impl Future<Output = Answer> + Send;

    /// How long its tokens live.
    fn lifetime(&self) -> Duration;

    /// A token of this user.
    ///
    /// # Errors
    /// When the crypto library gives no signature.
    fn issue(&self, user: &User, terms: Terms) -> Result<String, KeyError>;

    /// How it refuses the client's own key.
    fn key_refusal(&self) -> Response<ResponseBody> {
        problem(401)
    }
}

/// The token of a user that is this good.
pub(crate) fn issue<P: Provider>(
    provider: &P,
    desk: &Desk,
    user: &User,
    validity: Validity,
    port: u16,
) -> Result<String, KeyError> {
    let terms = Terms {
        period: validity.period(user.token, desk.now(), provider.lifetime()),
        repeatable: validity == Validity::Development,
        port,
    };
    provider.issue(user, terms)
}

/// What the handle and the server share.
struct Shared<P> {
    provider: P,
    desk: Desk,
}

impl<P: Provider> Shared<P> {
    async fn answer(&self, request: Arrival) -> Response<ResponseBody> {
        let answer = if sign_in::is_asked_for(&request) {
            sign_in::answer(&self.provider, request, &self.desk).await
        } else {
            self.provider.answer(request, &self.desk).await
        };
        self.desk.state().counts.add(answer.outcome);
        *answer.response
    }

    /// The refusal of the client's key; the request is read all the same.
    async fn key_refusal(&self, request: Arrival) -> Response<ResponseBody> {
        self.answer(request).await;
        self.provider.key_refusal()
    }
}

impl<P: Provider> Handler for Shared<P> {
    async fn handle(self: Arc<Self>, request: Arrival) -> Result<Response<ResponseBody>, Abort> {
        let (fault, latency) = self.desk.note(&request);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let line = request.line.clone();
        match fault {
            None => Ok(self.answer(request).await),
            Some(fault @ Fault::KeyRefused) => fault.answer(line, self.key_refusal(request)).await,
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
            desk: Desk::new(P::PURPOSE, environment, users),
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

    /// A token of the user of this name.
    pub(crate) fn issue(&self, name: &str, validity: Validity) -> Result<String, TokenError>
    where
        P: Provider,
    {
        let Shared { provider, desk } = &*self.shared;
        let user = desk.user_of_name(name).ok_or(TokenError::UnknownUser)?;
        let port = self.address().port();
        Ok(issue(provider, desk, &user, validity, port)?)
    }

    /// The user of this name.
    pub(crate) fn user(&self, name: &str) -> Option<User> {
        self.shared.desk.user_of_name(name)
    }

    /// The time by its clock.
    pub(crate) fn now(&self) -> std::time::SystemTime {
        self.shared.desk.now()
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

    /// Replaces the users; what they bought and who is signed in changes from the next request on. What
    /// was changed of them before is forgotten.
    pub fn set_users(&self, users: Users) {
        self.shared.desk.save(users);
    }

    /// Changes the user of this name until the users are replaced.
    ///
    /// # Errors
    /// When there is none.
    pub fn change_user(&self, name: &str, change: &Change) -> Result<(), UnknownUser> {
        self.shared.desk.change(name, change)
    }

    /// Makes the user of this name what the users file says again.
    ///
    /// # Errors
    /// When there is none.
    pub fn restore_user(&self, name: &str) -> Result<(), UnknownUser> {
        self.shared.desk.restore(name)
    }

    /// Whether the user of this name is another than in the users file: changed, or signed in or out in
    /// a browser.
    pub fn is_user_changed(&self, name: &str) -> bool {
        self.shared.desk.is_changed(name)
    }

    /// What the provider is called, on its pages and where they lead; its kind until it is named.
    pub fn set_name(&self, name: &str) {
        name.clone_into(&mut self.shared.desk.state().name);
    }

    /// The page on which a person signs in. With `?return_to=http://localhost:5173/cb` it leads back
    /// there, with the token in the fragment.
    pub fn sign_in_url(&self) -> String {
        format!("{}{}", self.url(), sign_in::PATH)
    }

    /// Lets every request meet this fault until another is set; what [`StandIn::fail`] says goes first.
    pub fn set_fault(&self, fault: NamedFault) {
        self.shared.desk.state().lasting = fault;
    }

    /// The fault that lasts.
    pub fn fault(&self) -> NamedFault {
        self.shared.desk.state().lasting
    }

    /// Lets everything come this much later.
    pub fn set_latency(&self, latency: Duration) {
        self.shared.desk.state().latency = latency;
    }

    /// How much later everything comes.
    pub fn latency(&self) -> Duration {
        self.shared.desk.state().latency
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

    /// Ends what [`StandIn::fail`] began; a fault that lasts goes on.
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
