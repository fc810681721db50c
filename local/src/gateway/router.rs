//! Which of the APIs takes a request: the one with the longest base path it is under; a handshake one of
//! the WebSocket APIs ("API mappings", API Gateway Developer Guide).

use std::cmp::Reverse;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use bytes::Bytes;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

use super::clock::Moment;
use super::exchange::{Approach, Exchange, SecretNames, Sent};
use super::log::Outcome;
use super::request::Request;
use super::stage::Stage;
use super::websocket::management::Call;
use super::websocket::{self, Connections};
use super::{BasePath, GatewayOptions, Served};
use crate::answer::set_header;
use crate::server::{Abort, Arrival, Handler, ResponseBody, full};
use crate::wire::RequestHead;

/// The stages that are served, which may become others at any time.
pub(super) struct Router {
    options: Arc<GatewayOptions>,
    /// Of all WebSocket APIs, those of before included.
    connections: Arc<Connections>,
    current: RwLock<Arc<Stages>>,
}

struct Stages {
    served: Served,
    /// Those with longer base paths first.
    by_path: Vec<Arc<Stage>>,
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.authorizer.fmt(f)
    }
}

impl Router {
    pub(super) fn new(options: GatewayOptions) -> Self {
        let (options, connections) = (Arc::new(options), Arc::default());
        let stages = Stages::new(options.served.clone(), &options, &connections);
        Self {
            options,
            connections,
            current: RwLock::new(Arc::new(stages)),
        }
    }

    /// Serves these from now on. Whoever holds a stage of before keeps it.
    pub(super) fn serve(&self, served: Served) {
        let stages = Arc::new(Stages::new(served, &self.options, &self.connections));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = stages;
    }

    /// The connections that are open.
    pub(super) fn connections(&self) -> &Arc<Connections> {
        &self.connections
    }

    /// What is served now.
    pub(super) fn served(&self) -> Served {
        self.current().served.clone()
    }

    /// Forgets every kept answer.
    pub(super) fn flush(&self) {
        for stage in &self.current().by_path {
            stage.kept.flush();
        }
    }

    /// The stage that takes requests of a path, or handshakes.
    pub(super) fn stage(&self, path: &str, is_handshake: bool) -> Option<Arc<Stage>> {
        self.current().stage(path, is_handshake)
    }

    fn current(&self) -> Arc<Stages> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// The answer to a request that is under no base path, told to the log.
    fn unmapped(&self, head: &RequestHead, why: String) -> (Arc<Exchange>, Response<ResponseBody>) {
        let begun = Instant::now();
        let moment = (self.options.clock)();
        let mut response = forbidden(&moment);
        // Its body is not read.
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
        let nothing = std::iter::empty();
        let secrets = SecretNames::new(nothing, &self.options.token_places);
        let path = secrets.masks(None).text(path_of(head));
        let exchange = Arc::new(Exchange {
            method: head.method.clone(),
            path,
            status: response.status().as_u16(),
            outcome: Outcome::Refused,
            reason: why,
            elapsed: begun.elapsed(),
            headers: response.headers().clone(),
            body: Some(FORBIDDEN.into()),
            ..Exchange::begin("", &moment, &Arc::new(secrets))
        });
        (self.options.log)(&exchange);
        (exchange, response)
    }

    /// Sends a request without a socket.
    pub(super) async fn send(&self, request: &Request, body: Bytes) -> Sent {
        let (stages, head) = (self.current(), request.head());
        match stages.of(&head) {
            Ok(stage) => stage.send(request, body).await,
            Err(why) => {
                let (exchange, response) = self.unmapped(&head, why);
                Sent::of(exchange, response).await
            }
        }
    }

    /// How far a request comes until the authorizer is asked.
    pub(super) fn approach(&self, request: &Request) -> Approach {
        match self.current().of(&request.head()) {
            Ok(stage) => stage.approach(request),
            Err(why) => Approach {
                stopped: Some(why),
                ..Approach::default()
            },
        }
    }
}

impl Handler for Router {
    async fn handle(self: Arc<Self>, arrival: Arrival) -> Result<Response<ResponseBody>, Abort> {
        let stages = self.current();
        let Some(head) = &arrival.head else {
            // No request at all, which any stage turns away.
            return match stages.by_path.first() {
                Some(stage) => Arc::clone(stage).handle(arrival).await,
                None => Err(Abort),
            };
        };
        if let Some(stage) = stages
            .websocket()
            .filter(|_| Call::of(path_of(head)).is_some())
        {
            return websocket::connect(stage, arrival).await;
        }
        match stages.of(head) {
            Ok(stage) if stage.api.is_websocket() => websocket::connect(stage, arrival).await,
            Ok(stage) => stage.handle(arrival).await,
            Err(why) => Ok(self.unmapped(head, why).1),
        }
    }
}

impl Stages {
    fn new(served: Served, options: &Arc<GatewayOptions>, connections: &Arc<Connections>) -> Self {
        let apis = served.apis().iter().cloned();
        let mut by_path: Vec<_> = apis
            .map(|api| Stage::new(api, Arc::clone(options), Arc::clone(connections)))
            .map(Arc::new)
            .collect();
        let length = |stage: &Arc<Stage>| {
            let base_path = stage.api.base_path().map(BasePath::prefix);
            base_path.unwrap_or_default().len()
        };
        by_path.sort_by_key(|stage| Reverse(length(stage)));
        Self { served, by_path }
    }

    fn stage(&self, path: &str, is_handshake: bool) -> Option<Arc<Stage>> {
        let mut stages = self.by_path.iter();
        let takes = |stage: &&Arc<Stage>| {
            stage.api.is_websocket() == is_handshake && stage.api.rest(path).is_some()
        };
        stages.find(takes).map(Arc::clone)
    }

    /// The stage that takes a request; why there is none.
    fn of(&self, head: &RequestHead) -> Result<Arc<Stage>, String> {
        let is_handshake = is_handshake(head) && self.websocket().is_some();
        let of = |is_handshake| self.stage(path_of(head), is_handshake);
        // What no other API takes, a WebSocket API tells what a handshake is.
        of(is_handshake).or_else(|| of(true)).ok_or_else(|| {
            let kind = if is_handshake {
                "WebSocket"
            } else {
                "REST or HTTP"
            };
            let known = self.served.base_paths(is_handshake);
            format!("no {kind} API has this base path; there is {known}")
        })
    }

    /// Any WebSocket API: they share their connections.
    fn websocket(&self) -> Option<Arc<Stage>> {
        let mut stages = self.by_path.iter();
        stages
            .find(|stage| stage.api.is_websocket())
            .map(Arc::clone)
    }
}

fn path_of(head: &RequestHead) -> &str {
    head.target.split('?').next().unwrap_or_default()
}

/// Whether a client asks for a WebSocket (RFC 6455, 4.1); what else the handshake needs, its API says.
fn is_handshake(head: &RequestHead) -> bool {
    let upgrades = head
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("upgrade"));
    upgrades
        .flat_map(|(_, value)| value.split(','))
        .any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
}

/// The body of [`forbidden`].
const FORBIDDEN: &str = r#"{"message":"Forbidden"}"#;

/// What a domain of one's own says to a path that none of its API mappings is for.
fn forbidden(moment: &Moment) -> Response<ResponseBody> {
    let mut response = Response::new(full(FORBIDDEN));
    *response.status_mut() = StatusCode::FORBIDDEN;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    set_header(&mut response, "x-amzn-requestid", &moment.request_id);
    set_header(&mut response, "x-amzn-errortype", "ForbiddenException");
    set_header(
        &mut response,
        "x-amz-apigw-id",
        &moment.extended_request_id(),
    );
    response
}
