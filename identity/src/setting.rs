//! What the settings of several providers are made of, every value checked as it is read.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

/// The address a provider is asked under: `https`, or `http` to this machine alone. A path
/// is kept as a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The address of `path`, which begins with a slash, under this one.
    pub(crate) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let prefix = url.path().trim_end_matches('/').to_owned();
        url.set_path(&(prefix + path));
        url
    }

    /// The address itself.
    pub(crate) fn url(&self) -> &Url {
        &self.0
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
        let EndpointUrl(url) = text.parse()?;
        match url.query() {
            Some(_) => Err(SettingError::Query),
            None => Ok(Self(url)),
        }
    }
}

/// The whole address of one thing, as of a JWKS: `https`, or `http` to this machine alone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct EndpointUrl(Url);

impl EndpointUrl {
    /// The address itself.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl TryFrom<String> for EndpointUrl {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for EndpointUrl {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // What a URL parser mends in silence is not what was meant to be written.
        let odd = |b: u8| !b.is_ascii_graphic() || b == b'\\';
        let url = match Url::parse(text) {
            Ok(url) if !text.bytes().any(odd) => url,
            _ => return Err(SettingError::NotAUrl),
        };
        let plain = url.username().is_empty() && url.password().is_none();
        if !plain || url.fragment().is_some() {
            Err(SettingError::UrlParts)
        } else if is_secure(&url) {
            Ok(Self(url))
        } else {
            Err(SettingError::InsecureUrl)
        }
    }
}

/// Whether what is sent to `url` and comes from there is safe on its way: by `https`, or
/// because it does not leave this machine.
pub(crate) fn is_secure(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match url.scheme() {
        "https" => true,
        "http" => host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        _ => false,
    }
}

/// A time span as `30s`, `5m` or `1h`: between a second and a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TimeSpan(Duration);

impl TimeSpan {
    /// The span.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl TryFrom<String> for TimeSpan {
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
            .ok_or(SettingError::TimeSpan)
    }
}

/// Whom tokens must be meant for: a text, or a list of texts of which one is enough.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMany")]
pub(crate) struct Audiences(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "an audience is a text, or a list of texts")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Audiences {
    fn from(written: OneOrMany) -> Self {
        Self(match written {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        })
    }
}

impl Audiences {
    /// Whether no token could ever be meant for one of them, or one of them is empty.
    pub(crate) fn name_nobody(&self) -> bool {
        self.0.is_empty() || self.0.iter().any(String::is_empty)
    }
}

/// A setting that cannot be right. No message repeats the text: a key may stand there by
/// mistake, and a URL may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingError {
    /// Not a URL.
    NotAUrl,
    /// A URL with a user name, password or fragment.
    UrlParts,
    /// A query in the URL that paths are put under.
    Query,
    /// Neither `https` nor this machine.
    InsecureUrl,
    /// Not a time span, or out of bounds.
    TimeSpan,
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAUrl => "this is not a URL: write it as in `https://api.example.com`",
            Self::UrlParts => "no user name, password or fragment belongs in this URL: take it out",
            Self::Query => {
                "only scheme, host, port and path belong in this URL: take out the query"
            }
            Self::InsecureUrl => {
                "keys and users' tokens depend on this URL: write `https://`; `http://` is for \
                 this machine alone (`localhost`, `127.0.0.1`, `[::1]`)"
            }
            Self::TimeSpan => "this is not a time span from `1s` to `24h`: write it as in `5m`",
        })
    }
}

impl std::error::Error for SettingError {}

#[cfg(test)]
mod tests;
