//! Refusals: the errors that have a code, and those that are a text.

use serde_json::{Value, json};

use super::caller::Access;
use crate::answer::{Answer, JSON, Outcome, response};

/// Why a request is not answered as it hoped.
#[derive(Debug)]
pub(super) enum Refusal {
    Known(KnownError),
    /// A plain text under this status.
    Text(u16, &'static str),
}

impl From<KnownError> for Refusal {
    fn from(error: KnownError) -> Self {
        Self::Known(error)
    }
}

impl Refusal {
    pub(super) fn answer(&self) -> Answer {
        match self {
            Self::Text(status, text) => Answer::text(Outcome::Rejected, *status, text),
            Self::Known(error) => error.answer(),
        }
    }
}

/// An error with a code.
#[derive(Debug)]
pub(super) enum KnownError {
    ProjectKeyWithoutAccessType,
    AccessTypeRequired,
    InvalidAccessType,
    AccessTypeWithoutProjectId {
        request_type: Access,
    },
    CurrentProjectNotFound {
        project_id: String,
    },
    BranchDoesNotExist {
        branch_id: String,
    },
    Schema {
        message: String,
    },
    CannotGetOwnUserWithoutUser,
    UnparsableAccessToken,
    AccessTokenExpired {
        expired_at_millis: u64,
        project_id: String,
        user_id: String,
        refresh_token_id: String,
    },
    InvalidProjectForAccessToken {
        expected: String,
        actual: String,
    },
    AnonymousAuthenticationNotAllowed,
    RestrictedUserNotAllowed {
        reason: Value,
    },
    InvalidKey {
        access: Access,
        project_id: String,
    },
    PublishableClientKeyRequired {
        project_id: String,
    },
    ServerAuthenticationRequired,
    InsufficientAccessType {
        actual: Access,
    },
    UserNotFound,
    CustomerDoesNotExist {
        customer_id: String,
    },
}

impl KnownError {
    fn code(&self) -> &'static str {
        match self {
            Self::ProjectKeyWithoutAccessType => "PROJECT_KEY_WITHOUT_ACCESS_TYPE",
            Self::AccessTypeRequired => "ACCESS_TYPE_REQUIRED",
            Self::InvalidAccessType => "INVALID_ACCESS_TYPE",
            Self::AccessTypeWithoutProjectId { .. } => "ACCESS_TYPE_WITHOUT_PROJECT_ID",
            Self::CurrentProjectNotFound { .. } => "CURRENT_PROJECT_NOT_FOUND",
            Self::BranchDoesNotExist { .. } => "BRANCH_DOES_NOT_EXIST",
            Self::Schema { .. } => "SCHEMA_ERROR",
            Self::CannotGetOwnUserWithoutUser => "CANNOT_GET_OWN_USER_WITHOUT_USER",
            Self::UnparsableAccessToken => "UNPARSABLE_ACCESS_TOKEN",
            Self::AccessTokenExpired { .. } => "ACCESS_TOKEN_EXPIRED",
            Self::InvalidProjectForAccessToken { .. } => "INVALID_PROJECT_FOR_ACCESS_TOKEN",
            Self::AnonymousAuthenticationNotAllowed => "ANONYMOUS_AUTHENTICATION_NOT_ALLOWED",
            Self::RestrictedUserNotAllowed { .. } => "RESTRICTED_USER_NOT_ALLOWED",
            Self::InvalidKey { access, .. } => match access {
                Access::Client => "INVALID_PUBLISHABLE_CLIENT_KEY",
                Access::Server => "INVALID_SECRET_SERVER_KEY",
                Access::Admin => "INVALID_SUPER_SECRET_ADMIN_KEY",
            },
            Self::PublishableClientKeyRequired { .. } => {
                "PUBLISHABLE_CLIENT_KEY_REQUIRED_FOR_PROJECT"
            }
            Self::ServerAuthenticationRequired => "SERVER_AUTHENTICATION_REQUIRED",
            Self::InsufficientAccessType { .. } => "INSUFFICIENT_ACCESS_TYPE",
            Self::UserNotFound => "USER_NOT_FOUND",
            Self::CustomerDoesNotExist { .. } => "CUSTOMER_DOES_NOT_EXIST",
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::ProjectKeyWithoutAccessType
            | Self::AccessTypeRequired
            | Self::InvalidAccessType
            | Self::AccessTypeWithoutProjectId { .. }
            | Self::CurrentProjectNotFound { .. }
            | Self::BranchDoesNotExist { .. }
            | Self::Schema { .. }
            | Self::CannotGetOwnUserWithoutUser
            | Self::CustomerDoesNotExist { .. } => 400,
            Self::UnparsableAccessToken
            | Self::AccessTokenExpired { .. }
            | Self::InvalidProjectForAccessToken { .. }
            | Self::AnonymousAuthenticationNotAllowed
            | Self::InvalidKey { .. }
            | Self::PublishableClientKeyRequired { .. }
            | Self::ServerAuthenticationRequired
            | Self::InsufficientAccessType { .. } => 401,
            Self::RestrictedUserNotAllowed { .. } => 403,
            Self::UserNotFound => 404,
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::UnparsableAccessToken
            | Self::AccessTokenExpired { .. }
            | Self::InvalidProjectForAccessToken { .. }
            | Self::AnonymousAuthenticationNotAllowed
            | Self::RestrictedUserNotAllowed { .. }
            | Self::CannotGetOwnUserWithoutUser => Outcome::NotAuthenticated,
            Self::InvalidKey { .. }
            | Self::PublishableClientKeyRequired { .. }
            | Self::ServerAuthenticationRequired => Outcome::WrongKey,
            _ => Outcome::Rejected,
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::AccessTypeWithoutProjectId { request_type } => {
                json!({ "request_type": request_type.name() })
            }
            Self::CurrentProjectNotFound { project_id }
            | Self::InvalidKey { project_id, .. }
            | Self::PublishableClientKeyRequired { project_id } => {
                json!({ "project_id": project_id })
            }
            Self::BranchDoesNotExist { branch_id } => json!({ "branch_id": branch_id }),
            Self::Schema { message } => json!({ "message": message }),
            Self::AccessTokenExpired {
                expired_at_millis,
                project_id,
                user_id,
                refresh_token_id,
            } => json!({
                "expired_at_millis": expired_at_millis,
                "project_id": project_id,
                "user_id": user_id,
                "refresh_token_id": refresh_token_id,
            }),
            Self::InvalidProjectForAccessToken { expected, actual } => {
                json!({ "expected_project_id": expected, "actual_project_id": actual })
            }
            Self::RestrictedUserNotAllowed { reason } => json!({ "restricted_reason": reason }),
            Self::InsufficientAccessType { actual } => json!({
                "actual_access_type": actual.name(),
                "allowed_access_types": ["server", "admin"],
            }),
            Self::CustomerDoesNotExist { customer_id } => json!({ "customer_id": customer_id }),
            _ => Value::Null,
        }
    }

    /// Code, details (absent when there are none) and a text that nobody should match on, indented, with
    /// the code in a header of both names the product has.
    fn answer(&self) -> Answer {
        let code = self.code();
        let text = match self {
            Self::UnparsableAccessToken => "Access token is not parsable.".to_owned(),
            Self::ServerAuthenticationRequired => {
                "The secret server key must be provided.".to_owned()
            }
            _ => format!("The stand-in says {code}."),
        };
        let mut body = json!({ "code": code, "error": text });
        let details = self.details();
        if let (Some(members), false) = (body.as_object_mut(), details.is_null()) {
            members.insert("details".to_owned(), details);
        }
        // The text of a `Value` is always valid JSON.
        let body = serde_json::to_string_pretty(&body).unwrap_or_default();
        Answer {
            outcome: self.outcome(),
            response: Box::new(response(self.status(), JSON, body)),
        }
        .with("x-stack-known-error", code)
        .with("x-hexclave-known-error", code)
    }
}
