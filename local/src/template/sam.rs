//! SAM's own resources: APIs with the authorizers, routes and permissions that its transform would
//! make of them ("AWS SAM resources and properties", AWS SAM Developer Guide).

pub(super) mod event;

use tollgate_grammar::{Span, Spanned};

use super::api::{Api, ApiKind, Guard, Route, StageVariable};
use super::authorizer::{Authorizer, AuthorizerKind};
use super::cors::Cors;
use super::function::Permission;
use super::intrinsic::Scope;
use super::mapping::Mapping;
use super::node::{Node, Piece, Value};
use super::openapi::{self, DefaultGuard};
use super::resource::{self, Resource};
use super::setting::Setting;

/// The API that events of functions get which name none.
pub(super) const IMPLICIT_REST: &str = "ServerlessRestApi";
/// The same for events of an HTTP API.
pub(super) const IMPLICIT_HTTP: &str = "ServerlessHttpApi";

/// An API of SAM: what the other kinds of resources know of it, and what only SAM does.
pub(super) struct SamApi {
    pub api: Api,
    /// Who guards a route that does not say.
    pub default: DefaultGuard,
    /// Who may call its authorizers.
    pub permissions: Vec<Permission>,
}

/// Puts `Globals` beneath the properties of the resources they are for, and adds the APIs that
/// nobody describes but events use.
pub(super) fn with_globals(template: &Node, resources: &mut Vec<Resource>) {
    let scope = Scope::new(template);
    let globals = template.get("Globals").and_then(|node| scope.resolve(node));
    add_implicit(resources);
    for resource in resources {
        let section = match resource.kind.as_str() {
            "AWS::Serverless::Api" => "Api",
            "AWS::Serverless::HttpApi" => "HttpApi",
            "AWS::Serverless::WebSocketApi" => "WebSocketApi",
            "AWS::Serverless::Function" => "Function",
            _ => continue,
        };
        if let Some(defaults) = globals.as_ref().and_then(|globals| globals.get(section)) {
            let own = resource.properties.clone();
            resource.properties = resource::merged(defaults, own);
        }
    }
}

/// Adds `ServerlessRestApi` and `ServerlessHttpApi` for events that name no API.
fn add_implicit(resources: &mut Vec<Resource>) {
    let having = resources
        .iter()
        .filter(|resource| event::has_events(resource));
    let events: Vec<_> = having.flat_map(event::events).collect();
    for (name, kind) in [
        (IMPLICIT_REST, "AWS::Serverless::Api"),
        (IMPLICIT_HTTP, "AWS::Serverless::HttpApi"),
    ] {
        let used = events.iter().find(|event| event.api == name);
        if let Some(event) = used
            && resources.iter().all(|resource| resource.name != name)
        {
            resources.push(Resource {
                name: name.to_owned(),
                kind: kind.to_owned(),
                span: event.span,
                properties: Node {
                    span: event.span,
                    value: Value::Null,
                },
            });
        }
    }
}

/// `AWS::Serverless::Api`
pub(super) fn rest(resource: &Resource) -> SamApi {
    let mut api = Api::new(&resource.name, ApiKind::Rest, resource.span);
    let span = api.span;
    let auth = resource.get("Auth");
    let stage = Setting::text(resource.get("StageName"), "Prod", span);
    api.variables = StageVariable::read(&stage, resource.get("Variables"));
    api.stages.push(stage);
    if resource.get("OpenApiVersion").is_none() {
        // The deployment of a Swagger 2 document makes a stage of its own.
        api.stages
            .push(Setting::default_of("Stage".to_owned(), span));
    }
    let mut permissions = Vec::new();
    for (name, node) in authorizers(auth) {
        let authorizer = rest_authorizer(name, node);
        let disabled = node.get("DisableFunctionDefaultPermissions");
        if authorizer.is_lambda() && disabled.and_then(Node::truth) != Some(true) {
            permissions.push(permission(&api, &authorizer));
        }
        api.authorizers.push(authorizer);
    }
    let default = DefaultGuard {
        guard: default_guard(auth),
        preflight: auth
            .and_then(|auth| auth.get("AddDefaultAuthorizerToCorsPreflight"))
            .and_then(Node::truth)
            .unwrap_or(true),
    };
    gateway_responses(&mut api, resource.get("GatewayResponses"));
    if let Some((name, policy)) = auth.and_then(|auth| auth.entry("ResourcePolicy")) {
        api.policy_allows.extend(policy_allows(name.span, policy));
    }
    api.key_source = Setting::text(resource.get("ApiKeySourceType"), "HEADER", span);
    readable(&mut api, resource, "Cors");
    addresses(&mut api, resource);
    if let Some(document) = resource.get("DefinitionBody") {
        openapi::read(&mut api, document, &default);
    }
    SamApi {
        api,
        default,
        permissions,
    }
}

/// `AWS::Serverless::HttpApi`
pub(super) fn http(resource: &Resource) -> SamApi {
    let mut api = Api::new(&resource.name, ApiKind::Http, resource.span);
    let stage = Setting::text(resource.get("StageName"), "$default", api.span);
    api.variables = StageVariable::read(&stage, resource.get("StageVariables"));
    api.stages.push(stage);
    let auth = resource.get("Auth");
    let mut permissions = Vec::new();
    for (name, node) in authorizers(auth) {
        let authorizer = http_authorizer(name, node);
        let enabled = node.get("EnableFunctionDefaultPermissions");
        if authorizer.is_lambda() && enabled.and_then(Node::truth) == Some(true) {
            permissions.push(permission(&api, &authorizer));
        }
        api.authorizers.push(authorizer);
    }
    let default = DefaultGuard {
        guard: default_guard(auth),
        // SAM leaves OPTIONS routes of an HTTP API alone.
        preflight: false,
    };
    readable(&mut api, resource, "CorsConfiguration");
    addresses(&mut api, resource);
    if let Some(document) = resource.get("DefinitionBody") {
        openapi::read(&mut api, document, &default);
    }
    SamApi {
        api,
        default,
        permissions,
    }
}

/// `AWS::Serverless::WebSocketApi`
pub(super) fn websocket(resource: &Resource) -> SamApi {
    const AUTHORIZER: &str = "ConnectAuthorizer";
    let mut api = Api::new(&resource.name, ApiKind::WebSocket, resource.span);
    let stage = Setting::text(resource.get("StageName"), "default", api.span);
    api.stages.push(stage);
    addresses(&mut api, resource);
    api.select_routes(resource.get("RouteSelectionExpression"));
    let mut permissions = Vec::new();
    let mut guard = Guard::Open;
    if let Some((name, auth)) = resource.properties.entry("Auth") {
        guard = match auth.get("AuthType").map(Node::shown) {
            Some(kind) if kind.eq_ignore_ascii_case("CUSTOM") => {
                let mut authorizer =
                    Authorizer::new(AUTHORIZER, AuthorizerKind::Request, name.span)
                        .with_identity(auth.get("IdentitySource"));
                authorizer.function = resource::function(auth.get("AuthArn"), name.span);
                authorizer.has_role = auth.get("InvokeRole").is_some();
                permissions.push(permission(&api, &authorizer));
                api.authorizers.push(authorizer);
                Guard::Authorizer(AUTHORIZER.to_owned())
            }
            Some(kind) if !kind.eq_ignore_ascii_case("NONE") => Guard::Other(kind),
            _ => Guard::Open,
        };
    }
    let routes = resource.get("Routes").into_iter().flat_map(Node::members);
    for (name, route) in routes {
        if route.get("RouteResponseSelectionExpression").is_some() {
            api.answering.push(name.node.clone());
        }
        let connects = name.node == "$connect";
        api.routes.push(Route {
            method: super::api::ANY.to_owned(),
            path: name.node.clone(),
            guard: if connects { guard.clone() } else { Guard::Open },
            span: name.span,
            preflight: false,
        });
    }
    SamApi {
        api,
        default: DefaultGuard::none(),
        permissions,
    }
}

/// Adds the routes that `Cors` of a REST API makes: OPTIONS for every path without one.
pub(super) fn add_preflight(sam: &mut SamApi) {
    let (api, default) = (&mut sam.api, &sam.default);
    let cors = api.cors.as_ref().filter(|_| api.kind == ApiKind::Rest);
    let Some(cors) = cors.map(|cors| cors.span) else {
        return;
    };
    let mut paths: Vec<&str> = Vec::new();
    for route in &api.routes {
        let has_one = |other: &Route| other.path == route.path && other.method == "OPTIONS";
        if !paths.contains(&route.path.as_str()) && !api.routes.iter().any(has_one) {
            paths.push(&route.path);
        }
    }
    let made: Vec<Route> = paths
        .into_iter()
        .map(|path| Route {
            method: "OPTIONS".to_owned(),
            path: path.to_owned(),
            guard: default.guard("OPTIONS"),
            span: cors,
            preflight: true,
        })
        .collect();
    api.routes.extend(made);
}

/// Whether pages of other origins may read it, as this property says.
fn readable(api: &mut Api, resource: &Resource, property: &str) {
    let cors = resource.properties.entry(property);
    let switched_on = cors.filter(|(_, node)| node.truth() != Some(false));
    api.cors = switched_on.map(|(name, node)| Cors::read(name.span, node));
}

/// By which addresses it can be reached, which all kinds of API say alike.
fn addresses(api: &mut Api, resource: &Resource) {
    let disabled = resource.get("DisableExecuteApiEndpoint");
    api.endpoint_disabled = Setting::truth(disabled, false, api.span);
    let domain = resource.properties.entry("Domain");
    if let (Some((name, domain)), Some(stage)) = (domain, api.stages.first()) {
        api.mappings = Mapping::of_domain(name.span, domain, stage);
    }
}

fn authorizers(auth: Option<&Node>) -> impl Iterator<Item = (&Spanned<String>, &Node)> {
    let authorizers = auth.and_then(|auth| auth.get("Authorizers"));
    authorizers.into_iter().flat_map(Node::members)
}

fn default_guard(auth: Option<&Node>) -> Guard {
    let default = auth.and_then(|auth| auth.get("DefaultAuthorizer"));
    default.map_or(Guard::Open, guard)
}

/// Who `Authorizer: NAME` names.
fn guard(node: &Node) -> Guard {
    match node.text() {
        Some("NONE") => Guard::Open,
        Some("AWS_IAM") => Guard::Other("AWS_IAM".to_owned()),
        Some(name) => Guard::Authorizer(name.to_owned()),
        None => Guard::Unknown(node.shown()),
    }
}

fn rest_authorizer(name: &Spanned<String>, node: &Node) -> Authorizer {
    let span = name.span;
    let kind = match node.get("FunctionPayloadType").map(Node::shown) {
        _ if node.get("UserPoolArn").is_some() => {
            AuthorizerKind::Other("COGNITO_USER_POOLS".to_owned())
        }
        Some(kind) if kind.eq_ignore_ascii_case("REQUEST") => AuthorizerKind::Request,
        _ => AuthorizerKind::Token,
    };
    let identity = node.get("Identity");
    let of_identity = |member: &str| identity.and_then(|node| node.get(member));
    let mut authorizer = Authorizer::new(&name.node, kind, span)
        .with_ttl(of_identity("ReauthorizeEvery"))
        .with_validation(of_identity("ValidationExpression"))
        .with_identity(
            of_identity("Header")
                .map(|node| prefixed("method.request.header.", node))
                .as_ref(),
        );
    for (member, prefix) in [
        ("Headers", "method.request.header."),
        ("QueryStrings", "method.request.querystring."),
        ("StageVariables", "stageVariables."),
        ("Context", "context."),
    ] {
        let sources = of_identity(member).map(|node| prefixed(prefix, node));
        authorizer = authorizer.with_identity(sources.as_ref());
    }
    authorizer = authorizer.with_token_default();
    authorizer.function = resource::function(node.get("FunctionArn"), span);
    authorizer.has_role = has_role(node);
    authorizer
}

fn http_authorizer(name: &Spanned<String>, node: &Node) -> Authorizer {
    let span = name.span;
    let is_lambda = node.get("FunctionArn").is_some();
    let kind = if is_lambda {
        AuthorizerKind::Request
    } else {
        AuthorizerKind::Other("JWT".to_owned())
    };
    let identity = node.get("Identity");
    let of_identity = |member: &str| identity.and_then(|node| node.get(member));
    let mut authorizer =
        Authorizer::new(&name.node, kind, span).with_ttl(of_identity("ReauthorizeEvery"));
    for (member, prefix) in [
        ("Headers", "$request.header."),
        ("QueryStrings", "$request.querystring."),
        ("StageVariables", "$stageVariables."),
        ("Context", "$context."),
    ] {
        let sources = of_identity(member).map(|node| prefixed(prefix, node));
        authorizer = authorizer.with_identity(sources.as_ref());
    }
    let payload = node.get("AuthorizerPayloadFormatVersion");
    authorizer.payload = Setting::text(payload, "", span);
    authorizer.simple = Setting::truth(node.get("EnableSimpleResponses"), false, span);
    authorizer.function = resource::function(node.get("FunctionArn"), span);
    authorizer.has_role = has_role(node);
    authorizer
}

fn has_role(node: &Node) -> bool {
    let role = node.get("FunctionInvokeRole");
    role.is_some_and(|role| role.text() != Some("NONE"))
}

/// Names with what SAM puts in front of them; what is unknown stays so.
fn prefixed(prefix: &str, node: &Node) -> Node {
    let items = node.items().iter().map(|item| match item.text() {
        Some(text) => Node::text_of(format!("{prefix}{text}"), item.span),
        None => item.clone(),
    });
    Node {
        span: node.span,
        value: Value::List(items.collect()),
    }
}

/// The permission that SAM makes for an authorizer.
fn permission(api: &Api, authorizer: &Authorizer) -> Permission {
    let source = vec![
        Piece::Text("arn:aws:execute-api:*:*:".to_owned()),
        resource::reference(&api.name),
        Piece::Text("/authorizers/*".to_owned()),
    ];
    Permission {
        function: authorizer.function.clone(),
        principal: Setting::default_of("apigateway.amazonaws.com".to_owned(), authorizer.span),
        source: Some(Node {
            span: authorizer.span,
            value: Value::Text(source),
        }),
        by_url: false,
        span: authorizer.span,
    }
}

fn gateway_responses(api: &mut Api, responses: Option<&Node>) {
    for (kind, node) in responses.into_iter().flat_map(Node::members) {
        api.gateway_responses.push(openapi::gateway_response(
            &kind.node,
            kind.span,
            node.get("StatusCode"),
            node.at(&["ResponseParameters", "Headers"]),
            node.get("ResponseTemplates"),
        ));
    }
}

/// Where `ResourcePolicy` allows something. Lists of addresses and accounts become an Allow for
/// everyone, or for these, with Denies for the others.
fn policy_allows(span: Span, policy: &Node) -> Vec<Span> {
    let mut spans = Vec::new();
    for (name, node) in policy.members() {
        if name.node == "CustomStatements" {
            spans.extend(openapi::allowing(node.items()));
        } else if !node.items().is_empty() {
            spans.push(name.span);
        }
    }
    spans.truncate(1);
    if spans.is_empty() && policy.is_unknown() {
        spans.push(span);
    }
    spans
}
