//! An API as its description has it: kind, stages, routes, who guards them, what refusals say.

use tollgate_grammar::{Span, Spanned};

use super::authorizer::Authorizer;
use super::cors::Cors;
use super::mapping::Mapping;
use super::node::Node;
use super::setting::Setting;

/// What kind of API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKind {
    /// A REST API (API Gateway v1).
    Rest,
    /// An HTTP API (API Gateway v2).
    Http,
    /// A WebSocket API (API Gateway v2).
    WebSocket,
    /// A GraphQL API of AppSync.
    AppSync,
}

impl ApiKind {
    /// `REST API`, as AWS calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rest => "REST API",
            Self::Http => "HTTP API",
            Self::WebSocket => "WebSocket API",
            Self::AppSync => "AppSync API",
        }
    }
}

/// An API.
#[derive(Debug, Clone, PartialEq)]
pub struct Api {
    /// What the description calls it: a logical ID, or an address of Terraform.
    pub name: String,
    /// What kind.
    pub kind: ApiKind,
    /// Where it is described.
    pub span: Span,
    /// The names of its stages.
    pub stages: Vec<Setting<String>>,
    /// Their variables.
    pub variables: Vec<StageVariable>,
    /// Its routes, those that a CORS setting makes included.
    pub routes: Vec<Route>,
    /// Its authorizers.
    pub authorizers: Vec<Authorizer>,
    /// What it says to refused callers; REST APIs only.
    pub gateway_responses: Vec<GatewayResponse>,
    /// How it is made readable for web pages of other origins.
    pub cors: Option<Cors>,
    /// Where its resource policy allows something; REST APIs only.
    pub policy_allows: Vec<Span>,
    /// Where API keys come from: `HEADER` or `AUTHORIZER`; REST APIs only.
    pub key_source: Setting<String>,
    /// Whether its `execute-api` address is switched off.
    pub endpoint_disabled: Setting<bool>,
    /// The base paths of domains of one's own that lead to it.
    pub mappings: Vec<Mapping>,
    /// Where an OpenAPI document asks for an authorizer for all operations at once, and some
    /// operation does not ask for one itself; REST APIs only, which do not read that.
    pub root_security: Option<Span>,
    /// What of a message names its route: `$request.body.action`; WebSocket APIs only.
    pub route_selection: Setting<String>,
    /// The keys of routes whose backends' answers are sent over the connection; WebSocket APIs only.
    pub answering: Vec<String>,
}

/// What names a message's route unless it is written (AWS SAM, `AWS::Serverless::WebSocketApi`).
const ROUTE_SELECTION: &str = "$request.body.action";

impl Api {
    /// An API without anything.
    pub(crate) fn new(name: &str, kind: ApiKind, span: Span) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            span,
            stages: Vec::new(),
            variables: Vec::new(),
            routes: Vec::new(),
            authorizers: Vec::new(),
            gateway_responses: Vec::new(),
            cors: None,
            policy_allows: Vec::new(),
            key_source: Setting::default_of("HEADER".to_owned(), span),
            endpoint_disabled: Setting::default_of(false, span),
            mappings: Vec::new(),
            root_security: None,
            route_selection: Setting::default_of(ROUTE_SELECTION.to_owned(), span),
            answering: Vec::new(),
        }
    }

    /// Whether a domain of one's own leads to it.
    pub fn has_domain(&self) -> bool {
        !self.mappings.is_empty()
    }

    /// Notes how the routes of messages are chosen.
    pub(super) fn select_routes(&mut self, expression: Option<&Node>) {
        if expression.is_some() {
            self.route_selection = Setting::text(expression, ROUTE_SELECTION, self.span);
        }
    }

    /// The authorizer of a route, if it has one of this API's.
    pub fn authorizer(&self, route: &Route) -> Option<&Authorizer> {
        match &route.guard {
            Guard::Authorizer(name) => self.authorizers.iter().find(|known| known.name == *name),
            _ => None,
        }
    }

    /// The routes that an authorizer guards.
    pub fn guarded(&self, authorizer: &Authorizer) -> impl Iterator<Item = &Route> {
        let guard = Guard::Authorizer(authorizer.name.clone());
        self.routes.iter().filter(move |route| route.guard == guard)
    }

    /// The route that takes a request: the most specific one whose path fits and that names the
    /// method, or any. Of an HTTP API `$default` takes the rest ("Working with routes for HTTP
    /// APIs", API Gateway Developer Guide); a REST API chooses its resource first, then the method
    /// there.
    pub fn route(&self, method: &str, path: &str) -> Option<&Route> {
        let segments: Vec<&str> = segments(path).collect();
        let fitting = self.routes.iter().filter_map(|route| {
            let specific = route.specificity(&segments)?;
            Some((specific, route))
        });
        let fitting: Vec<(Vec<u8>, &Route)> = match self.kind {
            ApiKind::Rest => {
                let fitting: Vec<_> = fitting.collect();
                let best = fitting.iter().map(|(specific, _)| specific).min().cloned();
                let at_best = |(specific, _): &(Vec<u8>, _)| Some(specific) == best.as_ref();
                let chosen = fitting.into_iter().filter(at_best);
                chosen.filter(|(_, route)| route.takes(method)).collect()
            }
            _ => fitting.filter(|(_, route)| route.takes(method)).collect(),
        };
        let rank = |(specific, route): &(Vec<u8>, &Route)| (specific.clone(), route.method == ANY);
        let best = fitting.into_iter().min_by_key(rank);
        best.map(|(_, route)| route)
    }
}

/// A variable of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageVariable {
    /// The stage's name.
    pub stage: Setting<String>,
    /// What it is called.
    pub name: String,
    /// What it holds, as text; what only a deployment knows as `${…}`.
    pub value: String,
}

impl StageVariable {
    /// The variables of a stage.
    pub(super) fn read(stage: &Setting<String>, node: Option<&Node>) -> Vec<Self> {
        let members = node.into_iter().flat_map(Node::members);
        let variable = |(name, value): (&Spanned<String>, &Node)| Self {
            stage: stage.clone(),
            name: name.node.clone(),
            value: value.shown(),
        };
        members.map(variable).collect()
    }
}

/// What stands for every method.
pub const ANY: &str = "ANY";

/// A route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `GET`, or [`ANY`]; of a WebSocket route too.
    pub method: String,
    /// `/users/{id}`, `/{proxy+}`, `$default`, `$connect`
    pub path: String,
    /// Who looks at a request first.
    pub guard: Guard,
    /// Where it is written.
    pub span: Span,
    /// A CORS setting made it, to answer preflight requests.
    pub preflight: bool,
}

/// Who looks at a request before the backend does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// Nobody.
    Open,
    /// An authorizer of the API, by name.
    Authorizer(String),
    /// API Gateway by other means, such as `AWS_IAM`.
    Other(String),
    /// Only a deployment knows; the text that stands for it.
    Unknown(String),
}

impl Route {
    /// Whether requests of this method are its.
    pub fn takes(&self, method: &str) -> bool {
        self.method == ANY || self.method.eq_ignore_ascii_case(method)
    }

    /// `GET /users/{id}`; of a WebSocket route its key alone.
    pub fn shown(&self) -> String {
        if self.path.starts_with('/') {
            format!("{} {}", self.method, self.path)
        } else {
            self.path.clone()
        }
    }

    /// Whether it takes paths of any number of segments: `/{proxy+}`, `$default`.
    pub fn is_greedy(&self) -> bool {
        self.path == "$default" || self.path.ends_with("+}")
    }

    /// Whether a `{parameter}` makes it take more than one path.
    pub fn has_parameters(&self) -> bool {
        self.path.contains('{')
    }

    /// For a path that fits, how well each segment does: smaller is better.
    fn specificity(&self, path: &[&str]) -> Option<Vec<u8>> {
        if self.path == "$default" {
            return Some(vec![u8::MAX]);
        }
        let mut specific = Vec::new();
        let mut path = path.iter();
        for own in segments(&self.path) {
            let found = path.next()?;
            if own.ends_with("+}") {
                specific.push(2);
                return Some(specific);
            }
            specific.push(match own {
                literal if literal == *found => 0,
                parameter if is_parameter(parameter) => 1,
                _ => return None,
            });
        }
        path.next().is_none().then_some(specific)
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

/// What a REST API says where the backend does not get to answer ("Gateway responses in API
/// Gateway", API Gateway Developer Guide).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayResponse {
    /// `ACCESS_DENIED`
    pub kind: String,
    /// Where it is written.
    pub span: Span,
    /// The HTTP status, if it is another than the type's own.
    pub status: Option<u16>,
    /// The bodies, each after its content type.
    pub templates: Vec<(String, String)>,
    /// The headers that are set: the name in lower case, and what the value is made of, such as
    /// `'*'` or `context.requestId`.
    pub headers: Vec<(String, String)>,
}
