//! What a provider answers from: the users as they are now, the time, and what is wrong on purpose.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::UnknownUser;
use super::counts::{Counts, Received};
use crate::fault::{Fault, NamedFault};
use crate::server::Arrival;
use crate::users::{Change, Environment, Session, User, Users};

/// Requests whose outline is kept.
const KEPT_REQUESTS: usize = 100;

pub(super) struct State {
    /// What the provider is called: its name in `authorizer.yaml`.
    pub name: String,
    /// As in the users file.
    saved: Users,
    /// The same with what was changed since.
    users: Users,
    /// The fault of a test.
    pub fault: Option<Fault>,
    /// How many more requests meet it; `None` is all.
    pub fault_left: Option<u32>,
    /// The fault that lasts until it is switched off.
    pub lasting: NamedFault,
    /// How much later everything comes.
    pub latency: Duration,
    pub ahead: Duration,
    pub counts: Counts,
    pub received: VecDeque<Received>,
}

pub(crate) struct Desk {
    pub(super) environment: Environment,
    state: Mutex<State>,
}

impl Desk {
    pub(super) fn new(name: &str, environment: Environment, users: Users) -> Self {
        Self {
            environment,
            state: Mutex::new(State {
                name: name.to_owned(),
                saved: users.clone(),
                users,
                fault: None,
                fault_left: None,
                lasting: NamedFault::None,
                latency: Duration::ZERO,
                ahead: Duration::ZERO,
                counts: Counts::default(),
                received: VecDeque::new(),
            }),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> SystemTime {
        SystemTime::now() + self.state().ahead
    }

    /// What the provider is called.
    pub(crate) fn name(&self) -> String {
        self.state().name.clone()
    }

    /// The user with this ID, which is not the name in the users file.
    pub(crate) fn user_of_id(&self, id: &str) -> Option<User> {
        let state = self.state();
        let users = state.users.of(self.environment);
        users.values().find(|user| user.id == id).cloned()
    }

    /// The user of this name in the users file.
    pub(crate) fn user_of_name(&self, name: &str) -> Option<User> {
        self.state().users.of(self.environment).get(name).cloned()
    }

    /// All of them, by name.
    pub(crate) fn users(&self) -> BTreeMap<String, User> {
        self.state().users.of(self.environment).clone()
    }

    /// Replaces the users, and forgets what was changed.
    pub(super) fn save(&self, users: Users) {
        let mut state = self.state();
        state.saved.clone_from(&users);
        state.users = users;
    }

    /// Changes a user until the users are replaced.
    pub(super) fn change(&self, name: &str, change: &Change) -> Result<(), UnknownUser> {
        let mut state = self.state();
        let user = state.users.of_mut(self.environment).get_mut(name);
        change.apply_to(user.ok_or(UnknownUser)?);
        Ok(())
    }

    /// Makes a user what the users file says again.
    pub(super) fn restore(&self, name: &str) -> Result<(), UnknownUser> {
        let mut state = self.state();
        let saved = state.saved.of(self.environment).get(name).cloned();
        let user = state.users.of_mut(self.environment).get_mut(name);
        *user.ok_or(UnknownUser)? = saved.ok_or(UnknownUser)?;
        Ok(())
    }

    /// Whether a user is another than in the users file.
    pub(super) fn is_changed(&self, name: &str) -> bool {
        let state = self.state();
        let [saved, now] = [&state.saved, &state.users].map(|u| u.of(self.environment).get(name));
        saved != now
    }

    /// Somebody signed in, or out: the session of the user with this ID is this from now on.
    pub(crate) fn set_session(&self, id: &str, session: Session) {
        let mut state = self.state();
        let users = state.users.of_mut(self.environment);
        if let Some(user) = users.values_mut().find(|user| user.id == id) {
            user.session = session;
        }
    }

    /// Counts a request, and takes the fault and the delay it is to meet.
    pub(super) fn note(&self, request: &Arrival) -> (Option<Fault>, Duration) {
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
        let fault = state.next_fault();
        if fault.is_some() {
            state.counts.faulted += 1;
        }
        (fault, state.latency)
    }
}

impl State {
    /// A test's before one that lasts.
    fn next_fault(&mut self) -> Option<Fault> {
        let is_over = self.fault_left == Some(0);
        match &self.fault {
            Some(fault) if !is_over => {
                self.fault_left = self.fault_left.map(|left| left - 1);
                Some(fault.clone())
            }
            _ => self.lasting.fault(),
        }
    }
}
