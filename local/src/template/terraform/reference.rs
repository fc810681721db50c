//! What an expression of Terraform's configuration refers to: resources of its module, or by way of
//! variables and outputs of other modules.

use std::collections::HashMap;

use tollgate_grammar::Span;

use super::MAX_MODULES;
use crate::template::node::{Node, Piece, Value};

/// Most references that are followed for one expression: variables and outputs may branch out.
const MAX_FOLLOWED: usize = 256;

/// A module of the configuration, and who calls it.
pub(super) struct Frame<'a> {
    config: &'a Node,
    /// What stands before the addresses of its resources: `module.m.`
    prefix: String,
    call: Option<(&'a Node, &'a Frame<'a>)>,
}

impl<'a> Frame<'a> {
    /// The root module.
    pub(super) fn root(config: &'a Node) -> Self {
        Self {
            config,
            prefix: String::new(),
            call: None,
        }
    }

    /// The module that is called by this address: `module.a.module.b["x"]` from `module.a`.
    pub(super) fn call(&'a self, address: &str) -> Option<Self> {
        let base = base(address);
        let name = base.strip_prefix(&self.prefix)?.strip_prefix("module.")?;
        self.called(name)
    }

    fn called(&'a self, name: &str) -> Option<Self> {
        let call = self.config.get("module_calls")?.get(name)?;
        Some(Self {
            config: call.get("module")?,
            prefix: format!("{}module.{name}.", self.prefix),
            call: Some((call, self)),
        })
    }

    /// The expressions of a resource, by its address without an index.
    pub(super) fn expressions(&self, address: &str) -> Option<&'a Node> {
        let local = address.strip_prefix(&self.prefix)?;
        let resources = self.config.get("resources")?.items();
        let named = |node: &&Node| node.get("address").and_then(Node::text) == Some(local);
        resources.iter().find(named)?.get("expressions")
    }
}

/// All addresses of a plan.
pub(super) struct References {
    addresses: HashMap<String, String>,
}

impl References {
    /// By the address without an index.
    pub(super) fn new(addresses: HashMap<String, String>) -> Self {
        Self { addresses }
    }

    /// A text of the resources that an expression refers to, or an unknown one where it refers to
    /// anything else; `None` if it is a constant. What stands between them is not in a plan.
    pub(super) fn node(&self, expression: &Node, frame: &Frame<'_>, span: Span) -> Option<Node> {
        let mut pieces = Vec::new();
        let mut left = MAX_FOLLOWED;
        self.follow(expression, frame, 0, &mut left, &mut pieces);
        if pieces.is_empty() {
            let first = expression.get("references")?.items().first()?;
            return Some(Node::unknown(first.shown(), span));
        }
        let value = Value::Text(pieces);
        Some(Node { span, value })
    }

    fn follow(
        &self,
        expression: &Node,
        frame: &Frame<'_>,
        depth: usize,
        left: &mut usize,
        pieces: &mut Vec<Piece>,
    ) {
        let references = expression.get("references").map(Node::items);
        for reference in references.unwrap_or_default() {
            let (Some(text), Some(less)) = (reference.text(), left.checked_sub(1)) else {
                return;
            };
            *left = less;
            // Keys in brackets may hold dots.
            let plain = base(text);
            let mut parts = plain.splitn(4, '.');
            let parts = (parts.next(), parts.next(), parts.next());
            if depth > MAX_MODULES {
                return;
            }
            match parts {
                (Some("var"), Some(name), _) => {
                    let expression = frame.call.and_then(|(call, outer)| {
                        Some((call.get("expressions")?.get(name)?, outer))
                    });
                    if let Some((expression, outer)) = expression {
                        self.follow(expression, outer, depth + 1, left, pieces);
                    }
                }
                (Some("module"), Some(module), Some(output)) => {
                    if let Some(inner) = frame.called(module) {
                        let output = inner.config.get("outputs").and_then(|all| all.get(output));
                        if let Some(expression) = output.and_then(|node| node.get("expression")) {
                            self.follow(expression, &inner, depth + 1, left, pieces);
                        }
                    }
                }
                _ => add(pieces, self.piece(text, frame)),
            }
        }
    }

    /// The resource of a reference such as `aws_lambda_function.f[0].invoke_arn`.
    fn piece(&self, text: &str, frame: &Frame<'_>) -> Option<Piece> {
        let base = base(text);
        let mut parts = base.splitn(3, '.');
        let (kind, name) = (parts.next()?, parts.next()?);
        let address = self
            .addresses
            .get(&format!("{}{kind}.{name}", frame.prefix))?;
        Some(Piece::Resource {
            name: address.clone(),
            attribute: parts.next().map(str::to_owned),
        })
    }
}

/// Adds a resource that is not there yet: a reference to an attribute comes with one to the whole.
fn add(pieces: &mut Vec<Piece>, piece: Option<Piece>) {
    let name = |piece: &Piece| match piece {
        Piece::Resource { name, .. } => Some(name.clone()),
        _ => None,
    };
    let Some(piece) = piece else {
        return;
    };
    if pieces.iter().all(|known| name(known) != name(&piece)) {
        pieces.push(piece);
    }
}

/// An address without the index of any of its parts: `module.m["a.b"].aws_x.y[0]` is
/// `module.m.aws_x.y`.
pub(super) fn base(address: &str) -> String {
    let mut base = String::with_capacity(address.len());
    let (mut within, mut quoted) = (false, false);
    for letter in address.chars() {
        match letter {
            '"' if within => quoted = !quoted,
            '[' if !within => within = true,
            ']' if within && !quoted => within = false,
            other if !within => base.push(other),
            _ => {}
        }
    }
    base
}
