//! Connections to a server behind the gateway: HTTP/1.1, kept for the next request, straight to it.
//!
//! No proxy of the environment, no redirect followed, nothing unpacked.

use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::body::StreamedBody;

pub(super) use hyper_util::client::legacy::Error;

/// How long it may take to connect.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// How long a connection is kept for the next request, and how many are.
const KEPT: (Duration, usize) = (Duration::from_secs(30), 256);

pub(super) enum Client {
    Plain(legacy::Client<HttpConnector, StreamedBody>),
    Encrypted(legacy::Client<HttpsConnector<HttpConnector>, StreamedBody>),
}

impl Client {
    /// # Errors
    /// When the certificates that this system trusts can't be read.
    pub(super) fn new(is_encrypted: bool) -> Result<Self, String> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_TIME));
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEPT.0)
            .pool_max_idle_per_host(KEPT.1);
        if !is_encrypted {
            return Ok(Self::Plain(builder.build(connector)));
        }
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .try_with_platform_verifier()
            .map_err(|error| format!("the certificates this system trusts: {error}"))?
            .https_only()
            .enable_http1()
            .wrap_connector(connector);
        Ok(Self::Encrypted(builder.build(connector)))
    }

    /// The head of an answer. The caller sets the time limit.
    pub(super) async fn send(
        &self,
        request: Request<StreamedBody>,
    ) -> Result<Response<Incoming>, Error> {
        match self {
            Self::Plain(client) => client.request(request).await,
            Self::Encrypted(client) => client.request(request).await,
        }
    }
}
