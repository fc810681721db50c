//! REST APIs of plain CloudFormation: `AWS::ApiGateway::*`.

use super::api::{Api, ApiKind, Guard, Route, StageVariable};
use super::authorizer::{Authorizer, AuthorizerKind};
use super::embedded;
use super::mapping::Mapping;
use super::node::{Node, Piece};
use super::openapi::{self, DefaultGuard};
use super::resource::{self, Resource};
use super::setting::Setting;
use super::{Deployment, Unread};

/// Deepest path of resources, which may go round in circles.
const MAX_DEPTH: usize = 64;

/// `AWS::ApiGateway::RestApi`
pub(super) fn api(resource: &Resource) -> Api {
    let mut api = Api::new(&resource.name, ApiKind::Rest, resource.span);
    let span = resource.span;
    api.key_source = Setting::text(resource.get("ApiKeySourceType"), "HEADER", span);
    let disabled = resource.get("DisableExecuteApiEndpoint");
    api.endpoint_disabled = Setting::truth(disabled, false, span);
    if let Some(policy) = resource.get("Policy").map(embedded) {
        api.policy_allows.extend(openapi::allows(&policy));
    }
    if let Some(document) = resource.get("Body").map(embedded) {
        openapi::read(&mut api, &document, &DefaultGuard::none());
    }
    api
}

/// Adds what other resources say of the APIs.
pub(super) fn attach(resources: &[Resource], deployment: &mut Deployment) {
    for resource in resources {
        let api = resource.refers("RestApiId").map(str::to_owned);
        let found = api.and_then(|name| deployment.apis.iter_mut().find(|api| api.name == name));
        let Some(api) = found else {
            deployment.unread.extend(elsewhere(
                resource,
                ["AWS::ApiGateway::Method", "AWS::ApiGateway::Authorizer"],
            ));
            continue;
        };
        match resource.kind.as_str() {
            "AWS::ApiGateway::Authorizer" => api.authorizers.push(authorizer(resource)),
            "AWS::ApiGateway::Method" => match path(resource, resources, &api.name) {
                Some(path) => api.routes.push(route(resource, path)),
                None => deployment.unread.push(Unread {
                    span: resource.span,
                    what: format!("the path of {}", resource.name),
                }),
            },
            "AWS::ApiGateway::GatewayResponse" => {
                let kind = resource.get("ResponseType").map(Node::shown);
                api.gateway_responses.push(openapi::gateway_response(
                    &kind.unwrap_or_default(),
                    resource.span,
                    resource.get("StatusCode"),
                    resource.get("ResponseParameters"),
                    resource.get("ResponseTemplates"),
                ));
            }
            "AWS::ApiGateway::Stage" | "AWS::ApiGateway::Deployment" => {
                if let Some(name) = resource.get("StageName") {
                    let stage = Setting::text(Some(name), "", resource.span);
                    let variables = resource
                        .get("Variables")
                        .or_else(|| resource.properties.at(&["StageDescription", "Variables"]));
                    api.variables.extend(StageVariable::read(&stage, variables));
                    api.stages.push(stage);
                }
            }
            "AWS::ApiGateway::BasePathMapping" => {
                api.mappings
                    .push(Mapping::read(resource, "BasePath", resources));
            }
            // Terraform has the policy apart.
            "AWS::ApiGateway::RestApiPolicy" => {
                let policy = resource.get("Policy").map(embedded);
                api.policy_allows
                    .extend(policy.iter().flat_map(openapi::allows));
            }
            _ => {}
        }
    }
}

/// Part of an API that is described elsewhere, if the resource is of one of these kinds: who looks at
/// its requests is not known here.
pub(super) fn elsewhere(resource: &Resource, kinds: [&str; 2]) -> Option<Unread> {
    kinds.contains(&&*resource.kind).then(|| Unread {
        span: resource.span,
        what: format!("the API of {}", resource.name),
    })
}

fn authorizer(resource: &Resource) -> Authorizer {
    let span = resource.span;
    let kind = match resource.get("Type").and_then(Node::text) {
        Some("TOKEN") => AuthorizerKind::Token,
        Some("REQUEST") => AuthorizerKind::Request,
        other => AuthorizerKind::Other(other.unwrap_or("unknown").to_owned()),
    };
    let mut authorizer = Authorizer::new(&resource.name, kind, span)
        .with_ttl(resource.get("AuthorizerResultTtlInSeconds"))
        .with_validation(resource.get("IdentityValidationExpression"))
        .with_identity(resource.get("IdentitySource"))
        .with_token_default();
    authorizer.function = resource::function(resource.get("AuthorizerUri"), span);
    authorizer.has_role = resource.get("AuthorizerCredentials").is_some();
    authorizer
}

fn route(resource: &Resource, path: String) -> Route {
    let method = resource.get("HttpMethod").map(Node::shown);
    Route {
        method: method.unwrap_or_default().to_ascii_uppercase(),
        path,
        guard: guard(resource),
        span: resource.span,
        preflight: false,
    }
}

/// Who guards a method or a route, which say it alike.
pub(super) fn guard(resource: &Resource) -> Guard {
    match resource
        .get("AuthorizationType")
        .map(|kind| (kind, kind.text()))
    {
        None | Some((_, Some("NONE"))) => Guard::Open,
        Some((_, Some("CUSTOM" | "JWT" | "COGNITO_USER_POOLS"))) => {
            match resource.get("AuthorizerId") {
                None => Guard::Unknown("AuthorizerId".to_owned()),
                Some(id) => match id.resource() {
                    Some(name) => Guard::Authorizer(name.to_owned()),
                    None => Guard::Unknown(id.shown()),
                },
            }
        }
        Some((_, Some(other))) => Guard::Other(other.to_owned()),
        Some((kind, None)) => Guard::Unknown(kind.shown()),
    }
}

/// The path of a method: the parts of its resource and of those above it.
fn path(method: &Resource, resources: &[Resource], api: &str) -> Option<String> {
    let mut parts = Vec::new();
    let mut above = method.get("ResourceId")?;
    for _ in 0..MAX_DEPTH {
        match above.pieces() {
            [Piece::Resource { name, .. }, ..] if name == api => {
                parts.reverse();
                return Some(format!("/{}", parts.join("/")));
            }
            [Piece::Resource { name, .. }, ..] => {
                let resource = resources.iter().find(|resource| resource.name == *name)?;
                parts.push(resource.get("PathPart")?.text()?);
                above = resource.get("ParentId")?;
            }
            _ => return None,
        }
    }
    None
}
