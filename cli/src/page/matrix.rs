//! `POST /api/matrix`: routes against users, by the policy as it is written at the moment.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::block_in_place;
use tollgate_engine::Policy;

use super::body::Body;
use super::desk::Desk;
use super::draft::{Answering, Texts};
use super::person::{Person, people};
use super::problem::Problem;
use crate::clock;
use crate::matrix::{self, Call, Column, Moment, Row};

/// Most of the stand-ins' users that are shown.
const MAX_USERS: usize = 12;

/// What is to be shown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    #[serde(default)]
    drafts: Texts,
    #[serde(default)]
    columns: Columns,
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum Columns {
    /// A visitor, and those who are signed in with the stand-ins.
    #[default]
    Users,
    /// As `tollgate matrix` has them.
    Typical,
}

/// Columns, what of each is shown beside its name, and how many more there would be.
type Titled = (Vec<Column>, Vec<Value>, usize);

/// `POST /api/matrix`
pub async fn show(
    State(desk): State<Arc<Desk>>,
    Body(asked): Body<Asked>,
) -> Result<Json<Value>, Problem> {
    let Answering { draft, problem } = desk.drafts.with(asked.drafts).await?;
    let policy = draft.policy()?;
    let moment = Moment {
        ip: None,
        unix_millis: clock::unix_millis(),
    };
    let (columns, titles, left_out) = match asked.columns {
        Columns::Users => {
            let asking = people(&draft, &desk.providers, MAX_USERS);
            let (people, left_out) = asking.await?;
            users(policy, people, left_out)
        }
        Columns::Typical => {
            let (columns, left_out) =
                block_in_place(|| matrix::typical(&draft.loaded, policy, &moment));
            let titles = columns
                .iter()
                .map(|column| title(&column.name, None, &column.name));
            let titles = titles.collect();
            (columns, titles, left_out)
        }
    };
    // A large policy takes a while, and others are served meanwhile.
    let rows = block_in_place(|| matrix::rows(&draft.loaded, policy, &columns, &moment));
    Ok(Json(json!({
        "columns": titles,
        "rows": rows.iter().map(row).collect::<Vec<_>>(),
        "left_out": left_out,
        "problem": problem,
    })))
}

/// A visitor and these people.
fn users(policy: &Policy, people: Vec<Person>, left_out: usize) -> Titled {
    let mut columns = vec![Column::new("visitor".to_owned(), policy.visitor())];
    let mut titles = vec![title("visitor", None, "visitor")];
    for person in people {
        titles.push(title(&person.name, Some(&person.name), &person.who));
        columns.push(Column {
            unproven: person.unproven,
            ..Column::new(person.name, person.principal)
        });
    }
    (columns, titles, left_out)
}

fn title(name: &str, user: Option<&str>, who: &str) -> Value {
    json!({ "name": name, "user": user, "who": who })
}

fn row(row: &Row) -> Value {
    let (method, path) = match &row.call {
        Some(Call::Path { method, path }) => (Some(method), Some(path)),
        _ => (None, None),
    };
    json!({
        "rule": row.rule,
        "place": row.place(),
        "file": row.file,
        "line": row.line,
        "method": method,
        "path": path,
        "call": row.called(),
        "cells": row.cells,
    })
}
