//! What becomes of a request: admission, route, the authorizer's decision, then the backend or the
//! gateway's own reply.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Response;
use hyper::header::{CONNECTION, HeaderValue};

use super::api::{Api, Guardian};
use super::backend::{Admitted, BackendError};
use super::called::Called;
use super::clock::Moment;
use super::decision::{self, Decision};
use super::kept::Cache;
use super::log::{Outcome, RequestRecord};
use super::reply::{self, Cause, Reply};
use super::verdict::Principal;
use super::websocket::Connections;
use super::{GatewayOptions, MAX_BODY, admission, cors};
use crate::body::{self, BodyError, RequestBody};
use crate::server::{Abort, Arrival, Handler, ResponseBody};

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
}

/// An answer to send, and what the log says of it.
pub(super) struct Handled {
    pub response: Response<ResponseBody>,
    pub outcome: Outcome,
    pub cached: bool,
    pub reason: String,
}

impl Handler for Stage {
    async fn handle(self: Arc<Self>, arrival: Arrival) -> Result<Response<ResponseBody>, Abort> {
        let begun = Instant::now();
        let moment = (self.options.clock)();
        let head = arrival.head.clone().unwrap_or_default();
        // Where the next head would begin is not known either.
        let close = arrival.head.is_none();
        let mut handled = self.answer(arrival, &moment).await;
        if close {
            handled
                .response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
        (self.options.log)(&RequestRecord {
            method: head.method,
            path: head.target.split('?').next().unwrap_or_default().to_owned(),
            status: handled.response.status().as_u16(),
            outcome: handled.outcome,
            cached: handled.cached,
            reason: handled.reason,
            elapsed: begun.elapsed(),
        });
        Ok(handled.response)
    }
}

impl Stage {
    pub(super) fn new(
        api: Api,
        options: Arc<GatewayOptions>,
        connections: Arc<Connections>,
    ) -> Self {
        Self {
            api,
            options,
            kept: Cache::default(),
            connections,
        }
    }

    async fn answer(&self, arrival: Arrival, moment: &Moment) -> Handled {
        let request = match admission::admit(arrival.head, arrival.peer, arrival.port) {
            Ok(request) => request,
            Err((cause, why)) => return self.refused(cause, None, moment, why),
        };
        let called = Called::of(&self.api, &request, moment);
        let body = if self.options.backend.takes_streams() {
            RequestBody::coming(arrival.body, MAX_BODY).await
        } else {
            // API Gateway has the whole request before it asks anybody.
            let read = body::read(arrival.body, MAX_BODY, BODY_TIME).await;
            read.map(RequestBody::Whole)
        };
        let mut body = match body {
            Ok(body) => body,
            Err(error) => {
                let (cause, why) = of_body(error);
                return self.refused(cause, Some(&called), moment, why);
            }
        };
        let handled = self.judged(&called, &mut body).await;
        body.discard().await;
        handled
    }

    /// What becomes of a request to an API; the backend takes its body.
    async fn judged(&self, called: &Called<'_>, body: &mut RequestBody) -> Handled {
        let moment = called.moment;
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
                let decision = self.decide(authorizer, called).await;
                self.obeyed(&decision, called, body).await
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
        let Decision { verdict, cached } = decision;
        let (outcome, reason) = decision::told(verdict, called);
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
        let (cause, why) = match self.options.backend.call(admitted, limit).await {
            Ok(mut response) => {
                if let Some(cors) = called.api.cors().filter(|_| called.api.is_http()) {
                    cors::add(cors, called.request, &mut response);
                }
                reply::identify(called.api, called.moment, &mut response);
                return Handled {
                    reason,
                    ..Handled::of(response, outcome)
                };
            }
            Err(error) => of_backend(error),
        };
        Handled {
            reason: decision::without_token(&why, called),
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
        }
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
