//! CloudFormation's functions worked out as far as a template alone allows: parameters by their
//! defaults, mappings, conditions, `Fn::Sub` and the like ("Intrinsic function reference", AWS
//! CloudFormation User Guide). What a deployment decides stays unknown, and is never guessed.

use std::cell::Cell;
use std::collections::HashMap;

use tollgate_grammar::{Span, Spanned};

use super::node::{Node, Piece, Value};

/// Most bytes that functions may make of one template: a few lines could otherwise ask for
/// gigabytes.
const MAX_MADE: usize = 32 * 1024 * 1024;

/// Deepest nesting of conditions: of functions within each other, and of names, which may go round in
/// circles.
const MAX_CONDITIONS: usize = 96;

/// Most times that conditions of one template are looked up: two that each name another twice could
/// otherwise ask for billions.
const MAX_LOOKED_UP: usize = 100_000;

/// What the functions of a template are worked out from.
pub(super) struct Scope<'t> {
    /// By name; `None` for a parameter without a default.
    parameters: HashMap<&'t str, Option<&'t Node>>,
    mappings: Option<&'t Node>,
    conditions: Option<&'t Node>,
    left: Cell<usize>,
    /// Conditions that may still be looked up.
    conditions_left: Cell<usize>,
}

impl<'t> Scope<'t> {
    /// The scope of a template.
    pub(super) fn new(template: &'t Node) -> Self {
        let parameters = template.get("Parameters");
        let parameters = parameters.into_iter().flat_map(Node::members);
        Self {
            parameters: parameters
                .map(|(name, node)| (name.node.as_str(), node.get("Default")))
                .collect(),
            mappings: template.get("Mappings"),
            conditions: template.get("Conditions"),
            left: Cell::new(MAX_MADE),
            conditions_left: Cell::new(MAX_LOOKED_UP),
        }
    }

    /// A value with its functions worked out; `None` is `AWS::NoValue`.
    pub(super) fn resolve(&self, node: &Node) -> Option<Node> {
        let value = match &node.value {
            Value::Map(members) => {
                if let [(name, inner)] = members.as_slice()
                    && (name.node == "Ref" || name.node.starts_with("Fn::"))
                {
                    return self.function(&name.node, inner, node.span);
                }
                let members = members.iter();
                let kept = |(name, node): &(Spanned<String>, Node)| {
                    Some((name.clone(), self.resolve(node)?))
                };
                Value::Map(members.filter_map(kept).collect())
            }
            Value::List(items) => {
                Value::List(items.iter().filter_map(|item| self.resolve(item)).collect())
            }
            other => other.clone(),
        };
        let span = node.span;
        Some(Node { span, value })
    }

    /// Whether a condition of the template holds; `None` if only a deployment knows.
    pub(super) fn condition(&self, name: &str) -> Option<bool> {
        self.named_condition(name, 0)
    }

    fn function(&self, name: &str, inner: &Node, span: Span) -> Option<Node> {
        let unknown = || Some(Node::unknown(named(name, inner), span));
        if self.left.get() == 0 {
            return unknown();
        }
        match name {
            "Ref" => match inner.text() {
                Some(name) => self.reference(name, span),
                None => unknown(),
            },
            "Fn::GetAtt" => self.attribute(inner, span).or_else(unknown),
            "Fn::If" => match inner.items() {
                [condition, yes, no] => {
                    let name = condition.text().unwrap_or_default();
                    match self.condition(name) {
                        Some(true) => self.resolve(yes),
                        Some(false) => self.resolve(no),
                        None => unknown(),
                    }
                }
                _ => unknown(),
            },
            "Fn::Sub" => self.substituted(inner, span).or_else(unknown),
            "Fn::Join" => self.joined(inner, span).or_else(unknown),
            "Fn::FindInMap" => self.found_in_map(inner, span).or_else(unknown),
            "Fn::Select" => self.selected(inner).or_else(unknown),
            "Fn::Split" => self.split(inner, span).or_else(unknown),
            _ => unknown(),
        }
    }

    fn attribute(&self, inner: &Node, span: Span) -> Option<Node> {
        let (resource, attribute) = match inner.items() {
            [resource, attribute] => (resource.text()?, attribute.text()?),
            [both] => both.text()?.split_once('.')?,
            _ => return None,
        };
        Some(self.of_resource(resource, Some(attribute), span))
    }

    fn reference(&self, name: &str, span: Span) -> Option<Node> {
        if name == "AWS::NoValue" {
            return None;
        }
        Some(match self.parameters.get(name) {
            Some(Some(default)) => match default.text() {
                Some(text) => self.made(vec![Piece::Text(text.to_owned())], span),
                None => Node::unknown(name, span),
            },
            // A pseudo parameter: `AWS::Region`
            Some(None) => Node::unknown(name, span),
            None if name.contains("::") => Node::unknown(name, span),
            None => self.of_resource(name, None, span),
        })
    }

    fn of_resource(&self, name: &str, attribute: Option<&str>, span: Span) -> Node {
        let piece = Piece::Resource {
            name: name.to_owned(),
            attribute: attribute.map(str::to_owned),
        };
        self.made(vec![piece], span)
    }

    /// A text that functions made, unless they made too much already.
    fn made(&self, pieces: Vec<Piece>, span: Span) -> Node {
        let bytes: usize = pieces.iter().map(weight).sum();
        let Some(left) = self.left.get().checked_sub(bytes) else {
            self.left.set(0);
            return Node::unknown("…", span);
        };
        self.left.set(left);
        let value = Value::Text(joined(pieces));
        Node { span, value }
    }

    /// `Fn::Sub`, with or without a map of its own.
    fn substituted(&self, inner: &Node, span: Span) -> Option<Node> {
        let (text, own) = match inner.items() {
            [text] => (text.text()?, None),
            // Worked out once, however often the text asks for them.
            [text, own] => (text.text()?, self.resolve(own)),
            _ => return None,
        };
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            pieces.push(Piece::Text(before.to_owned()));
            let (name, after) = after.split_once('}')?;
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                pieces.push(Piece::Text(format!("${{{literal}}}")));
                continue;
            }
            let own = own.as_ref().and_then(|own| own.get(name));
            let value = match (own, name.split_once('.')) {
                (Some(node), _) => node.clone(),
                (None, Some((resource, attribute))) => {
                    self.of_resource(resource, Some(attribute), span)
                }
                (None, None) => self.reference(name, span)?,
            };
            pieces.extend(spliced(&value)?);
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Some(self.made(pieces, span))
    }

    fn joined(&self, inner: &Node, span: Span) -> Option<Node> {
        let [delimiter, list] = inner.items() else {
            return None;
        };
        let list = self.resolve(list)?;
        let mut pieces = Vec::new();
        for (number, item) in list.items().iter().enumerate() {
            if number > 0 {
                pieces.push(Piece::Text(delimiter.text()?.to_owned()));
            }
            pieces.extend(spliced(item)?);
        }
        Some(self.made(pieces, span))
    }

    fn found_in_map(&self, inner: &Node, span: Span) -> Option<Node> {
        let keys: Option<Vec<Node>> = inner.items().iter().map(|key| self.resolve(key)).collect();
        let keys = keys?;
        let keys: Option<Vec<&str>> = keys.iter().map(Node::text).collect();
        let found = self.mappings?.at(&keys?)?;
        Some(self.made(vec![Piece::Text(found.text()?.to_owned())], span))
    }

    fn selected(&self, inner: &Node) -> Option<Node> {
        let [index, list] = inner.items() else {
            return None;
        };
        let index = usize::try_from(self.resolve(index)?.number()?).ok()?;
        let list = self.resolve(list)?;
        match list.value {
            Value::List(items) => items.into_iter().nth(index),
            _ => None,
        }
    }

    fn split(&self, inner: &Node, span: Span) -> Option<Node> {
        let [delimiter, text] = inner.items() else {
            return None;
        };
        let text = self.resolve(text)?;
        let parts = text.text()?.split(delimiter.text()?);
        let parts = parts.map(|part| self.made(vec![Piece::Text(part.to_owned())], span));
        let value = Value::List(parts.collect());
        Some(Node { span, value })
    }

    fn named_condition(&self, name: &str, depth: usize) -> Option<bool> {
        let left = self.conditions_left.get().checked_sub(1)?;
        self.conditions_left.set(left);
        self.holds(self.conditions?.get(name)?, depth)
    }

    fn holds(&self, node: &Node, depth: usize) -> Option<bool> {
        if depth > MAX_CONDITIONS {
            return None;
        }
        let (function, inner) = node.members().next()?;
        let parts = inner.items().iter();
        let mut parts = parts.map(|part| self.holds(part, depth + 1));
        match function.node.as_str() {
            "Condition" => self.named_condition(inner.text()?, depth + 1),
            "Fn::Not" => Some(!parts.next()??),
            // Three-valued: one that is false decides, whatever the unknown ones are.
            "Fn::And" => parts
                .try_fold(Some(true), |all, part| match (all, part) {
                    (_, Some(false)) => Err(()),
                    (Some(true), Some(true)) => Ok(Some(true)),
                    _ => Ok(None),
                })
                .unwrap_or(Some(false)),
            "Fn::Or" => parts
                .try_fold(Some(false), |any, part| match (any, part) {
                    (_, Some(true)) => Err(()),
                    (Some(false), Some(false)) => Ok(Some(false)),
                    _ => Ok(None),
                })
                .unwrap_or(Some(true)),
            "Fn::Equals" => {
                let [one, other] = inner.items() else {
                    return None;
                };
                let (one, other) = (self.resolve(one)?, self.resolve(other)?);
                Some(one.text()? == other.text()?)
            }
            _ => None,
        }
    }
}

/// A function that cannot be worked out, as a person would write it.
fn named(function: &str, inner: &Node) -> String {
    let function = function.strip_prefix("Fn::").unwrap_or(function);
    match inner.text().or_else(|| inner.items().first()?.text()) {
        Some(text) => format!("{function} {text}"),
        None => function.to_owned(),
    }
}

/// What a value adds to a text; `None` of lists and mappings.
fn spliced(node: &Node) -> Option<Vec<Piece>> {
    match &node.value {
        Value::Text(pieces) => Some(pieces.clone()),
        Value::Number(_) | Value::Bool(_) => Some(vec![Piece::Text(node.text()?.to_owned())]),
        _ => None,
    }
}

/// Neighbouring texts as one.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (joined.last_mut(), piece) {
            (_, Piece::Text(text)) if text.is_empty() => {}
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => joined.push(piece),
        }
    }
    joined
}

fn weight(piece: &Piece) -> usize {
    let text = match piece {
        Piece::Text(text) | Piece::Unknown(text) => text.len(),
        Piece::Resource { name, attribute } => {
            name.len() + attribute.as_ref().map_or(0, String::len)
        }
    };
    text.saturating_add(size_of::<Piece>())
}
