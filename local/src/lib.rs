//! API Gateway on your machine, and stand-ins for what lies behind an authorizer.

pub mod authorizer;
pub mod dev;
pub mod gateway;
pub mod iam;
pub mod tiun;
pub mod token;
pub mod users;
pub mod watch;

mod body;
mod server;
mod wire;

pub use server::PortError;
