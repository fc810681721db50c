//! Why the gateway answers by itself, and what API Gateway says then where no template says otherwise
//! ("Gateway response types", API Gateway Developer Guide).

use serde_json::json;

use crate::gateway::verdict::Verdict;

/// The type that stands for every other one below 500.
pub(super) const DEFAULT_4XX: &str = "DEFAULT_4XX";
/// The same from 500 on.
pub(super) const DEFAULT_5XX: &str = "DEFAULT_5XX";

/// Why the gateway answers by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) enum Cause {
    BadRequest,
    TargetTooLong,
    HeadersTooLarge,
    BodyTooLarge,
    BodyTooSlow,
    NoSuchRoute,
    /// A WebSocket API was called by other means than a handshake of version 13.
    NotUpgraded,
    /// As many connections with WebSocket APIs as there may be.
    TooManyConnections,
    /// Nobody is known by what the request shows.
    Unauthorized,
    /// A `Deny` matches.
    ExplicitlyDenied,
    /// No `Allow` does.
    ImplicitlyDenied,
    /// The route is guarded by what only AWS has, such as signatures.
    NotSigned,
    AuthorizerFailed,
    AuthorizerMalformed,
    BackendFailed,
    BackendTooSlow,
    /// There is no connection to it.
    BackendUnreachable,
}

/// What a REST API says.
pub(in crate::gateway) struct RestReply {
    /// The type of its gateway response.
    pub kind: &'static str,
    pub status: u16,
    /// `x-amzn-ErrorType`
    pub error_type: &'static str,
    /// `$context.error.message`; `None` where API Gateway says `null`.
    pub message: Option<&'static str>,
}

impl RestReply {
    /// The body without a gateway response. Recorded on AWS: a denial's key starts with a capital.
    pub(super) fn body(&self) -> String {
        let key = if self.kind == "ACCESS_DENIED" {
            "Message"
        } else {
            "message"
        };
        json!({ key: self.message }).to_string()
    }
}

const UNSIGNED: RestReply = RestReply {
    kind: "MISSING_AUTHENTICATION_TOKEN",
    status: 403,
    error_type: "MissingAuthenticationTokenException",
    message: Some("Missing Authentication Token"),
};

impl Cause {
    /// Why a request is not let in; `None` if it is.
    pub(in crate::gateway) fn of(verdict: &Verdict) -> Option<Self> {
        Some(match verdict {
            Verdict::Allow { .. } => return None,
            Verdict::Deny { explicit: true, .. } => Self::ExplicitlyDenied,
            Verdict::Deny { .. } => Self::ImplicitlyDenied,
            Verdict::Unauthorized | Verdict::Unidentified(_) => Self::Unauthorized,
            Verdict::Failed(_) => Self::AuthorizerFailed,
            Verdict::Malformed(_) => Self::AuthorizerMalformed,
        })
    }

    /// What a REST API says. A request that is none, or too large, has no type of its own.
    pub(super) fn of_rest_api(self) -> RestReply {
        let (kind, status, error_type, message) = match self {
            Self::BadRequest => (DEFAULT_4XX, 400, "BadRequestException", "Bad Request"),
            Self::TargetTooLong => (
                DEFAULT_4XX,
                414,
                "RequestUriTooLongException",
                "Request-URI Too Long",
            ),
            Self::HeadersTooLarge => (
                DEFAULT_4XX,
                431,
                "RequestHeaderFieldsTooLargeException",
                "Request Header Fields Too Large",
            ),
            Self::BodyTooLarge => (
                "REQUEST_TOO_LARGE",
                413,
                "RequestTooLargeException",
                "Request Too Long",
            ),
            Self::BodyTooSlow => (
                DEFAULT_4XX,
                408,
                "RequestTimeoutException",
                "Request Timeout",
            ),
            Self::NoSuchRoute | Self::NotSigned => return UNSIGNED,
            Self::NotUpgraded => ("", 426, "UpgradeRequiredException", "Upgrade Required"),
            Self::TooManyConnections => (
                "THROTTLED",
                429,
                "LimitExceededException",
                "Too Many Requests",
            ),
            Self::Unauthorized => ("UNAUTHORIZED", 401, "UnauthorizedException", "Unauthorized"),
            Self::ExplicitlyDenied => (
                "ACCESS_DENIED",
                403,
                "AccessDeniedException",
                "User is not authorized to access this resource with an explicit deny",
            ),
            Self::ImplicitlyDenied => (
                "ACCESS_DENIED",
                403,
                "AccessDeniedException",
                "User is not authorized to access this resource",
            ),
            Self::AuthorizerFailed => {
                return RestReply {
                    kind: "AUTHORIZER_FAILURE",
                    status: 500,
                    error_type: "AuthorizerFailureException",
                    message: None,
                };
            }
            Self::AuthorizerMalformed => {
                return RestReply {
                    kind: "AUTHORIZER_CONFIGURATION_ERROR",
                    status: 500,
                    error_type: "AuthorizerConfigurationException",
                    message: None,
                };
            }
            Self::BackendFailed => (
                "INTEGRATION_FAILURE",
                502,
                "InternalServerErrorException",
                "Internal server error",
            ),
            Self::BackendTooSlow => (
                "INTEGRATION_TIMEOUT",
                504,
                "EndpointRequestTimedOutException",
                "Endpoint request timed out",
            ),
            Self::BackendUnreachable => (
                "INTEGRATION_FAILURE",
                504,
                "InternalServerErrorException",
                "Network error communicating with endpoint",
            ),
        };
        RestReply {
            kind,
            status,
            error_type,
            message: Some(message),
        }
    }

    /// Status and text of an HTTP API, which nothing changes.
    pub(super) fn of_http_api(self) -> (u16, &'static str) {
        match self {
            Self::BadRequest => (400, "Bad Request"),
            Self::TargetTooLong => (414, "URI Too Long"),
            Self::HeadersTooLarge => (431, "Request Header Fields Too Large"),
            Self::BodyTooLarge => (413, "Request Entity Too Large"),
            Self::BodyTooSlow => (408, "Request Timeout"),
            Self::NoSuchRoute => (404, "Not Found"),
            Self::NotUpgraded => (426, "Upgrade Required"),
            Self::TooManyConnections => (429, "Too Many Requests"),
            Self::Unauthorized => (401, "Unauthorized"),
            Self::ExplicitlyDenied | Self::ImplicitlyDenied | Self::NotSigned => (403, "Forbidden"),
            Self::AuthorizerFailed | Self::AuthorizerMalformed | Self::BackendFailed => {
                (500, "Internal Server Error")
            }
            Self::BackendTooSlow | Self::BackendUnreachable => (503, "Service Unavailable"),
        }
    }
}
