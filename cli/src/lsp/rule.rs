//! What a rule decides, in words: who gets in, which other rules have a say, and an example.

mod overlap;

use std::collections::HashSet;
use std::fmt::Write as _;

use tollgate_engine::user::Fact as Known;
use tollgate_engine::{Decision, Principal, Request, Target as Called, User};
use tollgate_grammar::tree::{
    Access, Condition, Fact, Forbid, ForbidMode, Pattern, Route, Segment, Statement, Target, Who,
};
use tollgate_grammar::{Span, Spanned, words};

use super::complete::definition;
use super::names;
use super::project::Project;
use crate::clock;
use overlap::Covers;

/// Most other rules that are named.
const MOST: usize = 5;

/// The summary of a `route` or `forbid`, as Markdown.
pub fn summary(project: &Project, statement: &Statement) -> Option<String> {
    match statement {
        Statement::Route(route) => Some(route_summary(project, route)),
        Statement::Forbid(forbid) => Some(forbid_summary(project, forbid)),
        _ => None,
    }
}

fn route_summary(project: &Project, route: &Route) -> String {
    let mut text = String::new();
    let covers = Covers::route(route);
    match &route.access {
        Access::Public => text.push_str("**Who gets in:** anyone; a token is not needed"),
        Access::Denied => text.push_str("**Who gets in:** nobody"),
        Access::Requires(condition) => {
            let _ = write!(
                text,
                "**Who gets in:** those for whom `{}` holds",
                words_of(project, condition)
            );
            where_names(project, condition, &mut text);
        }
    }
    let forbids = rules(project).filter_map(|rule| match rule {
        Statement::Forbid(forbid) => Some((Covers::forbid(forbid), head(project, rule))),
        _ => None,
    });
    let asked = forbids.filter(|(other, _)| other.overlaps(&covers));
    list(
        &mut text,
        "Also asked, and may take access away",
        asked.map(|(_, head)| head),
    );
    let routes = || {
        rules(project).filter_map(|rule| match rule {
            Statement::Route(other) if other.span != route.span => {
                let other = Covers::route(other);
                other
                    .overlaps(&covers)
                    .then(|| (other, head(project, rule)))
            }
            _ => None,
        })
    };
    let above = routes().filter(|(other, _)| other.is_more_specific(&covers));
    list(
        &mut text,
        "More specific, so these decide where they match",
        above.map(|(_, head)| head),
    );
    let below = routes().filter(|(other, _)| covers.is_more_specific(other));
    list(
        &mut text,
        "More specific than, so decides instead of",
        below.map(|(_, head)| head),
    );
    if let Some(example) = example(project, route) {
        let _ = write!(text, "\n\n**Example:** {example}");
    }
    text
}

fn forbid_summary(project: &Project, forbid: &Forbid) -> String {
    let whom = match forbid.mode {
        ForbidMode::When => "those for whom this holds, or is unknown",
        ForbidMode::Unless => "everybody but those for whom this holds",
    };
    let condition = words_of(project, &forbid.condition);
    let mut text = format!("**Takes access away** from {whom}: `{condition}`");
    where_names(project, &forbid.condition, &mut text);
    let covers = Covers::forbid(forbid);
    let routes = rules(project).filter_map(|rule| match rule {
        Statement::Route(route) => Covers::route(route)
            .overlaps(&covers)
            .then(|| head(project, rule)),
        _ => None,
    });
    list(&mut text, "Applies to", routes);
    text
}

fn rules(project: &Project) -> impl Iterator<Item = &Statement> {
    project.tree().statements.iter()
}

/// A condition as its author wrote it, on one line.
fn words_of(project: &Project, condition: &Condition) -> String {
    let text = project.sources().text(condition.span());
    text.lines()
        .map(|line| line.split(" #").next().unwrap_or(line))
        .flat_map(str::split_whitespace)
        .collect::<Vec<_>>()
        .join(" ")
}

/// What the names in a condition stand for, each once, names within them included.
fn where_names(project: &Project, condition: &Condition, text: &mut String) {
    let mut waiting = Vec::new();
    names::uses(condition, &mut waiting);
    let mut told: Vec<(names::Kind, &str)> = Vec::new();
    while let Some(mention) = waiting.pop() {
        let key = (mention.kind, mention.name);
        if told.len() >= MOST || told.contains(&key) {
            continue;
        }
        told.push(key);
        let stands_for = definition(project, mention.kind, mention.name);
        if !stands_for.is_empty() {
            let _ = write!(
                text,
                "\n- `{} {} is {stands_for}`",
                mention.kind.word(),
                mention.name
            );
            if mention.kind == names::Kind::Tier {
                text.push_str(", or a tier above it");
            }
        }
        for statement in rules(project) {
            let (Statement::Let(given) | Statement::Tier(given)) = statement else {
                continue;
            };
            if given.name.node == mention.name {
                names::uses(&given.condition, &mut waiting);
            }
        }
    }
}

/// A rule from its keyword to its pattern, and where it stands.
fn head(project: &Project, rule: &Statement) -> String {
    let span = names::span(rule);
    let end = match rule {
        Statement::Route(route) => route.target.span().end,
        Statement::Forbid(forbid) => forbid.target.span().end,
        _ => span.end,
    };
    let head = project.sources().text(Span { end, ..span });
    format!("`{head}` ({})", project.place(span))
}

fn list(text: &mut String, title: &str, heads: impl Iterator<Item = String>) {
    let heads: Vec<String> = heads.collect();
    if heads.is_empty() {
        return;
    }
    let _ = write!(text, "\n\n**{title}:**");
    for head in heads.iter().take(MOST) {
        let _ = write!(text, "\n- {head}");
    }
    if heads.len() > MOST {
        let _ = write!(text, "\n- and {} more", heads.len() - MOST);
    }
}

/// What comes of a request that this route decides: for a visitor, and for a user of whom nothing
/// else is known to hold.
fn example(project: &Project, route: &Route) -> Option<String> {
    let policy = project.policy()?;
    let call = call(project, route)?;
    let request = Request {
        target: match &call {
            Call::Path { method, path } => Called::Path { method, path },
            Call::Connect => Called::Connect,
            Call::Field(field) => Called::Field(field),
        },
        // An address of the documentation network: some address there always is.
        ip: Some(std::net::Ipv4Addr::new(203, 0, 113, 7).into()),
        unix_millis: clock::unix_millis(),
        headers: Some(&[]),
        query: Some(&[]),
    };
    let called = match &call {
        Call::Path { method, path } => format!("{method} {path}"),
        Call::Connect => "$connect".to_owned(),
        Call::Field(field) => format!("field {field}"),
    };
    let decide = |principal: &Principal| outcome(&policy.decide(&request, principal));
    let visitor = decide(&policy.visitor());
    let user = decide(&policy.principal(bare_user()));
    Some(format!(
        "`{called}`\n- a visitor is {visitor}\n- a signed-in user with nothing more is {user}"
    ))
}

/// What an example asks for.
enum Call<'t> {
    Path { method: String, path: String },
    Connect,
    Field(&'t str),
}

/// What this route covers and no more specific one.
fn call<'t>(project: &Project, route: &'t Route) -> Option<Call<'t>> {
    let pattern = match &route.target {
        Target::Path(pattern) => pattern,
        Target::Connect(_) => return Some(Call::Connect),
        Target::Field(field) => return Some(Call::Field(&field.node)),
    };
    let covers = Covers::route(route);
    let taken = |method: &str| {
        rules(project).any(|rule| match rule {
            Statement::Route(other) => {
                Covers::route(other).is_same_pattern(&covers)
                    && other.methods.iter().any(|name| name.node == method)
            }
            _ => false,
        })
    };
    let method = if let Some(method) = route.methods.first() {
        method.node.clone()
    } else {
        let methods = std::iter::once(&"GET").chain(words::METHODS);
        let free = methods.copied().find(|method| !taken(method))?;
        free.to_owned()
    };
    let path = path(project, pattern);
    Some(Call::Path { method, path })
}

fn path(project: &Project, pattern: &Pattern) -> String {
    // A word that no literal segment is, so that no other route takes the example.
    let literals: HashSet<&str> = rules(project)
        .filter_map(|rule| match rule {
            Statement::Route(Route {
                target: Target::Path(pattern),
                ..
            }) => Some(&pattern.segments),
            _ => None,
        })
        .flatten()
        .filter_map(|segment| match segment {
            Segment::Literal(text) => Some(text.node.as_str()),
            _ => None,
        })
        .collect();
    let mut words = std::iter::once("example".to_owned())
        .chain((1u32..).map(|number| format!("example-{number}")));
    let word = words.find(|word| !literals.contains(word.as_str()));
    let word = word.unwrap_or_default();
    let mut path = String::new();
    for segment in &pattern.segments {
        path.push('/');
        path.push_str(match segment {
            Segment::Literal(text) => project.sources().text(text.span),
            Segment::Parameter(_) | Segment::Rest { .. } => &word,
        });
    }
    if path.is_empty() {
        "/".to_owned()
    } else {
        path
    }
}

fn outcome(decision: &Decision<'_>) -> String {
    let Some(denial) = decision.denial() else {
        return "allowed".to_owned();
    };
    let mut text = format!("denied, `{}`", denial.reason);
    let ways: Vec<String> = denial
        .required
        .iter()
        .take(MOST)
        .map(|way| way.join(" + "))
        .collect();
    if !ways.is_empty() {
        let _ = write!(text, " ({})", ways.join(" or "));
    }
    text
}

/// Somebody signed in, of whom everything else is known not to hold.
fn bare_user() -> User {
    User {
        id: "example".to_owned(),
        email: Known::Known(None),
        email_verified: Known::Known(false),
        products: Known::Known(Vec::new()),
        mfa: Known::Known(Vec::new()),
        provider: Known::Known(None),
        roles: Known::Known(Vec::new()),
        teams: Known::Known(Vec::new()),
        permissions: Known::Known(Vec::new()),
        scopes: Known::Known(Vec::new()),
        groups: Known::Known(Vec::new()),
        claims: Known::Known(serde_json::json!({})),
    }
}

/// The facts a statement names.
pub fn facts(statement: &Statement) -> Vec<&Spanned<Fact>> {
    fn of<'t>(condition: &'t Condition, found: &mut Vec<&'t Spanned<Fact>>) {
        match condition {
            Condition::Name(_) => {}
            Condition::Facts { facts, .. } => found.extend(facts),
            Condition::Not(inner, _) => of(inner, found),
            Condition::Join(_, parts, _) => parts.iter().for_each(|part| of(part, found)),
        }
    }
    let mut found = Vec::new();
    match statement {
        Statement::Route(Route {
            access: Access::Requires(condition),
            ..
        }) => of(condition, &mut found),
        Statement::Route(_) => {}
        Statement::Forbid(forbid) => of(&forbid.condition, &mut found),
        Statement::Let(definition) | Statement::Tier(definition) => {
            of(&definition.condition, &mut found);
        }
        Statement::Test(test) => {
            for group in &test.groups {
                if let Who::User { facts, .. } = &group.who.node {
                    found.extend(facts.iter().map(|fact| &fact.fact));
                }
            }
        }
    }
    found
}
