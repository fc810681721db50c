//! A connection as the functions are told of it: who it is with, and since when.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

use crate::gateway::clock::Moment;
use crate::gateway::request::Request;

/// Random bytes in an identifier; 16 characters, as API Gateway's have.
const ID_BYTES: usize = 11;

/// A connection with a WebSocket API, or the one that a handshake is to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::gateway) struct Connection {
    /// `L0SM9cOFvHcCIhw=`
    pub id: String,
    /// When the handshake came, in milliseconds since 1970.
    pub connected_at: u64,
    /// Where the client found the gateway, its port included, so that the address of the management API
    /// can be made of it.
    pub domain_name: String,
    pub source_ip: String,
    pub user_agent: Option<String>,
}

impl Connection {
    pub(in crate::gateway) fn of(request: &Request, moment: &Moment) -> Self {
        Self {
            id: identifier(),
            connected_at: moment.epoch_ms,
            domain_name: request.header("host").unwrap_or("localhost").to_owned(),
            source_ip: request.source_ip.to_canonical().to_string(),
            user_agent: request.header("user-agent").map(str::to_owned),
        }
    }
}

/// An identifier of a connection or a message, in the form of API Gateway's.
pub(super) fn identifier() -> String {
    let mut bytes = [0; ID_BYTES];
    // It names, and guards nothing: the management API is for this machine alone.
    let _ = rand::fill(&mut bytes);
    URL_SAFE.encode(bytes)
}
