//! What a stand-in answers: a response, and what became of the request.

use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use crate::server::{ResponseBody, full};

/// `application/json` as most providers write it.
pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// What became of a request, for the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A user is signed in.
    Authenticated,
    /// The token proves no user.
    NotAuthenticated,
    /// The client's own credential is wrong.
    WrongKey,
    /// Another mistake of the client.
    Rejected,
    /// What a known user has.
    Listed,
    /// Keys or another public document.
    Published,
}

/// The right answer to a request, before any fault.
pub(crate) struct Answer {
    pub outcome: Outcome,
    /// In a box, because a refusal travels as an error.
    pub response: Box<Response<ResponseBody>>,
}

impl Answer {
    /// Of a status with a JSON body.
    pub(crate) fn json(outcome: Outcome, status: u16, body: &Value) -> Self {
        Self {
            outcome,
            response: Box::new(response(status, JSON, body.to_string())),
        }
    }

    /// Of a status with a plain text.
    pub(crate) fn text(outcome: Outcome, status: u16, body: &str) -> Self {
        Self {
            outcome,
            response: Box::new(response(
                status,
                "text/plain; charset=utf-8",
                body.to_owned(),
            )),
        }
    }

    /// With one more header, which takes the place of its like. A value that is none is left out.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        set_header(&mut self.response, name, value);
        self
    }
}

/// Sets a header unless the value can't be one.
pub(crate) fn set_header(response: &mut Response<ResponseBody>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}

/// An error as RFC 9457 has it. A 405 says that `POST` is the method.
pub(crate) fn problem(status: u16) -> Response<ResponseBody> {
    let title = StatusCode::from_u16(status)
        .ok()
        .and_then(|s| s.canonical_reason())
        .unwrap_or("Error");
    let details = json!({ "type": "about:blank", "title": title, "status": status, "detail": null, "traceId": "stand-in" });
    let mut response = response(
        status,
        "application/problem+json; charset=utf-8",
        details.to_string(),
    );
    if status == 405 {
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

/// A status, a content type and a body; 500 for what is no status.
pub(crate) fn response(
    status: u16,
    content_type: &'static str,
    body: String,
) -> Response<ResponseBody> {
    let mut response = Response::new(full(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
