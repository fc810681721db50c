//! `make soak`: the soak, for as long as it is told. See the crate's documentation.

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
use tollgate_soak::Setup;
use tollgate_soak::run::{Options, run};

/// Mixed traffic through the built function, every answer held against a naive model. Exit code 1 says
/// that an answer was wrong, or that something leaks.
#[derive(Parser)]
struct Arguments {
    /// How many events, half of them to each of two functions.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Over how many seconds; 0 is as fast as it goes.
    #[arg(long, default_value_t = 3600)]
    seconds: u64,
    /// How many events each function gets at once.
    #[arg(long, default_value_t = 16)]
    concurrency: usize,
    /// What all choices come from; another one each time unless set.
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seed = arguments
        .seed
        .unwrap_or_else(|| since.unwrap_or_default().as_secs());
    println!("seed {seed}: --seed {seed} makes the same events");
    let options = |setup| Options {
        pace: Duration::from_secs(arguments.seconds),
        // Several times what the function remembers of tokens (24 MiB).
        fill: (arguments.events / 10).min(60_000),
        concurrency: arguments.concurrency,
        progress: Some(Duration::from_secs(10)),
        ..Options::new(setup, arguments.events / 2, seed)
    };
    let (request, token) = (options(Setup::Request), options(Setup::Token));
    let (request, token) = tokio::join!(run(&request), run(&token));
    print!("{request}{token}");
    if request.is_good() && token.is_good() {
        println!("good");
        ExitCode::SUCCESS
    } else {
        println!("BAD, seed {seed}");
        ExitCode::FAILURE
    }
}
