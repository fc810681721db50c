//! The Lambda function behind the gateway, called through the same event a deployed one gets.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyper::Response;
use lambda_http::Body;
use serde_json::Value;

use crate::authorizer::BoxFuture;
use crate::server::{ResponseBody, full};

/// Largest answer of a function, in bytes (Lambda's limit for synchronous invocations).
const MAX_ANSWER: usize = 6 * 1024 * 1024;

type Answer = Result<Response<Body>, lambda_http::Error>;

/// A handler written for `lambda_http`.
#[derive(Clone)]
pub struct Backend(Arc<dyn Fn(lambda_http::Request) -> BoxFuture<Answer> + Send + Sync>);

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Backend")
    }
}

/// Why the backend gave no answer to send on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BackendError {
    Failed(String),
    TooSlow,
}

impl Backend {
    /// Any handler.
    pub fn new<F, R>(handler: F) -> Self
    where
        F: Fn(lambda_http::Request) -> R + Send + Sync + 'static,
        R: Future<Output = Answer> + Send + 'static,
    {
        Self(Arc::new(move |request| Box::pin(handler(request))))
    }

    /// The sample API of `functions/sample-api`, in this process.
    pub fn sample_api() -> Self {
        Self::new(sample_api::handle)
    }

    pub(super) async fn call(
        &self,
        event: Value,
        limit: Duration,
    ) -> Result<Response<ResponseBody>, BackendError> {
        let handler = Arc::clone(&self.0);
        // In a task of its own: a panic in it, or in the reading of an odd event, is the function's failure.
        let task = tokio::spawn(async move {
            let request = lambda_http::request::from_str(&event.to_string())?;
            handler(request).await
        });
        let abort = task.abort_handle();
        match tokio::time::timeout(limit, task).await {
            Err(_) => {
                abort.abort();
                Err(BackendError::TooSlow)
            }
            Ok(Err(_)) => Err(BackendError::Failed("the function panicked".to_owned())),
            Ok(Ok(Err(error))) => Err(BackendError::Failed(error.to_string())),
            Ok(Ok(Ok(response))) => read(response),
        }
    }
}

/// Checks what the function answered as API Gateway does, and leaves framing to the server.
fn read(response: Response<Body>) -> Result<Response<ResponseBody>, BackendError> {
    let (mut parts, body) = response.into_parts();
    if !(200..600).contains(&parts.status.as_u16()) {
        return Err(BackendError::Failed(format!(
            "the function answered with status {}",
            parts.status.as_u16()
        )));
    }
    let body = body.as_ref().to_vec();
    if body.len() > MAX_ANSWER {
        return Err(BackendError::Failed(format!(
            "the function's answer is larger than {MAX_ANSWER} bytes"
        )));
    }
    for name in [
        "connection",
        "content-length",
        "keep-alive",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ] {
        parts.headers.remove(name);
    }
    Ok(Response::from_parts(parts, full(body)))
}
