//! The engine against a naive evaluator of the same policies, written from the definition of
//! the language and sharing with the engine only its plain input types: on generated policies, users and requests,
//! and on small universes taken whole.
//!
//! `PROPTEST_CASES=100000 cargo test --profile release-like -p tollgate-engine --test reference` looks harder.
//! What once disagreed stays in `reference/regressions.txt`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "tests"
)]
#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "short texts, read more easily than fast"
)]

// The reference.
#[path = "reference/admit.rs"]
mod admit;
#[path = "reference/claim.rs"]
mod claim;
#[path = "reference/condition.rs"]
mod condition;
#[path = "reference/evaluate.rs"]
mod evaluate;
#[path = "reference/fact.rs"]
mod fact;
#[path = "reference/route.rs"]
mod route;

// What is asked of both.
#[path = "reference/conditions.rs"]
mod conditions;
#[path = "reference/policies.rs"]
mod policies;
#[path = "reference/requests.rs"]
mod requests;
#[path = "reference/users.rs"]
mod users;

// The questions.
#[path = "reference/admission.rs"]
mod admission;
#[path = "reference/compare.rs"]
mod compare;
#[path = "reference/generated.rs"]
mod generated;
#[path = "reference/kept.rs"]
mod kept;
#[path = "reference/replay.rs"]
mod replay;
#[path = "reference/universe.rs"]
mod universe;
