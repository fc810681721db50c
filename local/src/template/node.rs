//! The tree of a deployment description: every value with the place where it is written.
//!
//! Text is kept in pieces, because most of it names other resources or what only a deployment
//! knows: `!Sub ${Function.Arn}/live` is a resource's ARN followed by text.

use std::fmt;

use tollgate_grammar::{Span, Spanned};

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it is written.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// A value of YAML or JSON.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, or nothing.
    Null,
    /// A plain `true` or `false`.
    Bool(bool),
    /// A plain number, as it is written.
    Number(String),
    /// Text, and whatever could not be worked out.
    Text(Vec<Piece>),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order it is written.
    Map(Vec<(Spanned<String>, Node)>),
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These characters.
    Text(String),
    /// What a resource of the same description is known by: its ID, or an attribute of it.
    Resource {
        /// The resource's name in the description.
        name: String,
        /// `Arn`; `None` for the ID.
        attribute: Option<String>,
    },
    /// What only a deployment knows, as it is written.
    Unknown(String),
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Resource {
                name,
                attribute: Some(attribute),
            } => write!(f, "${{{name}.{attribute}}}"),
            Self::Resource { name, .. } => write!(f, "${{{name}}}"),
            Self::Unknown(text) => write!(f, "${{{text}}}"),
        }
    }
}

impl Node {
    /// Plain text.
    pub fn text_of(text: impl Into<String>, span: Span) -> Self {
        Self {
            span,
            value: Value::Text(vec![Piece::Text(text.into())]),
        }
    }

    /// What only a deployment knows.
    pub fn unknown(text: impl Into<String>, span: Span) -> Self {
        Self {
            span,
            value: Value::Text(vec![Piece::Unknown(text.into())]),
        }
    }

    /// The member of a mapping; the last, if a name stands there twice.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let (_, node) = self.entry(name)?;
        Some(node)
    }

    /// The member of a mapping together with its name.
    pub fn entry(&self, name: &str) -> Option<(&Spanned<String>, &Self)> {
        let mut members = self.members().rev();
        members.find(|(key, _)| key.node == name)
    }

    /// The member at the end of a way through mappings.
    pub fn at(&self, way: &[&str]) -> Option<&Self> {
        way.iter().try_fold(self, |node, name| node.get(name))
    }

    /// The members of a mapping; none of anything else.
    pub fn members(&self) -> impl DoubleEndedIterator<Item = (&Spanned<String>, &Self)> {
        let members: &[_] = match &self.value {
            Value::Map(members) => members,
            _ => &[],
        };
        members.iter().map(|(name, node)| (name, node))
    }

    /// The items of a list; the value itself where there is no list.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The text, if all of it is known. Numbers and truth values count as they are written.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Number(text) => Some(text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            Value::Text(pieces) => match pieces.as_slice() {
                [] => Some(""),
                [Piece::Text(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// A whole number, also where it is written as text.
    pub fn number(&self) -> Option<u64> {
        let text = self.text()?;
        // `8.0` is what some tools make of 8.
        text.strip_suffix(".0").unwrap_or(text).parse().ok()
    }

    /// A truth value, also where it is written as text.
    pub fn truth(&self) -> Option<bool> {
        let text = self.text()?;
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    /// The pieces of a text; none of anything else.
    pub fn pieces(&self) -> &[Piece] {
        match &self.value {
            Value::Text(pieces) => pieces,
            _ => &[],
        }
    }

    /// The resources that a text names, in order.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.pieces().iter().filter_map(|piece| match piece {
            Piece::Resource { name, .. } => Some(name.as_str()),
            _ => None,
        })
    }

    /// The one resource that a text is about: its first.
    pub fn resource(&self) -> Option<&str> {
        self.resources().next()
    }

    /// Whether the value, or what it is made of, is known at deployment only.
    pub fn is_unknown(&self) -> bool {
        let mut pieces = self.pieces().iter();
        pieces.any(|piece| matches!(piece, Piece::Unknown(_)))
    }

    /// The same tree, all of it at one place: that of the text it was read from.
    pub(super) fn placed(mut self, span: Span) -> Self {
        self.span = span;
        match &mut self.value {
            Value::List(items) => {
                for item in items {
                    let inner = std::mem::replace(item, Self::text_of("", span));
                    *item = inner.placed(span);
                }
            }
            Value::Map(members) => {
                for (name, node) in members {
                    name.span = span;
                    let inner = std::mem::replace(node, Self::text_of("", span));
                    *node = inner.placed(span);
                }
            }
            _ => {}
        }
        self
    }

    /// A text as a person reads it, what is not known as `${…}`.
    pub fn shown(&self) -> String {
        match self.text() {
            Some(text) => text.to_owned(),
            None => self.pieces().iter().map(ToString::to_string).collect(),
        }
    }
}
