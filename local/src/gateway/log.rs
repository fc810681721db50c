//! One line a request: what was asked, what came of it, why, and how long it took. No token, no query.

use std::fmt;

use super::exchange::Exchange;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
    #[default]
    Refused,
    /// A WebSocket connection that ended.
    Closed,
    /// A call of `@connections` that did what it was to do.
    Managed,
}

impl Outcome {
    /// Whether the answer is the backend's; all others are the gateway's own.
    pub(super) fn is_the_backends(self) -> bool {
        matches!(self, Self::Allowed | Self::Open)
    }

    /// In a word or two, as in the log.
    pub fn word(self) -> &'static str {
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
            Self::Managed => "managed",
        }
    }
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

impl fmt::Display for Exchange {
    /// Its line: `GET    /pro/1 → 403 denied login_required · route /pro/* · u-1 · cached · 0.8 ms`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<6} {} → {} {}",
            shown(&self.method),
            shown(&self.path),
            self.status,
            self.outcome.word()
        )?;
        if !self.reason.is_empty() {
            write!(f, " {}", shown(&self.reason))?;
        }
        let cached = self.cached.then_some("cached");
        let more = [self.notes.rule.as_deref(), self.user(), cached];
        for part in more.into_iter().flatten() {
            write!(f, " · {}", shown(part))?;
        }
        write!(f, " · {:.1} ms", self.elapsed.as_secs_f64() * 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::gateway::verdict::{Context, Verdict};

    #[test]
    fn a_line_reads_like_a_sentence() {
        let mut exchange = Exchange {
            method: "GET".to_owned(),
            path: "/pro/reports/1".to_owned(),
            status: 403,
            outcome: Outcome::Denied,
            reason: "upgrade_required, needs p-live-pro".to_owned(),
            elapsed: Duration::from_micros(830),
            ..Exchange::default()
        };
        assert_eq!(
            exchange.to_string(),
            "GET    /pro/reports/1 → 403 denied upgrade_required, needs p-live-pro · 0.8 ms"
        );
        exchange.cached = true;
        exchange.notes.rule = Some("route /pro/reports/*".to_owned());
        for (id, user) in [
            ("u-light", " · u-light"),
            ("", ""),
            ("light@example.com", ""),
        ] {
            exchange.notes.verdict = Some(Verdict::Deny {
                explicit: true,
                principal: "p".to_owned(),
                context: Context::from([("userId".to_owned(), json!(id))]),
            });
            let line = format!(
                "GET    /pro/reports/1 → 403 denied upgrade_required, needs p-live-pro · \
                 route /pro/reports/*{user} · cached · 0.8 ms"
            );
            assert_eq!(exchange.to_string(), line);
        }
        exchange.reason = "\u{1b}[31m\nsecond line".to_owned();
        exchange.path = "/".repeat(500);
        let line = exchange.to_string();
        assert!(
            !line.contains(char::is_control) && line.chars().count() < 450,
            "{line}"
        );
    }
}
