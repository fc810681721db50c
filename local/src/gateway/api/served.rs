//! What a gateway serves: the APIs of a template that are meant, and what is to be told of it.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use tollgate_grammar::Sources;

use super::choice::{self, Choice};
use super::find::{ApiError, listed, servable, shown};
use super::{Api, BasePath};
use crate::template::Deployment;

/// The APIs that are served, each at a base path of its own.
#[derive(Debug, Clone)]
pub struct Served {
    apis: Vec<Api>,
    template: Option<PathBuf>,
    /// The names of all APIs of the template.
    names: Vec<String>,
    left_out: Vec<String>,
    digest: Vec<u8>,
}

/// The description of what is served.
#[derive(Debug, Clone)]
pub struct Template {
    /// A SAM or CloudFormation template, or a plan of Terraform.
    pub path: PathBuf,
    /// Whether there must be one. Otherwise the API of an empty project is served where there is
    /// none, or none with an API.
    pub is_required: bool,
    /// What of it is served.
    pub choice: Choice,
}

/// What came of reading a template.
#[derive(Debug)]
pub struct Reading {
    /// What it says, or why it cannot be served.
    pub served: Result<Served, ApiError>,
    /// The files it was read from, and the one that could not be read.
    pub files: Vec<PathBuf>,
    /// Of their names and contents, so that one reading can be told from another.
    pub digest: Vec<u8>,
}

impl Template {
    /// Reads it and the files it names.
    pub fn read(&self) -> Reading {
        let mut sources = Sources::default();
        let is_required = self.is_required || self.choice.needs_template();
        if !is_required && !self.path.exists() {
            return Reading {
                served: Ok(Api::sample().into()),
                files: vec![self.path.clone()],
                digest: Vec::new(),
            };
        }
        let served = Served::read(&self.path, &self.choice, &mut sources);
        let mut files = vec![self.path.clone()];
        files.extend(sources.files().map(|(_, file)| PathBuf::from(file.name())));
        if let Err(ApiError::Template(error)) = &served {
            files.push(PathBuf::from(error.file()));
        }
        files.sort();
        files.dedup();
        let digest = digest(&sources);
        let served = served.and_then(|served| match served {
            Some(served) => Ok(Served {
                digest: digest.clone(),
                ..served
            }),
            None if is_required => Err(ApiError::Unservable {
                place: self.path.display().to_string(),
                message: "there is no REST, HTTP or WebSocket API".to_owned(),
            }),
            None => Ok(Served {
                digest: digest.clone(),
                ..Api::sample().into()
            }),
        });
        Reading {
            served,
            files,
            digest,
        }
    }
}

impl Served {
    /// The APIs of a template; `None` if it has none of a kind that can be served.
    fn read(
        template: &Path,
        choice: &Choice,
        sources: &mut Sources,
    ) -> Result<Option<Self>, ApiError> {
        let deployment = Deployment::read(template, sources)?;
        let all = servable(deployment.apis);
        let chosen = choice::of(choice, &all).map_err(|fault| fault.at(sources))?;
        if chosen.apis.is_empty() {
            return Ok(None);
        }
        let unread = deployment.unread.iter().map(|it| {
            let place = shown(sources, it.span);
            format!("{place}: {}, which could not be read", it.what)
        });
        let left_out = chosen.left_out.into_iter();
        let left_out = left_out.map(|fault| fault.at(sources).to_string());
        Ok(Some(Self {
            apis: chosen.apis,
            template: Some(template.to_owned()),
            names: all.into_iter().map(|api| api.name).collect(),
            left_out: unread.chain(left_out).collect(),
            digest: Vec::new(),
        }))
    }

    /// The APIs, as they were asked for or stand in the template.
    pub fn apis(&self) -> &[Api] {
        &self.apis
    }

    /// The template; `None` if there is none.
    pub fn template(&self) -> Option<&Path> {
        self.template.as_deref()
    }

    /// The names of the template's APIs that are not served, as a list; `None` if all are.
    pub fn others(&self) -> Option<String> {
        let is_other = |name: &&String| self.apis.iter().all(|api| api.name() != **name);
        let others: Vec<String> = self.names.iter().filter(is_other).cloned().collect();
        (!others.is_empty()).then(|| listed(&others))
    }

    /// What of the template should be served and is not, each with its place and why.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Of the files it was read from; empty if there were none.
    pub(crate) fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// The base paths of its REST and HTTP APIs, or of its WebSocket APIs, as a list.
    pub(in crate::gateway) fn base_paths(&self, is_websocket: bool) -> String {
        let apis = self.apis.iter();
        let apis = apis.filter(|api| api.is_websocket() == is_websocket);
        let paths: Vec<String> = apis.map(|api| shown_path(api.base_path())).collect();
        listed(&paths)
    }
}

fn digest(sources: &Sources) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    for (_, file) in sources.files() {
        for part in [file.name(), file.text()] {
            // Lengths, so that no text passes for two others.
            context.update(&part.len().to_be_bytes());
            context.update(part.as_bytes());
        }
    }
    context.finish().as_ref().to_vec()
}

fn shown_path(base_path: Option<&BasePath>) -> String {
    base_path.map_or_else(|| "/".to_owned(), ToString::to_string)
}

impl From<Api> for Served {
    /// One API alone, at the root.
    fn from(api: Api) -> Self {
        Self {
            names: vec![api.name().to_owned()],
            apis: vec![api],
            template: None,
            left_out: Vec::new(),
            digest: Vec::new(),
        }
    }
}
