//! What becomes of a request: admission, route, the authorizer's decision, then the backend or the
//! gateway's own reply.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Collected};
use hyper::Response;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};

use super::api::{Api, Guardian};
use super::backend::{Admitted, BackendError};
use super::called::Called;
use super::clock::Moment;
use super::decision::{self, Decision};
use super::exchange::{Exchange, Notes, SecretNames};
use super::kept::Cache;
use super::log::Outcome;
use super::reply::{self, Cause, Reply};
use super::verdict::{Principal, Verdict};
use super::websocket::Connections;
use super::{GatewayOptions, MAX_BODY, admission, cors};
use crate::body::{self, BodyError, RequestBody};
use crate::server::{Abort, Arrival, Handler, ResponseBody, full};
use crate::template::api::Route;
use crate::wire::RequestHead;

/// Longest method ARN where authorization is on, in bytes (API Gateway's quota).
const MAX_ARN: usize = 1_600;
/// How long a client may take to send a body.
const BODY_TIME: Duration = Duration::from_secs(30);

/// A stage of an API that is served.
pub(super) struct Stage {
    pub api: Api,
    /// Of the gateway, which all its stages share.
    pub options: Arc<GatewayOptions>,
    pub kept: Cache,
    pub connections: Arc<Connections>,
    pub secrets: Arc<SecretNames>,
}

/// An answer to send, and what the log says of it.
pub(super) struct Handled {
    pub response: Response<ResponseBody>,
    pub outcome: Outcome,
    pub cached: bool,
    pub reason: String,
    pub notes: Notes,
}

impl Handler for Stage {
    async fn handle(self: Arc<Self>, arrival: Arrival) -> Result<Response<ResponseBody>, Abort> {
        let moment = (self.options.clock)();
        let Arrival {
            head,
            body,
            peer,
            port,
            ..
        } = arrival;
        // Where the next head would begin is not known either.
        let close = head.is_none();
        let body = self.body(body);
        let (_, mut response) = self.exchange(head, (peer, port), body, &moment).await;
        if close {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        Ok(response)
    }
}

impl Stage {
    pub(super) fn new(
        api: Api,
        options: Arc<GatewayOptions>,
        connections: Arc<Connections>,
    ) -> Self {
        let secrets = SecretNames::new(api.identity_sources(), &options.token_places);
        Self {
            api,
            options,
            kept: Cache::default(),
            connections,
            secrets: Arc::new(secrets),
        }
    }

    /// The body of a request: a server takes it as it comes, and a function within an event.
    async fn body(&self, body: Incoming) -> Result<RequestBody, BodyError> {
        if self.options.backend.takes_streams() {
            RequestBody::coming(body, MAX_BODY).await
        } else {
            // API Gateway has the whole request before it asks anybody.
            let read = body::read(body, MAX_BODY, BODY_TIME).await;
            read.map(RequestBody::Whole)
        }
    }

    /// What becomes of a request, told to the log.
    pub(super) async fn exchange(
        &self,
        head: Option<RequestHead>,
        from: (SocketAddr, u16),
        body: impl Future<Output = Result<RequestBody, BodyError>>,
        moment: &Moment,
    ) -> (Arc<Exchange>, Response<ResponseBody>) {
        let begun = Instant::now();
        let line = head.as_ref().map(|head| {
            let path = head.target.split('?').next().unwrap_or_default();
            (head.method.clone(), path.to_owned())
        });
        let handled = self.answer(head, from, body, moment).await;
        self.tell(line.unwrap_or_default(), handled, moment, begun)
            .await
    }

    /// An exchange with this stage, of which nothing is known yet.
    pub(super) fn begin(&self, moment: &Moment) -> Exchange {
        Exchange::begin(self.api.name(), moment, &self.secrets)
    }

    /// Tells the log what became of a request with this method and path.
    pub(super) async fn tell(
        &self,
        (method, path): (String, String),
        handled: Handled,
        moment: &Moment,
        begun: Instant,
    ) -> (Arc<Exchange>, Response<ResponseBody>) {
        // Whoever wrote them might quote the token.
        let masks = self.secrets.masks(handled.notes.request.as_ref());
        let mut exchange = Exchange {
            method,
            path: masks.text(&path),
            reason: masks.text(&handled.reason),
            ..self.begin(moment)
        };
        let mut response = handled.response;
        if !handled.outcome.is_the_backends() {
            let (parts, body) = response.into_parts();
            // It is all there already, and cannot fail.
            let body = body.collect().await.map(Collected::to_bytes);
            let body = body.unwrap_or_default();
            exchange.body = Some(body.clone());
            response = Response::from_parts(parts, full(body));
        }
        exchange.status = response.status().as_u16();
        exchange.headers.clone_from(response.headers());
        exchange.outcome = handled.outcome;
        exchange.cached = handled.cached;
        exchange.notes = handled.notes;
        exchange.elapsed = begun.elapsed();
        let exchange = Arc::new(exchange);
        (self.options.log)(&exchange);
        (exchange, response)
    }

    async fn answer(
        &self,
        head: Option<RequestHead>,
        (peer, port): (SocketAddr, u16),
        body: impl Future<Output = Result<RequestBody, BodyError>>,
        moment: &Moment,
    ) -> Handled {
        let begun = Instant::now();
        let request = match admission::admit(head, peer, port) {
            Ok(request) => request,
            Err((cause, why)) => return self.refused(cause, None, moment, why),
        };
        let called = Called::of(&self.api, &request, moment);
        let mut body = match body.await {
            Ok(body) => body,
            Err(error) => {
                let (cause, why) = of_body(error);
                return self.refused(cause, Some(&called), moment, why);
            }
        };
        let admission = begun.elapsed();
        let mut handled = self.judged(&called, &mut body).await;
        body.discard().await;
        handled.notes.route = called.route.map(Route::shown);
        handled.notes.times.admission = admission;
        handled.notes.request = Some(request);
        handled
    }

    /// What becomes of a request to an API; the backend takes its body.
    async fn judged(&self, called: &Called<'_>, body: &mut RequestBody) -> Handled {
        let moment = called.moment;
        if self.api.is_websocket() {
            let why = "a connection of a WebSocket API is opened by a client, over a socket";
            return self.refused(Cause::NotUpgraded, Some(called), moment, why);
        }
        if let Some(response) = cors::preflight(called) {
            return Handled::of(response, Outcome::Preflight);
        }
        let Some(route) = called.route else {
            let why = "the API has no such route";
            return self.refused(Cause::NoSuchRoute, Some(called), moment, why);
        };
        match self.api.guardian(route) {
            Guardian::None => {
                let open = (Outcome::Open, String::new());
                self.forwarded(called, None, body, open).await
            }
            Guardian::Function(_) if called.arn().len() > MAX_ARN => {
                let why = "the method ARN is longer than 1600 bytes";
                self.refused(Cause::TargetTooLong, Some(called), moment, why)
            }
            Guardian::Function(authorizer) => {
                let mut decision = self.decide(authorizer, called).await;
                let notes = std::mem::take(&mut decision.notes);
                let handled = self.obeyed(&decision, called, body).await;
                handled.decided(notes, &authorizer.name, decision.verdict)
            }
            Guardian::Aws(by) => {
                let why = format!("the route is guarded by `{by}`, which only AWS has");
                self.refused(Cause::NotSigned, Some(called), moment, &why)
            }
        }
    }

    /// What the authorizer's decision leads to.
    async fn obeyed(
        &self,
        decision: &Decision,
        called: &Called<'_>,
        body: &mut RequestBody,
    ) -> Handled {
        let Decision {
            verdict, cached, ..
        } = decision;
        let (outcome, reason) = decision::told(verdict);
        let principal = verdict.principal();
        let handled = match Cause::of(verdict) {
            None => {
                self.forwarded(called, principal, body, (outcome, reason))
                    .await
            }
            Some(cause) => Handled {
                reason,
                ..Handled::of(
                    self.reply(cause, Some(called), called.moment, principal),
                    outcome,
                )
            },
        };
        Handled {
            cached: *cached,
            ..handled
        }
    }

    /// The backend's answer to a request that was let in.
    async fn forwarded(
        &self,
        called: &Called<'_>,
        principal: Option<Principal<'_>>,
        body: &mut RequestBody,
        (outcome, reason): (Outcome, String),
    ) -> Handled {
        // A preflight request of a REST API is answered by a mock in the backend's place.
        if called.route.is_some_and(|route| route.preflight) {
            return Handled::of(reply::preflight(called), Outcome::Preflight);
        }
        let admitted = Admitted {
            called,
            principal,
            body: std::mem::take(body),
        };
        let limit = self.options.timeouts.of_backend(&self.api);
        let begun = Instant::now();
        let answer = self.options.backend.call(admitted, limit).await;
        let mut notes = Notes::default();
        notes.times.backend = begun.elapsed();
        let (cause, why) = match answer {
            Ok(mut response) => {
                if let Some(cors) = called.api.cors().filter(|_| called.api.is_http()) {
                    cors::add(cors, called.request, &mut response);
                }
                reply::identify(called.api, called.moment, &mut response);
                return Handled {
                    reason,
                    notes,
                    ..Handled::of(response, outcome)
                };
            }
            Err(error) => of_backend(error),
        };
        Handled {
            reason: why,
            notes,
            ..Handled::of(
                self.reply(cause, Some(called), called.moment, principal),
                Outcome::BackendFailed,
            )
        }
    }

    /// The reply to a request that nobody is asked about.
    pub(super) fn refused(
        &self,
        cause: Cause,
        called: Option<&Called<'_>>,
        moment: &Moment,
        why: &str,
    ) -> Handled {
        Handled {
            reason: why.to_owned(),
            ..Handled::of(self.reply(cause, called, moment, None), Outcome::Refused)
        }
    }

    pub(super) fn reply(
        &self,
        cause: Cause,
        called: Option<&Called<'_>>,
        moment: &Moment,
        principal: Option<Principal<'_>>,
    ) -> Response<ResponseBody> {
        let api = &self.api;
        let reply = Reply {
            api,
            called,
            moment,
            principal,
            cause,
        };
        reply.response()
    }
}

impl Handled {
    /// Without a reason.
    pub(super) fn of(response: Response<ResponseBody>, outcome: Outcome) -> Self {
        Self {
            response,
            outcome,
            cached: false,
            reason: String::new(),
            notes: Notes::default(),
        }
    }

    /// With what the authorizer said before.
    fn decided(self, notes: Notes, authorizer: &str, verdict: Verdict) -> Self {
        let backend = self.notes.times.backend;
        let mut notes = Notes {
            authorizer: Some(authorizer.to_owned()),
            verdict: Some(verdict),
            ..notes
        };
        notes.times.backend = backend;
        Self { notes, ..self }
    }
}

pub(super) fn of_backend(error: BackendError) -> (Cause, String) {
    match error {
        BackendError::TooSlow => (Cause::BackendTooSlow, "no answer in time".to_owned()),
        BackendError::Unreachable(why) => (Cause::BackendUnreachable, why),
        BackendError::Failed(why) => (Cause::BackendFailed, why),
        BackendError::Body(error) => {
            let (cause, why) = of_body(error);
            (cause, why.to_owned())
        }
    }
}

fn of_body(error: BodyError) -> (Cause, &'static str) {
    match error {
        BodyError::TooLarge => (Cause::BodyTooLarge, "the body is larger than 10 MB"),
        BodyError::Slow => (Cause::BodyTooSlow, "the body did not arrive in time"),
        BodyError::Broken => (Cause::BadRequest, "the body broke off"),
    }
}
