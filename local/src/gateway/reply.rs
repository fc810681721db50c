//! What the gateway answers by itself: gateway responses as `template.yaml` sets them, and API
//! Gateway's own for the rest.

use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::clock::Moment;
use super::verdict::{Context, Verdict};
use crate::server::{ResponseBody, full};

/// A status, its body, and the type API Gateway names in `x-amzn-ErrorType`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// `None` on answers that are no errors.
    pub error_type: Option<&'static str>,
    /// The body.
    pub body: Value,
}

/// What a client is told when the failure is on this side (`template.yaml`).
const TRY_AGAIN: &str = "the request could not be answered; try again";

impl Reply {
    fn error(status: u16, error_type: &'static str, message: &str) -> Self {
        Self {
            status,
            error_type: Some(error_type),
            body: json!({ "message": message }),
        }
    }

    /// The answer to a request the authorizer did not let in; `None` if it did.
    pub fn refusal(verdict: &Verdict) -> Option<Self> {
        match verdict {
            Verdict::Allow { .. } => None,
            Verdict::Deny { context, .. } => Some(Self::access_denied(context)),
            Verdict::Unauthorized => Some(Self::unauthorized()),
            Verdict::Failed(_) => Some(Self::authorizer("AuthorizerFailureException")),
            Verdict::Malformed(_) => Some(Self::authorizer("AuthorizerConfigurationException")),
        }
    }

    fn unauthorized() -> Self {
        let body = json!({ "message": "sign in to call this", "reason": "login_required" });
        Self {
            status: 401,
            error_type: Some("UnauthorizedException"),
            body,
        }
    }

    fn access_denied(context: &Context) -> Self {
        let of = |key: &str| context.get(key).map(String::as_str).unwrap_or_default();
        let body = json!({
            "message": "you may not call this",
            "reason": of("reason"),
            "required": of("required"),
            "hint": of("hint"),
            "decision": of("decision"),
        });
        Self {
            status: 403,
            error_type: Some("AccessDeniedException"),
            body,
        }
    }

    fn authorizer(error_type: &'static str) -> Self {
        Self::error(500, error_type, "access could not be checked; try again")
    }

    pub(super) fn bad_request() -> Self {
        Self::error(400, "BadRequestException", "Bad Request")
    }

    /// A method the API does not have: its `ANY` is the seven of [`METHODS`](super::METHODS).
    pub(super) fn no_such_method() -> Self {
        Self::error(
            403,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        )
    }

    pub(super) fn body_too_large() -> Self {
        Self::error(413, "RequestTooLargeException", "Request Too Long")
    }

    pub(super) fn body_too_slow() -> Self {
        Self::error(408, "RequestTimeoutException", "Request Timeout")
    }

    pub(super) fn target_too_long() -> Self {
        Self::error(414, "RequestUriTooLongException", "Request-URI Too Long")
    }

    pub(super) fn headers_too_large() -> Self {
        Self::error(
            431,
            "RequestHeaderFieldsTooLargeException",
            "Request Header Fields Too Large",
        )
    }

    pub(super) fn backend_failed() -> Self {
        Self::error(502, "InternalServerErrorException", TRY_AGAIN)
    }

    pub(super) fn backend_too_slow() -> Self {
        Self::error(504, "EndpointRequestTimedOutException", TRY_AGAIN)
    }

    pub(super) fn preflight() -> Self {
        Self {
            status: 200,
            error_type: None,
            body: json!({}),
        }
    }

    pub(super) fn response(&self, moment: &Moment) -> Response<ResponseBody> {
        let mut response = Response::new(full(self.body.to_string()));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(id) = HeaderValue::from_str(&moment.request_id) {
            headers.insert(HeaderName::from_static("x-amzn-requestid"), id);
        }
        let mut set = |name, value| {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        // A web page reads refusals too.
        set("access-control-allow-origin", "*");
        if let Some(error_type) = self.error_type {
            set("x-amzn-errortype", error_type);
        } else {
            set("access-control-allow-headers", "Authorization,Content-Type");
            set(
                "access-control-allow-methods",
                "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT",
            );
            set("access-control-max-age", "600");
        }
        if self.status == 401 {
            set("www-authenticate", "Bearer");
        }
        response
    }
}
