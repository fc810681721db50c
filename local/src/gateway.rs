//! API Gateway on your machine: stages of REST, HTTP and WebSocket APIs, as a template describes them.
//!
//! For each request: the API by its base path, the route, the identity sources, a kept answer or the authorizer's event and its
//! answer, judged as AWS judges it, then the backend or the gateway's own reply.

pub mod event;
pub mod verdict;

mod admission;
mod api;
mod backend;
mod called;
pub(crate) mod clock;
mod cors;
mod decision;
mod exchange;
mod identity;
mod kept;
mod log;
mod reply;
mod request;
mod router;
mod stage;
mod websocket;

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

pub use api::{Api, ApiError, BasePath, Choice, MapTo, Reading, Served, Template};
pub use backend::{Backend, InvalidUpstream};
pub use called::Called;
pub use clock::{Clock, Moment};
pub use exchange::{Approach, Exchange, Log, Notes, SecretNames, Sent, Times};
pub use log::Outcome;
pub use request::Request;

use self::router::Router;
use self::verdict::Verdict;
use self::websocket::Closing;
use crate::authorizer::AuthorizerFunction;
use crate::place::Place;
use crate::server::{PortError, Server};
use crate::template::api::ApiKind;

/// The methods `ANY` stands for in API Gateway.
pub const METHODS: &[&str] = &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
/// Largest request body, in bytes (API Gateway's quota).
pub const MAX_BODY: usize = 10 * 1024 * 1024;

/// How long the gateway waits for functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For the authorizer: 10 s in API Gateway.
    pub authorizer: Duration,
    /// For the head of the backend's answer; `None` is API Gateway's time for the kind of API.
    pub backend: Option<Duration>,
}

impl Timeouts {
    /// For the backend of an API ("Quotas", API Gateway Developer Guide).
    pub fn of_backend(&self, api: &Api) -> Duration {
        let seconds = if api.is_http() { 30 } else { 29 };
        self.backend.unwrap_or(Duration::from_secs(seconds))
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            authorizer: Duration::from_secs(10),
            backend: None,
        }
    }
}

/// What a gateway starts with.
pub struct GatewayOptions {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// What is served, until [`Gateway::serve`] says otherwise.
    pub served: Served,
    /// Who decides.
    pub authorizer: AuthorizerFunction,
    /// Who answers.
    pub backend: Backend,
    /// Who is told of each request.
    pub log: Log,
    /// How long functions may take.
    pub timeouts: Timeouts,
    /// When a request is made, and so how old a kept answer is.
    pub clock: Clock,
    /// Where tokens are looked for beside `Authorization`, cookies and identity sources: what stands
    /// there is never shown.
    pub token_places: Vec<Place>,
}

impl GatewayOptions {
    /// In front of the sample API, on a free port, with API Gateway's timeouts and no log.
    pub fn new(authorizer: AuthorizerFunction) -> Self {
        Self {
            port: 0,
            served: Api::sample().into(),
            authorizer,
            backend: Backend::sample_api(),
            log: Arc::new(|_| {}),
            timeouts: Timeouts::default(),
            clock: Arc::new(Moment::now),
            token_places: Vec::new(),
        }
    }
}

/// A running gateway; dropping it closes its port and the connections of WebSocket APIs.
pub struct Gateway {
    address: SocketAddr,
    /// Until it is stopped.
    server: Mutex<Option<Server>>,
    router: Arc<Router>,
    /// Until it is stopped.
    connections: Mutex<Option<Closing>>,
}

/// An API at the address by which it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// What the template calls the API.
    pub name: String,
    /// What kind of API.
    pub kind: ApiKind,
    /// The stage that is served.
    pub stage: String,
    /// `/v1`; `/` for the root.
    pub base_path: String,
    /// `http://127.0.0.1:3000/v1`, `ws://127.0.0.1:3000`; without a slash at its end.
    pub url: String,
    /// `ANY /{proxy+}`, `$default`
    pub routes: Vec<String>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gateway({}, {:?})", self.address(), self.router)
    }
}

impl Gateway {
    /// Starts to listen on 127.0.0.1.
    ///
    /// # Errors
    /// When the port can't be had.
    pub async fn start(options: GatewayOptions) -> Result<Self, PortError> {
        let port = options.port;
        let router = Arc::new(Router::new(options));
        let server = Server::start(port, "gateway", "--port", Arc::clone(&router)).await?;
        let connections = Closing::of(router.connections());
        Ok(Self {
            address: server.address(),
            server: Mutex::new(Some(server)),
            router,
            connections: Mutex::new(Some(connections)),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:3000`
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Serves these APIs from now on, without any answer of before. Requests and connections that are
    /// under way end with the APIs they began with.
    pub fn serve(&self, served: Served) {
        self.router.serve(served);
    }

    /// The APIs that are served now, as they were asked for or stand in the template.
    pub fn apis(&self) -> Vec<Endpoint> {
        let address = self.address();
        let endpoint = |api: &Api| {
            let base_path = api.base_path().cloned().unwrap_or_default();
            let scheme = if api.is_websocket() { "ws" } else { "http" };
            Endpoint {
                name: api.name().to_owned(),
                kind: api.kind(),
                stage: api.stage().to_owned(),
                url: format!("{scheme}://{address}{}", base_path.prefix()),
                base_path: base_path.to_string(),
                routes: api.routes().collect(),
            }
        };
        self.served().apis().iter().map(endpoint).collect()
    }

    /// What is served now.
    pub fn served(&self) -> Served {
        self.router.served()
    }

    /// What the authorizer says to a request with a token in a place, without calling the backend,
    /// without a log line, and without an answer of before; `None` where no function guards the route.
    pub async fn preview(
        &self,
        method: &str,
        path: &str,
        token: Option<(&Place, &str)>,
    ) -> Option<Verdict> {
        let stage = self.router.stage(path, false)?;
        stage.preview(&self.request(method, path, token)).await
    }

    /// The same of a handshake with the WebSocket API of a path.
    pub(crate) async fn preview_handshake(
        &self,
        path: &str,
        token: (&Place, &str),
    ) -> Option<Verdict> {
        let stage = self.router.stage(path, true)?;
        stage.preview(&self.request("GET", path, Some(token))).await
    }

    fn request(&self, method: &str, path: &str, token: Option<(&Place, &str)>) -> Request {
        let address = self.address();
        let mut headers = vec![("Host".to_owned(), address.to_string())];
        let header = token.and_then(|(place, token)| place.header(token));
        headers.extend(header.map(|(name, value)| (name.to_owned(), value)));
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: token.and_then(|(place, token)| place.query(token)),
            protocol: "HTTP/1.1".to_owned(),
            headers,
            source_ip: address.ip(),
            port: address.port(),
        }
    }

    /// Sends a request through the gateway without a socket: log, kept answers, backend and all.
    pub async fn send(&self, request: &Request, body: Bytes) -> Sent {
        self.router.send(request, body).await
    }

    /// How far a request comes, and what the authorizer would then get; nobody is asked.
    pub fn approach(&self, request: &Request) -> Approach {
        self.router.approach(request)
    }

    /// What makes the gateway forget the answers that it keeps.
    pub fn flush(&self) -> impl Fn() + Send + Sync + 'static {
        let router = Arc::clone(&self.router);
        move || router.flush()
    }

    /// Closes the port and the connections of WebSocket APIs; requests in flight have a second to end.
    pub async fn stop(&self) {
        let server = take(&self.server);
        let connections = take(&self.connections);
        let stop = async {
            if let Some(server) = server {
                server.stop().await;
            }
        };
        let close = async {
            if let Some(connections) = connections {
                connections.wait().await;
            }
        };
        tokio::join!(stop, close);
    }
}

/// What is there until it is taken.
fn take<T>(from: &Mutex<Option<T>>) -> Option<T> {
    from.lock().unwrap_or_else(PoisonError::into_inner).take()
}
