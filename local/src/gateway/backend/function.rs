//! A Lambda function behind Lambda's invoke API: `cargo lambda watch`, or the runtime interface emulator.

use hyper::Response;
use serde_json::Value;

use super::{BackendError, answer};
use crate::authorizer::RemoteFunction;
use crate::server::ResponseBody;

/// Invokes the function with the event of a proxy integration, and reads its answer.
pub(super) async fn call(
    function: &RemoteFunction,
    event: &Value,
    is_http_api: bool,
) -> Result<Response<ResponseBody>, BackendError> {
    let answer = function.invoke(event).await;
    let answer = answer.map_err(|error| BackendError::Failed(error.to_string()))?;
    let response = if is_http_api {
        answer::of_http_api(answer)
    } else {
        answer::of_rest_api(answer)
    };
    response.map_err(|why| BackendError::Failed(format!("the function's answer: {why}")))
}
