//! A request together with what of the API it calls: events, identity sources and gateway responses
//! are made of it.

use serde_json::{Map, Value};

use super::api::{Api, DEFAULT_STAGE};
use super::clock::{Moment, common_log_time};
use super::request::Request;
use crate::query;
use crate::template::api::Route;

/// Account and API of the gateway on your machine, as they stand in every ARN.
pub const ACCOUNT: &str = "123456789012";
/// See [`ACCOUNT`].
pub const API: &str = "local00000";
const REGION: &str = "us-east-1";

/// A request to an API.
#[derive(Debug, Clone, Copy)]
pub struct Called<'a> {
    /// What is called.
    pub api: &'a Api,
    /// The route that takes the request, if one does.
    pub route: Option<&'a Route>,
    /// The request.
    pub request: &'a Request,
    /// The request's path behind the API's base path.
    pub path: &'a str,
    /// When.
    pub moment: &'a Moment,
}

impl<'a> Called<'a> {
    /// Chooses the route.
    pub fn of(api: &'a Api, request: &'a Request, moment: &'a Moment) -> Self {
        let path = api.rest(&request.path);
        Self {
            api,
            route: path.and_then(|path| api.route(&request.method, path)),
            request,
            path: path.unwrap_or_default(),
            moment,
        }
    }

    /// The ARN of the method that is called. It holds the path as sent, without a base path and the
    /// leading slash.
    pub fn arn(&self) -> String {
        let method = &self.request.method;
        let path = self.path.strip_prefix('/').unwrap_or(self.path);
        let stage = self.api.stage();
        format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{API}/{stage}/{method}/{path}")
    }

    /// The route's template: `/users/{id}`, `/{proxy+}`, `$default`.
    pub(super) fn resource(&self) -> &'a str {
        self.route.map_or("", |route| route.path.as_str())
    }

    /// `GET /users/{id}`, `ANY /{proxy+}`, `$default`
    pub(super) fn route_key(&self) -> String {
        self.route.map(Route::shown).unwrap_or_default()
    }

    /// The path after the stage's name, which of an HTTP API's default stage is no part of it. Recorded
    /// on AWS: through a domain's base path, that stands in the stage's place.
    pub(super) fn staged_path(&self) -> String {
        let (stage, path) = (self.api.stage(), &self.request.path);
        if stage == DEFAULT_STAGE || self.api.base_path().is_some() {
            path.clone()
        } else {
            format!("/{stage}{path}")
        }
    }

    /// What the parameters of the route's template stand for. Recorded on AWS: still encoded, and the
    /// rest of a path without a trailing slash.
    pub(super) fn path_parameters(&self) -> Map<String, Value> {
        let mut rest = self.path.strip_prefix('/').unwrap_or(self.path);
        let mut parameters = Map::new();
        for own in self.resource().split('/').filter(|own| !own.is_empty()) {
            let name = own.strip_prefix('{').and_then(|own| own.strip_suffix('}'));
            if let Some(name) = name.and_then(|name| name.strip_suffix('+')) {
                let value = rest.strip_suffix('/').unwrap_or(rest);
                parameters.insert(name.to_owned(), value.into());
                break;
            }
            let trimmed = rest.trim_start_matches('/');
            let (segment, after) = trimmed.split_once('/').unwrap_or((trimmed, ""));
            if let Some(name) = name {
                parameters.insert(name.to_owned(), segment.into());
            }
            rest = after;
        }
        parameters
    }

    /// The variables of the stage.
    pub(super) fn stage_variables(&self) -> Map<String, Value> {
        let variables = self.api.variables();
        variables
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect()
    }

    /// A variable of the stage.
    pub(super) fn stage_variable(&self, name: &str) -> Option<String> {
        let mut variables = self.api.variables();
        let (_, value) = variables.find(|(known, _)| *known == name)?;
        Some(value.to_owned())
    }

    /// The query as decoded pairs.
    pub(super) fn query(&self) -> Vec<(String, String)> {
        let raw = self.request.query.as_deref().unwrap_or_default();
        if self.api.is_http() {
            query::of_form(raw)
        } else {
            query::of_rest_api(raw)
        }
    }

    /// `$context.NAME` without the parts that an authorizer or an error adds ("`$context` variables",
    /// API Gateway Developer Guide).
    pub(super) fn context(&self, name: &str) -> Option<String> {
        let Self {
            request, moment, ..
        } = self;
        let domain = request.domain_name();
        Some(match name {
            "accountId" => ACCOUNT.to_owned(),
            "apiId" => API.to_owned(),
            "customDomain.basePathMatched" => self.api.base_path()?.key().to_owned(),
            "domainName" => domain.to_owned(),
            "domainPrefix" => domain.split('.').next().unwrap_or_default().to_owned(),
            "extendedRequestId" => moment.extended_request_id(),
            "httpMethod" => request.method.clone(),
            "identity.sourceIp" => request.source_ip.to_canonical().to_string(),
            "identity.userAgent" => request.header("user-agent")?.to_owned(),
            "path" => self.staged_path(),
            "protocol" => request.protocol.clone(),
            "requestId" => moment.request_id.clone(),
            "requestTime" => common_log_time(moment.epoch_ms),
            "requestTimeEpoch" => moment.epoch_ms.to_string(),
            "resourcePath" => self.resource().to_owned(),
            "routeKey" => self.route_key(),
            "stage" => self.api.stage().to_owned(),
            _ => return None,
        })
    }
}
