//! What a stand-in has been asked.

use crate::answer::Outcome;

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
    pub(super) fn add(&mut self, outcome: Outcome) {
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
