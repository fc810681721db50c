//! One HTTPS client for the calls to providers and to AWS: bounded in time and size, no redirects,
//! no proxies, TLS by rustls with aws-lc-rs and Mozilla's roots.

mod answer;
mod roots;
#[cfg(fuzzing)]
pub mod script;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;
use reqwest::{Client, Response, Url};
use rustls::ClientConfig;
use tokio::time::{Instant, timeout_at};

pub(crate) use self::answer::Answer;
pub use self::roots::{ExtraRoots, ExtraRootsError};
use crate::reason;
use crate::sources::Clock;
use crate::startup::StartupError;

/// Time for DNS, TCP and TLS of a new connection: a provider's address either answers at
/// once or not at all, and the rest of the time is for its answer.
pub(crate) const CONNECT: Duration = Duration::from_secs(1);

/// Largest answer about one user, in bytes. One with a thousand products has 30 KiB.
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

/// What is asked. Nothing asked here changes anything at a provider, so all of it may be
/// asked again. No `Debug`: a token or key is in the headers or the body.
pub(crate) struct Ask<'a> {
    pub method: Method,
    pub url: &'a Url,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Largest answer read, in bytes, as it streams in: what the provider announces is not
    /// believed. See [`MAX_ANSWER`].
    pub largest: usize,
}

/// How it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    /// For the AWS SDK alone: a session with an EC2 machine's metadata service.
    #[cfg_attr(fuzzing, expect(dead_code, reason = "no SDK there"))]
    Put,
}

/// Why there is no answer. Displays as a clause that is safe in logs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No connection: refused, no such host, TLS not trusted.
    NotConnected(String),
    /// No connection in [the time for it](CONNECT): what is there drops packets, mostly.
    NotConnectedInTime,
    /// No whole answer in time.
    TimedOut,
    /// The connection broke before an answer began, or what came was not HTTP.
    Dropped(String),
    /// The connection broke within the answer.
    Broken(String),
    /// More than this many bytes, the most that were to be read.
    TooLarge(usize),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected(reason) => write!(f, "could not be connected to: {reason}"),
            Self::NotConnectedInTime => f.write_str("could not be connected to in time"),
            Self::TimedOut => f.write_str("did not answer in time"),
            Self::Dropped(reason) | Self::Broken(reason) => {
                write!(f, "broke the connection off: {reason}")
            }
            Self::TooLarge(most) => write!(f, "answered with more than {most} bytes"),
        }
    }
}

impl Http {
    /// A client that trusts Mozilla's CA roots, compiled in, and `extra` ones.
    pub(crate) fn new(
        connect: Duration,
        clock: Clock,
        extra: &ExtraRoots,
    ) -> Result<Self, StartupError> {
        // Named rather than taken from the process's default, which another crate could set.
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let tls = ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(|error| StartupError::HttpClient(error.to_string()))?
            .with_root_certificates(extra.beside_mozillas())
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

    /// Asks once, and reads the whole answer, by the `deadline`.
    ///
    /// When the connection breaks before an answer begins, which is what one that died in a
    /// frozen instance does, the next call is made on a new connection.
    pub(crate) async fn send(&self, ask: &Ask<'_>, deadline: Instant) -> Result<Answer, Failure> {
        #[cfg(fuzzing)]
        if let Some(answer) = script::answer(ask.largest, self.clock.now()) {
            return answer;
        }
        // Boxed: beside a call over the network that is nothing, and a decision has room for many.
        let exchange = Box::pin(async {
            let response = begin(self.client(), ask).await?;
            self.read(response, ask.largest).await
        });
        let answer = timeout_at(deadline, exchange).await;
        let answer = answer.unwrap_or(Err(Failure::TimedOut));
        if matches!(answer, Err(Failure::Dropped(_))) {
            self.renew(&mut self.pool());
        }
        answer
    }

    async fn read(&self, mut response: Response, largest: usize) -> Result<Answer, Failure> {
        let mut body = Vec::new();
        let broken = |error: reqwest::Error| Failure::Broken(reason::first(&error));
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > largest {
                return Err(Failure::TooLarge(largest));
            }
            body.extend_from_slice(&chunk);
        }
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        Ok(Answer::new(status, headers, body, self.clock.now()))
    }

    /// The client with its connections, or a new one when those have idled too long.
    fn client(&self) -> Client {
        let mut pool = self.pool();
        if self.clock.since(pool.used) > MAX_IDLE {
            self.renew(&mut pool);
        }
        pool.used = self.clock.now();
        pool.client.clone()
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
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

async fn begin(client: Client, ask: &Ask<'_>) -> Result<Response, Failure> {
    let request = match ask.method {
        Method::Get => client.get(ask.url.clone()),
        Method::Post => client.post(ask.url.clone()).body(ask.body.clone()),
        Method::Put => client.put(ask.url.clone()).body(ask.body.clone()),
    };
    let sent = request.headers(ask.headers.clone()).send().await;
    sent.map_err(|error| {
        if error.is_connect() && error.is_timeout() {
            Failure::NotConnectedInTime
        } else if error.is_connect() {
            Failure::NotConnected(reason::first(&error))
        } else {
            Failure::Dropped(reason::first(&error))
        }
    })
}

#[cfg(test)]
mod tests;
