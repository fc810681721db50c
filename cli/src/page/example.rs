//! `POST /api/tests`: the `test` blocks of the policy as it is written at the moment.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::block_in_place;
use tollgate_engine::example::{self, Example};
use tollgate_grammar::scan::on_one_line;
use tollgate_grammar::tree::Expected;
use tollgate_grammar::{SourceFile, Sources};

use super::body::Body;
use super::desk::Desk;
use super::draft::{Answering, Texts};
use super::problem::Problem;
use crate::clock;

/// Lines that fail of which each is shown; a policy that fails so often fails for few reasons.
const MAX_FAILED: usize = 200;

/// Of which policy.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    #[serde(default)]
    drafts: Texts,
}

/// `POST /api/tests`
pub async fn run(
    State(desk): State<Arc<Desk>>,
    Body(asked): Body<Asked>,
) -> Result<Json<Value>, Problem> {
    let Answering { draft, problem } = desk.drafts.with(asked.drafts).await?;
    let policy = draft.policy()?;
    let read = &draft.loaded.read;
    let (tree, products) = (&read.tree, &draft.loaded.products);
    // Many tests take a while, and others are served meanwhile.
    let examples = block_in_place(|| example::run(policy, tree, products, clock::unix_millis()));
    let failed = examples.iter().filter(|example| !example.holds());
    let failed: Vec<Value> = failed
        .take(MAX_FAILED)
        .map(|example| failure(&read.sources, example))
        .collect();
    Ok(Json(json!({
        "total": examples.len(),
        "failed": failed,
        "problem": problem,
    })))
}

fn failure(sources: &Sources, example: &Example<'_>) -> Value {
    let file = sources.file(example.span.file);
    json!({
        "file": file.map(SourceFile::name),
        "line": file.map(|file| file.place(example.span.start).line),
        "example": on_one_line(sources.text(example.span)),
        "message": message(example),
    })
}

/// `expected allowed, is denied: upgrade_required`
fn message(example: &Example<'_>) -> String {
    let expected = match example.expected {
        Expected::Allowed => "allowed".to_owned(),
        Expected::Denied(None) => "denied".to_owned(),
        Expected::Denied(Some(reason)) => format!("denied, {}", reason.node),
    };
    match example.reason() {
        None => format!("expected {expected}, is allowed"),
        Some(reason) => format!("expected {expected}, is denied: {reason}"),
    }
}
