//! API Gateway on your machine, and stand-ins for what lies behind an authorizer.

pub mod authgate;
pub mod authorizer;
pub mod dev;
pub mod fault;
pub mod gateway;
pub mod iam;
pub mod issuer;
pub mod neon_auth;
pub mod place;
pub mod signing;
pub mod stack_auth;
pub mod stand_in;
pub mod template;
pub mod tiun;
pub mod token;
pub mod users;
pub mod watch;

mod answer;
mod body;
mod jws;
mod query;
mod server;
mod sign_in;
mod wire;

pub use server::PortError;
