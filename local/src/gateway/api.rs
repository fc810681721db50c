//! The API that the gateway serves: one stage of it, with the routes, authorizers, gateway responses
//! and CORS settings that a template describes.

mod authorizer;
mod sample;

use std::fmt;
use std::path::Path;

use tollgate_grammar::{Sources, Span};

pub(super) use self::authorizer::{Authorizer, Form};
use super::METHODS;
use crate::template::api::{Api as Described, ApiKind, GatewayResponse, Guard, Route};
use crate::template::cors::Cors;
use crate::template::{Deployment, ReadError};

/// The stage of an HTTP API whose name is no part of paths.
pub(super) const DEFAULT_STAGE: &str = "$default";

/// An API as one of its stages is served.
#[derive(Debug, Clone)]
pub struct Api {
    described: Described,
    authorizers: Vec<Authorizer>,
    stage: String,
    origin: Option<String>,
}

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
struct Fault {
    span: Span,
    message: String,
}

/// Who looks at requests of a route.
pub(super) enum Guardian<'a> {
    /// Nobody.
    None,
    /// The authorizer's function, asked in this way.
    Function(&'a Authorizer),
    /// Something that only AWS has, by its name: `AWS_IAM`, a user pool.
    Aws(&'a str),
}

impl Api {
    /// The API of this name in a template, or the first REST or HTTP API; `None` if there is none. Its
    /// stage is the one of this name, or the first.
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
        let (mut served, names) = servable(deployment.apis);
        let chosen = match name {
            None => 0,
            Some(name) => match served.iter().position(|api| api.name == name) {
                Some(place) => place,
                None => {
                    return Err(ApiError::Unservable {
                        place: template.display().to_string(),
                        message: format!(
                            "there is no REST or HTTP API `{name}`; there is {}",
                            listed(&names)
                        ),
                    });
                }
            },
        };
        if chosen >= served.len() {
            return Ok(None);
        }
        let described = served.swap_remove(chosen);
        let origin = |api: &Self| {
            let others: Vec<&str> = names
                .iter()
                .map(String::as_str)
                .filter(|other| *other != api.described.name)
                .collect();
            let (name, kind) = (&api.described.name, api.described.kind.name());
            let (template, stage) = (template.display(), &api.stage);
            let others = match others.as_slice() {
                [] => String::new(),
                others => format!("; `--api` takes {}", others.join(", ")),
            };
            format!("{name}, the {kind} of {template}, stage {stage}{others}")
        };
        match Self::of(described, stage) {
            Ok(mut api) => {
                api.origin = Some(origin(&api));
                Ok(Some(api))
            }
            Err(fault) => Err(ApiError::Unservable {
                place: shown(&sources, fault.span),
                message: fault.message,
            }),
        }
    }

    fn of(described: Described, stage: Option<&str>) -> Result<Self, Fault> {
        let stage = stage_of(&described, stage)?;
        let is_used = |authorizer: &&crate::template::authorizer::Authorizer| {
            authorizer.is_lambda() && described.guarded(authorizer).next().is_some()
        };
        let authorizers = described.authorizers.iter().filter(is_used);
        let authorizers = authorizers.map(|of| Authorizer::of(of, described.kind));
        Ok(Self {
            authorizers: authorizers.collect::<Result<_, _>>()?,
            described,
            stage,
            origin: None,
        })
    }

    /// `RestApi, the REST API of template.yaml, stage main`; `None` if no template describes it.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The stage that stands in ARNs.
    pub fn stage(&self) -> &str {
        &self.stage
    }

    pub(super) fn is_http(&self) -> bool {
        self.described.kind == ApiKind::Http
    }

    pub(super) fn cors(&self) -> Option<&Cors> {
        self.described.cors.as_ref()
    }

    /// The route that takes a request. `ANY` stands for the seven of [`METHODS`] alone.
    pub(super) fn route(&self, method: &str, path: &str) -> Option<&Route> {
        METHODS
            .contains(&method)
            .then(|| self.described.route(method, path))?
    }

    /// The variables of the stage.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let variables = self.described.variables.iter();
        // One of a stage whose name only a deployment knows may be this one's.
        let of_stage = variables.filter(|it| it.stage.known().is_none_or(|it| *it == self.stage));
        of_stage.map(|variable| (variable.name.as_str(), variable.value.as_str()))
    }

    /// The methods of a route's path, in order, as SAM lists them for preflight requests.
    pub(super) fn methods(&self, path: &str) -> Vec<&str> {
        let of_path = || self.described.routes.iter().filter(|it| it.path == path);
        let takes = |method: &&&str| of_path().any(|route| route.takes(method));
        METHODS.iter().filter(takes).copied().collect()
    }

    pub(super) fn guardian<'a>(&'a self, route: &'a Route) -> Guardian<'a> {
        match &route.guard {
            Guard::Open => Guardian::None,
            Guard::Authorizer(name) => {
                let mut known = self.authorizers.iter();
                let known = known.find(|authorizer| authorizer.name == *name);
                known.map_or(Guardian::Aws(name), Guardian::Function)
            }
            Guard::Other(name) | Guard::Unknown(name) => Guardian::Aws(name),
        }
    }

    /// The gateway response of a type, such as `ACCESS_DENIED`.
    pub(super) fn gateway_response(&self, kind: &str) -> Option<&GatewayResponse> {
        let mut responses = self.described.gateway_responses.iter();
        responses.find(|response| response.kind.eq_ignore_ascii_case(kind))
    }
}

/// The APIs of kinds that the gateway knows, and their names.
fn servable(apis: Vec<Described>) -> (Vec<Described>, Vec<String>) {
    let known = |api: &Described| matches!(api.kind, ApiKind::Rest | ApiKind::Http);
    let apis: Vec<Described> = apis.into_iter().filter(known).collect();
    let names = apis.iter().map(|api| api.name.clone()).collect();
    (apis, names)
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
