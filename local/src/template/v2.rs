//! HTTP and WebSocket APIs of plain CloudFormation, `AWS::ApiGatewayV2::*`, and AppSync's.

use super::api::{ANY, Api, ApiKind, Route, StageVariable};
use super::authorizer::{Authorizer, AuthorizerKind};
use super::cors::Cors;
use super::mapping::Mapping;
use super::node::Node;
use super::openapi::{self, DefaultGuard};
use super::resource::{self, Resource};
use super::setting::Setting;
use super::{Deployment, embedded, rest};

/// `AWS::ApiGatewayV2::Api`
pub(super) fn api(resource: &Resource) -> Api {
    let protocol = resource.get("ProtocolType").and_then(Node::text);
    let kind = if protocol == Some("WEBSOCKET") {
        ApiKind::WebSocket
    } else {
        ApiKind::Http
    };
    let mut api = Api::new(&resource.name, kind, resource.span);
    let cors = resource.properties.entry("CorsConfiguration");
    let cors = cors.filter(|(_, node)| !node.items().is_empty());
    api.cors = cors.map(|(name, node)| Cors::read(name.span, node));
    let disabled = resource.get("DisableExecuteApiEndpoint");
    api.endpoint_disabled = Setting::truth(disabled, false, api.span);
    api.select_routes(resource.get("RouteSelectionExpression"));
    if let Some(document) = resource.get("Body").map(embedded) {
        openapi::read(&mut api, &document, &DefaultGuard::none());
    }
    // "Quick create" makes a route without an authorizer.
    if resource.get("Target").is_some() {
        let key = resource
            .get("RouteKey")
            .map_or("$default".to_owned(), Node::shown);
        let (method, path) = route_key(&key);
        api.routes.push(Route {
            method,
            path,
            guard: super::api::Guard::Open,
            span: resource.span,
            preflight: false,
        });
    }
    api
}

/// `AWS::AppSync::GraphQLApi`, if a function authorizes it.
pub(super) fn appsync(resource: &Resource) -> Option<Api> {
    let mut api = Api::new(&resource.name, ApiKind::AppSync, resource.span);
    let more = resource.get("AdditionalAuthenticationProviders");
    let more = more.map(Node::items).unwrap_or_default();
    let configurations = std::iter::once(&resource.properties).chain(more);
    for configuration in configurations {
        let Some((name, node)) = configuration.entry("LambdaAuthorizerConfig") else {
            continue;
        };
        let Some(node) = node.items().first() else {
            continue;
        };
        let mut authorizer =
            Authorizer::new("LambdaAuthorizerConfig", AuthorizerKind::AppSync, name.span)
                .with_ttl(node.get("AuthorizerResultTtlInSeconds"))
                .with_validation(node.get("IdentityValidationExpression"));
        authorizer.function = resource::function(node.get("AuthorizerUri"), name.span);
        api.authorizers.push(authorizer);
    }
    (!api.authorizers.is_empty()).then_some(api)
}

/// Adds what other resources say of the APIs.
pub(super) fn attach(resources: &[Resource], deployment: &mut Deployment) {
    for resource in resources {
        let name = resource.refers("ApiId");
        let found = name.and_then(|name| deployment.apis.iter_mut().find(|api| api.name == name));
        let Some(api) = found else {
            deployment.unread.extend(rest::elsewhere(
                resource,
                ["AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Authorizer"],
            ));
            continue;
        };
        match resource.kind.as_str() {
            "AWS::ApiGatewayV2::Authorizer" => api.authorizers.push(authorizer(resource)),
            "AWS::ApiGatewayV2::Route" => {
                let key = resource
                    .get("RouteKey")
                    .map(Node::shown)
                    .unwrap_or_default();
                let (method, path) = route_key(&key);
                if resource.get("RouteResponseSelectionExpression").is_some() {
                    api.answering.push(key);
                }
                api.routes.push(Route {
                    method,
                    path,
                    guard: rest::guard(resource),
                    span: resource.span,
                    preflight: false,
                });
            }
            "AWS::ApiGatewayV2::Stage" => {
                let name = Setting::text(resource.get("StageName"), "$default", resource.span);
                let variables = resource.get("StageVariables");
                api.variables.extend(StageVariable::read(&name, variables));
                api.stages.push(name);
            }
            "AWS::ApiGatewayV2::ApiMapping" => {
                api.mappings
                    .push(Mapping::read(resource, "ApiMappingKey", resources));
            }
            _ => {}
        }
    }
}

fn authorizer(resource: &Resource) -> Authorizer {
    let span = resource.span;
    let kind = match resource.get("AuthorizerType").and_then(Node::text) {
        Some("REQUEST") => AuthorizerKind::Request,
        other => AuthorizerKind::Other(other.unwrap_or("unknown").to_owned()),
    };
    let mut authorizer = Authorizer::new(&resource.name, kind, span)
        .with_ttl(resource.get("AuthorizerResultTtlInSeconds"))
        .with_identity(resource.get("IdentitySource"));
    let payload = resource.get("AuthorizerPayloadFormatVersion");
    authorizer.payload = Setting::text(payload, "", span);
    authorizer.simple = Setting::truth(resource.get("EnableSimpleResponses"), false, span);
    authorizer.function = resource::function(resource.get("AuthorizerUri"), span);
    authorizer.has_role = resource.get("AuthorizerCredentialsArn").is_some();
    authorizer
}

/// `GET /users/{id}`, or a key of one word, which is for every method.
fn route_key(key: &str) -> (String, String) {
    match key.split_once(' ') {
        Some((method, path)) => (method.to_ascii_uppercase(), path.to_owned()),
        None => (ANY.to_owned(), key.to_owned()),
    }
}
