//! `tollgate check`: every error and warning of a policy and of the `authorizer.yaml` beside it, how the
//! tokens of its providers are verified, and which rules limit an answer's scope.

mod scope;
mod verification;

use std::path::PathBuf;
use std::process::ExitCode;

use tollgate_grammar::Diagnostic;
use tollgate_grammar::render::render_one;
use tollgate_grammar::render::report::{End, Place, Report};

use crate::load::{Loaded, SettingsProblem, load};
use crate::terminal;

const EXIT_CODES: &str = "\
Exit codes: 0 no errors; 1 warnings, with --deny-warnings; 2 errors, or nothing to read

With --format json the output is an array of objects, one a finding:
  code      E102, or null for what is not about a policy file
  name      the code in words: syntax
  severity  error, warning, or note: how a provider's tokens are verified (verification), which
            rules keep answers from being right for every route of a token (scope)
  message   what is wrong
  file, line, column, end {line, column}
            where: lines and columns from 1, in characters; the end is the place after
  label     a few words about the place
  related   other places: file, line, column, end, label
  help      what to do, a list";

/// What `tollgate check` is told.
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    /// Folders of `*.policy` files, single files, or `-` for standard input; each is a policy of
    /// its own
    #[arg(default_value = "policy", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Fail on warnings
    #[arg(long)]
    deny_warnings: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// With the lines of the policy, for a person
    Human,
    /// An array of objects
    Json,
    /// Annotations of GitHub Actions
    Github,
}

/// Checks each path.
pub fn run(arguments: &Arguments) -> ExitCode {
    let mut policies = Vec::new();
    for path in &arguments.paths {
        match load(path) {
            Ok(loaded) => {
                let findings = loaded.findings();
                policies.push(Checked { loaded, findings });
            }
            Err(error) => {
                eprintln!("tollgate check: {error}");
                return ExitCode::from(2);
            }
        }
    }
    let reports: Vec<Report> = policies.iter().flat_map(reports).collect();
    let count = |severity| {
        let matching = reports.iter().filter(|report| report.severity == severity);
        matching.count()
    };
    let (errors, warnings) = (count("error"), count("warning"));
    let text = match arguments.format {
        Format::Human => {
            let shown: String = policies.iter().map(human).collect();
            let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
            format!("{shown}{errors}, {warnings}\n")
        }
        Format::Json => match serde_json::to_string_pretty(&reports) {
            Ok(json) => json + "\n",
            Err(error) => {
                eprintln!("tollgate check: {error}");
                return ExitCode::from(2);
            }
        },
        Format::Github => reports
            .iter()
            .filter(|report| report.severity != "note")
            .map(|report| report.github() + "\n")
            .collect(),
    };
    let code = match (errors, warnings) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) if !arguments.deny_warnings => ExitCode::SUCCESS,
        (0, _) => ExitCode::FAILURE,
        _ => ExitCode::from(2),
    };
    terminal::finish(&text, code)
}

/// A policy and everything found about it.
struct Checked {
    loaded: Loaded,
    findings: Vec<Diagnostic>,
}

/// `1 error`, `2 errors`
fn counted(count: usize, word: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {word}{plural}")
}

fn reports(checked: &Checked) -> Vec<Report> {
    let Checked { loaded, findings } = checked;
    let settings = loaded.settings_problem.iter().map(of_settings);
    let findings = findings.iter();
    settings
        .chain(findings.map(|finding| Report::new(&loaded.read.sources, finding)))
        .chain(verification::notes(loaded))
        .chain(scope::notes(loaded))
        .collect()
}

fn of_settings(problem: &SettingsProblem) -> Report {
    let (line, column) = problem.place.unwrap_or((1, 1));
    Report {
        code: None,
        name: "authorizer-yaml",
        severity: "error",
        message: problem.message.clone(),
        place: Place {
            file: problem.file.clone(),
            line,
            column,
            end: End { line, column },
        },
        label: String::new(),
        related: Vec::new(),
        help: Vec::new(),
    }
}

fn human(checked: &Checked) -> String {
    let Checked { loaded, findings } = checked;
    let style = terminal::style(&std::io::stdout());
    let problem = loaded.settings_problem.iter();
    let findings = findings.iter();
    problem
        .map(|problem| format!("error: {problem}\n\n"))
        .chain(findings.map(|finding| render_one(&loaded.read.sources, finding, style) + "\n"))
        .chain(verification::notes(loaded).iter().map(verification::human))
        .chain(scope::notes(loaded).iter().map(verification::human))
        .collect()
}
