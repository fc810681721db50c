//! `tollgate explain METHOD PATH`: which rule decides, why the others do not, what each fact of
//! the condition is, and the smallest changes that would turn the decision.

mod human;
mod json;

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use tollgate_engine::{EVERY_FIELD, Explanation, Reason, Request, Target, explain};
use tollgate_grammar::{Severity, render};

use crate::asker::{Asker, moment};
use crate::clock;
use crate::load::{Loaded, load};
use crate::terminal;

const AFTER_HELP: &str = "\
Exit codes: 0 explained, whatever the decision; 2 the policy has errors or the command line is not
understood

Examples:
  tollgate explain GET /pro/1 --user 'with product p-live-light, mfa'
  tollgate explain POST /teams/t-1/posts --user 'u-7 with team t-1, email verified' --ip 192.0.2.7
  tollgate explain '$connect' --visitor
  tollgate explain field Query.reports --user 'with product p-live-pro'";

/// What `tollgate explain` is told.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// A method and a path as a client would send them, `$connect`, or `field Type.name`
    #[arg(required = true, num_args = 1..=2, value_name = "METHOD PATH")]
    call: Vec<String>,
    /// Who asks: what follows the word `user` in a test, such as `with product p-live-pro, mfa`
    #[arg(
        long,
        value_name = "WHO",
        conflicts_with = "visitor",
        allow_hyphen_values = true
    )]
    user: Option<String>,
    /// Somebody without a token asks; the default
    #[arg(long)]
    visitor: bool,
    /// The address the request comes from
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<IpAddr>,
    /// When: a date or date-time of RFC 3339; now by default
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
    /// A header of the request
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    header: Vec<(String, String)>,
    /// A query parameter of the request, decoded
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    query: Vec<(String, String)>,
    /// The policy: a folder, a file, or `-` for standard input
    #[arg(long, default_value = "policy", value_name = "PATH")]
    policy: PathBuf,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a person
    Human,
    /// One object
    Json,
}

/// An explanation and what it is about.
struct Explained<'e> {
    loaded: &'e Loaded,
    /// `GET /pro/1`, `$connect` or `field Query.me`
    call: String,
    asker: &'e Asker,
    explanation: Explanation<'e>,
    /// Of a field: why the whole GraphQL request is denied, if it is. AppSync asks for that first.
    whole_request: Option<Reason>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

/// Explains one request.
pub fn run(arguments: &Arguments) -> ExitCode {
    match explained(arguments) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("tollgate explain: {}", text.trim_end());
            ExitCode::from(2)
        }
    }
}

fn explained(arguments: &Arguments) -> Result<String, String> {
    let target = match arguments.call.as_slice() {
        [connect] if connect == "$connect" => Target::Connect,
        [field, name] if field == "field" => Target::Field(name),
        [method, path] if method != "$connect" => Target::Path { method, path },
        _ => {
            return Err(
                "name a method and a path, such as `GET /pro/1`, a field, such as `field Query.me`, or `$connect` alone"
                    .to_owned(),
            );
        }
    };
    let asker = match &arguments.user {
        Some(words) => Asker::parse(words)?,
        None => Asker::visitor(),
    };
    let unix_millis = match &arguments.at {
        Some(words) => moment(words)?.unix_millis,
        None => clock::unix_millis(),
    };
    let headers: Vec<(String, String)> = arguments
        .header
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .collect();
    let request = Request {
        target,
        ip: arguments.ip,
        unix_millis,
        headers: Some(&headers),
        query: Some(&arguments.query),
    };
    let loaded = load(&arguments.policy).map_err(|error| error.to_string())?;
    let policy = loaded.policy().ok_or_else(|| broken(&loaded))?;
    let principal = asker.principal(policy, &loaded.products);
    let explanation = explain(
        policy,
        &loaded.read.sources,
        &loaded.read.tree,
        &loaded.products,
        &request,
        &principal,
    );
    let whole_request = match target {
        Target::Field(_) => {
            let target = Target::Field(EVERY_FIELD);
            let decision = policy.decide(&Request { target, ..request }, &principal);
            decision.denial().map(|denial| denial.reason)
        }
        Target::Path { .. } | Target::Connect => None,
    };
    let explained = Explained {
        loaded: &loaded,
        call: arguments.call.join(" "),
        asker: &asker,
        explanation,
        whole_request,
    };
    match arguments.format {
        Format::Human => Ok(human::text(&explained, terminal::style(&std::io::stdout()))),
        Format::Json => json::text(&explained),
    }
}

/// The errors of a policy that cannot be used.
pub(super) fn broken(loaded: &Loaded) -> String {
    let mut text = String::from("the policy has errors\n");
    if let Some(problem) = &loaded.settings_problem {
        let _ = writeln!(text, "error: {problem}");
    }
    let errors: Vec<_> = loaded
        .read
        .findings
        .iter()
        .filter(|finding| finding.severity() == Severity::Error)
        .cloned()
        .collect();
    let style = terminal::style(&std::io::stderr());
    text.push_str(&render(&loaded.read.sources, &errors, style));
    text
}
