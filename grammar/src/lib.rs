//! The policy language: text to syntax tree, and findings that point at their place.
//!
//! `policy.pest` is the syntax; [`parse()`] reads all files of a policy and returns the tree
//! of what could be read together with every mistake; [`render()`] shows findings to a person;
//! [`print()`] writes the tree as a policy again, [`format()`] a file with its comments.
//!
//! The way of a text: `split` (lines to statements) → `syntax` (pest) → `lower` (pairs to tree), or
//! → `mistake` (why a statement did not parse).

// What pest generates without its `std` feature names this crate.
extern crate alloc;

pub mod code;
pub mod diagnostic;
mod findings;
pub mod format;
pub mod limits;
mod lower;
mod mistake;
mod parse;
mod print;
pub mod render;
pub mod scan;
pub mod span;
mod split;
pub mod suggest;
mod syntax;
pub mod tree;
pub mod words;

pub use code::Code;
pub use diagnostic::{Diagnostic, Severity};
pub use format::{FormatError, format};
pub use parse::parse;
pub use print::{print, print_condition};
pub use render::{Style, render};
pub use span::{FileId, Place, SourceFile, Sources, Span, Spanned};
