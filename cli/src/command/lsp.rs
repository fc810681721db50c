//! `tollgate lsp`: the language server on standard input and output, for an editor to start.

use std::io::{self, BufReader};
use std::process::ExitCode;

use crate::lsp::{self, Ended};

#[derive(clap::Args)]
pub struct Arguments {
    /// Standard input and output, which is the only way; editors like to say so
    #[arg(long)]
    stdio: bool,
}

pub fn run(arguments: &Arguments) -> ExitCode {
    let Arguments { stdio: _ } = arguments;
    match lsp::serve(BufReader::new(io::stdin()), io::stdout().lock()) {
        Ok(Ended::Properly) => ExitCode::SUCCESS,
        Ok(Ended::Abruptly) => {
            eprintln!("tollgate lsp: the editor went away without `shutdown`");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("tollgate lsp: {error}");
            ExitCode::FAILURE
        }
    }
}
