//! An API of a template as it is served, or what keeps it from being served.

use std::fmt;
use std::path::Path;

use tollgate_grammar::{FileId, Sources, Span};

use super::{Api, Authorizer, DEFAULT_STAGE, choice};
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
    /// Of the template as a whole.
    pub(super) fn of_the_file(message: String) -> Self {
        let (file, start, end) = (FileId(0), 0, 0);
        Self {
            span: Span { file, start, end },
            message,
        }
    }

    pub(super) fn at(self, sources: &Sources) -> ApiError {
        ApiError::Unservable {
            place: shown(sources, self.span),
            message: self.message,
        }
    }
}

impl Api {
    /// The API of this name in a template, alone and at the root; without a name the first REST or HTTP
    /// API, or else the first WebSocket API. `None` if there is none. Its stage is the one of this
    /// name, or the first.
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
        let all = servable(Deployment::read(template, &mut sources)?.apis);
        let meant = choice::meant(name, &all).map_err(|fault| fault.at(&sources))?;
        let api = meant.map(|described| Self::of(described, stage));
        api.transpose().map_err(|fault| fault.at(&sources))
    }

    /// A stage of it, at the root.
    pub(super) fn of(described: &Described, stage: Option<&str>) -> Result<Self, Fault> {
        let stage = stage_of(described, stage)?;
        let is_used = |authorizer: &&authorizer::Authorizer| {
            authorizer.is_lambda() && described.guarded(authorizer).next().is_some()
        };
        let authorizers = described.authorizers.iter().filter(is_used);
        let authorizers = authorizers.map(|of| Authorizer::of(of, described.kind));
        Ok(Self {
            authorizers: authorizers.collect::<Result<_, _>>()?,
            described: described.clone(),
            stage,
            base_path: None,
        })
    }
}

/// The APIs of kinds that the gateway knows, as they stand in the template.
pub(super) fn servable(apis: Vec<Described>) -> Vec<Described> {
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

pub(super) fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// Where something stands; a file as a whole by its name alone.
pub(super) fn shown(sources: &Sources, span: Span) -> String {
    sources.file(span.file).map_or_else(String::new, |file| {
        if (span.start, span.end) == (0, 0) {
            return file.name().to_owned();
        }
        let place = file.place(span.start);
        format!("{}:{}:{}", file.name(), place.line, place.column)
    })
}
