//! The sample API as a Lambda function.

use lambda_http::http::HeaderValue;
use lambda_http::{Error, Request, service_fn, tracing};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let origin = allowed_origin()?;
    lambda_http::run(service_fn(|request: Request| {
        let origin = origin.clone();
        async move {
            let response = sample_api::handle(request).await?;
            Ok::<_, Error>(match origin {
                Some(origin) => sample_api::readable_from(response, origin),
                None => response,
            })
        }
    }))
    .await
}

/// The origin whose pages may read the answers, from `ALLOWED_ORIGIN`; none when it isn't set.
fn allowed_origin() -> Result<Option<HeaderValue>, Error> {
    match std::env::var("ALLOWED_ORIGIN") {
        Ok(origin) => Ok(Some(HeaderValue::from_str(&origin).map_err(|_| {
            "the environment variable `ALLOWED_ORIGIN` is not an origin: set it to `*` or, for example, `https://www.example.com`"
        })?)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(format!("the environment variable `ALLOWED_ORIGIN`: {error}").into()),
    }
}
