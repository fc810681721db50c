//! Where lines go.

use std::fmt;
use std::io::{self, Write as _};
use std::sync::Arc;

/// Where lines go: standard output, which Lambda hands to CloudWatch Logs, or a test. Cheap to clone.
#[derive(Clone)]
pub struct Sink(Arc<Write>);

type Write = dyn Fn(&[u8]) + Send + Sync;

impl Sink {
    /// Standard output, each line in one piece: it is locked as it is for other log lines, and a
    /// buffer that ends with its line is written at once.
    pub fn stdout() -> Self {
        Self::new(|line| {
            let mut stdout = io::stdout().lock();
            // There is nobody left to tell that nobody listens.
            let _ = stdout.write_all(line).and_then(|()| stdout.flush());
        })
    }

    /// Whatever `write` does with a line; it ends with a line break.
    pub fn new(write: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(write))
    }

    pub(super) fn write(&self, line: &[u8]) {
        (self.0)(line);
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink")
    }
}
