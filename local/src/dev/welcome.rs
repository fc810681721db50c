//! The text `tollgate dev` greets with.

use serde_json::Value;

use super::examples::{self, Example, Route};
use super::{DevOptions, Provider, Terminal};
use crate::fault::NamedFault;
use crate::gateway::Gateway;
use crate::gateway::verdict::{self, Verdict};
use crate::place;
use crate::template::api::ApiKind;
use crate::users::User;

/// Most routes that are listed; a longer policy is better read in its file.
const MAX_ROUTES: usize = 30;
/// Most remarks about what is not served.
const MAX_LEFT_OUT: usize = 5;
/// Most users that are listed.
const MAX_USERS: usize = 12;

pub(super) fn text(
    options: &DevOptions,
    watched: bool,
    gateway: &Gateway,
    providers: &[Provider],
    routes: &[Route],
) -> String {
    let terminal = &options.terminal;
    let policy = options.policy_folder.display();
    let users_file = options.users_file.as_ref().map_or_else(
        || "built in; `--users FILE` takes yours".to_owned(),
        |path| format!("{}, read again when saved", path.display()),
    );
    let mut lines = vec![String::new()];
    lines.extend(page_line(options));
    lines.extend(served(gateway, |url| terminal.heading(url)));
    lines.extend(providers.iter().map(|provider| {
        let (url, kind) = (
            terminal.heading(&provider.stand_in.url()),
            provider.stand_in.kind(),
        );
        let trouble = trouble(provider);
        match providers {
            [_] => format!("{url} stands in for {kind}{trouble}"),
            _ => format!("{url} stands in for {}: {kind}{trouble}", provider.name),
        }
    }));
    lines.extend([
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
    ]);
    lines.extend(route_lines(routes));
    lines.extend([String::new(), section(terminal, "Users", &users_file)]);
    lines.extend(user_lines(terminal, providers));
    lines.join("\n")
}

/// What of `--fault` and `--latency` explains answers that are none: `; switched on: down`.
fn trouble(provider: &Provider) -> String {
    let (fault, latency) = (provider.stand_in.fault(), provider.stand_in.latency());
    let fault = (fault != NamedFault::None).then(|| fault.name().to_owned());
    let late = (!latency.is_zero()).then(|| format!("{} ms late", latency.as_millis()));
    let told: Vec<String> = fault.into_iter().chain(late).collect();
    if told.is_empty() {
        String::new()
    } else {
        format!("; switched on: {}", told.join(", "))
    }
}

/// Where the page is: at the top, and again at the end, where the long lines with tokens leave it in sight.
fn page_line(options: &DevOptions) -> Option<String> {
    let url = options.page.as_ref()?;
    Some(format!("page  {}", options.terminal.heading(url)))
}

/// Where which API is, each with its URL as `emphasized`, and what of the template is not served.
pub(super) fn served(gateway: &Gateway, emphasized: impl Fn(&str) -> String) -> Vec<String> {
    let served = gateway.served();
    let Some(template) = served.template() else {
        let url = emphasized(&gateway.url());
        return vec![format!("{url} is your API, behind the authorizer")];
    };
    let mut lines: Vec<String> = Vec::new();
    for endpoint in gateway.apis() {
        let (url, kind) = (emphasized(&endpoint.url), endpoint.kind.name());
        let (name, stage, template) = (endpoint.name, endpoint.stage, template.display());
        lines.push(format!(
            "{url} is {name}, the {kind} of {template}, stage {stage}"
        ));
    }
    let others = served.others();
    lines.extend(others.map(|others| format!("  `--api` takes {others} too")));
    let left_out = served.left_out().iter().take(MAX_LEFT_OUT);
    lines.extend(left_out.map(|it| format!("  not served: {it}")));
    lines
}

/// What is worth trying, and the end of the greeting.
pub(super) fn suggestions(
    options: &DevOptions,
    gateway: &Gateway,
    providers: &[Provider],
    examples: &[Example],
    connecting: Option<(String, String)>,
) -> String {
    let terminal = &options.terminal;
    let mut lines = vec![String::new(), section(terminal, "Try", "paste a line")];
    if examples.is_empty() {
        lines.push(
            "  the authorizer gave no answer yet; send a request and read the line it gets here"
                .to_owned(),
        );
    }
    for example in examples {
        lines.push(terminal.dim(&format!("  # {}", remark(example, providers))));
        lines.push(format!("  {}", curl(example, gateway, providers)));
    }
    if let Some((remark, command)) = connecting {
        lines.push(terminal.dim(&format!("  # {remark}")));
        lines.push(format!("  {command}"));
    }
    lines.push(String::new());
    lines.extend(page_line(options));
    lines.push(terminal.dim("Ctrl-C ends it. Requests from here on:"));
    lines.join("\n")
}

/// How somebody connects to the first WebSocket API, with the token where the provider looks for it: a
/// remark and a command.
pub(super) async fn connecting(
    gateway: &Gateway,
    providers: &[Provider],
) -> Option<(String, String)> {
    let mut apis = gateway.apis().into_iter();
    let api = apis.find(|api| api.kind == ApiKind::WebSocket)?;
    let provider = providers.first()?;
    let (user, token) = examples::guest(gateway, provider, &api.base_path).await?;
    let line = place::wscat(&format!("{}/", api.url), Some((&provider.place, &token)));
    Some((format!("connects {user} to {}", api.name), line))
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

/// Each user with a token of each of these providers; with one provider on one line.
fn user_lines<'a>(
    terminal: &Terminal,
    providers: impl IntoIterator<Item = &'a Provider>,
) -> Vec<String> {
    let providers: Vec<&Provider> = providers.into_iter().collect();
    let Some(first) = providers.first() else {
        return Vec::new();
    };
    let tell_products = providers.iter().any(|provider| provider.tells_products);
    let users = first.stand_in.users();
    let shown = || users.iter().take(MAX_USERS);
    let names: Vec<String> = shown().map(|(name, _)| name.clone()).collect();
    let summaries: Vec<String> = shown()
        .map(|(_, user)| {
            if tell_products {
                user.summary()
            } else {
                user.summary_without_products()
            }
        })
        .collect();
    let (name_width, summary_width) = (width(&names), width(&summaries));
    let provider_names: Vec<String> = providers.iter().map(|one| one.name.clone()).collect();
    let provider_width = width(&provider_names);
    let mut lines = Vec::new();
    for (name, summary) in names.iter().zip(&summaries) {
        let token = |provider: &Provider| {
            let token = provider.stand_in.token(name);
            terminal.dim(&token.unwrap_or_default())
        };
        if let [only] = providers.as_slice() {
            lines.push(format!(
                "  {name:<name_width$}  {summary:<summary_width$}  {}",
                token(only)
            ));
        } else {
            lines.push(format!("  {name:<name_width$}  {summary}"));
            lines.extend(providers.iter().map(|provider| {
                let (provider_name, token) = (&provider.name, token(provider));
                format!("    {provider_name:<provider_width$}  {token}")
            }));
        }
    }
    if users.len() > MAX_USERS {
        lines.push(format!("  … and {} more", users.len() - MAX_USERS));
    }
    lines
}

/// Of providers whose old tokens go on saying what the users were.
pub(super) fn print_new_tokens(terminal: &Terminal, providers: &[Provider]) {
    let telling = providers
        .iter()
        .filter(|provider| provider.stand_in.has_telling_tokens());
    let lines = user_lines(terminal, telling);
    if !lines.is_empty() {
        terminal.print(&format!("new tokens:\n{}", lines.join("\n")));
    }
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
fn remark(example: &Example, providers: &[Provider]) -> String {
    let who = match &example.asker {
        None => "no token".to_owned(),
        Some(asker) => {
            let provider = providers.get(asker.provider);
            let through = provider
                .filter(|_| providers.len() > 1)
                .map(|provider| format!(" through {}", provider.name))
                .unwrap_or_default();
            let has = provider
                .filter(|provider| provider.tells_products)
                .map(|_| format!(" has {}", possessions(&asker.user)))
                .unwrap_or_default();
            format!("{}{through}{has}", asker.name)
        }
    };
    match &example.verdict {
        Verdict::Allow { .. } if example.asker.is_none() => {
            "200: public, no token needed".to_owned()
        }
        Verdict::Allow { .. } => format!("200: {who}"),
        Verdict::Unauthorized => format!("401 login_required: {who}"),
        Verdict::Unidentified(why) => format!("401: {why}"),
        Verdict::Deny { context, .. } => {
            let of = |key: &str| context.get(key).and_then(Value::as_str).unwrap_or_default();
            let needs = if of("required").is_empty() {
                String::new()
            } else {
                format!(", this needs {}", verdict::alternatives(of("required")))
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

fn curl(example: &Example, gateway: &Gateway, providers: &[Provider]) -> String {
    let flags = match example.method.as_str() {
        "GET" => "-i".to_owned(),
        "HEAD" => "-I".to_owned(),
        method => format!("-i -X {method}"),
    };
    let mut url = format!("{}{}", gateway.url(), example.path);
    let mut header = String::new();
    let shown = example.asker.as_ref().and_then(|asker| {
        let provider = providers.get(asker.provider)?;
        Some((&provider.place, provider.stand_in.token(&asker.name)?))
    });
    if let Some((place, token)) = shown {
        // Double quotes: they work in every shell, cmd.exe included, and a token has nothing to expand.
        header = place
            .header(&token)
            .map(|(name, value)| format!(" -H \"{name}: {value}\""))
            .unwrap_or_default();
        if let Some(query) = place.query(&token) {
            url = format!("{url}?{query}");
        }
    }
    format!("curl {flags} {}{header}", quoted(&url))
}

/// A shell word.
fn quoted(text: &str) -> String {
    let only = |others: &[u8]| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || others.contains(&b);
        text.bytes().all(allowed)
    };
    if only(b"/:._~%-") {
        text.to_owned()
    } else if only(b"/:._~%-?=") {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
