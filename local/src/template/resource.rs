//! A resource of a description, its functions worked out.

use tollgate_grammar::{Span, Spanned};

use super::intrinsic::Scope;
use super::node::{Node, Piece, Value};
use super::setting::Setting;

/// A resource.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// What the description calls it.
    pub name: String,
    /// `AWS::ApiGateway::RestApi`
    pub kind: String,
    /// Where its name stands.
    pub span: Span,
    /// Its properties; `Null` if there are none.
    pub properties: Node,
}

impl Resource {
    /// A property.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.properties.get(name)
    }

    /// The resource that a property names, as `RestApiId: !Ref RestApi` does.
    pub(super) fn refers(&self, property: &str) -> Option<&str> {
        self.get(property)?.resource()
    }
}

/// The resources of a CloudFormation or SAM template. One whose condition is known not to hold is
/// none.
pub(super) fn of_template(template: &Node) -> Vec<Resource> {
    let scope = Scope::new(template);
    let resources = template.get("Resources");
    let resources = resources.into_iter().flat_map(Node::members);
    resources
        .filter(|(_, node)| {
            let condition = node.get("Condition").and_then(Node::text);
            condition.and_then(|name| scope.condition(name)) != Some(false)
        })
        .filter_map(|(name, node)| {
            let nothing = || Node {
                span: node.span,
                value: Value::Null,
            };
            let properties = node.get("Properties").and_then(|node| scope.resolve(node));
            Some(Resource {
                name: name.node.clone(),
                kind: node.get("Type")?.text()?.to_owned(),
                span: name.span,
                properties: properties.unwrap_or_else(nothing),
            })
        })
        .collect()
}

/// The function that a URI, an ARN or a name is about.
pub(super) fn function(node: Option<&Node>, span: Span) -> Setting<String> {
    let read = |node: &Node| node.resource().map(str::to_owned);
    match node {
        Some(node) => Setting::read(Some(node), String::new(), span, read),
        None => Setting {
            value: Err(String::new()),
            written: false,
            span,
        },
    }
}

/// Properties with the defaults of `Globals` beneath them: mappings are merged, lists joined, and
/// of anything else the resource's own counts ("Globals section of the AWS SAM template").
pub(super) fn merged(defaults: &Node, own: Node) -> Node {
    let span = own.span;
    let value = match (&defaults.value, own.value) {
        (Value::Map(defaults), Value::Map(own)) => {
            let mut all: Vec<(Spanned<String>, Node)> = defaults.clone();
            for (name, node) in own {
                match all.iter_mut().find(|(known, _)| known.node == name.node) {
                    Some((known, beneath)) => {
                        *beneath = merged(beneath, node);
                        *known = name;
                    }
                    None => all.push((name, node)),
                }
            }
            Value::Map(all)
        }
        (Value::Map(defaults), Value::Null) => Value::Map(defaults.clone()),
        (Value::List(defaults), Value::List(own)) => {
            Value::List(defaults.iter().cloned().chain(own).collect())
        }
        (_, own) => own,
    };
    Node { span, value }
}

/// What a resource is known by, as text.
pub(super) fn reference(name: &str) -> Piece {
    Piece::Resource {
        name: name.to_owned(),
        attribute: None,
    }
}
