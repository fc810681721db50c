//! `POST /api/test-block`: what became of a request, as a `test` of the policy.
//!
//! A test says who asks in the words of the policy: the facts that hold of the user as far as the policy
//! asks for them, and of the request what the deciding rules look at. The block is run before it is
//! shown, so that it holds.

mod words;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_engine::example;
use tollgate_grammar::tree::{Statement, Test, Tree};
use tollgate_grammar::{Sources, Style, parse};

use super::body::Body;
use super::desk::Desk;
use super::draft::{Answering, Draft, Texts};
use super::policy::name as short_name;
use super::problem::Problem;
use super::scenario::{Scenario, Seen};
use crate::canonical;
use words::Told;

/// What is to become a test, and of which file.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    drafts: Texts,
    file: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(flatten)]
    scenario: Scenario,
}

/// `POST /api/test-block`: nothing is written.
pub async fn make(
    State(desk): State<Arc<Desk>>,
    Body(asked): Body<Asked>,
) -> Result<Json<Value>, Problem> {
    let Asked {
        drafts: mut texts,
        file,
        name,
        scenario,
    } = asked;
    let draft = usable(desk.drafts.with(texts.clone()).await?)?;
    let text = draft.text_of(&file)?;
    let seen = scenario.seen(&desk)?;
    let person = scenario.person(&desk, &draft).await?;
    if let Some(why) = person.as_ref().and_then(|person| person.unproven) {
        return Err(Problem::unfit(format!(
            "a test cannot say that a provider is {why}: try again once it answers"
        )));
    }
    let told = Told::of(&draft, &seen, person.as_ref())?;
    let name = name.unwrap_or_else(|| scenario.title(&seen));
    let block = told.block(&name, &draft)?;
    let text = format!("{}\n\n{block}\n", text.trim_end());
    let text = canonical::text(&file, text.as_bytes(), Style::Plain)
        .map_err(|error| Problem::unfit(format!("a test cannot say this:\n{error}")))?;
    texts.insert(file.clone(), text.clone());
    let tested = usable(desk.drafts.with(texts).await?)?;
    hold(&tested, &file, &seen)?;
    let (block, line) = last_test(&text).ok_or_else(|| Problem::fault("the test is not there"))?;
    Ok(Json(json!({ "text": text, "block": block, "line": line })))
}

/// The policy itself, not the one that is in force in its place.
fn usable(answering: Answering) -> Result<Arc<Draft>, Problem> {
    match answering.problem {
        None => Ok(answering.draft),
        Some(problem) => Err(Problem::unfit(format!(
            "a test is written once the policy has no errors:\n{problem}"
        ))),
    }
}

/// The last test of a text, and its line.
fn last_test(text: &str) -> Option<(String, usize)> {
    let mut sources = Sources::default();
    let id = sources.add("policy", text);
    let (tree, _) = parse(&sources);
    let last = tests(&tree).last()?;
    let line = sources.file(id)?.place(last.span.start).line;
    Some((sources.text(last.span).to_owned(), line))
}

fn tests(tree: &Tree) -> impl Iterator<Item = &Test> {
    tree.statements
        .iter()
        .filter_map(|statement| match statement {
            Statement::Test(test) => Some(test),
            _ => None,
        })
}

/// Whether the last test of a file holds: whatever a test cannot say would make it fail.
fn hold(draft: &Draft, file: &str, seen: &Seen) -> Result<(), Problem> {
    let read = &draft.loaded.read;
    let of_file = |test: &&Test| {
        let source = read.sources.file(test.span.file);
        source.is_some_and(|source| short_name(source.name()) == file)
    };
    let test = tests(&read.tree).filter(of_file).last();
    let products = &draft.loaded.products;
    let examples = example::run(draft.policy()?, &read.tree, products, seen.at);
    let own = examples
        .iter()
        .filter(|example| test.is_some_and(|test| test.name.node == example.test));
    for example in own {
        if !example.holds() {
            return Err(Problem::unfit(format!(
                "a test cannot say what this comes from: with what it can say, the request is {}. \
                 Comparisons of claims and several headers of one name are such",
                example.got()
            )));
        }
    }
    Ok(())
}
