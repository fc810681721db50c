//! What can go wrong between us and SSM, told apart, and the cure for each.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ssm::operation::get_parameters::GetParametersError;

use crate::reason;
use crate::secret_ref::{ParameterRef, Selector};

/// A parameter that could not be read: which one, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterError {
    /// The parameter.
    pub parameter: ParameterRef,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with reading a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// SSM knows no such parameter, or no such version or label of it.
    Missing,
    /// `AccessDeniedException` about SSM itself.
    Denied,
    /// The key that encrypts it may not be used, is disabled or gone.
    KeyDenied,
    /// `ThrottlingException` that outlasted the retries.
    Throttled,
    /// No Region is configured.
    NoRegion,
    /// AWS does not accept the credentials; its error code.
    Credentials(String),
    /// Not answered within this time.
    TimedOut(Duration),
    /// SSM could not be reached; the reason of the network stack or the SDK.
    Unreachable(String),
    /// Any other error; its code, or the HTTP status when it has none.
    Refused(String),
    /// The answer neither holds the parameter nor says that it is invalid.
    Incomplete,
    /// A `StringList`.
    List,
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.parameter;
        match &self.problem {
            Problem::Missing => match name.selector {
                None => write!(
                    f,
                    "parameter `{name}` does not exist in this account and Region: create it as \
                     a SecureString, or correct the name (case counts)"
                ),
                Some(Selector::Version(_)) => write!(
                    f,
                    "parameter `{name}` does not exist in this account and Region, or has no such \
                     version: correct the name or the version (SSM keeps the latest 100)"
                ),
                Some(Selector::Label(_)) => write!(
                    f,
                    "parameter `{name}` does not exist in this account and Region, or none of its \
                     versions has this label: correct the name, or attach the label (case counts)"
                ),
            },
            Problem::Denied => write!(
                f,
                "reading parameter `{name}` was refused: allow `ssm:GetParameters` on \
                 `arn:aws:ssm:REGION:ACCOUNT:parameter{}` in the role of the function",
                name.name
            ),
            Problem::KeyDenied => write!(
                f,
                "decrypting parameter `{name}` was refused: allow `kms:Decrypt` on the KMS key it \
                 is encrypted with in the role of the function and in the key's policy, and check \
                 that the key is enabled"
            ),
            Problem::Throttled => write!(
                f,
                "reading parameter `{name}` was throttled by SSM, after retries: raise the \
                 account's Parameter Store throughput if it happens often"
            ),
            Problem::NoRegion => write!(
                f,
                "no AWS Region to read parameter `{name}` from: set `AWS_REGION`"
            ),
            Problem::Credentials(code) => write!(
                f,
                "AWS did not accept the credentials for reading parameter `{name}` ({code}): \
                 check the role of the function, or your own credentials and clock"
            ),
            Problem::TimedOut(within) => write!(
                f,
                "parameter `{name}` could not be read within {within:?}: check that SSM can be \
                 reached from here (in a VPC: an endpoint for `ssm` or a NAT gateway)"
            ),
            Problem::Unreachable(reason) => write!(
                f,
                "SSM could not be reached to read parameter `{name}`: {reason}"
            ),
            Problem::Refused(code) => {
                write!(f, "SSM refused to read parameter `{name}`: {code}")
            }
            Problem::Incomplete => write!(
                f,
                "SSM answered without parameter `{name}`: check what answers at \
                 `AWS_ENDPOINT_URL_SSM`, if it is set"
            ),
            Problem::List => write!(
                f,
                "parameter `{name}` is a StringList: store the key as a SecureString"
            ),
        }
    }
}

impl Error for ParameterError {}

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
        other => Problem::Unreachable(reason::first(other)),
    }
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
