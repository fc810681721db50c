//! The `tollgate` command: one file a verb, in `command/`.
//!
//! Exit codes: 0 for done, 1 for "it did not work" or "it found something", 2 for a command line or a
//! policy that is not understood. Each verb says its own in `--help`.

mod asker;
mod canonical;
mod clock;
mod command;
mod duration;
mod inspection;
mod load;
mod lsp;
mod matrix;
mod page;
mod replace;
mod terminal;

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
    /// Shows every error and warning of a policy.
    Check(command::check::Arguments),
    /// Writes policies in their canonical form.
    Fmt(command::fmt::Arguments),
    /// Runs the tests of a policy.
    Test(command::test::Arguments),
    /// Says which rule decides a request and why, and what would turn the decision.
    Explain(command::explain::Arguments),
    /// Shows routes against typical users as a table.
    Matrix(command::matrix::Arguments),
    /// Says what an error code means, with a wrong and a right example.
    ExplainError(command::explain_error::Arguments),
    /// Shows where a deployment does not do what the policy says: routes, caching, wiring.
    Doctor(command::doctor::Arguments),
    /// Runs an API behind the authorizer on this machine, with users to try it as.
    Dev(command::dev::Arguments),
    /// Prints a user's token, as the stand-ins of `tollgate dev` give it.
    Token(command::token::Arguments),
    /// Says what stands for a user in the log.
    UserHash(command::user_hash::Arguments),
    /// Helps an editor: findings as you type, formatting, meanings, names. Editors start it.
    Lsp(command::lsp::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().verb {
        Verb::Check(arguments) => command::check::run(&arguments),
        Verb::Fmt(arguments) => command::fmt::run(&arguments),
        Verb::Test(arguments) => command::test::run(&arguments),
        Verb::Explain(arguments) => command::explain::run(&arguments),
        Verb::Matrix(arguments) => command::matrix::run(&arguments),
        Verb::ExplainError(arguments) => command::explain_error::run(&arguments),
        Verb::Doctor(arguments) => command::doctor::run(&arguments),
        Verb::Dev(arguments) => command::dev::run(arguments),
        Verb::Token(arguments) => command::token::run(&arguments),
        Verb::UserHash(arguments) => command::user_hash::run(&arguments),
        Verb::Lsp(arguments) => command::lsp::run(&arguments),
    }
}
