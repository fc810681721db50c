//! Handshakes of WebSocket APIs, which are not answered yet.

use std::sync::Arc;

use hyper::{Response, StatusCode};

use super::stage::Stage;
use crate::server::{Abort, Arrival, ResponseBody, full};

/// Says that connections cannot be made.
#[expect(clippy::unused_async, reason = "a handshake asks the authorizer")]
pub(super) async fn connect(
    stage: Arc<Stage>,
    arrival: Arrival,
) -> Result<Response<ResponseBody>, Abort> {
    let Arrival { upgrade, .. } = arrival;
    drop((stage, upgrade));
    let mut response = Response::new(full(r#"{"message":"Not Implemented"}"#));
    *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
    Ok(response)
}
