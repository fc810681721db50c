//! Where a domain of one's own leads: the base paths by which an API is called there ("API mappings",
//! API Gateway Developer Guide).

use tollgate_grammar::Span;

use super::node::{Node, Value};
use super::resource::Resource;
use super::setting::Setting;

/// A base path that leads to a stage of an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// `v1`, `orders/v2`; empty for the domain itself.
    pub base_path: Setting<String>,
    /// The stage. Without one, callers name it behind the base path.
    pub stage: Option<Setting<String>>,
    /// Where it is described.
    pub span: Span,
}

impl Mapping {
    /// `AWS::ApiGateway::BasePathMapping` or `AWS::ApiGatewayV2::ApiMapping`, by the name that the
    /// base path has there.
    pub(super) fn read(resource: &Resource, base_path: &str, resources: &[Resource]) -> Self {
        let span = resource.span;
        let stage = resource.get("Stage");
        Self {
            base_path: base_path_of(resource.get(base_path), span),
            stage: stage.map(|node| stage_of(node, resources)),
            span,
        }
    }

    /// Those that SAM makes of the `Domain` of an API: one for each of its base paths, or one for the
    /// domain itself.
    pub(super) fn of_domain(span: Span, domain: &Node, stage: &Setting<String>) -> Vec<Self> {
        let normalizes = domain.get("NormalizeBasePath").and_then(Node::truth) != Some(false);
        let mapping = |base_path: Setting<String>| Self {
            base_path,
            stage: Some(stage.clone()),
            span,
        };
        let paths = domain.get("BasePath").map(Node::items).unwrap_or_default();
        if paths.is_empty() {
            return vec![mapping(Setting::default_of(String::new(), span))];
        }
        let paths = paths.iter().map(|node| {
            let mut path = base_path_of(Some(node), span);
            if let (true, Ok(path)) = (normalizes, &mut path.value) {
                // SAM takes slashes out as well.
                path.retain(char::is_alphanumeric);
            }
            mapping(path)
        });
        paths.collect()
    }
}

/// Without slashes around it, as all kinds of description may have them. `(none)` is what API Gateway
/// calls the domain itself.
fn base_path_of(node: Option<&Node>, span: Span) -> Setting<String> {
    let mut path = Setting::text(node, "", span);
    if let Ok(text) = &mut path.value {
        let bare = text.trim_matches('/');
        *text = if bare == "(none)" { "" } else { bare }.to_owned();
    }
    path
}

/// A stage's name, also where a resource that is the stage stands for it.
fn stage_of(node: &Node, resources: &[Resource]) -> Setting<String> {
    let named = node.resource();
    let named = named.and_then(|name| resources.iter().find(|resource| resource.name == name));
    let name = named.and_then(|resource| resource.get("StageName"));
    let name = name.filter(|_| matches!(node.value, Value::Text(_)));
    Setting::text(Some(name.unwrap_or(node)), "", node.span)
}
