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

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use lsp_server::Message;

pub use session::Ended;
use session::Session;
pub use wire::{WireError, message};

/// How long typing must rest before findings are told.
const REST: Duration = Duration::from_millis(40);

/// After how long findings are told even if typing never rests.
const PATIENCE: Duration = Duration::from_millis(500);

/// Messages that are read ahead; beyond that the editor waits.
const AHEAD: usize = 64;

/// Talks with an editor on a byte stream until one of the two ends it.
///
/// # Errors
/// What was read is no message, or the output cannot be written.
pub fn serve(
    mut input: impl BufRead + Send + 'static,
    mut output: impl Write,
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
    let next = |wait| match messages.recv_timeout(wait) {
        Ok(message) => Ok(message?.map_or(Next::End, Next::Message)),
        Err(RecvTimeoutError::Timeout) => Ok(Next::Rest),
        Err(RecvTimeoutError::Disconnected) => Ok(Next::End),
    };
    converse(next, |message: &Message| message.write(&mut output))
}

/// What comes from an editor.
pub enum Next {
    /// A message.
    Message(Message),
    /// Nothing, in the time that was waited.
    Rest,
    /// Nothing any more.
    End,
}

/// Talks with an editor, whatever carries the messages: `next` waits so long for one, `send` takes
/// those to the editor.
///
/// # Errors
/// Those of `next` and `send`.
pub fn converse(
    mut next: impl FnMut(Duration) -> Result<Next, WireError>,
    send: impl FnMut(&Message) -> io::Result<()>,
) -> Result<Ended, WireError> {
    let mut session = Session::new(send);
    let mut stale_since = None;
    loop {
        let wait = match stale_since {
            None => Duration::MAX,
            Some(since) => {
                let left = PATIENCE.saturating_sub(Instant::elapsed(&since));
                REST.min(left)
            }
        };
        let message = match next(wait)? {
            Next::Message(message) => message,
            Next::Rest => {
                session.publish()?;
                stale_since = None;
                continue;
            }
            Next::End => {
                return Ok(if session.is_shut_down() {
                    Ended::Properly
                } else {
                    Ended::Abruptly
                });
            }
        };
        if let Some(ended) = session.take(message)? {
            return Ok(ended);
        }
        if session.is_stale() {
            stale_since.get_or_insert_with(Instant::now);
        }
    }
}
