//! The files of the policy: read, and saved in their canonical form.
//!
//! Nothing that was written is lost: a file that is another than the page knows is not replaced, and
//! one that is replaced has the old or the new text at every moment.

mod folder;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_gateway::files;
use tollgate_gateway::policy::Read;
use tollgate_grammar::{Severity, Style, render};

use super::body::Body;
use super::desk::Desk;
use super::problem::Problem;
use crate::canonical::{self, Unformatted};
use crate::load;
pub use folder::{Folder, hash, is_policy, name};

/// `GET /api/policy?file=access.policy`
pub async fn read(State(desk): State<Arc<Desk>>, uri: Uri) -> Result<Json<Value>, Problem> {
    let query = uri.query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let name = pairs
        .find(|(name, _)| name == "file")
        .ok_or_else(|| Problem::bad("name a file of the policy folder: `?file=access.policy`"))?;
    let name = name.1.into_owned();
    in_background(move || {
        let file = desk.folder.read(&name)?;
        Ok(Json(
            json!({ "name": name, "text": file.text, "hash": file.hash }),
        ))
    })
    .await
}

/// A text to save, and what it is to take the place of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Save {
    name: String,
    text: String,
    /// Of the bytes that the page read or saved last.
    hash: String,
}

/// `PUT /api/policy`
pub async fn save(
    State(desk): State<Arc<Desk>>,
    Body(save): Body<Save>,
) -> Result<Json<Value>, Problem> {
    in_background(move || saved(&desk, save)).await
}

fn saved(desk: &Desk, save: Save) -> Result<Json<Value>, Problem> {
    let Save { name, text, hash } = save;
    let (text, formatted, mistakes) = match canonical::text(&name, text.as_bytes(), Style::Plain) {
        Ok(canonical) => (canonical, true, None),
        // Saved all the same: it is a person's work, and the policy in force stays.
        Err(Unformatted::Errors(rendered)) => (text, false, Some(rendered)),
        Err(Unformatted::Refused(error)) => (text, false, Some(error.to_string())),
    };
    let hash = desk.folder.replace(&name, &text, &hash)?;
    let problem = mistakes.or_else(|| problem(desk));
    Ok(Json(
        json!({ "text": text, "hash": hash, "formatted": formatted, "problem": problem }),
    ))
}

/// What is wrong with the saved policy as a whole.
fn problem(desk: &Desk) -> Option<String> {
    let policies = match files::policies(desk.folder.path()) {
        Ok(policies) => policies,
        Err(error) => return Some(error.to_string()),
    };
    let settings = load::settings_file(desk.folder.path());
    let products = match settings.as_deref().map(load::settings).transpose() {
        Ok(settings) => settings.map(|(_, products)| products),
        Err(problem) => return Some(problem.to_string()),
    };
    let named: Vec<(String, Vec<u8>)> = policies
        .into_iter()
        .map(|(path, bytes)| (name(&path).to_owned(), bytes))
        .collect();
    errors(&Read::files(&named, &products.unwrap_or_default()))
}

/// The errors of a policy, rendered; `None` without any.
pub fn errors(read: &Read) -> Option<String> {
    let errors: Vec<_> = read
        .findings
        .iter()
        .filter(|finding| finding.severity() == Severity::Error)
        .cloned()
        .collect();
    (!errors.is_empty()).then(|| render(&read.sources, &errors, Style::Plain))
}

/// Does what waits for a disk or takes long where that holds nobody up.
pub async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err(Problem::fault("this could not be done: see the terminal")),
    }
}

impl From<folder::Refusal> for Problem {
    fn from(refusal: folder::Refusal) -> Self {
        use folder::Refusal;
        let message = refusal.to_string();
        match refusal {
            Refusal::Name | Refusal::Missing(_) | Refusal::Elsewhere(_) => Self::not_found(message),
            Refusal::Unreadable(..) | Refusal::NotText(_) => Self::unfit(message),
            Refusal::ReadOnly(_) | Refusal::Unwritable(..) => {
                Self::new(StatusCode::FORBIDDEN, message)
            }
            Refusal::Changed { current, .. } => Self::new(StatusCode::CONFLICT, message)
                .with("text", current.text)
                .with("hash", current.hash),
        }
    }
}
