//! Who is asking: the authorizer's context, read from the event and never from a header.

use std::collections::HashMap;

use lambda_http::request::RequestContext;
use serde_json::Value;

/// What the authorizer said about a request's caller.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The verified user's ID; none for a visitor of a public route.
    pub user: Option<String>,
    /// The verified user's address.
    pub email: Option<String>,
    /// The IDs of the products the user has; the authorizer joins them by `,`.
    pub products: Vec<String>,
    /// Why the request would have been denied; empty when it was allowed.
    pub reason: String,
}

impl Caller {
    /// The caller of a request, or none when no authorizer spoke about it.
    ///
    /// The authorizer always sends `userId`, empty for a visitor. A request without it came over a
    /// route that nobody guards; it must not be taken for a visitor's.
    pub(crate) fn of(context: Option<&RequestContext>) -> Option<Self> {
        let said = match context? {
            // A REST API and a WebSocket API hand the context over as it is, an HTTP API under `lambda`.
            RequestContext::ApiGatewayV1(context) => &context.authorizer.fields,
            RequestContext::WebSocket(context) => &context.authorizer.fields,
            RequestContext::ApiGatewayV2(context) => &context.authorizer.as_ref()?.fields,
            _ => return None,
        };
        Some(Self {
            user: filled(text(said, "userId")?),
            email: text(said, "email").and_then(filled),
            products: text(said, "products")
                .unwrap_or_default()
                .split(',')
                .filter_map(filled)
                .collect(),
            reason: text(said, "reason").unwrap_or_default().to_owned(),
        })
    }
}

/// A context value. All are strings: API Gateway would turn anything else into one.
fn text<'a>(said: &'a HashMap<String, Value>, key: &str) -> Option<&'a str> {
    said.get(key)?.as_str()
}

fn filled(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}
