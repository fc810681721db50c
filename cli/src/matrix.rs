//! Routes against users: who may call what, by one policy.

mod columns;

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use tollgate_engine::{Policy, Request, Target, sample};
use tollgate_grammar::scan::on_one_line;
use tollgate_grammar::tree::{self, Route, Statement};

use crate::load::Loaded;
pub use columns::{Column, products, typical};

/// Whence and when requests come.
pub struct Moment {
    /// The client's address, if it matters.
    pub ip: Option<IpAddr>,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub unix_millis: i64,
}

/// One request and what comes of it.
pub struct Row {
    /// `route /pro/*`
    pub rule: String,
    /// The file it stands in.
    pub file: String,
    /// Its line there, from 1.
    pub line: usize,
    /// A request that the rule decides; `None` where no path was found that it does.
    pub call: Option<Call>,
    /// `allowed` or the reason, for each column.
    pub cells: Vec<&'static str>,
}

impl Row {
    /// `access.policy:7`
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// The request, or nothing.
    pub fn called(&self) -> String {
        self.call.as_ref().map(Call::to_string).unwrap_or_default()
    }
}

/// What is asked for.
pub enum Call {
    /// `GET /pro/example`
    Path {
        /// As a client sends it.
        method: String,
        /// Raw, as a client sends it.
        path: String,
    },
    /// `$connect`
    Connect,
    /// `field Query.me`
    Field(String),
}

impl Call {
    fn target(&self) -> Target<'_> {
        match self {
            Self::Path { method, path } => Target::Path { method, path },
            Self::Connect => Target::Connect,
            Self::Field(name) => Target::Field(name),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path { method, path } => write!(f, "{method} {path}"),
            Self::Connect => f.write_str("$connect"),
            Self::Field(name) => write!(f, "field {name}"),
        }
    }
}

/// A row or more for each route of the policy, in its order.
pub fn rows(loaded: &Loaded, policy: &Policy, columns: &[Column], moment: &Moment) -> Vec<Row> {
    let table = Table {
        loaded,
        policy,
        columns,
        moment,
        methods: forbidden_methods(loaded),
    };
    let mut rows = Vec::new();
    for statement in &loaded.read.tree.statements {
        if let Statement::Route(route) = statement {
            table.rows_of(route, &mut rows);
        }
    }
    rows
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

/// What rows are made from.
struct Table<'t> {
    loaded: &'t Loaded,
    policy: &'t Policy,
    columns: &'t [Column],
    moment: &'t Moment,
    methods: BTreeSet<&'t str>,
}

impl Table<'_> {
    fn rows_of(&self, route: &Route, rows: &mut Vec<Row>) {
        if let Some(call) = without_method(route) {
            rows.push(self.row(route, Some(call)));
            return;
        }
        let Some((method, path)) = sample(self.policy, route) else {
            rows.push(self.row(route, None));
            return;
        };
        let of = |method: &str| Call::Path {
            method: method.to_owned(),
            path: path.clone(),
        };
        let first = self.row(route, Some(of(&method)));
        let others: Vec<Row> = self
            .methods
            .iter()
            .filter(|other| **other != method)
            .map(|other| of(other))
            .filter(|call| {
                let request = self.moment.request(call.target());
                self.policy.find(&request).route_span() == Some(route.span)
            })
            .map(|call| self.row(route, Some(call)))
            .filter(|other| other.cells != first.cells)
            .collect();
        rows.push(first);
        rows.extend(others);
    }

    fn row(&self, route: &Route, call: Option<Call>) -> Row {
        let sources = &self.loaded.read.sources;
        let (file, line) = sources.file(route.span.file).map_or_else(
            || (String::new(), 1),
            |file| (file.name().to_owned(), file.place(route.span.start).line),
        );
        let cells = match &call {
            Some(call) => {
                let decide = |column| self.cell(call.target(), column);
                self.columns.iter().map(decide).collect()
            }
            None => vec![""; self.columns.len()],
        };
        Row {
            rule: self.head(route),
            file,
            line,
            call,
            cells,
        }
    }

    fn cell(&self, target: Target<'_>, column: &Column) -> &'static str {
        let request = self.moment.request(target);
        let found = self.policy.find(&request);
        if let Some(word) = column.unproven.filter(|_| found.asks_user()) {
            return word;
        }
        match found.decide(&column.principal).denial() {
            None => "allowed",
            Some(denial) => denial.reason.as_str(),
        }
    }

    /// The route up to its pattern.
    fn head(&self, route: &Route) -> String {
        on_one_line(self.loaded.read.sources.text(tollgate_grammar::Span {
            end: route.target.span().end,
            ..route.span
        }))
    }
}

/// What a route that is about no path covers.
fn without_method(route: &Route) -> Option<Call> {
    match &route.target {
        tree::Target::Path(_) => None,
        tree::Target::Connect(_) => Some(Call::Connect),
        tree::Target::Field(field) => Some(Call::Field(field.node.clone())),
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
