//! API Gateway on your machine: one stage of a REST API, with a REQUEST authorizer on every route.
//!
//! For each request: the authorizer's event, its answer judged as AWS judges it, then the backend or a
//! gateway response. Answers are never cached, as `template.yaml` has it (`ReauthorizeEvery: 0`).

pub mod event;
pub mod reply;
pub mod verdict;

mod admission;
mod backend;
pub(crate) mod clock;
mod log;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Response;
use hyper::header::{CONNECTION, HeaderValue};

pub use backend::Backend;
pub use clock::Moment;
pub use log::{Log, Outcome, RequestRecord};

use self::backend::BackendError;
use self::event::Request;
use self::reply::Reply;
use self::verdict::{Context, Verdict};
use crate::authorizer::{AuthorizerFunction, FunctionError};
use crate::body::{self, BodyError};
use crate::iam::Call;
use crate::place::Place;
use crate::server::{Abort, Arrival, Handler, PortError, ResponseBody, Server};

/// The methods `ANY` stands for in API Gateway.
pub const METHODS: &[&str] = &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
/// Largest request body, in bytes (API Gateway's quota).
pub const MAX_BODY: usize = 10 * 1024 * 1024;
/// How long a client may take to send a body.
const BODY_TIME: Duration = Duration::from_secs(30);

/// How long the gateway waits for functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For the authorizer: 10 s in API Gateway.
    pub authorizer: Duration,
    /// For the backend: 29 s in API Gateway.
    pub backend: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            authorizer: Duration::from_secs(10),
            backend: Duration::from_secs(29),
        }
    }
}

/// What a gateway starts with.
pub struct GatewayOptions {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Who decides.
    pub authorizer: AuthorizerFunction,
    /// Who answers.
    pub backend: Backend,
    /// Who is told of each request.
    pub log: Log,
    /// How long functions may take.
    pub timeouts: Timeouts,
}

impl GatewayOptions {
    /// In front of the sample API, on a free port, with API Gateway's timeouts and no log.
    pub fn new(authorizer: AuthorizerFunction) -> Self {
        Self {
            port: 0,
            authorizer,
            backend: Backend::sample_api(),
            log: Arc::new(|_| {}),
            timeouts: Timeouts::default(),
        }
    }
}

/// A running gateway; dropping it closes its port.
pub struct Gateway {
    server: Server,
    stage: Arc<Stage>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Gateway({}, {:?})",
            self.address(),
            self.stage.authorizer
        )
    }
}

impl Gateway {
    /// Starts to listen on 127.0.0.1.
    ///
    /// # Errors
    /// When the port can't be had.
    pub async fn start(options: GatewayOptions) -> Result<Self, PortError> {
        let GatewayOptions {
            port,
            authorizer,
            backend,
            log,
            timeouts,
        } = options;
        let stage = Arc::new(Stage {
            authorizer,
            backend,
            log,
            timeouts,
        });
        let server = Server::start(port, "gateway", "--port", Arc::clone(&stage)).await?;
        Ok(Self { server, stage })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// `http://127.0.0.1:3000`
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// What the authorizer says to a request with a token in a place, without calling the backend and
    /// without a log line.
    pub async fn preview(
        &self,
        method: &str,
        path: &str,
        token: Option<(&Place, &str)>,
    ) -> Verdict {
        let address = self.address();
        let mut headers = vec![("Host".to_owned(), address.to_string())];
        let header = token.and_then(|(place, token)| place.header(token));
        headers.extend(header.map(|(name, value)| (name.to_owned(), value)));
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: token.and_then(|(place, token)| place.query(token)),
            protocol: "HTTP/1.1".to_owned(),
            headers,
            source_ip: address.ip(),
            port: address.port(),
        };
        self.stage.ask(&request, &Moment::now()).await
    }

    /// Closes the port; requests in flight have a second to end.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

struct Stage {
    authorizer: AuthorizerFunction,
    backend: Backend,
    log: Log,
    timeouts: Timeouts,
}

/// An answer to send, and what the log says of it.
struct Handled {
    response: Response<ResponseBody>,
    outcome: Outcome,
    reason: String,
}

impl Handler for Stage {
    async fn handle(self: Arc<Self>, arrival: Arrival) -> Result<Response<ResponseBody>, Abort> {
        let begun = Instant::now();
        let moment = Moment::now();
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
        (self.log)(&RequestRecord {
            method: head.method,
            path: head.target.split('?').next().unwrap_or_default().to_owned(),
            status: handled.response.status().as_u16(),
            outcome: handled.outcome,
            reason: handled.reason,
            elapsed: begun.elapsed(),
        });
        Ok(handled.response)
    }
}

impl Stage {
    async fn answer(&self, arrival: Arrival, moment: &Moment) -> Handled {
        let own = |reply: &Reply, outcome, reason: &str| Handled {
            response: reply.response(moment),
            outcome,
            reason: reason.to_owned(),
        };
        let request = match admission::admit(arrival.head, arrival.peer, arrival.port) {
            Ok(request) => request,
            Err((reply, why)) => return own(&reply, Outcome::Refused, why),
        };
        // API Gateway has the whole request before it asks anybody.
        let body = match body::read(arrival.body, MAX_BODY, BODY_TIME).await {
            Ok(body) => body,
            Err(BodyError::TooLarge) => {
                return own(
                    &Reply::body_too_large(),
                    Outcome::Refused,
                    "the body is larger than 10 MB",
                );
            }
            Err(BodyError::Slow) => {
                return own(
                    &Reply::body_too_slow(),
                    Outcome::Refused,
                    "the body did not arrive in time",
                );
            }
            Err(BodyError::Broken) => {
                return own(
                    &Reply::bad_request(),
                    Outcome::Refused,
                    "the body broke off",
                );
            }
        };
        if request.method == "OPTIONS" {
            return own(&Reply::preflight(), Outcome::Preflight, "");
        }
        let verdict = self.ask(&request, moment).await;
        if let Some(reply) = Reply::refusal(&verdict) {
            let (outcome, reason) = told(&verdict, &request);
            return own(&reply, outcome, &reason);
        }
        let Verdict::Allow { principal, context } = verdict else {
            return own(&Reply::backend_failed(), Outcome::AuthorizerFailed, "");
        };
        let event = event::proxy_event(&request, moment, &principal, &context, &body);
        match self.backend.call(event, self.timeouts.backend).await {
            Ok(response) => Handled {
                response,
                outcome: Outcome::Allowed,
                reason: reason_of(&context),
            },
            Err(BackendError::TooSlow) => own(
                &Reply::backend_too_slow(),
                Outcome::BackendFailed,
                "no answer in time",
            ),
            Err(BackendError::Failed(why)) => own(
                &Reply::backend_failed(),
                Outcome::BackendFailed,
                &without_token(&why, &request),
            ),
        }
    }

    async fn ask(&self, request: &Request, moment: &Moment) -> Verdict {
        let event = event::authorizer_event(request, moment);
        let limit = self.timeouts.authorizer;
        let outcome = tokio::time::timeout(limit, self.authorizer.invoke(event))
            .await
            .unwrap_or_else(|_| {
                Err(FunctionError::new(
                    "Timeout",
                    format!(
                        "the authorizer gave no answer within {} s",
                        limit.as_secs_f64()
                    ),
                ))
            });
        let call = Call {
            arn: &request.method_arn(),
            unix_millis: i64::try_from(moment.epoch_ms).unwrap_or(i64::MAX),
            ip: Some(request.source_ip),
        };
        verdict::read(outcome, &call)
    }
}

/// What the log says of a request that was not let in.
fn told(verdict: &Verdict, request: &Request) -> (Outcome, String) {
    match verdict {
        Verdict::Allow { context, .. } => (Outcome::Allowed, reason_of(context)),
        Verdict::Deny { explicit, context } => {
            let reason = reason_of(context);
            let reason = if *explicit {
                reason
            } else {
                format!("{reason} (no statement matches)")
            };
            (Outcome::Denied, reason)
        }
        Verdict::Unauthorized => (Outcome::Unauthorized, "login_required".to_owned()),
        Verdict::Failed(why) | Verdict::Malformed(why) => {
            (Outcome::AuthorizerFailed, without_token(why, request))
        }
    }
}

fn reason_of(context: &Context) -> String {
    let of = |key: &str| context.get(key).map(String::as_str).unwrap_or_default();
    match (of("reason"), of("required")) {
        (reason, "") => reason.to_owned(),
        (reason, required) => format!("{reason}, needs {required}"),
    }
}

/// A text somebody else wrote, which might quote the token.
fn without_token(text: &str, request: &Request) -> String {
    let authorization = request.header("authorization").unwrap_or_default();
    let token = authorization.rsplit(' ').next().unwrap_or_default();
    if token.is_empty() {
        text.to_owned()
    } else {
        text.replace(token, "***")
    }
}
