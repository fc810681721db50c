//! The handshake (RFC 6455, section 4.2): the offer, the authorizer, the backend of `$connect`, then 101.

use std::sync::Arc;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Body;
use hyper::header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use hyper::upgrade::OnUpgrade;
use hyper::{Response, StatusCode};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::connection::Connection;
use super::session::Session;
use crate::answer::set_header;
use crate::gateway::admission;
use crate::gateway::api::Guardian;
use crate::gateway::called::Called;
use crate::gateway::clock::Moment;
use crate::gateway::decision::{self, Decision};
use crate::gateway::event::websocket::connect_event;
use crate::gateway::exchange::Notes;
use crate::gateway::log::Outcome;
use crate::gateway::reply::Cause;
use crate::gateway::request::Request;
use crate::gateway::stage::{Handled, Stage, of_backend};
use crate::gateway::verdict::{Principal, Verdict};
use crate::server::{Arrival, ResponseBody, full};
use crate::template::api::Route;
use crate::wire::Line;

/// The version of the protocol, and its only one.
const VERSION: &str = "13";
/// Bytes of a `Sec-WebSocket-Key`, decoded.
const KEY_BYTES: usize = 16;

/// What becomes of a handshake.
pub(super) async fn answered(stage: &Arc<Stage>, arrival: Arrival, moment: &Moment) -> Handled {
    let has_body = !arrival.body.is_end_stream();
    let request = match admission::admit(arrival.head, arrival.peer, arrival.port) {
        Ok(request) => request,
        Err((cause, why)) => return stage.refused(cause, None, moment, why),
    };
    let connection = Connection::of(&request, moment);
    let called = Called {
        connection: Some(&connection),
        ..Called::of(&stage.api, &request, moment)
    };
    let mut handled = match accept_key(&request, has_body) {
        Ok(accept) => {
            let upgrade = (arrival.line, arrival.upgrade);
            let made = connected(stage, &called, &connection, &accept, upgrade).await;
            made.unwrap_or_else(|refused| refused)
        }
        Err((cause, why)) => {
            let mut handled = stage.refused(cause, Some(&called), moment, why);
            set_header(&mut handled.response, "sec-websocket-version", VERSION);
            set_header(&mut handled.response, "upgrade", "websocket");
            handled
        }
    };
    handled.notes.route = called.route.map(Route::shown);
    handled.notes.request = Some(request);
    handled
}

/// Makes the connection, unless something is against it.
async fn connected(
    stage: &Arc<Stage>,
    called: &Called<'_>,
    connection: &Connection,
    accept: &str,
    (line, upgrade): (Line, OnUpgrade),
) -> Result<Handled, Handled> {
    let Some(slot) = stage.connections.slot() else {
        let why = "there are as many connections as there may be";
        return Err(stage.refused(Cause::TooManyConnections, Some(called), called.moment, why));
    };
    let Admitted { outcome, mut notes } = admitted(stage, called).await?;
    let principal = notes.verdict.as_ref().and_then(Verdict::principal);
    let begun = Instant::now();
    let welcome = welcomed(stage, called, principal, outcome).await;
    notes.times.backend = begun.elapsed();
    let protocol = match welcome {
        Ok(protocol) => protocol,
        Err(refused) => return Err(Handled { notes, ..refused }),
    };
    let session = Session::open(stage, slot, connection.clone(), notes.verdict.clone());
    line.upgraded();
    tokio::spawn(session.run(upgrade));
    Ok(Handled {
        notes,
        ..Handled::of(switching(accept, protocol), outcome)
    })
}

/// What proves that the key was read, if the offer is one that can be taken.
fn accept_key(request: &Request, has_body: bool) -> Result<String, (Cause, &'static str)> {
    if !has_token(request.values("upgrade"), "websocket") {
        return Err((Cause::NotUpgraded, "no `Upgrade: websocket` header"));
    }
    let only = |name: &str| {
        let mut values = request.values(name);
        let first = values.next();
        first.filter(|_| values.next().is_none())
    };
    if only("sec-websocket-version") != Some(VERSION) {
        let why = "`Sec-WebSocket-Version` is not 13";
        return Err((Cause::NotUpgraded, why));
    }
    let bad = |why| Err((Cause::BadRequest, why));
    if request.method != "GET" || request.protocol != "HTTP/1.1" || has_body {
        return bad("a handshake is a GET of HTTP/1.1 without a body");
    }
    if !has_token(request.values("connection"), "upgrade") {
        return bad("no `Connection: Upgrade` header");
    }
    let key = only("sec-websocket-key").unwrap_or_default();
    match STANDARD.decode(key) {
        Ok(bytes) if bytes.len() == KEY_BYTES => Ok(derive_accept_key(key.as_bytes())),
        _ => bad("not one `Sec-WebSocket-Key` header with 16 bytes in Base64"),
    }
}

/// Whether a header that is a list of words has this one (RFC 9110, 5.6.1).
fn has_token<'a>(values: impl Iterator<Item = &'a str>, token: &str) -> bool {
    let mut words = values.flat_map(|value| value.split(','));
    words.any(|word| word.trim().eq_ignore_ascii_case(token))
}

/// A client whom nothing keeps out but the backend.
struct Admitted {
    outcome: Outcome,
    notes: Notes,
}

/// What the authorizer says, if one guards `$connect`.
async fn admitted(stage: &Stage, called: &Called<'_>) -> Result<Admitted, Handled> {
    let guardian = called.route.map(|route| called.api.guardian(route));
    match guardian.unwrap_or(Guardian::None) {
        Guardian::None => Ok(Admitted {
            outcome: Outcome::Open,
            notes: Notes::default(),
        }),
        Guardian::Aws(by) => {
            let why = format!("`$connect` is guarded by `{by}`, which only AWS has");
            Err(stage.refused(Cause::NotSigned, Some(called), called.moment, &why))
        }
        Guardian::Function(authorizer) => {
            let Decision { verdict, notes, .. } = stage.decide(authorizer, called).await;
            let (outcome, reason) = decision::told(&verdict);
            let refusal = Cause::of(&verdict).map(|cause| {
                let principal = verdict.principal();
                stage.reply(cause, Some(called), called.moment, principal)
            });
            let notes = Notes {
                authorizer: Some(authorizer.name.clone()),
                verdict: Some(verdict),
                ..notes
            };
            match refusal {
                None => Ok(Admitted { outcome, notes }),
                Some(response) => Err(Handled {
                    reason,
                    notes,
                    ..Handled::of(response, outcome)
                }),
            }
        }
    }
}

/// The subprotocol that the backend of `$connect` chooses, if it lets the client in.
async fn welcomed(
    stage: &Stage,
    called: &Called<'_>,
    principal: Option<Principal<'_>>,
    outcome: Outcome,
) -> Result<Option<HeaderValue>, Handled> {
    if called.route.is_none() {
        return Ok(None);
    }
    let event = connect_event(called, principal);
    let limit = stage.options.timeouts.of_backend(&stage.api);
    let (cause, reason) = match stage.options.backend.invoke(event, limit).await {
        Ok(mut response) if response.status().is_success() => {
            return Ok(response.headers_mut().remove(SEC_WEBSOCKET_PROTOCOL));
        }
        Ok(response) => {
            let reason = "the backend of `$connect` refused".to_owned();
            return Err(Handled {
                reason,
                ..Handled::of(response, outcome)
            });
        }
        Err(error) => of_backend(error),
    };
    let response = stage.reply(cause, Some(called), called.moment, principal);
    Err(Handled {
        reason,
        ..Handled::of(response, Outcome::BackendFailed)
    })
}

/// 101, with the subprotocol that the backend chose and none that it did not.
fn switching(accept: &str, protocol: Option<HeaderValue>) -> Response<ResponseBody> {
    let mut response = Response::new(full(Vec::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    set_header(&mut response, "sec-websocket-accept", accept);
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Some(protocol) = protocol {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    response
}
