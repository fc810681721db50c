//! The line to one provider: calls out with at most one retry, and none while the provider is
//! to be left alone.
//!
//! An answer is what the provider says about the request; whatever only says that it cannot
//! answer now (408, 425, 429 and 5xx) is a failure like a broken connection, and its cause
//! never reads as if a token were bad.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::breaker::{Breaker, FAILURES, Refused};
use crate::http::{Answer, Ask, Failure, Http};
use crate::meter::Meter;
use crate::outcome::Cause;
use crate::sources::Clock;

/// Time between an answer that the provider cannot serve the request just now (502, 503, 504)
/// and the retry: what fails there often is one instance of several, or a restart.
const BEFORE_RETRY: Duration = Duration::from_millis(100);

/// Least time left for a retry to be worth it. It must also be as long as the first try took.
const FOR_RETRY: Duration = Duration::from_millis(100);

/// The way to one provider, shared by everything that asks it.
pub(crate) struct Line {
    http: Arc<Http>,
    /// What causes call the provider, as in `tiun`.
    name: String,
    breaker: Breaker,
    meter: Meter,
}

/// A try without an answer.
struct Failed {
    /// What the provider did, as a clause after its name.
    what: String,
    /// How long after it a retry may help.
    retry: Option<Duration>,
    /// How long the provider asks to be left alone.
    retry_after: Option<Duration>,
    /// Whether it says something of this answer alone and nothing of the provider.
    is_answers_own: bool,
}

impl Line {
    pub(crate) fn new(http: Arc<Http>, name: String, clock: Clock) -> Self {
        Self {
            http,
            name,
            breaker: Breaker::new(clock),
            meter: Meter::default(),
        }
    }

    /// What causes call the provider.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What is asked over it, counted.
    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Asks the provider, and reads its whole answer, by the `deadline`.
    ///
    /// Asked once more, if time allows: on a new connection when the old one broke before an
    /// answer began, and after a moment on 502, 503 and 504. After a `Retry-After` on 429 or
    /// 503, and while the provider is down, calls fail at once; see [`crate::breaker`].
    pub(crate) async fn ask(&self, ask: &Ask<'_>, deadline: Instant) -> Result<Answer, Cause> {
        let began = Instant::now();
        if began >= deadline {
            return Err(self.cause("was not asked: no time was left"));
        }
        let admission = self.breaker.admit().map_err(|refused| {
            self.meter.kept_back();
            self.kept(refused)
        })?;
        let call = self.meter.call();
        let mut answer = judge(self.http.send(ask, deadline).await);
        if let Err(Failed { what, retry, .. }) = &answer
            && let Some(pause) = *retry
            && fits(
                began.elapsed(),
                pause,
                deadline.duration_since(Instant::now()),
            )
        {
            tracing::debug!(provider = self.name, what, "asked once more");
            tokio::time::sleep(pause).await;
            answer = judge(self.http.send(ask, deadline).await);
        }
        match answer {
            Ok(answer) => {
                admission.succeeded();
                call.answered();
                Ok(answer)
            }
            Err(failed) => {
                let cause = self.cause(&failed.what);
                if !failed.is_answers_own {
                    admission.failed(failed.what, failed.retry_after);
                }
                Err(cause)
            }
        }
    }

    fn cause(&self, what: &str) -> Cause {
        Cause::new(format!("{} {what}", self.name))
    }

    /// Why a call was not made.
    fn kept(&self, refused: Refused) -> Cause {
        self.cause(&match refused {
            Refused::Down(last) => {
                format!("is left alone for a moment: the last {FAILURES} calls failed, it {last}")
            }
            Refused::Asked(last, left) => format!(
                "asked to be left alone for {} s more (`Retry-After`): it {last}",
                left.as_millis().div_ceil(1000)
            ),
        })
    }
}

/// Whether a retry after this `pause` fits in what is `left` of the time, when the first try
/// `took` so long.
fn fits(took: Duration, pause: Duration, left: Duration) -> bool {
    left > pause.saturating_add(took.max(FOR_RETRY))
}

/// Tells answers from failures.
fn judge(sent: Result<Answer, Failure>) -> Result<Answer, Failed> {
    let answer = sent.map_err(|failure| Failed {
        what: failure.to_string(),
        retry: matches!(failure, Failure::Dropped(_)).then_some(Duration::ZERO),
        retry_after: None,
        // Users can write some of what is told of them: none of them may take the provider down
        // for the others.
        is_answers_own: matches!(failure, Failure::TooLarge(_)),
    })?;
    let status = answer.status;
    if !matches!(status, 408 | 425 | 429 | 500..) {
        return Ok(answer);
    }
    let asked = answer.retry_after.filter(|span| !span.is_zero());
    let retry_after = asked.filter(|_| matches!(status, 429 | 503));
    let passing = matches!(status, 502..=504) && retry_after.is_none();
    Err(Failed {
        what: format!("answered HTTP {status}"),
        retry: passing.then_some(BEFORE_RETRY),
        retry_after,
        is_answers_own: false,
    })
}

#[cfg(test)]
mod tests;
