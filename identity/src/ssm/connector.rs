//! The AWS SDK's calls, made by our own HTTPS client: the same roots, bounds and time limits as the
//! calls to providers, and nothing to read from disk in a cold start.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_ssm::config::http::{HttpRequest, HttpResponse};
use aws_sdk_ssm::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use crate::http::{Answer, Ask, CONNECT, ExtraRoots, Failure, Http, Method};
use crate::sources::Clock;
use crate::startup::StartupError;

/// Largest answer, in bytes. Ten parameters of 8 KiB each, every byte of them escaped, are half of it.
const MAX_ANSWER: usize = 1024 * 1024;
/// A call that the SDK has given no time of its own, as those for credentials.
const LONGEST: Duration = Duration::from_secs(5);

/// An HTTP client for the AWS SDK that trusts Mozilla's CA roots and `extra` ones.
///
/// # Errors
/// When TLS cannot be set up.
pub fn http_client(extra: &ExtraRoots) -> Result<SharedHttpClient, StartupError> {
    let http = Http::new(CONNECT, Clock::system(), extra)?;
    Ok(SharedHttpClient::new(Connector(Arc::new(http))))
}

/// Our client in the shape that the SDK calls.
#[derive(Clone)]
struct Connector(Arc<Http>);

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpClient for Connector {
    /// Attempts are bounded by the SDK, connections by [`Http`]: no settings are taken over.
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let http = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            let url = request.uri().parse().map_err(|_| unsendable("no URL"))?;
            let ask = ask(&request, &url)?;
            let answer = http.send(&ask, Instant::now() + LONGEST).await;
            answered(answer.map_err(failed)?)
        })
    }
}

fn ask<'u>(request: &HttpRequest, url: &'u Url) -> Result<Ask<'u>, ConnectorError> {
    let method = match request.method() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        _ => return Err(unsendable("a method that no call here has")),
    };
    let body = request.body().bytes();
    let body = body.ok_or_else(|| unsendable("a body that streams"))?;
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers() {
        let name = name.parse::<HeaderName>();
        let value = value.parse::<HeaderValue>();
        headers.append(
            name.map_err(|_| unsendable("a header's name"))?,
            value.map_err(|_| unsendable("a header's value"))?,
        );
    }
    Ok(Ask {
        method,
        url,
        headers,
        body: body.to_vec(),
        largest: MAX_ANSWER,
    })
}

/// What the SDK wants sent cannot be.
fn unsendable(what: &str) -> ConnectorError {
    ConnectorError::user(what.into())
}

fn answered(answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let strange = |error| ConnectorError::other(error, None);
    let status = StatusCode::try_from(answer.status).map_err(|error| strange(error.into()))?;
    // As a stream, which the SDK does not show: of a body at hand it logs every byte at TRACE.
    let body = SdkBody::from_body_1_x(reqwest::Body::from(answer.body));
    let mut response = HttpResponse::new(status, body);
    for (name, value) in &answer.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let added = response
            .headers_mut()
            .try_append(name.as_str().to_owned(), value);
        added.map_err(|error| strange(error.into()))?;
    }
    Ok(response)
}

/// The SDK tries what broke again, and tells what took too long by itself.
fn failed(failure: Failure) -> ConnectorError {
    match failure {
        Failure::NotConnectedInTime | Failure::TimedOut => {
            ConnectorError::timeout(failure.to_string().into())
        }
        Failure::NotConnected(reason) | Failure::Dropped(reason) | Failure::Broken(reason) => {
            ConnectorError::io(reason.into())
        }
        Failure::TooLarge(_) => ConnectorError::other(failure.to_string().into(), None),
    }
}

#[cfg(test)]
mod tests;
