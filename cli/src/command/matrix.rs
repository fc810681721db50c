//! `tollgate matrix`: routes against typical users, as a table.

mod write;

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use super::explain::broken;
use crate::asker::moment;
use crate::clock;
use crate::load::load;
use crate::matrix::{self, Column, Moment, Row};

const AFTER_HELP: &str = "\
Exit codes: 0 written; 2 the policy has errors or the command line is not understood

Columns are a visitor, a user of whom nothing is known to hold, and the smallest sets of facts that
let somebody in. Each route has a row with a path that it decides; a route for any method has one
more for each method that a forbid treats otherwise. Requests have no headers and no query.";

/// What `tollgate matrix` is told.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// The policy: a folder, a file, or `-` for standard input
    #[arg(default_value = "policy", value_name = "PATH")]
    policy: PathBuf,
    /// A column more: what follows the word `user` in a test, such as `with product p-live-pro`
    #[arg(long, value_name = "WHO", allow_hyphen_values = true)]
    user: Vec<String>,
    /// No columns but those of `--user`
    #[arg(long, requires = "user")]
    only: bool,
    /// The address requests come from
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<IpAddr>,
    /// When: a date or date-time of RFC 3339; now by default
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a terminal
    Table,
    /// Comma-separated values (RFC 4180)
    Csv,
    /// A table of Markdown
    Markdown,
    /// One object
    Json,
}

/// Who may call what.
struct Matrix {
    /// `visitor`, `user with mfa`
    columns: Vec<String>,
    rows: Vec<Row>,
    /// How many typical users there would be beside these.
    left_out: usize,
}

/// Writes the table.
pub fn run(arguments: &Arguments) -> ExitCode {
    match made(arguments).and_then(|matrix| write::text(&matrix, arguments.format)) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("tollgate matrix: {}", text.trim_end());
            ExitCode::from(2)
        }
    }
}

fn made(arguments: &Arguments) -> Result<Matrix, String> {
    let moment = Moment {
        ip: arguments.ip,
        unix_millis: match &arguments.at {
            Some(words) => moment(words)?.unix_millis,
            None => clock::unix_millis(),
        },
    };
    let loaded = load(&arguments.policy).map_err(|error| error.to_string())?;
    let policy = loaded.policy().ok_or_else(|| broken(&loaded))?;
    let (mut columns, left_out) = if arguments.only {
        (Vec::new(), 0)
    } else {
        matrix::typical(&loaded, policy, &moment)
    };
    for words in &arguments.user {
        columns.push(Column::parse(words, policy, &loaded.products)?);
    }
    Ok(Matrix {
        rows: matrix::rows(&loaded, policy, &columns, &moment),
        columns: columns.into_iter().map(|column| column.name).collect(),
        left_out,
    })
}
