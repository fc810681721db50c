//! What becomes of a request: admission, route, the authorizer's decision, then the backend or the
//! gateway's own reply.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Response;
use hyper::header::{CONNECTION, HeaderValue};

use super::api::{Api, Guardian};
use super::backend::BackendError;
use super::called::Called;
use super::clock::Moment;
use super::decision::{self, Decision};
use super::event;
use super::kept::Cache;
use super::log::{Outcome, RequestRecord};
use super::reply::{self, Cause, Reply};
use super::verdict::Principal;
use super::{GatewayOptions, MAX_BODY, admission, cors};
use crate::body::{self, BodyError};
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
}

/// An answer to send, and what the log says of it.
struct Handled {
    response: Response<ResponseBody>,
    outcome: Outcome,
    cached: bool,
    reason: String,
}

impl Handler for Stage {
    async fn handle(self: Arc<Self>, arrival: Arrival) -> Result<Response<ResponseBody>, Abort> {
        let begun = Instant::now();
        let moment = (self.options.clock)();
        let head = arrival.head.clone().unwrap_or_default();
        // After a chunked body the next head's place is unknown, so there is no next one.
        let close = head.method.is_empty()
            || head
                .headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding"));
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
    pub(super) fn new(api: Api, options: Arc<GatewayOptions>) -> Self {
        Self {
            api,
            options,
            kept: Cache::default(),
        }
    }

    async fn answer(&self, arrival: Arrival, moment: &Moment) -> Handled {
        let request = match admission::admit(arrival.head, arrival.peer, arrival.port) {
            Ok(request) => request,
            Err((cause, why)) => return self.refused(cause, None, moment, why),
        };
        let called = Called::of(&self.api, &request, moment);
        // API Gateway has the whole request before it asks anybody.
        let body = match body::read(arrival.body, MAX_BODY, BODY_TIME).await {
            Ok(body) => body,
            Err(error) => {
                let (cause, why) = of_body(error);
                return self.refused(cause, Some(&called), moment, why);
            }
        };
        if let Some(response) = cors::preflight(&called) {
            return Handled::of(response, Outcome::Preflight);
        }
        let Some(route) = called.route else {
            let why = "the API has no such route";
            return self.refused(Cause::NoSuchRoute, Some(&called), moment, why);
        };
        match self.api.guardian(route) {
            Guardian::None => {
                let open = (Outcome::Open, String::new());
                self.forwarded(&called, None, &body, open).await
            }
            Guardian::Function(_) if called.arn().len() > MAX_ARN => {
                let why = "the method ARN is longer than 1600 bytes";
                self.refused(Cause::TargetTooLong, Some(&called), moment, why)
            }
            Guardian::Function(authorizer) => {
                let decision = self.decide(authorizer, &called).await;
                self.obeyed(&decision, &called, &body).await
            }
            Guardian::Aws(by) => {
                let why = format!("the route is guarded by `{by}`, which only AWS has");
                self.refused(Cause::NotSigned, Some(&called), moment, &why)
            }
        }
    }

    /// What the authorizer's decision leads to.
    async fn obeyed(&self, decision: &Decision, called: &Called<'_>, body: &[u8]) -> Handled {
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
        body: &[u8],
        (outcome, reason): (Outcome, String),
    ) -> Handled {
        // A preflight request of a REST API is answered by a mock in the backend's place.
        if called.route.is_some_and(|route| route.preflight) {
            return Handled::of(reply::preflight(called), Outcome::Preflight);
        }
        let event = event::proxy_event(called, principal, body);
        let (cause, why) = match self
            .options
            .backend
            .call(event, self.options.timeouts.backend)
            .await
        {
            Ok(mut response) => {
                if let Some(cors) = called.api.cors().filter(|_| called.api.is_http()) {
                    cors::add(cors, called.request, &mut response);
                }
                return Handled {
                    reason,
                    ..Handled::of(response, outcome)
                };
            }
            Err(BackendError::TooSlow) => (Cause::BackendTooSlow, "no answer in time".to_owned()),
            Err(BackendError::Failed(why)) => {
                (Cause::BackendFailed, decision::without_token(&why, called))
            }
        };
        Handled {
            reason: why,
            ..Handled::of(
                self.reply(cause, Some(called), called.moment, principal),
                Outcome::BackendFailed,
            )
        }
    }

    /// The reply to a request that nobody is asked about.
    fn refused(
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

    fn reply(
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
    fn of(response: Response<ResponseBody>, outcome: Outcome) -> Self {
        Self {
            response,
            outcome,
            cached: false,
            reason: String::new(),
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
