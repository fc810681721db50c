//! Everything that became of a request, for whoever watches: the log, the page, a test.
//!
//! Made for every request of what is there anyway; it becomes text and JSON when somebody asks, and
//! then without what the client identifies itself with ([`SecretNames`]).

mod json;
mod masked;
mod send;
mod steps;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hyper::HeaderMap;
use serde_json::Value;

use super::clock::Moment;
use super::log::Outcome;
use super::request::Request;
use super::verdict::Verdict;

pub use masked::SecretNames;
pub use send::{Approach, Sent};

/// Where exchanges go.
pub type Log = Arc<dyn Fn(&Arc<Exchange>) + Send + Sync>;

/// What became of one request, or of one message of a WebSocket connection.
#[derive(Clone, Default)]
pub struct Exchange {
    /// Its number in this process, from 1.
    pub id: u64,
    /// When it came, in milliseconds since 1970.
    pub epoch_ms: u64,
    /// The API's name in its template.
    pub api: String,
    /// `GET`
    pub method: String,
    /// The path as sent, without the query, where tokens travel, and without a token of its own.
    pub path: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// What became of it.
    pub outcome: Outcome,
    /// The authorizer was not asked: an answer of before still counts.
    pub cached: bool,
    /// The authorizer's reason, or what is wrong; without the token, whoever wrote it.
    pub reason: String,
    /// From the request's head to the answer's.
    pub elapsed: Duration,
    /// What is known of its way beside.
    pub notes: Notes,
    /// The headers of the answer.
    pub headers: HeaderMap,
    /// The body of what the gateway answers by itself; `None` where the backend answers.
    pub body: Option<Bytes>,
    /// What is left out of texts.
    pub secrets: Arc<SecretNames>,
}

/// What a request leaves behind on its way.
#[derive(Clone, Default)]
pub struct Notes {
    /// The request, once it is one that the gateway takes.
    pub request: Option<Request>,
    /// Whether it is about a WebSocket connection that is open: a message, the end, a call of
    /// `@connections`.
    pub is_of_connection: bool,
    /// The route that takes it: `ANY /{proxy+}`.
    pub route: Option<String>,
    /// The name of the authorizer that was to decide.
    pub authorizer: Option<String>,
    /// What the authorizer got; `None` where it was not asked.
    pub event: Option<Arc<Value>>,
    /// What it answered, now or for the answer that was kept.
    pub answer: Option<Arc<Value>>,
    /// What that means for the request.
    pub verdict: Option<Verdict>,
    /// The rule that decided, from the keyword to the pattern, where the authorizer tells it.
    pub rule: Option<String>,
    /// How long each stage took.
    pub times: Times,
}

/// How long the stages of a request took; zero where it did not come to one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// Until the request was there, body and all.
    pub admission: Duration,
    /// Until its identity was found, or found missing.
    pub identity: Duration,
    /// The look for a kept answer.
    pub cache: Duration,
    /// The call of the authorizer.
    pub authorizer: Duration,
    /// Reading and judging its answer.
    pub document: Duration,
    /// The backend, until its answer begins.
    pub backend: Duration,
}

impl Exchange {
    /// One that begins, of which nothing is known but when, and the API's name.
    pub(super) fn begin(api: &str, moment: &Moment, secrets: &Arc<SecretNames>) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: COUNT.fetch_add(1, Ordering::Relaxed) + 1,
            epoch_ms: moment.epoch_ms,
            api: api.to_owned(),
            secrets: Arc::clone(secrets),
            ..Self::default()
        }
    }

    /// The user's ID, where the authorizer says who called; never an address.
    pub fn user(&self) -> Option<&str> {
        let context = self.notes.verdict.as_ref()?.principal()?.context;
        let user = context.get("userId").and_then(Value::as_str)?;
        (!user.is_empty() && !user.contains('@')).then_some(user)
    }
}

impl fmt::Debug for Exchange {
    /// The log's line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exchange({}: {self})", self.id)
    }
}
