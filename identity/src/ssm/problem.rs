//! What can go wrong between us and SSM, told apart, and the cure for each.

use std::error::Error;
use std::fmt;
use std::time::Duration;

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
    /// There are no credentials.
    NoCredentials,
    /// Whoever hands out the credentials did not; the reason of the network stack or the SDK.
    CredentialsUnavailable(String),
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
            Problem::NoCredentials => write!(
                f,
                "no AWS credentials to read parameter `{name}` with: a function has those of its role; \
                 elsewhere set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, as \
                 `aws configure export-credentials --format env` prints them"
            ),
            Problem::CredentialsUnavailable(reason) => write!(
                f,
                "the AWS credentials to read parameter `{name}` with could not be had: {reason}; check what \
                 `AWS_CONTAINER_CREDENTIALS_FULL_URI` names, or your profile"
            ),
            Problem::Credentials(code) => write!(
                f,
                "AWS did not accept the credentials for reading parameter `{name}` ({code}): \
                 check the role of the function, or your own credentials and clock"
            ),
            Problem::TimedOut(within) => write!(
                f,
                "parameter `{name}` could not be read within {within:.0?}: check that SSM can be \
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
