//! `tollgate doctor`: whether a deployment does what the policy says: every route asked about,
//! answers kept no longer and no wider than they are right, everything wired.

mod answers;
mod asks;
mod caching;
pub mod code;
mod coverage;
mod finding;
mod identity;
mod meeting;
mod operation;
mod permission;
mod preflight;
mod refusal;
mod subject;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tollgate_engine::Policy;
use tollgate_grammar::{FileId, Sources, Span, Style};
use tollgate_local::template::Deployment;

use crate::load::{Loaded, load, load_with};
use crate::terminal;
use answers::Answers;
use code::{Code, Severity};
use finding::Finding;
use subject::Subject;

const EXIT_CODES: &str = "\
Exit codes: 0 no errors; 1 errors, or warnings with --strict; 2 something cannot be read

What each code means: `tollgate explain-error D101`, and docs/doctor.md. With --json the output is an
array of objects as `tollgate check --format json` has them; severity is error, warning, sign-off (as it
should be, if a person says so) or note.";

/// What `tollgate doctor` is told.
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    /// A SAM or CloudFormation template (YAML or JSON), or a plan of Terraform as
    /// `terraform show -json` writes it
    #[arg(default_value = "template.yaml", value_name = "TEMPLATE")]
    template: PathBuf,
    /// A folder of `*.policy` files, or a single one
    #[arg(long, default_value = "policy", value_name = "PATH")]
    policy: PathBuf,
    /// The authorizer.yaml; the one beside the policy unless it is named
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write an array of objects
    #[arg(long)]
    json: bool,
    /// Fail on warnings
    #[arg(long)]
    strict: bool,
}

/// Examines the template.
pub fn run(arguments: &Arguments) -> ExitCode {
    match examine(arguments) {
        Ok(examined) => examined.show(arguments),
        Err(problem) => {
            eprintln!("tollgate doctor: {problem}");
            ExitCode::from(2)
        }
    }
}

/// What was found, and the files it was found in.
pub struct Examined {
    sources: Sources,
    findings: Vec<Finding>,
}

fn examine(arguments: &Arguments) -> Result<Examined, String> {
    let loaded = match &arguments.config {
        Some(config) => load_with(&arguments.policy, Some(config)),
        None => load(&arguments.policy),
    };
    let loaded = loaded.map_err(|error| error.to_string())?;
    if let Some(problem) = &loaded.settings_problem {
        return Err(problem.to_string());
    }
    let Some(policy) = loaded.policy() else {
        let shown = arguments.policy.display();
        return Err(format!(
            "the policy has errors: `tollgate check {shown}` shows them"
        ));
    };
    diagnose(&arguments.template, &loaded, policy)
}

/// Everything that is to be said of a template, in the order of its places; `policy` is that of
/// `loaded`.
///
/// # Errors
/// What cannot be read and why.
pub fn diagnose(template: &Path, loaded: &Loaded, policy: &Policy) -> Result<Examined, String> {
    let mut sources = loaded.read.sources.clone();
    let first = u32::try_from(sources.files().count()).unwrap_or(u32::MAX);
    let deployment = Deployment::read(template, &mut sources).map_err(|error| error.to_string())?;
    let subject = Subject {
        deployment: &deployment,
        tree: &loaded.read.tree,
        policy,
        settings: loaded.settings.as_ref(),
        answers: Answers::of(loaded.settings.as_ref()),
    };
    let mut findings = findings(&subject);
    let start = Span {
        file: FileId(first),
        start: 0,
        end: 0,
    };
    findings.extend(coverage::without_authorizer(&subject, start));
    findings.extend(without_settings(loaded, start));
    findings.sort_by_key(|finding| (finding.span, finding.code));
    Ok(Examined { sources, findings })
}

/// Everything the checks find.
fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in [
        coverage::check,
        caching::check,
        identity::check,
        permission::check,
        preflight::check,
        refusal::check,
        operation::check,
    ] {
        check(subject, &mut findings);
    }
    findings
}

fn without_settings(loaded: &Loaded, span: Span) -> Option<Finding> {
    let message = "there is no authorizer.yaml beside the policy";
    let none = loaded.settings.is_none();
    none.then(|| Finding::new(Code::NoSettings, span, message))
}

impl Examined {
    fn show(&self, arguments: &Arguments) -> ExitCode {
        let text = if arguments.json {
            match self.json() {
                Ok(json) => json,
                Err(error) => {
                    eprintln!("tollgate doctor: {error}");
                    return ExitCode::from(2);
                }
            }
        } else {
            self.human(terminal::style(&std::io::stdout()))
        };
        let fails = self.count(Severity::Error) > 0
            || (arguments.strict && self.count(Severity::Warning) > 0);
        let code = if fails {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
        terminal::finish(&text, code)
    }

    /// As a program reads it.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which nothing in it is a reason for.
    pub fn json(&self) -> serde_json::Result<String> {
        let findings = self.findings.iter();
        let reports: Vec<_> = findings
            .map(|finding| finding.report(&self.sources))
            .collect();
        Ok(serde_json::to_string_pretty(&reports)? + "\n")
    }

    /// As a person reads it.
    pub fn human(&self, style: Style) -> String {
        let findings = self.findings.iter();
        let shown = findings.map(|finding| finding.human(&self.sources, style) + "\n");
        shown.collect::<String>() + &self.counted() + "\n"
    }

    fn count(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        findings
            .filter(|finding| finding.code.severity() == severity)
            .count()
    }

    /// `1 error, 0 warnings, 2 to sign off, 1 note`
    fn counted(&self) -> String {
        let plural = |count: usize, word: &str| {
            let end = if count == 1 { "" } else { "s" };
            format!("{count} {word}{end}")
        };
        format!(
            "{}, {}, {} to sign off, {}",
            plural(self.count(Severity::Error), "error"),
            plural(self.count(Severity::Warning), "warning"),
            self.count(Severity::SignOff),
            plural(self.count(Severity::Note), "note"),
        )
    }
}
