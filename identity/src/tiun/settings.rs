//! tiun's part of the configuration, every value checked as it is read.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use crate::secret_ref::{SecretRef, VariableName};

/// How tiun is to be used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TiunSettings {
    /// `live`, `sandbox`, or `env:NAME`.
    pub environment: EnvironmentSetting,
    /// Where tiun's key is kept: `ssm:/name` or `env:NAME`.
    pub api_key: SecretRef,
    /// An address in place of the environment's own, for a proxy or a stand-in.
    #[serde(default)]
    pub base_url: Option<BaseUrl>,
    /// Age at which a key from SSM is read again; 5 minutes unless set.
    #[serde(default)]
    pub api_key_max_age: Option<MaxAge>,
}

/// One of tiun's two environments. Each has its own host, keys and products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Real customers.
    Live,
    /// Tests.
    Sandbox,
}

impl Environment {
    /// Where this environment answers (docs.tiun.io, "Verify authentication server-side").
    #[expect(clippy::expect_used, reason = "constants, each parsed by a test")]
    pub(super) fn base_url(self) -> BaseUrl {
        match self {
            Self::Live => "https://api.tiun.live",
            Self::Sandbox => "https://api-sandbox.tiun.live",
        }
        .parse()
        .expect("a constant URL")
    }

    /// What the IDs of this environment's products begin with. A policy that names another
    /// environment's product can never let anybody in.
    pub fn product_prefix(self) -> &'static str {
        match self {
            Self::Live => "p-live-",
            Self::Sandbox => "p-test-",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Live => "live",
            Self::Sandbox => "sandbox",
        })
    }
}

impl FromStr for Environment {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "live" => Ok(Self::Live),
            "sandbox" => Ok(Self::Sandbox),
            _ => Err(SettingError::Environment),
        }
    }
}

/// An environment, or the variable that says which.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum EnvironmentSetting {
    /// `live` or `sandbox`.
    Fixed(Environment),
    /// `env:NAME`: one build for both, told apart by its deployment.
    Variable(VariableName),
}

impl TryFrom<String> for EnvironmentSetting {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.strip_prefix("env:") {
            Some(name) => name
                .parse()
                .map(Self::Variable)
                .map_err(|_| SettingError::Environment),
            None => text.parse().map(Self::Fixed),
        }
    }
}

/// The address tiun is asked at: `https`, or `http` to this machine alone. A path is kept
/// as a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The address of `path`, which begins with a slash, under this one.
    pub(super) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let prefix = url.path().trim_end_matches('/').to_owned();
        url.set_path(&(prefix + path));
        url
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for BaseUrl {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // What a URL parser mends in silence is not what was meant to be written.
        let odd = |b: u8| !b.is_ascii_graphic() || b == b'\\';
        let url = match Url::parse(text) {
            Ok(url) if !text.bytes().any(odd) => url,
            _ => return Err(SettingError::NotAUrl),
        };
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        match url.scheme() {
            _ if !plain => Err(SettingError::UrlParts),
            "https" => Ok(Self(url)),
            "http" if is_this_machine(&url) => Ok(Self(url)),
            _ => Err(SettingError::InsecureUrl),
        }
    }
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A time span as `30s`, `5m` or `1h`: between a second and a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct MaxAge(Duration);

impl MaxAge {
    /// The span.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl TryFrom<String> for MaxAge {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const DAY: u64 = 24 * 60 * 60;
        let unit = |(letter, seconds): (char, u64)| Some((text.strip_suffix(letter)?, seconds));
        [('s', 1), ('m', 60), ('h', 3600)]
            .into_iter()
            .find_map(unit)
            .filter(|(digits, _)| digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|(digits, seconds)| digits.parse::<u64>().ok()?.checked_mul(seconds))
            .filter(|seconds| (1..=DAY).contains(seconds))
            .map(|seconds| Self(Duration::from_secs(seconds)))
            .ok_or(SettingError::MaxAge)
    }
}

/// A setting that cannot be right. No message repeats the text: a key may stand there by
/// mistake, and a URL may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingError {
    /// Not an environment.
    Environment,
    /// Not a URL.
    NotAUrl,
    /// A URL with more than scheme, host, port and path.
    UrlParts,
    /// Neither `https` nor this machine.
    InsecureUrl,
    /// Not a time span, or out of bounds.
    MaxAge,
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => {
                "this is not an environment of tiun: write `live`, `sandbox`, or `env:NAME` for \
                 an environment variable that says which"
            }
            Self::NotAUrl => "this is not a URL: write it as in `https://api.tiun.live`",
            Self::UrlParts => {
                "only scheme, host, port and path belong in this URL: take out the user name, \
                 password, query or fragment"
            }
            Self::InsecureUrl => {
                "the API key and the users' tokens go to this URL: write `https://`; `http://` is \
                 for this machine alone (`localhost`, `127.0.0.1`, `[::1]`)"
            }
            Self::MaxAge => "this is not a time span from `1s` to `24h`: write it as in `5m`",
        })
    }
}

impl std::error::Error for SettingError {}

#[cfg(test)]
mod tests;
