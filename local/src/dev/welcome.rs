//! The text `tollgate dev` greets with.

use super::examples::{Example, Route};
use super::{DevOptions, Terminal};
use crate::gateway::Gateway;
use crate::gateway::verdict::Verdict;
use crate::tiun::TiunStandIn;
use crate::users::User;

/// Most routes that are listed; a longer policy is better read in its file.
const MAX_ROUTES: usize = 30;
/// Most users that are listed.
const MAX_USERS: usize = 12;

pub(super) fn text(
    options: &DevOptions,
    watched: bool,
    gateway: &Gateway,
    tiun: &TiunStandIn,
    routes: &[Route],
    examples: &[Example],
) -> String {
    let terminal = &options.terminal;
    let policy = options.policy_folder.display();
    let users_file = options.users_file.as_ref().map_or_else(
        || "built in; `--users FILE` takes yours".to_owned(),
        |path| format!("{}, read again when saved", path.display()),
    );
    let mut lines = vec![
        String::new(),
        format!(
            "{} is your API, behind the authorizer",
            terminal.heading(&gateway.url())
        ),
        format!(
            "{} stands in for tiun ({})",
            terminal.heading(&tiun.url()),
            tiun.environment().name()
        ),
        String::new(),
        section(
            terminal,
            "Routes",
            &if watched {
                format!("{policy}/*.policy; save, and the next request obeys")
            } else {
                format!("{policy}/*.policy; the function obeys the policy it was started with")
            },
        ),
    ];
    lines.extend(route_lines(routes));
    lines.extend([String::new(), section(terminal, "Users", &users_file)]);
    lines.extend(user_lines(terminal, tiun));
    lines.extend([String::new(), section(terminal, "Try", "paste a line")]);
    if examples.is_empty() {
        lines.push(
            "  the authorizer gave no answer yet; send a request and read the line it gets here"
                .to_owned(),
        );
    }
    for example in examples {
        lines.push(terminal.dim(&format!("  # {}", remark(example))));
        lines.push(format!("  {}", curl(example, gateway, tiun)));
    }
    lines.extend([
        String::new(),
        terminal.dim("Ctrl-C ends it. Requests from here on:"),
    ]);
    lines.join("\n")
}

fn section(terminal: &Terminal, title: &str, note: &str) -> String {
    format!("{}  {}", terminal.heading(title), terminal.dim(note))
}

fn route_lines(routes: &[Route]) -> Vec<String> {
    let subjects: Vec<String> = routes.iter().take(MAX_ROUTES).map(Route::subject).collect();
    let width = width(&subjects);
    let mut lines: Vec<String> = subjects
        .iter()
        .zip(routes)
        .map(|(subject, route)| format!("  {subject:<width$}  {}", route.rule))
        .collect();
    if routes.len() > MAX_ROUTES {
        lines.push(format!("  … and {} more", routes.len() - MAX_ROUTES));
    }
    lines
}

fn user_lines(terminal: &Terminal, tiun: &TiunStandIn) -> Vec<String> {
    let users = tiun.users();
    let names: Vec<String> = users
        .iter()
        .take(MAX_USERS)
        .map(|(name, _)| name.clone())
        .collect();
    let summaries: Vec<String> = users
        .iter()
        .take(MAX_USERS)
        .map(|(_, user)| user.summary())
        .collect();
    let (name_width, summary_width) = (width(&names), width(&summaries));
    let mut lines: Vec<String> = names
        .iter()
        .zip(&summaries)
        .map(|(name, summary)| {
            let token = tiun.development_token(name).unwrap_or_default();
            format!(
                "  {name:<name_width$}  {summary:<summary_width$}  {}",
                terminal.dim(&token)
            )
        })
        .collect();
    if users.len() > MAX_USERS {
        lines.push(format!("  … and {} more", users.len() - MAX_USERS));
    }
    lines
}

fn width(texts: &[String]) -> usize {
    // A line with one very long cell goes out of line rather than all others.
    texts
        .iter()
        .map(|text| text.chars().count())
        .filter(|count| *count <= 40)
        .max()
        .unwrap_or(0)
}

/// What an example shows: `403 upgrade_required: light has p-live-light, this needs p-live-pro`.
fn remark(example: &Example) -> String {
    let who = match &example.user {
        None => "no token".to_owned(),
        Some((name, user)) => format!("{name} has {}", possessions(user)),
    };
    match &example.verdict {
        Verdict::Allow { .. } if example.user.is_none() => {
            "200: public, no token needed".to_owned()
        }
        Verdict::Allow { .. } => format!("200: {who}"),
        Verdict::Unauthorized => format!("401 login_required: {who}"),
        Verdict::Deny { context, .. } => {
            let of = |key: &str| context.get(key).map(String::as_str).unwrap_or_default();
            let needs = if of("required").is_empty() {
                String::new()
            } else {
                format!(", this needs {}", of("required"))
            };
            format!("403 {}: {who}{needs}", of("reason"))
        }
        Verdict::Failed(_) | Verdict::Malformed(_) => format!("500: {who}"),
    }
}

fn possessions(user: &User) -> String {
    match &user.products {
        Some(products) if !products.is_empty() => products.join(" and "),
        _ => "no products".to_owned(),
    }
}

fn curl(example: &Example, gateway: &Gateway, tiun: &TiunStandIn) -> String {
    let flags = match example.method.as_str() {
        "GET" => "-i".to_owned(),
        "HEAD" => "-I".to_owned(),
        method => format!("-i -X {method}"),
    };
    let url = quoted(&format!("{}{}", gateway.url(), example.path));
    let token = example
        .user
        .as_ref()
        .and_then(|(name, _)| tiun.development_token(name));
    // Double quotes: they work in every shell, cmd.exe included, and a token has nothing to expand.
    let header = token
        .map(|token| format!(" -H \"Authorization: Bearer {token}\""))
        .unwrap_or_default();
    format!("curl {flags} {url}{header}")
}

/// A shell word.
fn quoted(text: &str) -> String {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"/:._~%-".contains(&b));
    if plain {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
