//! The pages: HTML without a script, readable in light and dark, by keyboard and on a phone.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;

use crate::answer::{Answer, Outcome, response};
use crate::users::{Session, TokenState, User};

/// Most users on one page; `login_hint` brings any of them to the top.
const MAX_SHOWN: usize = 200;

const STYLE: &str = include_str!("page.css");

/// `'sha256-…'` of the style: it is the only one the page may have (CSP Level 3 section 8.3).
static STYLE_HASH: LazyLock<String> = LazyLock::new(|| {
    let hash = digest(&SHA256, STYLE.as_bytes());
    format!("'sha256-{}'", STANDARD.encode(hash))
});

/// A page that asks who somebody is.
pub(crate) struct People<'a> {
    /// `Sign in to tiun`
    pub title: String,
    /// Where the choice is sent: `/sign-in?…`
    pub action: String,
    /// Who is probably meant: a name, an address or an ID.
    pub hint: Option<&'a str>,
    /// Whether one may choose nobody.
    pub cancel: bool,
    /// Where the choice leads in the end.
    pub target: Option<&'a Url>,
}

impl People<'_> {
    /// With a button for each user, in the order of names; who is meant comes first. They have the focus, or else the first
    /// whose token would be good.
    pub(crate) fn page(&self, users: &BTreeMap<String, User>) -> Answer {
        let is_hinted = |name: &str, user: &User| {
            self.hint.is_some_and(|hint| {
                hint == name || hint == user.id || user.email.as_deref() == Some(hint)
            })
        };
        let (mut listed, others): (Vec<_>, Vec<_>) =
            users.iter().partition(|(name, user)| is_hinted(name, user));
        let hinted = listed.len();
        listed.extend(others);
        let mut body = format!(
            "<p>Choose a user of the users file. There are no passwords: this stands in for the real \
             provider, on your machine.{}</p>\n<form method=\"post\" action=\"{}\">\n<ul>\n",
            self.target.map_or_else(String::new, |target| format!(
                " Then you go on to <code>{}</code>.",
                escaped(target.origin().ascii_serialization())
            )),
            escaped(&self.action)
        );
        let focused = match hinted {
            0 => listed.iter().position(|(_, user)| is_signed_in(user)),
            _ => Some(0),
        };
        for (number, (name, user)) in listed.iter().take(MAX_SHOWN).enumerate() {
            body.push_str(&button(
                name,
                user,
                number < hinted,
                focused == Some(number),
            ));
        }
        body.push_str("</ul>\n");
        if listed.len() > MAX_SHOWN {
            // Writing to a text cannot fail.
            let _ = writeln!(
                body,
                "<p>… and {} more: add <code>login_hint=NAME</code> to the address to choose one.</p>",
                listed.len() - MAX_SHOWN
            );
        }
        if self.cancel {
            body.push_str("<button class=\"cancel\" name=\"user\" value=\"\">Cancel</button>\n");
        }
        body.push_str("</form>\n");
        html(Outcome::Published, 200, &self.title, &body, self.target)
    }
}

fn button(name: &str, user: &User, hinted: bool, focused: bool) -> String {
    let class = if hinted { " class=\"hinted\"" } else { "" };
    let focus = if focused { " autofocus" } else { "" };
    let address = user.email.as_ref().unwrap_or(&user.id);
    let [name, address, facts] = [name, address, &facts(user)].map(escaped);
    format!(
        "<li{class}><button name=\"user\" value=\"{name}\"{focus}><strong>{name}</strong>\
         <span>{address}</span><span class=\"facts\">{facts}</span></button></li>\n"
    )
}

/// What the user bought, and the rest: providers differ in what they tell of it.
fn facts(user: &User) -> String {
    let (products, rest) = (user.summary(), user.summary_without_products());
    if rest == products || rest == "signed in" {
        products
    } else if user.products.as_ref().is_none_or(Vec::is_empty) {
        rest
    } else {
        format!("{products}, {rest}")
    }
}

/// Whom one would mostly want to be: their token is good for something.
fn is_signed_in(user: &User) -> bool {
    user.token == TokenState::Good && user.session == Session::Active
}

/// A page that shows a token, to be copied.
pub(super) fn token(name: &str, token: &str) -> Answer {
    let body = format!(
        "<p>Signed in as <strong>{}</strong>. The token:</p>\n\
         <textarea readonly autofocus aria-label=\"Token\">{}</textarea>\n",
        escaped(name),
        escaped(token)
    );
    html(Outcome::Authenticated, 200, "Signed in", &body, None)
}

/// A page that says something; `text` is HTML.
pub(crate) fn notice(status: u16, title: &str, text: &str) -> Answer {
    let outcome = if status < 400 {
        Outcome::Published
    } else {
        Outcome::Rejected
    };
    html(outcome, status, title, &format!("<p>{text}</p>\n"), None)
}

fn html(outcome: Outcome, status: u16, title: &str, body: &str, target: Option<&Url>) -> Answer {
    let title = escaped(title);
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n{body}</main>\n</body>\n</html>\n"
    );
    let policy = format!(
        "default-src 'none'; style-src {}; form-action 'self'{}; base-uri 'none'; \
         frame-ancestors 'none'",
        *STYLE_HASH,
        target.map(form_target).unwrap_or_default()
    );
    let answer = Answer {
        outcome,
        response: Box::new(response(status, "text/html; charset=utf-8", page)),
    };
    answer
        .with("content-security-policy", &policy)
        .with("cache-control", "no-store")
        .with("x-content-type-options", "nosniff")
        .with("x-frame-options", "DENY")
        .with("cross-origin-resource-policy", "same-origin")
        // With `no-referrer` a browser would not say that the form is the page's own (`Origin: null`).
        .with("referrer-policy", "same-origin")
}

/// Browsers hold the redirect after a form to `form-action` too. An IPv6 address or an application's own
/// scheme cannot be written there as an origin (CSP Level 3 section 2.3.1).
fn form_target(target: &Url) -> String {
    match target.host_str() {
        Some(host) if !host.starts_with('[') && matches!(target.scheme(), "http" | "https") => {
            format!(" {}", target.origin().ascii_serialization())
        }
        _ => format!(" {}:", target.scheme()),
    }
}

/// Text as HTML, in an attribute too.
pub(crate) fn escaped(text: impl AsRef<str>) -> String {
    let mut html = String::new();
    for c in text.as_ref().chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}
