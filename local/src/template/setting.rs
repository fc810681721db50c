//! One setting of a resource: its value, whether somebody wrote it, and where.

use tollgate_grammar::Span;

use super::node::Node;

/// A setting, written or left to its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value; where only a deployment knows it, the text that stands for it.
    pub value: Result<T, String>,
    /// Whether it is written; if not, the value is the default.
    pub written: bool,
    /// Where it is written; the whole resource if it is not.
    pub span: Span,
}

impl<T> Setting<T> {
    /// A default.
    pub fn default_of(value: T, span: Span) -> Self {
        Self {
            value: Ok(value),
            written: false,
            span,
        }
    }

    /// The value of a node that may be missing; a value that `read` does not understand is as
    /// unknown as one that a deployment decides.
    pub(super) fn read(
        node: Option<&Node>,
        default: T,
        span: Span,
        read: impl FnOnce(&Node) -> Option<T>,
    ) -> Self {
        match node {
            None => Self::default_of(default, span),
            Some(node) => Self {
                value: read(node).ok_or_else(|| node.shown()),
                written: true,
                span: node.span,
            },
        }
    }

    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        self.value.as_ref().ok()
    }

    /// The text that stands for a value only a deployment knows.
    pub fn unknown(&self) -> Option<&str> {
        self.value.as_ref().err().map(String::as_str)
    }
}

impl<T: PartialEq> Setting<T> {
    /// Whether it is known to be this.
    pub fn is(&self, value: &T) -> bool {
        self.known() == Some(value)
    }
}

impl Setting<String> {
    /// Text that may be missing.
    pub(super) fn text(node: Option<&Node>, default: &str, span: Span) -> Self {
        let read = |node: &Node| node.text().map(str::to_owned);
        Self::read(node, default.to_owned(), span, read)
    }
}

impl Setting<bool> {
    /// A truth value that may be missing.
    pub(super) fn truth(node: Option<&Node>, default: bool, span: Span) -> Self {
        Self::read(node, default, span, Node::truth)
    }
}

impl Setting<u64> {
    /// A whole number that may be missing.
    pub(super) fn number(node: Option<&Node>, default: u64, span: Span) -> Self {
        Self::read(node, default, span, Node::number)
    }
}
