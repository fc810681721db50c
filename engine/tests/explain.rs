//! `explain` says what `decide` says, and what it says would turn a decision turns it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::format_push_string,
    clippy::format_collect,
    clippy::too_many_lines,
    reason = "tests"
)]

// Policies, users and requests.
#[path = "reference/conditions.rs"]
#[allow(dead_code, reason = "only a part is used here")]
mod conditions;
#[path = "reference/policies.rs"]
#[allow(dead_code, reason = "only a part is used here")]
mod policies;
#[path = "reference/requests.rs"]
#[allow(dead_code, reason = "only a part is used here")]
mod requests;
#[path = "reference/users.rs"]
mod users;

// What explains them.
#[path = "explain/subject.rs"]
mod subject;

// The questions.
#[path = "explain/changes.rs"]
mod changes;
#[path = "explain/condition.rs"]
mod condition;
#[path = "explain/generated.rs"]
mod generated;
#[path = "explain/rules.rs"]
mod rules;
