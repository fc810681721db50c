//! What a rule covers: paths, the connect route, a field.

use crate::span::{Span, Spanned};

/// What a `route` or `forbid` covers.
#[derive(Debug, Clone)]
pub enum Target {
    /// Paths.
    Path(Pattern),
    /// `$connect`: a WebSocket API's connect route.
    Connect(Span),
    /// `field Type.name`, one field of an AppSync API, or `field *`, every field that no other
    /// route names: the name or `*`, and the place of both words.
    Field(Spanned<String>),
}

impl Target {
    /// The text of the target.
    pub fn span(&self) -> Span {
        match self {
            Self::Path(pattern) => pattern.span,
            Self::Connect(span) => *span,
            Self::Field(field) => field.span,
        }
    }
}

/// A path pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// The pattern as written.
    pub span: Span,
    /// Its segments, a trailing slash dropped; empty for `/`.
    pub segments: Vec<Segment>,
}

/// One segment of a pattern.
#[derive(Debug, Clone)]
pub enum Segment {
    /// Exactly this text (percent-decoded).
    Literal(Spanned<String>),
    /// `{name}`: one non-empty segment.
    Parameter(Spanned<String>),
    /// `*` or `{name+}`: one or more segments; only ever last.
    Rest {
        /// The name in `{name+}`.
        name: Option<String>,
        /// Where it stands.
        span: Span,
    },
}
