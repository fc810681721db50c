//! The language server: findings, formatting, meanings, names and corrections for an editor.
//!
//! ```text
//! wire ─► session (what is open, which stage) ─► project (one policy: folder + open documents)
//!            └─► answer: hover, complete (context), names, rename, symbols, fixes
//! ```

mod complete;
mod context;
mod document;
mod findings;
mod fixes;
mod hover;
mod keyword;
mod names;
mod position;
mod project;
mod rename;
mod rule;
mod session;
mod symbols;
mod wire;

use std::io::{BufRead, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

pub use session::Ended;
use session::Session;
pub use wire::WireError;

/// How long typing must rest before findings are told.
const REST: Duration = Duration::from_millis(40);

/// After how long findings are told even if typing never rests.
const PATIENCE: Duration = Duration::from_millis(500);

/// Messages that are read ahead; beyond that the editor waits.
const AHEAD: usize = 64;

/// Talks with an editor until one of the two ends it.
///
/// # Errors
/// What was read is no message, or the output cannot be written.
pub fn serve(
    mut input: impl BufRead + Send + 'static,
    output: impl Write,
) -> Result<Ended, WireError> {
    let (sender, messages) = mpsc::sync_channel(AHEAD);
    // Not joined: it may wait for input that never comes.
    std::thread::spawn(move || {
        loop {
            let message = wire::read(&mut input);
            let last = !matches!(message, Ok(Some(_)));
            if sender.send(message).is_err() || last {
                return;
            }
        }
    });
    let mut session = Session::new(output);
    let mut stale_since = None;
    loop {
        let wait = match stale_since {
            None => Duration::MAX,
            Some(since) => {
                let left = PATIENCE.saturating_sub(Instant::elapsed(&since));
                REST.min(left)
            }
        };
        let message = match messages.recv_timeout(wait) {
            Ok(message) => message?,
            Err(RecvTimeoutError::Timeout) => {
                session.publish()?;
                stale_since = None;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => None,
        };
        let Some(message) = message else {
            return Ok(if session.is_shut_down() {
                Ended::Properly
            } else {
                Ended::Abruptly
            });
        };
        if let Some(ended) = session.take(message)? {
            return Ok(ended);
        }
        if session.is_stale() {
            stale_since.get_or_insert_with(Instant::now);
        }
    }
}
