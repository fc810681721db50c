//! Secrets from SSM Parameter Store: `GetParameters` with decryption, its errors told apart.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::timeout::TimeoutConfig;
use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ssm::operation::get_parameters::GetParametersError;
use aws_sdk_ssm::types::ParameterType;

use crate::reason;
use crate::secret::{Secret, Unfit};
use crate::secret_ref::ParameterName;

/// How long a TCP and TLS connection to SSM may take to come about.
const CONNECT: Duration = Duration::from_secs(1);

/// A client of SSM Parameter Store.
///
/// Throttling (40 calls a second and account by default, shared by every cold start),
/// 5xx and broken connections are retried by the SDK's standard retries, three attempts
/// in all, as far as the time given to [`read`](Self::read) allows.
#[derive(Debug, Clone)]
pub struct Parameters {
    client: Client,
}

impl Parameters {
    /// A client as the surroundings have it: Region and credentials from the environment
    /// (or a developer's profile), the address from `AWS_ENDPOINT_URL_SSM` if set.
    ///
    /// # Errors
    /// [`Problem::NoRegion`], and [`Problem::TimedOut`] when the surroundings are not read
    /// `within` the time.
    pub async fn from_environment(within: Duration) -> Result<Self, Problem> {
        let load = aws_config::load_defaults(BehaviorVersion::latest());
        let config: SdkConfig = tokio::time::timeout(within, load)
            .await
            .map_err(|_| Problem::TimedOut(within))?;
        if config.region().is_none() {
            return Err(Problem::NoRegion);
        }
        Ok(Self::new(Client::new(&config)))
    }

    /// A client of the caller's making.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads and decrypts one parameter that is to be sent in an HTTP header.
    ///
    /// # Errors
    /// A [`ParameterError`] that names the parameter; nothing takes longer than `within`.
    pub async fn read(
        &self,
        name: &ParameterName,
        within: Duration,
    ) -> Result<Secret, ParameterError> {
        tokio::time::timeout(within, self.fetch(name, within))
            .await
            .unwrap_or(Err(Problem::TimedOut(within)))
            .map_err(|problem| ParameterError {
                name: name.clone(),
                problem,
            })
    }

    async fn fetch(&self, name: &ParameterName, within: Duration) -> Result<Secret, Problem> {
        // One attempt gets less than half of the time, so that an attempt lost on a
        // connection that died while the instance was frozen leaves time for another.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT.min(within))
            .operation_attempt_timeout(within * 2 / 5)
            .build();
        let answer = self
            .client
            .get_parameters()
            .names(name.as_str())
            .with_decryption(true)
            .customize()
            .config_override(aws_sdk_ssm::config::Builder::new().timeout_config(timeouts))
            .send()
            .await
            .map_err(|error| diagnose(&error, within))?;
        if answer
            .invalid_parameters()
            .iter()
            .any(|n| n == name.as_str())
        {
            return Err(Problem::Missing);
        }
        let parameter = answer
            .parameters()
            .iter()
            .find(|parameter| parameter.name() == Some(name.as_str()))
            .ok_or(Problem::Incomplete)?;
        match parameter.r#type() {
            Some(ParameterType::StringList) => return Err(Problem::List),
            Some(ParameterType::String) => tracing::warn!(
                parameter = %name,
                "the parameter is a String, readable without decryption: store it as a SecureString"
            ),
            _ => {}
        }
        let value = parameter.value().ok_or(Problem::Incomplete)?;
        Secret::for_header(value).map_err(Problem::Unfit)
    }
}

/// A parameter that could not be read: which one, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterError {
    /// The parameter.
    pub name: ParameterName,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with reading a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// SSM lists it among the invalid parameters.
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
    /// The value cannot serve as a key.
    Unfit(Unfit),
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.problem {
            Problem::Missing => write!(
                f,
                "parameter `{name}` does not exist in this account and Region: create it as a \
                 SecureString, or correct the name (case counts)"
            ),
            Problem::Denied => write!(
                f,
                "reading parameter `{name}` was refused: allow `ssm:GetParameters` on \
                 `arn:aws:ssm:REGION:ACCOUNT:parameter{name}` in the role of the function"
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
            Problem::Unfit(unfit) => write!(f, "parameter `{name}` {unfit}"),
        }
    }
}

impl Error for ParameterError {}

/// Which of the problems an error of the SDK is. Service texts are looked at but never
/// repeated: they name the account and the role.
fn diagnose(error: &SdkError<GetParametersError>, within: Duration) -> Problem {
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

#[cfg(test)]
mod tests;
