//! Finds the API to serve in a template, or says what keeps it from being served.

use std::fmt;
use std::path::Path;

use tollgate_grammar::{Sources, Span};

use super::{Api, Authorizer, DEFAULT_STAGE};
use crate::gateway::websocket::selection::Selection;
use crate::template::api::{Api as Described, ApiKind};
use crate::template::authorizer;
use crate::template::{Deployment, ReadError};

/// An API that cannot be served: where it says so, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiError {
    /// The template cannot be read.
    Template(ReadError),
    /// It can, but not served.
    Unservable {
        /// `template.yaml:12:3`
        place: String,
        /// What is wrong, and the cure.
        message: String,
    },
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template(error) => error.fmt(f),
            Self::Unservable { place, message } => write!(f, "{place}: {message}"),
        }
    }
}

impl std::error::Error for ApiError {}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        Self::Template(error)
    }
}

/// What is wrong with an API, and where.
pub(super) struct Fault {
    pub span: Span,
    pub message: String,
}

impl Fault {
    fn at(self, sources: &Sources) -> ApiError {
        ApiError::Unservable {
            place: shown(sources, self.span),
            message: self.message,
        }
    }
}

impl Api {
    /// The API of this name in a template, or the first REST or HTTP API, or the first WebSocket API;
    /// `None` if there is none. Its stage is the one of this name, or the first.
    ///
    /// # Errors
    /// [`ApiError`]: the template cannot be read, or names no such API or stage, or leaves to a
    /// deployment what it takes to serve it.
    pub fn find(
        template: &Path,
        name: Option<&str>,
        stage: Option<&str>,
    ) -> Result<Option<Self>, ApiError> {
        let mut sources = Sources::default();
        let deployment = Deployment::read(template, &mut sources)?;
        let served = servable(deployment.apis);
        let names: Vec<String> = served.iter().map(|api| api.name.clone()).collect();
        let found = match name {
            Some(name) => served.into_iter().find(|api| api.name == name),
            None => served
                .into_iter()
                .min_by_key(|api| api.kind == ApiKind::WebSocket),
        };
        let Some(described) = found else {
            return match name {
                None => Ok(None),
                Some(name) => Err(ApiError::Unservable {
                    place: template.display().to_string(),
                    message: format!(
                        "there is no REST or HTTP API `{name}`; there is {}",
                        listed(&names)
                    ),
                }),
            };
        };
        let mut api = Self::of(described, stage).map_err(|fault| fault.at(&sources))?;
        api.origin = Some(api.told(template, &names));
        let unread = deployment.unread.iter();
        api.unread = unread
            .map(|it| format!("{}: {}", shown(&sources, it.span), it.what))
            .collect();
        Ok(Some(api))
    }

    fn of(described: Described, stage: Option<&str>) -> Result<Self, Fault> {
        let stage = stage_of(&described, stage)?;
        let selection = selection_of(&described)?;
        let is_used = |authorizer: &&authorizer::Authorizer| {
            authorizer.is_lambda() && described.guarded(authorizer).next().is_some()
        };
        let authorizers = described.authorizers.iter().filter(is_used);
        let authorizers = authorizers.map(|of| Authorizer::of(of, described.kind));
        Ok(Self {
            authorizers: authorizers.collect::<Result<_, _>>()?,
            described,
            stage,
            selection,
            origin: None,
            unread: Vec::new(),
        })
    }

    fn told(&self, template: &Path, names: &[String]) -> String {
        let Self {
            described, stage, ..
        } = self;
        let others = names.iter().filter(|other| **other != described.name);
        let others: Vec<String> = others.cloned().collect();
        let (name, kind, template) = (&described.name, described.kind.name(), template.display());
        let others = if others.is_empty() {
            String::new()
        } else {
            format!("; `--api` takes {}", listed(&others))
        };
        format!("{name}, the {kind} of {template}, stage {stage}{others}")
    }
}

/// The APIs of kinds that the gateway knows, as they stand in the template.
fn servable(apis: Vec<Described>) -> Vec<Described> {
    let known = |api: &Described| api.kind != ApiKind::AppSync;
    let mut apis: Vec<Described> = apis.into_iter().filter(known).collect();
    apis.sort_by_key(|api| api.span);
    apis
}

fn stage_of(api: &Described, asked: Option<&str>) -> Result<String, Fault> {
    let known: Vec<String> = api
        .stages
        .iter()
        .filter_map(|stage| stage.known().cloned())
        .collect();
    let fault = |message: String| Fault {
        span: api.span,
        message,
    };
    match (asked, known.first()) {
        (Some(asked), Some(_)) if known.len() == api.stages.len() => {
            if known.iter().any(|stage| stage == asked) {
                Ok(asked.to_owned())
            } else {
                let (name, known) = (&api.name, listed(&known));
                Err(fault(format!(
                    "{name} has no stage `{asked}`; there is {known}"
                )))
            }
        }
        // A name that only a deployment knows may be any.
        (Some(asked), _) => Ok(asked.to_owned()),
        (None, Some(first)) => Ok(first.clone()),
        (None, None) if api.kind == ApiKind::Http && api.stages.is_empty() => {
            Ok(DEFAULT_STAGE.to_owned())
        }
        (None, None) => Err(fault(format!(
            "only a deployment knows the stages of {}: name one with `--stage NAME`",
            api.name
        ))),
    }
}

/// What selects the route of a message.
fn selection_of(api: &Described) -> Result<Selection, Fault> {
    let expression = &api.route_selection;
    let fault = |message: String| Fault {
        span: expression.span,
        message,
    };
    match expression.known() {
        Some(text) => Selection::parse(text).map_err(|why| {
            let name = &api.name;
            fault(format!("the route selection expression of {name} {why}"))
        }),
        None => Err(fault(format!(
            "only a deployment knows the route selection expression of {}: give its parameter a `Default`",
            api.name
        ))),
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn shown(sources: &Sources, span: Span) -> String {
    sources.file(span.file).map_or_else(String::new, |file| {
        let place = file.place(span.start);
        format!("{}:{}:{}", file.name(), place.line, place.column)
    })
}
