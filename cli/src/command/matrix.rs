//! `tollgate matrix`: routes against typical users, as a table.

mod columns;
mod write;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use tollgate_engine::{Policy, Request, Target, sample};
use tollgate_grammar::scan::on_one_line;
use tollgate_grammar::tree::{self, Route, Statement};

use super::explain::broken;
use crate::asker::moment;
use crate::clock;
use crate::load::{Loaded, load};
use columns::Column;

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

/// Whence and when requests come.
struct Moment {
    ip: Option<IpAddr>,
    unix_millis: i64,
}

/// Who may call what.
struct Matrix {
    /// `visitor`, `user with mfa`
    columns: Vec<String>,
    rows: Vec<Row>,
    /// How many typical users there would be beside these.
    left_out: usize,
}

/// One request and what comes of it.
struct Row {
    /// `route /pro/*`
    rule: String,
    place: String,
    /// `GET /pro/example`, `$connect`, `field Query.me`, or nothing where no path was found that the route decides.
    call: String,
    /// `allowed` or the reason, for each column.
    cells: Vec<&'static str>,
}

/// Writes the table.
pub fn run(arguments: &Arguments) -> ExitCode {
    match matrix(arguments).and_then(|matrix| write::text(&matrix, arguments.format)) {
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

fn matrix(arguments: &Arguments) -> Result<Matrix, String> {
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
        columns::typical(&loaded, policy, &moment)
    };
    for words in &arguments.user {
        columns.push(Column::parse(words, policy, &loaded.products)?);
    }
    let mut rows = Vec::new();
    let methods = forbidden_methods(&loaded);
    for statement in &loaded.read.tree.statements {
        if let Statement::Route(route) = statement {
            rows_of(
                &loaded, policy, route, &methods, &columns, &moment, &mut rows,
            );
        }
    }
    Ok(Matrix {
        columns: columns.into_iter().map(|column| column.name).collect(),
        rows,
        left_out,
    })
}

/// The methods that forbids name.
fn forbidden_methods(loaded: &Loaded) -> BTreeSet<&str> {
    let forbids = loaded.read.tree.statements.iter();
    let methods = forbids.filter_map(|statement| match statement {
        Statement::Forbid(forbid) => Some(&forbid.methods),
        _ => None,
    });
    methods
        .flatten()
        .map(|method| method.node.as_str())
        .collect()
}

fn rows_of(
    loaded: &Loaded,
    policy: &Policy,
    route: &Route,
    methods: &BTreeSet<&str>,
    columns: &[Column],
    moment: &Moment,
    rows: &mut Vec<Row>,
) {
    let row = |call: String, target: Option<Target<'_>>| Row {
        rule: head(loaded, route),
        place: place(loaded, route),
        call,
        cells: target.map_or_else(
            || vec![""; columns.len()],
            |target| {
                let decide = |column| cell(policy, target, column, moment);
                columns.iter().map(decide).collect()
            },
        ),
    };
    if let Some((call, target)) = without_method(route) {
        rows.push(row(call, Some(target)));
        return;
    }
    let Some((method, path)) = sample(policy, route) else {
        rows.push(row(String::new(), None));
        return;
    };
    let of = |method: &str| {
        let target = Target::Path {
            method,
            path: &path,
        };
        row(format!("{method} {path}"), Some(target))
    };
    let first = of(&method);
    let others: Vec<Row> = methods
        .iter()
        .filter(|other| **other != method)
        .filter(|other| {
            let target = Target::Path {
                method: other,
                path: &path,
            };
            let request = moment.request(target);
            policy.find(&request).route_span() == Some(route.span)
        })
        .map(|other| of(other))
        .filter(|other| other.cells != first.cells)
        .collect();
    rows.push(first);
    rows.extend(others);
}

/// What a route that is about no path covers, and what it is called.
fn without_method(route: &Route) -> Option<(String, Target<'_>)> {
    match &route.target {
        tree::Target::Path(_) => None,
        tree::Target::Connect(_) => Some(("$connect".to_owned(), Target::Connect)),
        tree::Target::Field(field) => {
            let call = format!("field {}", field.node);
            Some((call, Target::Field(&field.node)))
        }
    }
}

impl Moment {
    fn request<'t>(&self, target: Target<'t>) -> Request<'t> {
        Request {
            target,
            ip: self.ip,
            unix_millis: self.unix_millis,
            headers: Some(&[]),
            query: Some(&[]),
        }
    }
}

fn cell(policy: &Policy, target: Target<'_>, column: &Column, moment: &Moment) -> &'static str {
    let decision = policy.decide(&moment.request(target), &column.principal);
    match decision.denial() {
        None => "allowed",
        Some(denial) => denial.reason.as_str(),
    }
}

/// The route up to its pattern.
fn head(loaded: &Loaded, route: &Route) -> String {
    on_one_line(loaded.read.sources.text(tollgate_grammar::Span {
        end: route.target.span().end,
        ..route.span
    }))
}

fn place(loaded: &Loaded, route: &Route) -> String {
    let file = loaded.read.sources.file(route.span.file);
    file.map_or_else(String::new, |file| {
        format!("{}:{}", file.name(), file.place(route.span.start).line)
    })
}
