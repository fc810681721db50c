//! The policy compiled: path admission, route choice, conditions, decisions.
//!
//! Pure: no I/O, no clock, no async. Time and address are inputs.
//!
//! ```text
//! tree ─► compile ─► Policy ─► find (path, trie) ─► decide (expression, fact) ─► Decision
//!                                                                └─► denial: why not
//! ```

pub mod analyse;
mod aspect;
mod claim;
pub mod compile;
pub mod denial;
pub mod document;
pub mod example;
pub mod explain;
mod expression;
mod fact;
mod fact_kind;
mod needs;
mod outline;
pub mod path;
mod pattern;
pub mod policy;
pub mod products;
pub mod request;
mod sample;
mod trie;
pub mod truth;
pub mod user;

pub use analyse::{Supplies, analyse};
pub use denial::Denial;
pub use document::{Document, Inexact, Sees, Sharing};
pub use explain::{Explanation, explain};
pub use fact_kind::{FactKind, FactSet};
pub use needs::Needs;
pub use policy::{Decision, Found, Policy, Principal, RuleName};
pub use products::Products;
pub use request::{EVERY_FIELD, Request, Target};
pub use sample::{sample, sample_within};
pub use tollgate_grammar::tree::Reason;
pub use user::{Fact, User};
