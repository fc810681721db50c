//! `ssm:/name`, `env:NAME`, `file:/path`: how the configuration names a secret without
//! holding it.

mod error;
mod member;
mod name;

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};

pub use self::error::SecretRefError;
pub use self::member::{MAX_MEMBER, Member};
pub use self::name::{FilePath, ParameterName, ParameterRef, Selector, VariableName};
use crate::secret::{Secret, Unfit};

/// Where a secret is kept, and which part of what is kept there it is.
///
/// | written | the secret is |
/// |---|---|
/// | `ssm:/name` | the latest version of a parameter in SSM Parameter Store |
/// | `ssm:/name:3` | its version 3 |
/// | `ssm:/name:label` | the version that carries this label |
/// | `env:NAME` | the value of an environment variable |
/// | `file:/path` | the content of a file; without a leading slash, from the process's folder |
/// | `…#member` | the text in this member of the JSON object that is kept there |
/// | `…#/a/b` | the text this JSON pointer (RFC 6901) leads to in the JSON that is kept there |
///
/// A parameter is a `String` or, better, a `SecureString`; `StringList`s are refused. What
/// is kept has at most [`MAX_BYTES`](crate::secret::MAX_BYTES). A path has no `#`: what
/// follows the first one is the member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRef {
    place: Place,
    member: Option<Member>,
}

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `ssm:/name`: a parameter in SSM Parameter Store.
    Parameter(ParameterRef),
    /// `env:NAME`: an environment variable.
    Variable(VariableName),
    /// `file:/path`: a file.
    File(FilePath),
}

impl SecretRef {
    /// Where it is kept.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Which member of the JSON kept there it is; all of the text if absent.
    pub fn member(&self) -> Option<&Member> {
        self.member.as_ref()
    }

    /// The secret in `text`, which was read from the place, fit for an HTTP header.
    pub(crate) fn pick(&self, text: &Secret) -> Result<Secret, Unfit> {
        match &self.member {
            Some(member) => Secret::for_header(member.pick(text)?.expose()),
            None => Secret::for_header(text.expose()),
        }
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Parameter(parameter) => write!(f, "ssm:{parameter}")?,
            Place::Variable(name) => write!(f, "env:{name}")?,
            Place::File(path) => write!(f, "file:{path}")?,
        }
        match &self.member {
            Some(member) => write!(f, "#{member}"),
            None => Ok(()),
        }
    }
}

impl FromStr for SecretRef {
    type Err = SecretRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (place, member) = match text.split_once('#') {
            Some((place, member)) => (place, Some(member)),
            None => (text, None),
        };
        let place = if let Some(parameter) = place.strip_prefix("ssm:") {
            Place::Parameter(parameter.parse()?)
        } else if let Some(name) = place.strip_prefix("env:") {
            Place::Variable(name.parse()?)
        } else if let Some(path) = place.strip_prefix("file:") {
            Place::File(path.parse()?)
        } else {
            return Err(SecretRefError::NotARef);
        };
        let member = member.map(str::parse).transpose()?;
        Ok(Self { place, member })
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not `deserialize_str`: it lets the format refuse a number, in words that repeat it.
        deserializer.deserialize_any(RefVisitor)
    }
}

/// Serde's own errors repeat a number that stands where a text should; a key may be all
/// digits, so each kind of scalar is refused in our words.
struct RefVisitor;

impl RefVisitor {
    fn not_text<E: de::Error>() -> Result<SecretRef, E> {
        Err(E::custom(SecretRefError::NotText))
    }
}

impl Visitor<'_> for RefVisitor {
    type Value = SecretRef;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`ssm:/name`, `env:NAME` or `file:/path`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<SecretRef, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<SecretRef, E> {
        Self::not_text()
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<SecretRef, E> {
        Self::not_text()
    }

    fn visit_i128<E: de::Error>(self, _: i128) -> Result<SecretRef, E> {
        Self::not_text()
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<SecretRef, E> {
        Self::not_text()
    }

    fn visit_u128<E: de::Error>(self, _: u128) -> Result<SecretRef, E> {
        Self::not_text()
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<SecretRef, E> {
        Self::not_text()
    }
}

#[cfg(test)]
mod tests;
