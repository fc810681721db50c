//! The `tollgate` command: one file a verb, in `command/`.
//!
//! Exit codes: 0 for done, 1 for "it did not work", 2 for a command line that is not understood.

mod command;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Who may call what, in a file you can read aloud.
#[derive(Parser)]
#[command(name = "tollgate", version, about)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Runs an API behind the authorizer on this machine, with users to try it as.
    Dev(command::dev::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().verb {
        Verb::Dev(arguments) => command::dev::run(arguments),
    }
}
