//! How an API is made readable for web pages of other origins: `Cors` and `CorsConfiguration` of SAM,
//! `CorsConfiguration` of plain CloudFormation, `x-amazon-apigateway-cors` of OpenAPI.

use tollgate_grammar::Span;

use super::node::Node;

/// What is sent to web pages, as the values of headers. `None` is a header that is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    /// Where it is written.
    pub span: Span,
    /// The origins whose pages may read answers, or `*`.
    pub origins: Vec<String>,
    /// `Access-Control-Allow-Methods`; of a REST API SAM works it out where it is not written.
    pub methods: Option<String>,
    /// `Access-Control-Allow-Headers`
    pub headers: Option<String>,
    /// `Access-Control-Expose-Headers`; HTTP APIs only.
    pub exposed: Option<String>,
    /// `Access-Control-Max-Age`, in seconds.
    pub max_age: Option<String>,
    /// Whether cookies may be sent along.
    pub credentials: bool,
}

impl Cors {
    /// Reads a mapping, or what stands for one: an origin for every path of a REST API, `true` for
    /// every origin of an HTTP API.
    pub(super) fn read(span: Span, node: &Node) -> Self {
        let list = |names: &[&str]| {
            let node = names.iter().find_map(|name| node.get(name))?;
            let items = node.items().iter().map(|item| unquoted(&item.shown()));
            Some(items.collect::<Vec<_>>())
        };
        let text = |names: &[&str]| list(names).map(|items| items.join(","));
        let credentials = node
            .get("AllowCredentials")
            .or_else(|| node.get("allowCredentials"));
        let origins = match node.text() {
            Some("true") => vec!["*".to_owned()],
            Some(origin) => vec![unquoted(origin)],
            None => list(&["AllowOrigins", "AllowOrigin", "allowOrigins"]).unwrap_or_default(),
        };
        Self {
            span,
            origins,
            methods: text(&["AllowMethods", "allowMethods"]),
            headers: text(&["AllowHeaders", "allowHeaders"]),
            exposed: text(&["ExposeHeaders", "exposeHeaders"]),
            max_age: text(&["MaxAge", "maxAge"]),
            credentials: credentials.and_then(Node::truth) == Some(true),
        }
    }
}

/// SAM hands values of a REST API on as they are, and API Gateway wants them in single quotes.
fn unquoted(text: &str) -> String {
    let inner = text
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''));
    inner.unwrap_or(text).to_owned()
}
