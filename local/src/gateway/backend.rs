//! What lies behind the gateway: a handler in this process, a Lambda function, or any HTTP server.

mod answer;
mod authorizer_headers;
mod function;
mod handler;
mod upstream;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyper::Response;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};

use serde_json::Value;

use self::handler::Handler;
use self::upstream::Upstream;
use super::called::Called;
use super::event;
use super::verdict::Principal;
use crate::authorizer::{FUNCTIONS_PATH, RemoteFunction};
use crate::body::{BodyError, RequestBody};
use crate::server::ResponseBody;

/// Who answers the requests that are let in.
#[derive(Clone)]
pub struct Backend(Kind);

#[derive(Clone)]
enum Kind {
    Handler(Handler),
    Function(RemoteFunction),
    Upstream(Arc<Upstream>),
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Handler(_) => f.write_str("Handler"),
            Kind::Function(function) => write!(f, "Function({})", function.url()),
            Kind::Upstream(upstream) => write!(f, "Upstream({upstream})"),
        }
    }
}

/// An `--upstream` that can't be used.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidUpstream {
    url: String,
    why: String,
}

impl fmt::Display for InvalidUpstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, why } = self;
        write!(
            f,
            "`{url}` can't be called: {why}; write a server like `http://localhost:8080`, or a function \
             like `http://127.0.0.1:9000{FUNCTIONS_PATH}NAME/invocations`"
        )
    }
}

impl std::error::Error for InvalidUpstream {}

/// A request that was let in.
pub(super) struct Admitted<'a> {
    pub called: &'a Called<'a>,
    /// `None` where no authorizer was asked.
    pub principal: Option<Principal<'a>>,
    pub body: RequestBody,
}

/// Why the backend gave no answer to send on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BackendError {
    /// It answered nonsense, or broke off.
    Failed(String),
    TooSlow,
    /// There is no connection to it.
    Unreachable(String),
    /// The client's body, on its way to it.
    Body(BodyError),
}

impl Backend {
    /// Any handler written for `lambda_http`, in this process.
    pub fn new<F, R>(handler: F) -> Self
    where
        F: Fn(lambda_http::Request) -> R + Send + Sync + 'static,
        R: Future<Output = handler::Answer> + Send + 'static,
    {
        Self(Kind::Handler(Handler::new(handler)))
    }

    /// The sample API of `functions/sample-api`, in this process.
    pub fn sample_api() -> Self {
        Self::new(sample_api::handle)
    }

    /// What listens at `url`: a function where that has Lambda's path to invoke one
    /// (`…/2015-03-31/functions/NAME/invocations`), and otherwise a server, which gets the requests.
    ///
    /// # Errors
    /// When that is neither.
    pub fn at(url: &str) -> Result<Self, InvalidUpstream> {
        let kind = if url.contains(FUNCTIONS_PATH) {
            let function = RemoteFunction::new(url).map_err(|invalid| invalid.why().to_owned());
            function.map(Kind::Function)
        } else {
            Upstream::new(url).map(|upstream| Kind::Upstream(Arc::new(upstream)))
        };
        kind.map(Self).map_err(|why| InvalidUpstream {
            url: url.to_owned(),
            why,
        })
    }

    /// Whether it is what listens on this port of this machine: a gateway in front of itself would go on
    /// for ever.
    pub fn is_on_port(&self, port: u16) -> bool {
        match &self.0 {
            Kind::Upstream(upstream) => upstream.is_on_port(port),
            Kind::Handler(_) | Kind::Function(_) => false,
        }
    }

    /// Whether it takes a request's body as it comes; a function gets it within one event.
    pub(super) fn takes_streams(&self) -> bool {
        matches!(self.0, Kind::Upstream(_))
    }

    /// Its answer, of which the head is there within `limit`.
    pub(super) async fn call(
        &self,
        admitted: Admitted<'_>,
        limit: Duration,
    ) -> Result<Response<ResponseBody>, BackendError> {
        let answer = async {
            match &self.0 {
                Kind::Handler(handler) => handler.call(admitted.event()).await,
                Kind::Function(remote) => {
                    let is_http = admitted.called.api.is_http();
                    function::call(remote, &admitted.event(), is_http).await
                }
                Kind::Upstream(upstream) => upstream.call(admitted).await,
            }
        };
        let answer = tokio::time::timeout(limit, answer).await;
        let mut response = answer.unwrap_or(Err(BackendError::TooSlow))?;
        leave_framing(response.headers_mut());
        Ok(response)
    }

    /// The answer to an event of a WebSocket API.
    pub(super) async fn invoke(
        &self,
        event: Value,
        limit: Duration,
    ) -> Result<Response<ResponseBody>, BackendError> {
        let answer = async {
            match &self.0 {
                Kind::Handler(handler) => handler.call(event).await,
                Kind::Function(remote) => function::call(remote, &event, false).await,
                Kind::Upstream(upstream) => Err(BackendError::Failed(format!(
                    "{upstream} is a server, and a WebSocket API calls functions: name one with \
                     `--upstream`, or leave that out for the sample API"
                ))),
            }
        };
        let answer = tokio::time::timeout(limit, answer).await;
        let mut response = answer.unwrap_or(Err(BackendError::TooSlow))?;
        leave_framing(response.headers_mut());
        Ok(response)
    }
}

impl Admitted<'_> {
    /// The event of a proxy integration. Of a function the body was read before.
    fn event(&self) -> Value {
        let body = match &self.body {
            RequestBody::Whole(bytes) => bytes.as_ref(),
            RequestBody::Coming(..) => &[],
        };
        event::proxy_event(self.called, self.principal, body)
    }
}

/// What concerns one connection (RFC 9110, section 7.6.1), but for those that `Connection` names.
const HOP_BY_HOP: [HeaderName; 8] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-authenticate"),
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Leaves the framing of an answer to the server. Its length stays where it is one.
fn leave_framing(headers: &mut HeaderMap) {
    if headers.contains_key(TRANSFER_ENCODING) {
        headers.remove(CONTENT_LENGTH);
    }
    for name in named_by_connection(headers).into_iter().chain(HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// The headers that `Connection` says are of this connection alone.
fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(CONNECTION).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| HeaderName::from_bytes(name.trim().as_bytes()).ok())
        .collect()
}
