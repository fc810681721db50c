//! The management API, `@connections`: what a backend sends to a client, asks of it, or ends ("Use
//! @connections commands in your backend service", API Gateway Developer Guide).
//!
//! On AWS its calls are signed. Here nobody signs, so calls come from this machine alone, and none from
//! a web page.

use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::{Response, StatusCode};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::connections::{Open, Order};
use super::message::message_of;
use super::{MAX_MESSAGE, SEND_TIME};
use crate::answer::{JSON, response, set_header};
use crate::body::{self, BodyError};
use crate::gateway::clock::iso_time;
use crate::gateway::log::Outcome;
use crate::gateway::stage::{Handled, Stage};
use crate::query;
use crate::server::{Arrival, ResponseBody, full};
use crate::wire::RequestHead;

/// How long a backend may take to send a body.
const BODY_TIME: Duration = Duration::from_secs(30);

/// A path of the management API: `/@connections/ID`, with or without the stage in front.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::gateway) struct Call {
    stage: Option<String>,
    id: String,
}

impl Call {
    pub(in crate::gateway) fn of(path: &str) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        let mut parts = path.split('/').map(query::decode).rev();
        let id = parts.next().filter(|id| !id.is_empty())?;
        parts.next().filter(|part| part == "@connections")?;
        let stage = parts.next();
        parts.next().is_none().then_some(Self { stage, id })
    }
}

/// An error of the management API.
struct Failure {
    status: u16,
    /// `x-amzn-ErrorType`
    kind: &'static str,
    /// The body's text, if there is one.
    message: Option<&'static str>,
    /// For the log.
    why: &'static str,
}

const fn failure(
    status: u16,
    kind: &'static str,
    message: &'static str,
    why: &'static str,
) -> Failure {
    Failure {
        status,
        kind,
        message: Some(message),
        why,
    }
}

const BAD_REQUEST: Failure = failure(
    400,
    "BadRequestException",
    "Bad Request",
    "the body did not arrive",
);
/// As every path or method that a stage does not have.
const UNKNOWN: Failure = failure(
    403,
    "MissingAuthenticationTokenException",
    "Missing Authentication Token",
    "`@connections` takes POST, GET and DELETE",
);
const FORBIDDEN: Failure = failure(
    403,
    "ForbiddenException",
    "Forbidden",
    "the connection is of another stage",
);
/// What AWS writes into its body is documented nowhere; clients go by the kind.
const GONE: Failure = Failure {
    status: 410,
    kind: "GoneException",
    message: None,
    why: "there is no such connection, or no longer",
};
const TOO_LARGE: Failure = failure(
    413,
    "PayloadTooLargeException",
    "Payload Too Large",
    "the message is larger than 128 KB",
);

/// What becomes of a call.
pub(super) async fn answered(
    stage: &Stage,
    call: &Call,
    head: &RequestHead,
    arrival: Arrival,
) -> Handled {
    let answer = match foreign(head, arrival.peer.ip()) {
        Some(why) => Err(Failure { why, ..FORBIDDEN }),
        None => obeyed(stage, call, &head.method, arrival).await,
    };
    let mut handled = match answer {
        Ok(response) => Handled::of(response, Outcome::Managed),
        Err(failure) => Handled {
            reason: failure.why.to_owned(),
            ..Handled::of(failure.response(), Outcome::Refused)
        },
    };
    handled.notes.is_of_connection = true;
    handled
}

async fn obeyed(
    stage: &Stage,
    call: &Call,
    method: &str,
    arrival: Arrival,
) -> Result<Response<ResponseBody>, Failure> {
    let open = stage.connections.find(&call.id).ok_or(GONE)?;
    if call.stage.as_ref().is_some_and(|it| *it != open.stage) {
        return Err(FORBIDDEN);
    }
    match method {
        "POST" => sent(&open, arrival).await,
        "GET" => Ok(described(&open)),
        "DELETE" => closed(&open).await,
        _ => Err(UNKNOWN),
    }
}

/// Why a call is not one of a backend on this machine.
fn foreign(head: &RequestHead, peer: IpAddr) -> Option<&'static str> {
    if !peer.to_canonical().is_loopback() {
        return Some("`@connections` is for this machine alone");
    }
    // A page sends the first with all that is not a plain GET, a browser of today the second with all.
    let of_page = ["origin", "sec-fetch-site"];
    if of_page
        .iter()
        .any(|name| head.values(name).next().is_some())
    {
        return Some("`@connections` is for backends, not for web pages");
    }
    // A page under a name that was pointed here needs neither.
    let host = head.only("host").unwrap_or_default();
    let (name, port) = host.rsplit_once(':').unwrap_or((host, ""));
    let name = if port.contains(']') { host } else { name };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let is_here = address.parse::<IpAddr>().is_ok_and(|it| it.is_loopback());
    if is_here || name.eq_ignore_ascii_case("localhost") {
        None
    } else {
        Some("`@connections` is called by an address of this machine")
    }
}

async fn sent(open: &Open, arrival: Arrival) -> Result<Response<ResponseBody>, Failure> {
    let body = body::read(arrival.body, MAX_MESSAGE, BODY_TIME).await;
    let body = body.map_err(|error| match error {
        BodyError::TooLarge => TOO_LARGE,
        BodyError::Slow | BodyError::Broken => BAD_REQUEST,
    })?;
    let (sent, done) = oneshot::channel();
    let order = Order::Send(message_of(body), sent);
    ordered(open, order).await?;
    // As long as all that is queued before it may take.
    match timeout(SEND_TIME.saturating_mul(2), done).await {
        Ok(Ok(())) => Ok(response(200, JSON, String::new())),
        Ok(Err(_)) | Err(_) => Err(GONE),
    }
}

fn described(open: &Open) -> Response<ResponseBody> {
    let connection = &open.connection;
    let body = json!({
        "connectedAt": iso_time(connection.connected_at),
        "identity": {
            "sourceIp": connection.source_ip,
            "userAgent": connection.user_agent,
        },
        "lastActiveAt": iso_time(open.active.load(Ordering::Relaxed)),
    });
    response(200, JSON, body.to_string())
}

async fn closed(open: &Open) -> Result<Response<ResponseBody>, Failure> {
    ordered(open, Order::Close).await?;
    let mut response = Response::new(full(Vec::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

async fn ordered(open: &Open, order: Order) -> Result<(), Failure> {
    match timeout(SEND_TIME, open.orders.send(order)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(GONE),
    }
}

impl Failure {
    fn response(&self) -> Response<ResponseBody> {
        let body = self.message.map(|it| json!({ "message": it }).to_string());
        let mut response = response(self.status, JSON, body.unwrap_or_default());
        set_header(&mut response, "x-amzn-errortype", self.kind);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_paths_are_told_from_others() {
        let call = |stage: Option<&str>, id: &str| {
            let stage = stage.map(str::to_owned);
            let id = id.to_owned();
            Some(Call { stage, id })
        };
        for (path, expected) in [
            ("/@connections/a%3D", call(None, "a=")),
            ("/@connections/a=", call(None, "a=")),
            ("/main/@connections/a_-=", call(Some("main"), "a_-=")),
            ("/main/%40connections/a", call(Some("main"), "a")),
            ("/@connections/", None),
            ("/@connections", None),
            ("/a/b/@connections/c", None),
            ("/@connections/a/b", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(Call::of(path), expected, "{path}");
        }
    }
}
