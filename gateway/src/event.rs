//! What API Gateway sends an authorizer: told apart first, then read, tolerant of null,
//! missing and extra members.

mod appsync;
mod contradiction;
mod field;
mod http_1_0;
mod http_2_0;
mod rest_request;
mod rest_token;
mod websocket;

use std::fmt;
use std::net::IpAddr;

use serde_json::Value;
use tollgate_engine::{EVERY_FIELD, Request, Sees, Target};
use tollgate_identity::token_source::TokenSource;

pub use self::contradiction::Contradiction;
use crate::arn::MethodArn;
use crate::credential::Credential;

/// Which kind of event it is, and so how it must be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// REST API, TOKEN authorizer.
    RestToken,
    /// REST API, REQUEST authorizer.
    RestRequest,
    /// HTTP API, payload format 1.0.
    Http1,
    /// HTTP API, payload format 2.0.
    Http2,
    /// WebSocket API, connect route.
    WebSocket,
    /// AppSync API.
    AppSync,
}

/// What is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called<'a> {
    /// A method on a path.
    Method {
        /// The method's ARN.
        arn: MethodArn<'a>,
        /// The path that is judged: that of the ARN, with its leading slash.
        path: String,
    },
    /// A WebSocket API's connect route.
    Connect(MethodArn<'a>),
    /// Fields of an AppSync API; which ones is not told.
    Fields,
}

/// An event, read.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// Which kind it is.
    pub kind: Kind,
    /// What is judged.
    pub called: Called<'a>,
    /// The caller's address as API Gateway saw it.
    pub ip: Option<IpAddr>,
    /// Headers, names in lower case; `None` where the event carries none.
    pub headers: Option<Vec<(String, String)>>,
    /// Query parameters; `None` where the event carries none.
    pub query: Option<Vec<(String, String)>>,
    /// Where the event contradicts itself, so that two readers could judge it differently.
    pub contradiction: Option<Contradiction>,
    /// The event as it came.
    raw: &'a Value,
}

/// An event that is none of the known kinds, or lacks what its kind must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventError {
    /// It fits no kind; what is missing.
    Unknown(&'static str),
    /// A member is missing or of the wrong type.
    Missing {
        /// The kind it was read as.
        kind: Kind,
        /// The member.
        member: &'static str,
    },
    /// The ARN cannot be taken apart; why.
    Arn(&'static str),
    /// It is of another route of a WebSocket API than `$connect`.
    NotConnect,
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(missing) => write!(
                f,
                "this is no authorizer event of a REST API, an HTTP API, a WebSocket API or an AppSync \
                 API: {missing}"
            ),
            Self::Missing { kind, member } => write!(
                f,
                "this {kind} event has no `{member}`, or not as text: is the function attached \
                 as an authorizer?"
            ),
            Self::Arn(why) => write!(f, "the ARN of the called method cannot be read: {why}"),
            Self::NotConnect => f.write_str(
                "this WebSocket event is not of the route `$connect`: attach the authorizer to \
                 that route alone",
            ),
        }
    }
}

impl std::error::Error for EventError {}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RestToken => "REST TOKEN",
            Self::RestRequest => "REST REQUEST",
            Self::Http1 => "HTTP API 1.0",
            Self::Http2 => "HTTP API 2.0",
            Self::WebSocket => "WebSocket $connect",
            Self::AppSync => "AppSync",
        })
    }
}

impl<'a> Event<'a> {
    /// Reads an event.
    ///
    /// # Errors
    /// [`EventError`]: it fits no kind, or lacks what its kind must have.
    pub fn read(event: &'a Value) -> Result<Self, EventError> {
        match Kind::of(event)? {
            Kind::RestToken => rest_token::read(event),
            Kind::RestRequest => rest_request::read(event),
            Kind::Http1 => http_1_0::read(event),
            Kind::Http2 => http_2_0::read(event),
            Kind::WebSocket => websocket::read(event),
            Kind::AppSync => appsync::read(event),
        }
    }

    /// What the client shows for itself in the places where the providers look.
    pub fn credential(&self, sources: &[TokenSource]) -> Credential<'a> {
        match self.kind {
            Kind::RestToken => {
                let value = field::text(self.raw, &["authorizationToken"]);
                Credential::of_value(value.unwrap_or_default(), sources)
            }
            Kind::AppSync => {
                let value = field::text(self.raw, &[appsync::TOKEN]);
                Credential::of_raw(value.unwrap_or_default(), sources)
            }
            Kind::RestRequest | Kind::Http1 | Kind::Http2 | Kind::WebSocket => {
                Credential::find(&field::Raw(self.raw), sources)
            }
        }
    }

    /// The ARN of what is called; AppSync gives none.
    pub fn arn(&self) -> Option<&MethodArn<'a>> {
        match &self.called {
            Called::Method { arn, .. } | Called::Connect(arn) => Some(arn),
            Called::Fields => None,
        }
    }

    /// The request as the engine judges it; of an AppSync API, what every field must meet.
    pub fn request(&self, unix_millis: i64) -> Request<'_> {
        let target = match &self.called {
            Called::Method { arn, path } => Target::Path {
                method: arn.method,
                path,
            },
            Called::Connect(_) => Target::Connect,
            Called::Fields => Target::Field(EVERY_FIELD),
        };
        self.request_for(target, unix_millis)
    }

    /// The same for a field of an AppSync API, as `Type.name`.
    pub fn request_of_field<'r>(&'r self, name: &'r str, unix_millis: i64) -> Request<'r> {
        self.request_for(Target::Field(name), unix_millis)
    }

    fn request_for<'r>(&'r self, target: Target<'r>, unix_millis: i64) -> Request<'r> {
        Request {
            target,
            ip: self.ip,
            unix_millis,
            headers: self.headers.as_deref(),
            query: self.query.as_deref(),
        }
    }
}

impl Kind {
    /// What its events tell beside method, path and token.
    pub fn sees(self) -> Sees {
        match self {
            Self::RestToken => Sees::NOTHING,
            _ => Sees::ALL,
        }
    }

    /// Tells the kinds apart before anything is read, since most events would pass as several.
    fn of(event: &Value) -> Result<Self, EventError> {
        let Some(members) = event.as_object() else {
            return Err(EventError::Unknown("it is not a JSON object"));
        };
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let asks = field::text(event, &["requestContext", "queryString"]).is_some();
        let untyped = members.get("type").is_none_or(Value::is_null);
        match (text("type"), text("version")) {
            (None, _) if asks && untyped => Ok(Self::AppSync),
            (Some("TOKEN"), _) => Ok(Self::RestToken),
            (Some("REQUEST"), Some("2.0")) => Ok(Self::Http2),
            (Some("REQUEST"), Some("1.0")) => Ok(Self::Http1),
            // Any other `version` is none of API Gateway's making.
            (Some("REQUEST"), _) if field::is_websocket(event) => Ok(Self::WebSocket),
            (Some("REQUEST"), _) => Ok(Self::RestRequest),
            (Some(_), _) => Err(EventError::Unknown(
                "its `type` is neither TOKEN nor REQUEST",
            )),
            (None, _) => Err(EventError::Unknown(
                "it has neither a `type` nor, as AppSync's has, a `requestContext.queryString`",
            )),
        }
    }
}
