//! What is written to the outputs: colours on a terminal alone, and never where `NO_COLOR` is set
//! (no-color.org); nothing is said about a reader who has seen enough and went away.

use std::io::{ErrorKind, IsTerminal, Write as _};
use std::process::ExitCode;

use tollgate_grammar::Style;

/// How to write to this stream.
pub fn style(stream: &impl IsTerminal) -> Style {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if stream.is_terminal() && !refused {
        Style::Colour
    } else {
        Style::Plain
    }
}

/// Writes to standard output. A pipe that was closed, as by `head`, is no fault.
///
/// # Errors
/// Any other failure to write.
pub fn print(text: &str) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// [`print`], then this exit code; 2 if the text could not be written.
pub fn finish(text: &str, code: ExitCode) -> ExitCode {
    match print(text) {
        Ok(()) => code,
        Err(error) => {
            eprintln!("tollgate: standard output: {error}");
            ExitCode::from(2)
        }
    }
}
