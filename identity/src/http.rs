//! One HTTPS client for the calls to providers: bounded in time and size, no redirects,
//! no proxies, TLS by rustls with aws-lc-rs and Mozilla's roots.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Response, Url};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{Instant, timeout_at};

use crate::reason;
use crate::sources::Clock;
use crate::startup::StartupError;

/// Time for DNS, TCP and TLS of a new connection: a provider's address either answers at
/// once or not at all, and the rest of the time is for its answer.
pub(crate) const CONNECT: Duration = Duration::from_secs(1);

/// Time for the whole exchange with a provider, retries included. API Gateway gives an
/// authorizer 10 s; a refresh of our key (2 s) and a slow start of the function must fit
/// beside it.
pub(crate) const EXCHANGE: Duration = Duration::from_secs(3);

/// Largest answer read, in bytes, as it streams in: what the provider announces is not
/// believed. An answer about a user with a thousand products has 30 KiB.
pub(crate) const MAX_ANSWER: usize = 256 * 1024;

/// Connections unused for longer, by the wall clock, are not used again. Servers and NAT
/// gateways forget idle connections while a Lambda instance is frozen, and the pool's own
/// clock may stand still with it.
const MAX_IDLE: Duration = Duration::from_secs(20);

/// The client. Cheap to call from many tasks at once.
pub(crate) struct Http {
    tls: ClientConfig,
    connect: Duration,
    clock: Clock,
    pool: Mutex<Pool>,
}

/// The connections at hand, and when one was last asked for.
struct Pool {
    client: Client,
    used: SystemTime,
}

/// What a provider answered.
pub(crate) struct Answer {
    pub status: u16,
    /// Media type without parameters, in lower case, if one was given.
    pub media_type: Option<String>,
    pub body: Vec<u8>,
}

/// Why there is no answer. Displays as a clause that is safe in logs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No connection: refused, no such host, TLS not trusted, too slow to connect.
    NotConnected(String),
    /// No whole answer in time.
    TimedOut,
    /// The connection broke, or what came was not HTTP.
    Broken(String),
    /// More than [`MAX_ANSWER`].
    TooLarge,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected(reason) => write!(f, "could not be connected to: {reason}"),
            Self::TimedOut => f.write_str("did not answer in time"),
            Self::Broken(reason) => write!(f, "broke the connection off: {reason}"),
            Self::TooLarge => write!(f, "answered with more than {MAX_ANSWER} bytes"),
        }
    }
}

impl Http {
    /// A client that trusts Mozilla's CA roots, compiled in.
    pub(crate) fn new(connect: Duration, clock: Clock) -> Result<Self, StartupError> {
        let roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        Self::with_roots(roots, connect, clock)
    }

    fn with_roots(
        roots: RootCertStore,
        connect: Duration,
        clock: Clock,
    ) -> Result<Self, StartupError> {
        // Named rather than taken from the process's default, which another crate could set.
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let tls = ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(|error| StartupError::HttpClient(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = build(&tls, connect)
            .map_err(|error| StartupError::HttpClient(reason::first(&error)))?;
        let used = clock.now();
        Ok(Self {
            tls,
            connect,
            clock,
            pool: Mutex::new(Pool { client, used }),
        })
    }

    /// Sends a POST that changes nothing at the provider, and reads the whole answer, by
    /// the `deadline`.
    ///
    /// When the connection breaks before an answer begins, which is what a connection that
    /// died in a frozen instance does, it is sent once more on a new connection.
    pub(crate) async fn post(
        &self,
        url: &Url,
        headers: &HeaderMap,
        body: &[u8],
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        let exchange = async {
            let response = match send(self.client(), url, headers, body).await {
                Err(Failure::Broken(_)) => send(self.fresh_client(), url, headers, body).await,
                other => other,
            };
            read(response?).await
        };
        timeout_at(deadline, exchange)
            .await
            .unwrap_or(Err(Failure::TimedOut))
    }

    /// The client with its connections, or a new one when those have idled too long.
    fn client(&self) -> Client {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if self.clock.since(pool.used) > MAX_IDLE {
            self.renew(&mut pool);
        }
        pool.used = self.clock.now();
        pool.client.clone()
    }

    fn fresh_client(&self) -> Client {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        self.renew(&mut pool);
        pool.client.clone()
    }

    fn renew(&self, pool: &mut Pool) {
        match build(&self.tls, self.connect) {
            Ok(client) => pool.client = client,
            // What built once builds again; if not, an old connection is no danger, only slow.
            Err(error) => {
                tracing::warn!(
                    error = reason::first(&error),
                    "HTTPS client could not be renewed"
                );
            }
        }
    }
}

fn build(tls: &ClientConfig, connect: Duration) -> reqwest::Result<Client> {
    Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .connect_timeout(connect)
        .pool_idle_timeout(MAX_IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .http1_only()
        .user_agent(concat!("tollgate/", env!("CARGO_PKG_VERSION")))
        .build()
}

async fn send(
    client: Client,
    url: &Url,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Failure> {
    let request = client
        .post(url.clone())
        .headers(headers.clone())
        .body(body.to_vec());
    request.send().await.map_err(|error| {
        if error.is_connect() {
            Failure::NotConnected(reason::first(&error))
        } else {
            Failure::Broken(reason::first(&error))
        }
    })
}

async fn read(mut response: Response) -> Result<Answer, Failure> {
    let mut body = Vec::new();
    let broken = |error: reqwest::Error| Failure::Broken(reason::first(&error));
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status: response.status().as_u16(),
        media_type: media_type(response.headers()),
        body,
    })
}

/// The media type (RFC 9110 section 8.3.1); one that cannot be read is none known.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().unwrap_or_default();
    let (essence, _) = value.split_once(';').unwrap_or((value, ""));
    Some(essence.trim().to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
