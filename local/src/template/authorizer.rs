//! An authorizer as the description of an API has it.

use std::fmt;

use tollgate_grammar::{Span, Spanned};

use super::node::Node;
use super::setting::Setting;

/// Time API Gateway keeps an answer unless told otherwise, in seconds.
pub const DEFAULT_TTL: u64 = 300;

/// An authorizer.
#[derive(Debug, Clone, PartialEq)]
pub struct Authorizer {
    /// What the description calls it.
    pub name: String,
    /// Where it is described.
    pub span: Span,
    /// What it is asked with.
    pub kind: AuthorizerKind,
    /// `1.0` or `2.0`; HTTP APIs only. Empty if it is not written.
    pub payload: Setting<String>,
    /// Whether it answers yes or no instead of with an IAM policy; HTTP APIs only.
    pub simple: Setting<bool>,
    /// What a request must have, and what answers are kept by.
    pub identity: Vec<Spanned<IdentitySource>>,
    /// Time an answer is kept, in seconds.
    pub ttl: Setting<u64>,
    /// What a token must look like; TOKEN authorizers only.
    pub validation: Option<Setting<String>>,
    /// The function, by its name in the description.
    pub function: Setting<String>,
    /// API Gateway takes on a role to invoke the function, so that no permission is needed.
    pub has_role: bool,
}

/// What an authorizer is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizerKind {
    /// A token and the method's ARN.
    Token,
    /// The request without its body.
    Request,
    /// A token and the query, of AppSync.
    AppSync,
    /// Not a function: `JWT`, `COGNITO_USER_POOLS`.
    Other(String),
}

/// Where an identity source is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentitySource {
    /// A header; its name in lower case.
    Header(String),
    /// A query parameter.
    Query(String),
    /// A variable of the stage.
    StageVariable(String),
    /// Something API Gateway knows: `routeKey`, `identity.sourceIp`.
    Context(String),
    /// Only a deployment knows, or of no form that is known.
    Unknown(String),
}

impl IdentitySource {
    /// Reads `method.request.header.X` (REST), `$request.header.X` (HTTP) and
    /// `route.request.header.X` (WebSocket).
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let bare = text.strip_prefix('$').unwrap_or(text);
        let request = ["method.request.", "route.request.", "request."];
        let of_request = request.iter().find_map(|start| bare.strip_prefix(start));
        let parts = match of_request {
            Some(rest) => rest.split_once('.'),
            None => bare.split_once('.'),
        };
        match parts {
            Some(("header", name)) if of_request.is_some() => {
                Self::Header(name.to_ascii_lowercase())
            }
            Some(("querystring", name)) if of_request.is_some() => Self::Query(name.to_owned()),
            Some(("stageVariables", name)) => Self::StageVariable(name.to_owned()),
            Some(("context", name)) => Self::Context(name.to_owned()),
            _ => Self::Unknown(text.to_owned()),
        }
    }
}

impl fmt::Display for IdentitySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header {name}"),
            Self::Query(name) => write!(f, "query {name}"),
            Self::StageVariable(name) => write!(f, "stage variable {name}"),
            Self::Context(name) => write!(f, "$context.{name}"),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

impl Authorizer {
    /// An authorizer with the defaults of API Gateway.
    pub(super) fn new(name: &str, kind: AuthorizerKind, span: Span) -> Self {
        let ttl = match kind {
            // AWS's texts disagree (300 s, or off), so it is not known.
            AuthorizerKind::AppSync => Err(String::new()),
            _ => Ok(DEFAULT_TTL),
        };
        Self {
            name: name.to_owned(),
            span,
            kind,
            payload: Setting::default_of(String::new(), span),
            simple: Setting::default_of(false, span),
            identity: Vec::new(),
            ttl: Setting {
                value: ttl,
                written: false,
                span,
            },
            validation: None,
            function: Setting {
                value: Err(String::new()),
                written: false,
                span,
            },
            has_role: false,
        }
    }

    /// Whether it is a function's answer.
    pub fn is_lambda(&self) -> bool {
        !matches!(self.kind, AuthorizerKind::Other(_))
    }

    /// Sets the time answers are kept, if it is written.
    pub(super) fn with_ttl(mut self, node: Option<&Node>) -> Self {
        if let Some(node) = node {
            self.ttl = Setting::number(Some(node), DEFAULT_TTL, self.span);
        }
        self
    }

    /// Sets what tokens must look like, if it is written.
    pub(super) fn with_validation(mut self, node: Option<&Node>) -> Self {
        self.validation = node.map(|node| Setting::text(Some(node), "", self.span));
        self
    }

    /// Sets the identity sources from a list, or from a text with commas.
    pub(super) fn with_identity(mut self, node: Option<&Node>) -> Self {
        let items = node.map(Node::items).unwrap_or_default();
        for item in items {
            match item.text() {
                Some(text) => {
                    let parts = text.split(',').filter(|part| !part.trim().is_empty());
                    self.identity.extend(parts.map(|part| Spanned {
                        node: IdentitySource::parse(part),
                        span: item.span,
                    }));
                }
                None => self.identity.push(Spanned {
                    node: IdentitySource::Unknown(item.shown()),
                    span: item.span,
                }),
            }
        }
        self
    }

    /// The identity source of a TOKEN authorizer that names none: the `Authorization` header.
    pub(super) fn with_token_default(mut self) -> Self {
        if self.kind == AuthorizerKind::Token && self.identity.is_empty() {
            self.identity.push(Spanned {
                node: IdentitySource::Header("authorization".to_owned()),
                span: self.span,
            });
        }
        self
    }
}
