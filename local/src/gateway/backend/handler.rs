//! A function in this process, called through the same event a deployed one gets.

use std::sync::Arc;

use hyper::Response;
use hyper::header::CONTENT_LENGTH;
use lambda_http::Body;
use serde_json::Value;

use super::BackendError;
use super::answer::STATUSES;
use crate::authorizer::{AbortOnDrop, BoxFuture, MAX_ANSWER};
use crate::server::{ResponseBody, full};

/// What a handler gives.
pub(super) type Answer = Result<Response<Body>, lambda_http::Error>;

/// A handler written for `lambda_http`.
#[derive(Clone)]
pub(super) struct Handler(Arc<dyn Fn(lambda_http::Request) -> BoxFuture<Answer> + Send + Sync>);

impl Handler {
    pub(super) fn new<F, R>(handler: F) -> Self
    where
        F: Fn(lambda_http::Request) -> R + Send + Sync + 'static,
        R: Future<Output = Answer> + Send + 'static,
    {
        Self(Arc::new(move |request| Box::pin(handler(request))))
    }

    pub(super) async fn call(&self, event: Value) -> Result<Response<ResponseBody>, BackendError> {
        let handler = Arc::clone(&self.0);
        // In a task of its own: a panic in it, or in the reading of an odd event, is the function's failure.
        let task = tokio::spawn(async move {
            let request = lambda_http::request::from_str(&event.to_string())?;
            handler(request).await
        });
        match AbortOnDrop(task).await {
            Err(_) => Err(BackendError::Failed("the function panicked".to_owned())),
            Ok(Err(error)) => Err(BackendError::Failed(error.to_string())),
            Ok(Ok(response)) => read(response),
        }
    }
}

/// Checks what the function answered as API Gateway does.
fn read(response: Response<Body>) -> Result<Response<ResponseBody>, BackendError> {
    let (mut parts, body) = response.into_parts();
    let status = parts.status.as_u16();
    if !STATUSES.contains(&status) {
        let why = format!("the function answered with status {status}");
        return Err(BackendError::Failed(why));
    }
    let body = body.as_ref().to_vec();
    if body.len() > MAX_ANSWER {
        let why = format!("the function's answer is larger than {MAX_ANSWER} bytes");
        return Err(BackendError::Failed(why));
    }
    parts.headers.remove(CONTENT_LENGTH);
    Ok(Response::from_parts(parts, full(body)))
}
