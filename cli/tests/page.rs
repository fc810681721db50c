//! The page of `tollgate dev`, asked over its sockets as a browser would, and as what is no browser
//! would: the command runs in a folder of its own.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "page/dev.rs"]
mod dev;
#[path = "page/draft.rs"]
mod draft;
#[path = "page/guard.rs"]
mod guard;
#[path = "page/language.rs"]
mod language;
#[path = "page/policy.rs"]
mod policy;
#[path = "page/request.rs"]
mod request;
#[path = "page/state.rs"]
mod state;
