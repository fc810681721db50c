//! `GET /api/token`: a user's token, and the command line that sends it.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_local::place::wscat;
use tollgate_local::template::api::ApiKind;

use super::desk::Desk;
use super::problem::Problem;
use super::scenario::Scenario;

/// Whose, and for which request.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    api: Option<String>,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    provider: Option<String>,
    #[serde(default = "get")]
    method: String,
    #[serde(default = "root")]
    path: String,
}

fn get() -> String {
    "GET".to_owned()
}

fn root() -> String {
    "/".to_owned()
}

/// `GET /api/token?user=light&provider=tiun`; without a user there is the command line alone. For a
/// WebSocket API that is a client's which connects.
pub async fn show(
    State(desk): State<Arc<Desk>>,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(asked) = asked.map_err(|error| Problem::bad(error.to_string()))?;
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let scenario = Scenario {
        method: asked.method,
        path: asked.path,
        user: filled(asked.user),
        provider: filled(asked.provider),
        ..Scenario::default()
    };
    scenario.check()?;
    let shown = scenario.token(&desk)?;
    let (place, token) = shown.unzip();
    let header = place.zip(token.as_ref()).and_then(|(place, token)| {
        let (name, value) = place.header(token)?;
        Some((name.to_owned(), value))
    });
    let query = place.zip(token.as_ref());
    let query = query.and_then(|(place, token)| place.query(token));
    let socket = asked.api.as_deref().and_then(|api| socket(&desk, api));
    let curl = match socket {
        Some(url) => wscat(&url, place.zip(token.as_deref())),
        None => curl(
            &desk.gateway.url(),
            &scenario,
            header.as_ref(),
            query.as_deref(),
        ),
    };
    Ok(Json(
        json!({ "token": token, "header": header, "query": query, "curl": curl }),
    ))
}

/// Where the WebSocket API of this name is connected to.
fn socket(desk: &Desk, name: &str) -> Option<String> {
    let mut apis = desk.gateway.apis().into_iter();
    let api = apis.find(|api| api.kind == ApiKind::WebSocket && api.name == name)?;
    Some(format!("{}/", api.url))
}

fn curl(
    url: &str,
    scenario: &Scenario,
    header: Option<&(String, String)>,
    query: Option<&str>,
) -> String {
    let path = match query {
        Some(query) if scenario.path.contains('?') => format!("{}&{query}", scenario.path),
        Some(query) => format!("{}?{query}", scenario.path),
        None => scenario.path.clone(),
    };
    let mut line = match scenario.method.as_str() {
        "GET" => "curl -i".to_owned(),
        "HEAD" => "curl -I".to_owned(),
        method => format!("curl -i -X {}", quoted(method)),
    };
    // Paths are sent to the letter, `..` included.
    if path.contains("/.") {
        line.push_str(" --path-as-is");
    }
    // So are brackets, which curl takes for lists of URLs.
    if path.contains(['[', ']', '{', '}']) {
        line.push_str(" --globoff");
    }
    if let Some((name, value)) = header {
        let _ = write!(line, " -H {}", quoted(&format!("{name}: {value}")));
    }
    let _ = write!(line, " {}", quoted(&format!("{url}{path}")));
    line
}

/// A word of a shell, whatever it holds.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/:._~%-".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_sees_one_word() {
        for (text, word) in [
            ("http://127.0.0.1:3000/a", "http://127.0.0.1:3000/a"),
            ("", "''"),
            ("/a?b=c&d", "'/a?b=c&d'"),
            ("it's $HOME `x` \"y\"", r#"'it'\''s $HOME `x` "y"'"#),
        ] {
            assert_eq!(quoted(text), word);
        }
    }
}
