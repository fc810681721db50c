//! What is logged, down to `DEBUG`, to see that no secret is among it.

use std::cell::RefCell;
use std::io::{self, Write};

use tollgate_gateway::Sink;
use tracing::Level;

/// Stands in what nobody may log: seeds have it in tokens, addresses, paths, headers and keys.
pub const SECRET: &str = "zq";

thread_local! {
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// From now on what this thread logs is kept.
pub fn listen() {
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(Level::DEBUG)
        .with_writer(|| Ear)
        .without_time()
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("nobody listens yet");
}

/// Records go where log lines go.
pub fn sink() -> Sink {
    Sink::new(|line| drop(Ear.write(line)))
}

/// What was logged since this was last taken.
pub fn take() -> String {
    let logged = LOGGED.take();
    String::from_utf8_lossy(&logged).into_owned()
}

struct Ear;

impl Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
