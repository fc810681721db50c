//! Nodes whose place does not matter.

use tollgate_grammar::{FileId, Span, Spanned};

pub const NOWHERE: Span = Span {
    file: FileId(0),
    start: 0,
    end: 0,
};

pub fn at<T>(node: T) -> Spanned<T> {
    Spanned {
        node,
        span: NOWHERE,
    }
}
