//! Where `tollgate dev` prints: whole lines, in colour only on a terminal.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use crate::gateway::Exchange;

/// A place for lines.
#[derive(Clone)]
pub struct Terminal {
    write: Arc<dyn Fn(&str) + Send + Sync>,
    colour: bool,
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Terminal")
    }
}

impl Terminal {
    /// Standard output; in colour if it is a terminal and `NO_COLOR` (no-color.org) is not set.
    pub fn stdout() -> Self {
        let colour = io::stdout().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        // A reader that went away (`| head`) must not end the server.
        let write = |text: &str| drop(writeln!(io::stdout().lock(), "{text}"));
        Self {
            write: Arc::new(write),
            colour,
        }
    }

    /// Calls `write` with each text, without colour.
    pub fn to(write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            write: Arc::new(write),
            colour: false,
        }
    }

    /// Prints a text and ends the line.
    pub fn print(&self, text: &str) {
        (self.write)(text);
    }

    /// One request's line, in the colour of its outcome.
    pub(super) fn exchange(&self, exchange: &Exchange) {
        self.print(&self.paint(colour_of(exchange.status), &exchange.to_string()));
    }

    /// What is in force after a file was saved.
    pub(super) fn took(&self, line: &str) {
        self.print(&self.paint(GREEN, &format!("✓ {line}")));
    }

    /// Why a saved file is not in force.
    pub(super) fn refused(&self, why: &str) {
        self.print(&format!("{} {why}", self.paint(RED, "✗")));
    }

    pub(super) fn heading(&self, text: &str) -> String {
        self.paint(BOLD, text)
    }

    pub(super) fn dim(&self, text: &str) -> String {
        self.paint(DIM, text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Of a status, or of the code that a WebSocket connection was closed with (RFC 6455, section 7.4.1):
/// 1000, 1001 and 1005 are ends with which nothing is wrong.
fn colour_of(status: u16) -> &'static str {
    match status {
        100..400 | 1000 | 1001 | 1005 => GREEN,
        400..500 | 1000.. => YELLOW,
        _ => RED,
    }
}

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_well_is_green_and_what_failed_is_red() {
        for (status, colour) in [
            (101, GREEN),
            (200, GREEN),
            (304, GREEN),
            (403, YELLOW),
            (500, RED),
            (1000, GREEN),
            (1001, GREEN),
            (1005, GREEN),
            (1006, YELLOW),
            (1009, YELLOW),
            (4000, YELLOW),
        ] {
            assert_eq!(colour_of(status), colour, "{status}");
        }
    }
}
