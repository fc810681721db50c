//! The plan of Terraform as JSON (`terraform show -json PLAN`), as the resources of CloudFormation
//! that its resources amount to ("JSON Output Format", Terraform Internals).
//!
//! Values come from `planned_values`; what is known after the apply only, and what names another
//! resource, from the references in `configuration`. Locals are in neither, so a reference that goes
//! through one is unknown.

mod attribute;
mod reference;

use std::collections::HashMap;

use tollgate_grammar::{Span, Spanned};

use super::node::{Node, Value};
use super::resource::Resource;
use attribute::{Attribute, KINDS};
use reference::{Frame, References, base};

/// Deepest nesting of modules.
const MAX_MODULES: usize = 16;

/// The resources of a plan that matter to an API.
pub(super) fn resources(plan: &Node) -> Vec<Resource> {
    let nothing = Node {
        span: plan.span,
        value: Value::Null,
    };
    let Some(planned) = plan.at(&["planned_values", "root_module"]) else {
        return Vec::new();
    };
    let config = plan.at(&["configuration", "root_module"]);
    let mut addresses = HashMap::new();
    list(planned, 0, &mut addresses);
    let references = References::new(addresses);
    let root = Frame::root(config.unwrap_or(&nothing));
    let mut resources = Vec::new();
    module(planned, &root, &references, 0, &mut resources);
    resources
}

/// The address of every resource by the address without an index; the first of several.
fn list(module: &Node, depth: usize, addresses: &mut HashMap<String, String>) {
    if depth > MAX_MODULES {
        return;
    }
    for resource in items(module, "resources") {
        if let Some(address) = resource.get("address").and_then(Node::text) {
            let known = addresses.entry(base(address)).or_default();
            if known.is_empty() {
                address.clone_into(known);
            }
        }
    }
    for child in items(module, "child_modules") {
        list(child, depth + 1, addresses);
    }
}

fn module(
    planned: &Node,
    frame: &Frame<'_>,
    references: &References,
    depth: usize,
    resources: &mut Vec<Resource>,
) {
    if depth > MAX_MODULES {
        return;
    }
    for node in items(planned, "resources") {
        resources.extend(resource(node, frame, references));
    }
    for child in items(planned, "child_modules") {
        let address = child.get("address").and_then(Node::text);
        let call = address.and_then(|address| frame.call(address));
        if let Some(inner) = call {
            module(child, &inner, references, depth + 1, resources);
        }
    }
}

fn items<'n>(node: &'n Node, member: &str) -> &'n [Node] {
    node.get(member).map(Node::items).unwrap_or_default()
}

fn resource(node: &Node, frame: &Frame<'_>, references: &References) -> Option<Resource> {
    let kind = node.get("type")?.text()?;
    let (_, cloudformation, attributes) = KINDS.iter().find(|(known, ..)| *known == kind)?;
    let address = node.get("address")?;
    let name = address.text()?;
    let expressions = frame.expressions(&base(name));
    let values = node.get("values");
    let mut properties = Vec::new();
    for Attribute { from, to, refers } in *attributes {
        let planned = values.and_then(|values| inner(values, from));
        let planned = planned.filter(|node| node.value != Value::Null);
        let expression = expressions.and_then(|expressions| inner(expressions, from));
        let referred = || references.node(expression?, frame, address.span);
        // The name of a function is known before it exists, and says less than who it is.
        let value = if *refers {
            let known = |node: &Node| node.resource().is_some();
            let referred = referred();
            match planned {
                Some(planned) if !referred.as_ref().is_some_and(known) => Some(planned.clone()),
                _ => referred,
            }
        } else {
            planned.cloned().or_else(referred)
        };
        if let Some(value) = value {
            insert(&mut properties, to, value, address.span);
        }
    }
    Some(Resource {
        name: name.to_owned(),
        kind: (*cloudformation).to_owned(),
        span: address.span,
        properties: Node {
            span: address.span,
            value: Value::Map(properties),
        },
    })
}

/// What is at the end of `environment.variables`, where each block is a list of one.
fn inner<'n>(node: &'n Node, way: &str) -> Option<&'n Node> {
    let mut parts = way.split('.');
    let first = node.get(parts.next()?)?;
    parts.try_fold(first, |node, part| node.items().first()?.get(part))
}

/// Puts a value at the end of a way through mappings.
fn insert(members: &mut Vec<(Spanned<String>, Node)>, way: &str, value: Node, span: Span) {
    let named = |name: &str| Spanned {
        node: name.to_owned(),
        span,
    };
    match way.split_once('.') {
        None => members.push((named(way), value)),
        Some((first, rest)) => {
            let known = members.iter().position(|(name, _)| name.node == first);
            let mut within = match known.map(|at| members.swap_remove(at).1.value) {
                Some(Value::Map(within)) => within,
                _ => Vec::new(),
            };
            insert(&mut within, rest, value, span);
            let value = Value::Map(within);
            members.push((named(first), Node { span, value }));
        }
    }
}
