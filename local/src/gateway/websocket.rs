//! WebSocket APIs: handshakes, messages, ends, and the management API ("WebSocket APIs", API Gateway
//! Developer Guide; RFC 6455).
//!
//! The authorizer is asked at the handshake and never again. A connection lives on the stage it was made
//! with, whatever is saved meanwhile.

pub(super) mod connection;
pub(super) mod management;
pub(super) mod selection;

mod connections;
mod end;
mod handshake;
mod message;
mod session;

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Response;
use hyper::header::{CONNECTION, HeaderValue};

pub(super) use self::connections::{Closing, Connections};
use super::reply;
use super::stage::Stage;
use crate::server::{Abort, Arrival, ResponseBody};

/// Largest message in either direction, in bytes (API Gateway's quota).
const MAX_MESSAGE: usize = 128 * 1024;
/// Largest frame from the client, in bytes (API Gateway's quota).
const MAX_FRAME: usize = 32 * 1024;
/// Longest time without a frame in either direction (API Gateway's quota).
const MAX_IDLE: Duration = Duration::from_mins(10);
/// Longest life of a connection (API Gateway's quota).
const MAX_LIFE: Duration = Duration::from_hours(2);
/// Most connections at once.
const MAX_CONNECTIONS: usize = 1024;
/// Messages of one connection that the backend looks at at once; further ones wait in the network.
const MAX_IN_FLIGHT: usize = 8;
/// How long a client may take to accept what it is sent.
const SEND_TIME: Duration = Duration::from_secs(10);
/// How long a client may take to answer a close frame.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// Answers a handshake, or a call of the management API.
pub(super) async fn connect(
    stage: Arc<Stage>,
    arrival: Arrival,
) -> Result<Response<ResponseBody>, Abort> {
    let begun = Instant::now();
    let moment = (stage.options.clock)();
    let head = arrival.head.clone();
    let path = head.as_ref().map_or("", |head| head.path_and_query().0);
    let call = management::Call::of(path);
    let (method, mut handled) = match (&head, call) {
        (Some(head), Some(call)) => {
            let handled = management::answered(&stage, &call, head, arrival).await;
            (head.method.as_str(), handled)
        }
        _ => (
            "CONNECT",
            handshake::answered(&stage, arrival, &moment).await,
        ),
    };
    reply::identify(&stage.api, &moment, &mut handled.response);
    if head.is_none() {
        let headers = handled.response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let line = (method.to_owned(), path.to_owned());
    let (_, response) = stage.tell(line, handled, &moment, begun).await;
    Ok(response)
}
