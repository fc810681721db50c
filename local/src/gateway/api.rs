//! The APIs that the gateway serves: one stage of each, with the routes, authorizers, gateway responses
//! and CORS settings that a template describes, under a base path.

mod authorizer;
mod base_path;
mod choice;
mod find;
mod sample;
mod served;

pub(super) use self::authorizer::{Authorizer, Form};
pub use self::base_path::BasePath;
pub use self::choice::{Choice, MapTo};
pub use self::find::ApiError;
pub use self::served::{Reading, Served, Template};
use super::METHODS;
use crate::template::api::{Api as Described, ApiKind, GatewayResponse, Guard, Route};
use crate::template::authorizer::IdentitySource;
use crate::template::cors::Cors;

/// The stage of an HTTP API whose name is no part of paths.
pub(super) const DEFAULT_STAGE: &str = "$default";

/// An API as one of its stages is served.
#[derive(Debug, Clone)]
pub struct Api {
    described: Described,
    authorizers: Vec<Authorizer>,
    stage: String,
    base_path: Option<BasePath>,
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
    /// What the template calls it.
    pub fn name(&self) -> &str {
        &self.described.name
    }

    /// What kind of API.
    pub fn kind(&self) -> ApiKind {
        self.described.kind
    }

    /// The stage that stands in ARNs.
    pub fn stage(&self) -> &str {
        &self.stage
    }

    /// The base path by which a domain leads to it; `None` where it is called as by its own address,
    /// so that events show the stage.
    pub fn base_path(&self) -> Option<&BasePath> {
        self.base_path.as_ref()
    }

    /// `GET /users/{id}`, `ANY /{proxy+}`, `$default`: its routes but those that CORS makes.
    pub fn routes(&self) -> impl Iterator<Item = String> {
        let routes = self.described.routes.iter();
        routes.filter(|route| !route.preflight).map(Route::shown)
    }

    /// The API behind a base path.
    #[must_use]
    pub fn under(self, base_path: BasePath) -> Self {
        let base_path = Some(base_path);
        Self { base_path, ..self }
    }

    /// What of a path is its own; `None` if the path is not under its base path.
    pub(super) fn rest<'a>(&self, path: &'a str) -> Option<&'a str> {
        match &self.base_path {
            Some(base_path) => base_path.rest(path),
            None => Some(path),
        }
    }

    pub(super) fn is_http(&self) -> bool {
        self.described.kind == ApiKind::Http
    }

    pub(super) fn is_websocket(&self) -> bool {
        self.described.kind == ApiKind::WebSocket
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

    /// Every identity source of its authorizers.
    pub(super) fn identity_sources(&self) -> impl Iterator<Item = &IdentitySource> {
        let authorizers = self.authorizers.iter();
        authorizers.flat_map(|authorizer| &authorizer.identity)
    }

    /// The gateway response of a type, such as `ACCESS_DENIED`.
    pub(super) fn gateway_response(&self, kind: &str) -> Option<&GatewayResponse> {
        let mut responses = self.described.gateway_responses.iter();
        responses.find(|response| response.kind.eq_ignore_ascii_case(kind))
    }
}
