//! What the end-to-end tests stand on: the built functions under a real Lambda runtime loop, a
//! real SSM API, identity providers that others wrote, and free ports. Everything is ended when it
//! is dropped.

#![expect(
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

pub mod aws;
pub mod build;
pub mod bypass;
pub mod case;
pub mod counterpart;
pub mod emf;
pub mod function;
pub mod https;
pub mod judge;
pub mod offline;
pub mod process;
pub mod question;
pub mod request;
pub mod rig;
pub mod runtime_api;
pub mod watch;
pub mod wire;
