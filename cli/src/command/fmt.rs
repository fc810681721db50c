//! `tollgate fmt`: policies in their canonical form, each file in one step or not at all.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use similar::TextDiff;

use crate::canonical::{self, Unformatted};
use crate::load::{STANDARD_INPUT, policy_files};
use crate::replace::replace;
use crate::terminal;

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 with --check, if a file would change; 2 a file has errors or cannot be
read or written: it is left as it is

Comments and order are kept, and no decision changes: what is written is read again and compared
first. Lines end with a line feed, whatever they ended with.";

/// Lines of a difference that are shown.
const EXCERPT: usize = 40;

/// What `tollgate fmt` is told.
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    /// Folders of `*.policy` files, single files, or `-` for standard input, which is written to
    /// standard output
    #[arg(default_value = "policy", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Change nothing, but say what would change
    #[arg(long)]
    check: bool,
}

/// What became of a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Done,
    WouldChange,
    Refused,
}

/// Formats each file of each path.
pub fn run(arguments: &Arguments) -> ExitCode {
    let mut worst = Outcome::Done;
    for path in &arguments.paths {
        let outcome = match policy_files(path) {
            Ok(files) => files
                .iter()
                .map(|(name, bytes)| one(path, name, bytes, arguments.check))
                .max(),
            Err(error) => {
                eprintln!("tollgate fmt: {error}");
                Some(Outcome::Refused)
            }
        };
        worst = worst.max(outcome.unwrap_or(Outcome::Done));
    }
    match worst {
        Outcome::Done => ExitCode::SUCCESS,
        Outcome::WouldChange => ExitCode::FAILURE,
        Outcome::Refused => ExitCode::from(2),
    }
}

fn one(path: &Path, name: &str, bytes: &[u8], check: bool) -> Outcome {
    let Some(formatted) = formatted(name, bytes) else {
        return Outcome::Refused;
    };
    let changes = formatted.as_bytes() != bytes;
    let to_stdout = path.as_os_str() == STANDARD_INPUT;
    if check && changes {
        let difference = difference(&String::from_utf8_lossy(bytes), &formatted);
        return match terminal::print(&format!("would change {name}\n{difference}")) {
            Ok(()) => Outcome::WouldChange,
            Err(error) => refused(name, &error),
        };
    }
    let written = match (check, to_stdout) {
        (false, true) => terminal::print(&formatted),
        (false, false) if changes => replace(Path::new(name), &formatted)
            .and_then(|()| terminal::print(&format!("formatted {name}\n"))),
        _ => Ok(()),
    };
    match written {
        Ok(()) => Outcome::Done,
        Err(error) => refused(name, &error),
    }
}

fn refused(name: &str, error: &std::io::Error) -> Outcome {
    eprintln!("tollgate fmt: {name}: {error}");
    Outcome::Refused
}

/// The formatted text; what is wrong goes to standard error.
fn formatted(name: &str, bytes: &[u8]) -> Option<String> {
    match canonical::text(name, bytes, terminal::style(&std::io::stderr())) {
        Ok(formatted) => Some(formatted),
        Err(Unformatted::Errors(rendered)) => {
            eprint!("{rendered}");
            eprintln!("tollgate fmt: {name}: a file is formatted once it has no errors");
            None
        }
        Err(Unformatted::Refused(error)) => {
            eprintln!("tollgate fmt: {name}: {error}");
            None
        }
    }
}

fn difference(old: &str, new: &str) -> String {
    let difference = TextDiff::from_lines(old, new);
    let unified = difference.unified_diff().context_radius(1).to_string();
    // A file with other line ends would move the cursor.
    let unified = unified.replace('\r', "\u{240d}");
    let mut lines: Vec<&str> = unified.lines().collect();
    let more = lines.len().saturating_sub(EXCERPT);
    lines.truncate(EXCERPT);
    let mut excerpt = lines.join("\n") + "\n";
    if more > 0 {
        let _ = writeln!(excerpt, "… and {more} more lines");
    }
    excerpt
}
