//! What API Gateway sends an authorizer: told apart first, then read, tolerant of null,
//! missing and extra members.

mod field;
mod http;
mod rest_request;
mod rest_token;

use std::fmt;
use std::net::IpAddr;

use serde_json::Value;
use tollgate_engine::path::AdmittedPath;
use tollgate_engine::{Request, Target};
use tollgate_identity::token_source::TokenSource;

use crate::arn::MethodArn;
use crate::credential::Credential;

/// Which kind of event it is, and so how it must be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// REST API, TOKEN authorizer.
    RestToken,
    /// REST API, REQUEST authorizer.
    RestRequest,
    /// HTTP API, payload format 2.0.
    Http,
}

/// An event, read.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// Which kind it is.
    pub kind: Kind,
    /// The method that is called.
    pub arn: MethodArn<'a>,
    /// The path that is judged: that of the ARN, with its leading slash.
    pub path: String,
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

/// Parts of one event that must agree and do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// The event's path is not that of the ARN.
    Path,
    /// The path of the ARN does not fit the event's route template.
    Template,
    /// The event's method is not that of the ARN.
    Method,
    /// A header such as `X-HTTP-Method-Override` asks for another method.
    MethodOverride,
}

impl Contradiction {
    /// What is wrong, in words for a log line.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Path => "the event's path is not that of its ARN",
            Self::Template => "the path of the ARN does not fit the event's route",
            Self::Method => "the event's method is not that of its ARN",
            Self::MethodOverride => "a header asks for another method",
        }
    }
}

/// An event that is none of the known kinds, or lacks what its kind must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventError {
    /// It fits no kind; what it looks like.
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
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(looks) => write!(
                f,
                "this is no authorizer event of a REST API (TOKEN or REQUEST) or of an HTTP API \
                 (payload format 2.0): {looks}"
            ),
            Self::Missing { kind, member } => write!(
                f,
                "this {kind} event has no `{member}`, or not as text: is the function attached \
                 as an authorizer?"
            ),
            Self::Arn(why) => write!(f, "the ARN of the called method cannot be read: {why}"),
        }
    }
}

impl std::error::Error for EventError {}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RestToken => "REST TOKEN",
            Self::RestRequest => "REST REQUEST",
            Self::Http => "HTTP API 2.0",
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
            Kind::Http => http::read(event),
        }
    }

    /// What the client shows for itself in the places where the providers look.
    pub fn credential(&self, sources: &[TokenSource]) -> Credential<'a> {
        match self.kind {
            Kind::RestToken => {
                let value = field::text(self.raw, &["authorizationToken"]);
                Credential::of_value(value.unwrap_or_default(), sources)
            }
            Kind::RestRequest | Kind::Http => Credential::find(&field::Raw(self.raw), sources),
        }
    }

    /// The request as the engine judges it.
    pub fn request(&self, unix_millis: i64) -> Request<'_> {
        Request {
            target: Target::Path {
                method: self.arn.method,
                path: &self.path,
            },
            ip: self.ip,
            unix_millis,
            headers: self.headers.as_deref(),
            query: self.query.as_deref(),
        }
    }
}

impl Kind {
    /// Tells the kinds apart before anything is read, since most events would pass as several.
    fn of(event: &Value) -> Result<Self, EventError> {
        let Some(members) = event.as_object() else {
            return Err(EventError::Unknown("it is not a JSON object"));
        };
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        match (text("type"), text("version")) {
            (Some("TOKEN"), _) => Ok(Self::RestToken),
            (Some("REQUEST"), Some("2.0")) => Ok(Self::Http),
            (Some("REQUEST"), Some("1.0")) => Err(EventError::Unknown(
                "it is payload format 1.0 of an HTTP API: set AuthorizerPayloadFormatVersion to \"2.0\"",
            )),
            (Some("REQUEST"), _) if field::connects(event) => Err(EventError::Unknown(
                "it is the `$connect` event of a WebSocket API, which is not supported",
            )),
            (Some("REQUEST"), _) => Ok(Self::RestRequest),
            (Some(_), _) => Err(EventError::Unknown(
                "its `type` is neither TOKEN nor REQUEST",
            )),
            (None, _) => Err(EventError::Unknown("it has no `type`")),
        }
    }
}

/// Where path and template of an event disagree with the ARN.
///
/// The event's path may have a stage or a custom domain's base path in front, so the ARN's
/// segments must be its last ones. Escapes are decoded on both sides, since it is not documented
/// whether the ARN keeps them.
fn compare(judged: &str, sent: Option<&str>, template: Option<&str>) -> Option<Contradiction> {
    let Ok(judged) = AdmittedPath::admit(judged) else {
        // Denied as malformed whatever the rest of the event says.
        return None;
    };
    if let Some(sent) = sent {
        let Ok(sent) = AdmittedPath::admit(sent) else {
            return Some(Contradiction::Path);
        };
        let prefix = sent.len().checked_sub(judged.len());
        if !prefix.is_some_and(|prefix| sent.segments().skip(prefix).eq(judged.segments())) {
            return Some(Contradiction::Path);
        }
    }
    let fits = template.is_none_or(|template| fits(&judged, template));
    (!fits).then_some(Contradiction::Template)
}

/// Whether a path is one of a route template's: `/users/{id}`, `/{proxy+}`.
fn fits(path: &AdmittedPath<'_>, template: &str) -> bool {
    let mut segments = path.segments();
    for part in template.split('/').filter(|part| !part.is_empty()) {
        let Some(segment) = segments.next() else {
            return false;
        };
        match part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
        {
            Some(name) if name.ends_with('+') => return true,
            Some(_) => {}
            None if part == segment => {}
            None => return false,
        }
    }
    segments.next().is_none()
}
