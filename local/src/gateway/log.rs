//! One line a request: what was asked, what came of it, why, and how long it took. No token, no query.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Let in by the authorizer, answered by the backend.
    Allowed,
    /// Of a route without an authorizer, answered by the backend.
    Open,
    /// The authorizer's document does not allow it.
    Denied,
    /// The authorizer knows nobody by that token.
    Unauthorized,
    /// The authorizer failed or answered nonsense.
    AuthorizerFailed,
    /// Let in, but the backend failed.
    BackendFailed,
    /// A CORS preflight, answered without authorizer and backend.
    Preflight,
    /// Turned away by the gateway before the authorizer was asked.
    Refused,
    /// A WebSocket connection that ended.
    Closed,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Open => "open",
            Self::Denied => "denied",
            Self::Unauthorized => "unauthorized",
            Self::AuthorizerFailed => "authorizer failed",
            Self::BackendFailed => "backend failed",
            Self::Preflight => "preflight",
            Self::Refused => "refused",
            Self::Closed => "closed",
        }
    }
}

/// What is told of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// `GET`; of a WebSocket API `CONNECT`, `MESSAGE` and `DISCONNECT`.
    pub method: String,
    /// The path as sent, without the query: tokens travel there. Of a message and an end the route.
    pub path: String,
    /// The HTTP status of the answer; of an end the close code.
    pub status: u16,
    /// What became of it.
    pub outcome: Outcome,
    /// The authorizer was not asked: an answer of before still counts.
    pub cached: bool,
    /// The authorizer's reason, or what is wrong; without the token, whoever wrote it.
    pub reason: String,
    /// From the request's head to the answer's; of an end the life of the connection.
    pub elapsed: Duration,
}

/// Longest path or reason in a line, in characters.
const MAX_SHOWN: usize = 300;

/// Text from outside, made safe for a terminal and short.
fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(MAX_SHOWN)
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect()
            } else {
                vec![c]
            }
        })
        .collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

impl fmt::Display for RequestRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            method,
            path,
            status,
            outcome,
            cached,
            reason,
            elapsed,
        } = self;
        write!(
            f,
            "{:<6} {} → {status} {}",
            shown(method),
            shown(path),
            outcome.word()
        )?;
        if *cached {
            f.write_str(" (cached)")?;
        }
        if !reason.is_empty() {
            write!(f, " {}", shown(reason))?;
        }
        write!(f, "  {:.1} ms", elapsed.as_secs_f64() * 1000.0)
    }
}

/// Where records go.
pub type Log = Arc<dyn Fn(&RequestRecord) + Send + Sync>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_like_a_sentence() {
        let mut record = RequestRecord {
            method: "GET".to_owned(),
            path: "/pro/reports/1".to_owned(),
            status: 403,
            outcome: Outcome::Denied,
            cached: false,
            reason: "upgrade_required, needs p-live-pro".to_owned(),
            elapsed: Duration::from_micros(830),
        };
        assert_eq!(
            record.to_string(),
            "GET    /pro/reports/1 → 403 denied upgrade_required, needs p-live-pro  0.8 ms"
        );
        record.cached = true;
        assert!(
            record
                .to_string()
                .contains("403 denied (cached) upgrade_required")
        );
        record.reason = "\u{1b}[31m\nsecond line".to_owned();
        record.path = "/".repeat(500);
        let line = record.to_string();
        assert!(
            !line.contains(char::is_control) && line.chars().count() < 400,
            "{line}"
        );
    }
}
