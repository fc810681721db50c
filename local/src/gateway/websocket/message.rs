//! A message: its route, the backend's answer, and what of it is sent back.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::BodyExt;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::MAX_MESSAGE;
use super::connection::identifier;
use super::session::Established;
use crate::gateway::backend::BackendError;
use crate::gateway::event::websocket::message_event;
use crate::gateway::exchange::Exchange;
use crate::gateway::log::Outcome;
use crate::gateway::reply::connection_message;
use crate::gateway::stage::of_backend;

/// What is sent back for a message, if anything is.
pub(super) async fn answered(on: Arc<Established>, text: Utf8Bytes) -> Option<Message> {
    let begun = Instant::now();
    let options = &on.stage.options;
    let moment = (options.clock)();
    let route = on.stage.api.route_of_message(&text);
    let key = route.map_or("-", |route| route.path.as_str());
    let told = |status: u16, outcome, reason: &str| {
        (options.log)(&Arc::new(Exchange {
            method: "MESSAGE".to_owned(),
            path: key.to_owned(),
            status,
            outcome,
            reason: reason.to_owned(),
            elapsed: begun.elapsed(),
            ..on.exchange(route, &moment)
        }));
    };
    let error = |text: &str| {
        let request_id = moment.extended_request_id();
        let text = connection_message(Some(text), &on.connection.id, &request_id);
        Some(Message::Text(text.into()))
    };
    let Some(route) = route else {
        told(403, Outcome::Refused, "no route takes it");
        return error("Forbidden");
    };
    let event = message_event(on.occasion(&moment), key, &identifier(), &text);
    let answer = options
        .backend
        .invoke(event, options.timeouts.of_backend(&on.stage.api))
        .await;
    let answer = match answer {
        Ok(response) => {
            let status = response.status().as_u16();
            let body = response.into_body().collect().await;
            body.map(|body| (status, body.to_bytes()))
                .map_err(|_| BackendError::Failed("the function's answer broke off".to_owned()))
        }
        Err(error) => Err(error),
    };
    match answer {
        Ok((_, body)) if body.len() > MAX_MESSAGE => {
            let why = "the function's answer is larger than a message may be (128 KB)";
            told(500, Outcome::BackendFailed, why);
            error("Internal server error")
        }
        Ok((status, body)) => {
            told(status, Outcome::Open, "");
            let sent = on.stage.api.answers(route) && !body.is_empty();
            sent.then(|| message_of(body))
        }
        Err(BackendError::TooSlow) => {
            told(504, Outcome::BackendFailed, "no answer in time");
            error("Endpoint request timed out")
        }
        Err(other) => {
            let (_, why) = of_backend(other);
            told(500, Outcome::BackendFailed, &why);
            error("Internal server error")
        }
    }
}

/// Text as text, anything else as binary.
pub(super) fn message_of(body: Bytes) -> Message {
    match Utf8Bytes::try_from(body.clone()) {
        Ok(text) => Message::Text(text),
        Err(_) => Message::Binary(body),
    }
}
