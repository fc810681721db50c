//! What the targets share: documents that stay documents when they are mutated, tokens, what is
//! logged; and the naive reference of `engine/tests`, with users and requests made from what a policy
//! asks about.

#![allow(dead_code, reason = "the reference's own tests use the rest")]

pub mod json;
pub mod log;
pub mod token;

pub mod asked;
pub mod calls;
pub mod choices;
pub mod users;

// The reference, and what holds the engine against it.
#[path = "../../engine/tests/reference/admit.rs"]
pub mod admit;
#[path = "../../engine/tests/reference/claim.rs"]
mod claim;
#[path = "../../engine/tests/reference/compare.rs"]
pub mod compare;
#[path = "../../engine/tests/reference/condition.rs"]
mod condition;
#[path = "../../engine/tests/reference/evaluate.rs"]
pub mod evaluate;
#[path = "../../engine/tests/reference/fact.rs"]
mod fact;
#[path = "../../engine/tests/reference/kept.rs"]
pub mod kept;
#[path = "../../engine/tests/reference/requests.rs"]
pub mod requests;
#[path = "../../engine/tests/reference/route.rs"]
mod route;
