//! The policy compiled: path admission, route choice, conditions, decisions.
//!
//! Pure: no I/O, no clock, no async. Time and address are inputs.
//!
//! ```text
//! tree ─► compile ─► Policy ─► find (path, trie) ─► decide (expression, fact) ─► Decision
//!                                                                └─► denial: why not
//! ```

mod claim;
pub mod compile;
pub mod denial;
pub mod example;
mod expression;
mod fact;
pub mod path;
pub mod policy;
pub mod products;
pub mod request;
mod trie;
pub mod truth;
pub mod user;

pub use denial::Denial;
pub use policy::{Decision, Found, Policy, Principal, RuleName};
pub use products::Products;
pub use request::{Request, Target};
pub use tollgate_grammar::tree::Reason;
pub use user::{Fact, User};
