//! How an authorizer of the API is asked: with which event, by which identity, and for how long its
//! answers are kept.

use regex_lite::Regex;
use tollgate_grammar::Span;

use super::find::Fault;
use crate::template::api::ApiKind;
use crate::template::authorizer::{Authorizer as Described, AuthorizerKind, IdentitySource};
use crate::template::setting::Setting;

/// Longest time an answer may be kept, in seconds (API Gateway's quota).
const MAX_TTL: u64 = 3600;

/// An authorizer, as far as the gateway asks it.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct Authorizer {
    /// What the template calls it.
    pub name: String,
    /// Which events it gets.
    pub form: Form,
    /// What a request must have, and what answers are kept by.
    pub identity: Vec<IdentitySource>,
    /// How long answers are kept, in milliseconds.
    pub ttl_ms: u64,
    /// What a token must look like.
    pub validation: Option<Regex>,
}

/// What an authorizer is asked with, and how it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) enum Form {
    /// A REST API's token and ARN.
    RestToken,
    /// A REST API's request.
    RestRequest,
    /// An HTTP API's request, format 1.0.
    Http1,
    /// An HTTP API's request, format 2.0.
    Http2,
    /// The same, answered with yes or no.
    Http2Simple,
}

impl Form {
    /// Whether the context keeps its types on the way to the backend.
    pub(in crate::gateway) fn is_http(self) -> bool {
        !matches!(self, Self::RestToken | Self::RestRequest)
    }
}

impl Authorizer {
    pub(super) fn of(described: &Described, kind: ApiKind) -> Result<Self, Fault> {
        let name = &described.name;
        let unknown = described
            .identity
            .iter()
            .find_map(|source| match &source.node {
                IdentitySource::Unknown(text) => Some((source.span, text)),
                _ => None,
            });
        if let Some((span, text)) = unknown {
            return Err(Fault {
                span,
                message: format!(
                    "the identity source `{text}` of {name} is of no form that is known"
                ),
            });
        }
        // Of a WebSocket API none is kept: each connection asks.
        let ttl = match kind {
            ApiKind::WebSocket => &0,
            _ => known(&described.ttl, name, "time to keep answers")?,
        };
        let validation = described.validation.as_ref();
        let validation = validation.filter(|_| described.kind == AuthorizerKind::Token);
        Ok(Self {
            name: name.clone(),
            form: form(described, kind)?,
            identity: described
                .identity
                .iter()
                .map(|source| source.node.clone())
                .collect(),
            ttl_ms: ttl.min(&MAX_TTL) * 1000,
            validation: validation
                .map(|expression| compiled(expression, name))
                .transpose()?,
        })
    }

    /// Whether answers are kept: without an identity source there is nothing to keep them by.
    pub(in crate::gateway) fn keeps(&self) -> bool {
        self.ttl_ms > 0 && !self.identity.is_empty()
    }
}

fn form(described: &Described, kind: ApiKind) -> Result<Form, Fault> {
    let name = &described.name;
    if kind != ApiKind::Http {
        return Ok(match described.kind {
            AuthorizerKind::Token => Form::RestToken,
            _ => Form::RestRequest,
        });
    }
    let simple = *known(&described.simple, name, "kind of answers")?;
    let payload = known(&described.payload, name, "payload format")?;
    let fault = |setting: Span, message: &str| {
        Err(Fault {
            span: setting,
            message: format!("{name} {message}"),
        })
    };
    match (payload.as_str(), simple) {
        // `2.0` is the number 2 where YAML is written anew by a program.
        ("2.0" | "2", true) => Ok(Form::Http2Simple),
        ("2.0" | "2", false) => Ok(Form::Http2),
        ("1.0" | "1", false) => Ok(Form::Http1),
        ("1.0" | "1", true) => fault(
            described.simple.span,
            "asks for simple responses, which only the payload format 2.0 has",
        ),
        _ => fault(
            described.payload.span,
            "needs `AuthorizerPayloadFormatVersion: \"2.0\"`, or \"1.0\"",
        ),
    }
}

fn known<'a, T>(setting: &'a Setting<T>, name: &str, what: &str) -> Result<&'a T, Fault> {
    setting.value.as_ref().map_err(|text| Fault {
        span: setting.span,
        message: format!(
            "only a deployment knows the {what} of {name} (`{text}`): give its parameter a `Default`"
        ),
    })
}

/// The whole token must match. AWS does not say whether a part would do; with `^…$` both agree.
fn compiled(expression: &Setting<String>, name: &str) -> Result<Regex, Fault> {
    let text = known(expression, name, "validation expression")?;
    Regex::new(&format!("^(?:{text})$")).map_err(|error| Fault {
        span: expression.span,
        message: format!("the validation expression of {name} cannot be read here: {error}"),
    })
}
