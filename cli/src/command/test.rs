//! `tollgate test`: runs the `test` blocks of policies and says where they fail and what they miss.

mod coverage;
mod human;
mod json;
mod junit;

use std::path::PathBuf;
use std::process::ExitCode;

use tollgate_engine::example::coverage::Coverage;
use tollgate_engine::example::{Example, run_covered};
use tollgate_grammar::Severity;
use tollgate_grammar::render::render_one;
use tollgate_grammar::scan::on_one_line;

use crate::clock;
use crate::load::{Loaded, load};
use crate::terminal;

const EXIT_CODES: &str = "\
Exit codes: 0 every line holds; 1 a line does not; 2 a policy has errors or cannot be read

A request that no test lists is neither expected to be allowed nor to be denied: unlisted means
nothing. Lines without `at` are run at the present time.";

/// What `tollgate test` is told.
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    /// Folders of `*.policy` files, single files, or `-` for standard input; each is a policy of
    /// its own
    #[arg(default_value = "policy", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How results are written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Also say which rules and conditions no test has seen both ways
    #[arg(long)]
    coverage: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// The lines that fail, and a count
    Human,
    /// One object
    Json,
    /// XML as CI systems read it: suites, cases, failures
    Junit,
}

/// A policy and what came of its tests.
struct Run<'l> {
    /// What was named on the command line.
    path: String,
    loaded: &'l Loaded,
    examples: Vec<Example<'l>>,
    coverage: Coverage,
}

impl Run<'_> {
    /// The source line of an example, without the spaces that align it.
    fn line(&self, example: &Example<'_>) -> String {
        on_one_line(self.loaded.read.sources.text(example.span))
    }

    /// File, line and column of an example.
    fn place(&self, example: &Example<'_>) -> (&str, usize, usize) {
        let file = self.loaded.read.sources.file(example.span.file);
        file.map_or(("", 1, 1), |file| {
            let place = file.place(example.span.start);
            (file.name(), place.line, place.column)
        })
    }

    fn failed(&self) -> usize {
        let failing = self.examples.iter().filter(|example| !example.holds());
        failing.count()
    }
}

/// Runs the tests of each path.
pub fn run(arguments: &Arguments) -> ExitCode {
    let mut policies = Vec::new();
    for path in &arguments.paths {
        match load(path) {
            Ok(loaded) => policies.push((path.display().to_string(), loaded)),
            Err(error) => {
                eprintln!("tollgate test: {error}");
                return ExitCode::from(2);
            }
        }
    }
    let now = clock::unix_millis();
    let mut runs = Vec::new();
    let mut broken = false;
    for (path, loaded) in &policies {
        let Some(policy) = loaded.policy() else {
            complain(loaded);
            broken = true;
            continue;
        };
        let (examples, coverage) = run_covered(policy, &loaded.read.tree, &loaded.products, now);
        runs.push(Run {
            path: path.clone(),
            loaded,
            examples,
            coverage,
        });
    }
    if broken {
        eprintln!("tollgate test: nothing was run: a policy is tested once it has no errors");
        return ExitCode::from(2);
    }
    let text = match arguments.format {
        Format::Human => human::report(&runs, arguments.coverage),
        Format::Json => json::report(&runs),
        Format::Junit => junit::report(&runs),
    };
    let failed = runs.iter().any(|run| run.failed() > 0);
    let code = if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    };
    terminal::finish(&text, code)
}

/// The errors of a policy that cannot be tested.
fn complain(loaded: &Loaded) {
    let style = terminal::style(&std::io::stderr());
    if let Some(problem) = &loaded.settings_problem {
        eprintln!("error: {problem}\n");
    }
    for finding in &loaded.read.findings {
        if finding.severity() == Severity::Error {
            eprintln!("{}", render_one(&loaded.read.sources, finding, style));
        }
    }
}

/// What an example expects, as its line says it: `denied, no_route`.
fn expected(example: &Example<'_>) -> String {
    use tollgate_grammar::tree::Expected;
    match example.expected {
        Expected::Allowed => "allowed".to_owned(),
        Expected::Denied(None) => "denied".to_owned(),
        Expected::Denied(Some(reason)) => format!("denied, {}", reason.node),
    }
}

/// What would have let a denied request through; `None` for an allowed one.
fn missing(example: &Example<'_>) -> Option<String> {
    use tollgate_engine::Reason;
    let denial = example.decision.denial()?;
    Some(match denial.reason {
        Reason::LoginRequired => "a signed-in user".to_owned(),
        Reason::UpgradeRequired => {
            let set = |products: &Vec<String>| format!("product {}", products.join(" and "));
            let sets: Vec<String> = denial.required.iter().map(set).collect();
            sets.join(", or ")
        }
        Reason::MfaRequired => "a second factor (`mfa`)".to_owned(),
        Reason::VerificationRequired => "a verified address (`email verified`)".to_owned(),
        Reason::Forbidden => "nothing the user could change would help".to_owned(),
        Reason::NoRoute => "a route that covers the request".to_owned(),
        Reason::MalformedPath => {
            let words = example.decision.malformed().unwrap_or("it is malformed");
            format!("a well-formed request: {words}")
        }
    })
}
