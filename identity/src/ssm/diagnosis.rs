//! Which problem an error of the SDK is.

use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ssm::operation::get_parameters::GetParametersError;

use super::Problem;
use crate::reason;

impl Problem {
    /// Whether the fault may be one parameter's, though SSM refused all that were asked for
    /// with it: permissions and keys belong to a parameter, and one that is missing them
    /// fails the call.
    pub(super) fn may_be_of_one(&self) -> bool {
        match self {
            Self::Missing | Self::Denied | Self::KeyDenied => true,
            Self::Refused(code) => code == "ValidationException",
            _ => false,
        }
    }
}

/// Which of the problems an error of the SDK is. Service texts are looked at but never
/// repeated: they name the account and the role.
pub(super) fn diagnose(error: &SdkError<GetParametersError>, within: Duration) -> Problem {
    match error {
        SdkError::TimeoutError(_) => Problem::TimedOut(within),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Problem::TimedOut(within),
        SdkError::ServiceError(service) => diagnose_service(
            service.err().code(),
            service.err().message().unwrap_or_default(),
            service.raw().status().as_u16(),
        ),
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            Problem::Unreachable(format!("what answered (HTTP {status}) is not SSM"))
        }
        other => {
            without_credentials(other).unwrap_or_else(|| Problem::Unreachable(reason::first(other)))
        }
    }
}

/// What is wrong with the credentials, if that is why SSM was not asked.
fn without_credentials(error: &SdkError<GetParametersError>) -> Option<Problem> {
    let problem = reason::chain(error).find_map(|error| error.downcast_ref())?;
    Some(match problem {
        CredentialsError::CredentialsNotLoaded(_) => Problem::NoCredentials,
        _ => Problem::CredentialsUnavailable(reason::first(problem)),
    })
}

fn diagnose_service(code: Option<&str>, message: &str, status: u16) -> Problem {
    // The error code comes over the network: only what looks like one is passed on.
    let Some(code) = code.filter(|c| c.len() <= 64 && c.bytes().all(|b| b.is_ascii_alphanumeric()))
    else {
        return Problem::Refused(format!("HTTP {status}"));
    };
    let about_key = !message.contains("ssm:GetParameters")
        && ["kms", "KMS", "ciphertext"]
            .iter()
            .any(|word| message.contains(word));
    match code {
        "AccessDeniedException" | "AccessDenied" if about_key => Problem::KeyDenied,
        "AccessDeniedException" | "AccessDenied" => Problem::Denied,
        "InvalidKeyId" => Problem::KeyDenied,
        "ParameterNotFound" | "ParameterVersionNotFound" => Problem::Missing,
        code if code.starts_with("KMS") => Problem::KeyDenied,
        "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException"
        | "RequestLimitExceeded" => Problem::Throttled,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "ExpiredTokenException"
        | "ExpiredToken" => Problem::Credentials(code.to_owned()),
        code => Problem::Refused(code.to_owned()),
    }
}
