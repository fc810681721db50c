//! What an OpenAPI document says of an API: routes, authorizers, gateway responses ("OpenAPI
//! extensions for API Gateway", API Gateway Developer Guide).

use tollgate_grammar::Span;

use super::api::{ANY, Api, ApiKind, GatewayResponse, Guard, Route};
use super::authorizer::{Authorizer, AuthorizerKind};
use super::cors::Cors;
use super::node::Node;
use super::resource;
use super::setting::Setting;

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Who guards an operation that does not say.
#[derive(Debug, Clone)]
pub(super) struct DefaultGuard {
    /// The authorizer for all operations.
    pub guard: Guard,
    /// Whether preflight requests are guarded too.
    pub preflight: bool,
}

impl DefaultGuard {
    /// Nobody.
    pub(super) fn none() -> Self {
        Self {
            guard: Guard::Open,
            preflight: false,
        }
    }

    /// The guard of a method.
    pub(super) fn guard(&self, method: &str) -> Guard {
        if method == "OPTIONS" && !self.preflight {
            Guard::Open
        } else {
            self.guard.clone()
        }
    }
}

/// Adds what the document says to the API.
pub(super) fn read(api: &mut Api, document: &Node, default: &DefaultGuard) {
    let schemes = [
        document.at(&["components", "securitySchemes"]),
        document.get("securityDefinitions"),
    ];
    let schemes: Vec<&Node> = schemes.into_iter().flatten().collect();
    for scheme in &schemes {
        for (name, scheme) in scheme.members() {
            let authorizer = scheme.get("x-amazon-apigateway-authorizer");
            if let Some(node) = authorizer {
                api.authorizers
                    .push(authorizer_of(&name.node, name.span, scheme, node));
            }
        }
    }
    routes(api, document, &schemes, default);
    if api.kind == ApiKind::Rest {
        rest(api, document);
    }
    if let Some((name, node)) = document.entry("x-amazon-apigateway-cors") {
        api.cors.get_or_insert_with(|| Cors::read(name.span, node));
    }
    let endpoint = document.at(&[
        "x-amazon-apigateway-endpoint-configuration",
        "disableExecuteApiEndpoint",
    ]);
    if endpoint.is_some() {
        api.endpoint_disabled = Setting::truth(endpoint, false, api.span);
    }
}

/// Adds a route for each operation, and where a REST API's rely on the `security` of the document.
fn routes(api: &mut Api, document: &Node, schemes: &[&Node], default: &DefaultGuard) {
    let root = document.entry("security");
    let root = root.filter(|(_, needs)| !needs.items().is_empty());
    let mut relies = false;
    let paths = document.get("paths").into_iter().flat_map(Node::members);
    for (path, operations) in paths {
        for (name, operation) in operations.members() {
            let method = match name.node.to_ascii_lowercase() {
                any if any == "x-amazon-apigateway-any-method" => ANY.to_owned(),
                method if METHODS.contains(&method.as_str()) => method.to_ascii_uppercase(),
                _ => continue,
            };
            relies |= operation.get("security").is_none();
            let guard = match operation.get("security").map(Node::items) {
                Some(needs) if !needs.is_empty() => guard(needs, schemes),
                None if root.is_some() && api.kind == ApiKind::Http => {
                    Guard::Unknown("security of the whole document".to_owned())
                }
                _ => default.guard(&method),
            };
            api.routes.push(Route {
                method,
                path: path.node.clone(),
                guard,
                span: name.span,
                preflight: false,
            });
        }
    }
    if api.kind == ApiKind::Rest {
        let relied_on = root.filter(|_| relies && default.guard == Guard::Open);
        api.root_security = relied_on.map(|(name, _)| name.span);
    }
}

/// The extensions that REST APIs alone have.
fn rest(api: &mut Api, document: &Node) {
    let responses = document.get("x-amazon-apigateway-gateway-responses");
    for (kind, node) in responses.into_iter().flat_map(Node::members) {
        api.gateway_responses.push(gateway_response(
            &kind.node,
            kind.span,
            node.get("statusCode"),
            node.get("responseParameters"),
            node.get("responseTemplates"),
        ));
    }
    if let Some(policy) = document.get("x-amazon-apigateway-policy") {
        api.policy_allows.extend(allows(policy));
    }
    if let Some(source) = document.get("x-amazon-apigateway-api-key-source") {
        api.key_source = Setting::text(Some(source), "HEADER", api.span);
    }
}

/// A gateway response from its status, its parameters (`gatewayresponse.header.X`) and its bodies.
pub(super) fn gateway_response(
    kind: &str,
    span: Span,
    status: Option<&Node>,
    parameters: Option<&Node>,
    templates: Option<&Node>,
) -> GatewayResponse {
    let parameters = parameters.into_iter().flat_map(Node::members);
    let header = |name: &str| match name.strip_prefix("gatewayresponse.header.") {
        Some(header) => header.to_owned(),
        None => name.to_owned(),
    };
    let templates = templates.into_iter().flat_map(Node::members);
    let status = status.and_then(Node::number);
    GatewayResponse {
        kind: kind.to_owned(),
        span,
        status: status.and_then(|status| u16::try_from(status).ok()),
        templates: templates
            .map(|(name, body)| (name.node.clone(), body.shown()))
            .collect(),
        headers: parameters
            .map(|(name, value)| (header(&name.node.to_ascii_lowercase()), value.shown()))
            .collect(),
    }
}

/// Where a resource policy allows something.
pub(super) fn allows(policy: &Node) -> Vec<Span> {
    let statements = policy.get("Statement").map(Node::items);
    allowing(statements.unwrap_or_default()).collect()
}

/// Which statements of a policy allow something.
pub(super) fn allowing(statements: &[Node]) -> impl Iterator<Item = Span> {
    let allowing = statements.iter().filter(|statement| {
        let effect = statement.get("Effect").and_then(Node::text);
        effect == Some("Allow")
    });
    allowing.map(|statement| statement.span)
}

fn authorizer_of(name: &str, span: Span, scheme: &Node, node: &Node) -> Authorizer {
    let kind = match node.get("type").and_then(Node::text) {
        Some(kind) if kind.eq_ignore_ascii_case("token") => AuthorizerKind::Token,
        Some(kind) if kind.eq_ignore_ascii_case("request") => AuthorizerKind::Request,
        other => AuthorizerKind::Other(other.unwrap_or("unknown").to_owned()),
    };
    let is_token = kind == AuthorizerKind::Token;
    let mut authorizer = Authorizer::new(name, kind, span)
        .with_ttl(node.get("authorizerResultTtlInSeconds"))
        .with_validation(node.get("identityValidationExpression"))
        .with_identity(node.get("identitySource"));
    // A TOKEN authorizer's header is that of its scheme.
    if let (true, Some(header)) = (is_token, scheme.get("name"))
        && authorizer.identity.is_empty()
    {
        let source = Node::text_of(
            format!("method.request.header.{}", header.shown()),
            header.span,
        );
        authorizer = authorizer.with_identity(Some(&source));
    }
    authorizer = authorizer.with_token_default();
    let payload = node.get("authorizerPayloadFormatVersion");
    authorizer.payload = Setting::text(payload, "", span);
    authorizer.simple = Setting::truth(node.get("enableSimpleResponses"), false, span);
    authorizer.function = resource::function(node.get("authorizerUri"), span);
    authorizer.has_role = node.get("authorizerCredentials").is_some();
    authorizer
}

/// Who guards an operation with these needs.
fn guard(needs: &[Node], schemes: &[&Node]) -> Guard {
    let mut other = None;
    for (name, _) in needs.iter().flat_map(Node::members) {
        let name = name.node.as_str();
        // What SAM leaves where an event asked for no authorizer.
        if name == "NONE" {
            return Guard::Open;
        }
        let scheme = schemes.iter().find_map(|known| known.get(name));
        let has_authorizer =
            scheme.is_none_or(|scheme| scheme.get("x-amazon-apigateway-authorizer").is_some());
        if has_authorizer {
            return Guard::Authorizer(name.to_owned());
        }
        other.get_or_insert(name);
    }
    other.map_or(Guard::Open, |name| Guard::Other(name.to_owned()))
}
