//! What is answered where something cannot be done: a status, and what is wrong and the cure.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

/// Why a request gets no answer of its own.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    message: String,
    more: Map<String, Value>,
}

impl Problem {
    /// A status, what is wrong and the cure.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            more: Map::new(),
        }
    }

    /// The request is not understood.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// What is asked for is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// It is understood and cannot be done.
    pub fn unfit(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// Another method than the call has.
    pub fn method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "this call has another method",
        )
    }

    /// A fault of this process.
    pub fn fault(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// What is wrong and the cure.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// With one more member.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self {
            status,
            message,
            mut more,
        } = self;
        more.insert("message".to_owned(), Value::String(message));
        (status, Json(Value::Object(more))).into_response()
    }
}
