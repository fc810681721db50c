//! What stands after `ssm:`, `env:` and `file:`, each checked as it is read.

use std::fmt;
use std::str::FromStr;

use super::SecretRefError;

/// Longest name of a parameter, in characters.
const MAX_NAME: usize = 1011;
/// Deepest hierarchy of a parameter's name.
const MAX_LEVELS: usize = 15;
/// Longest label, in characters.
const MAX_LABEL: usize = 100;
/// Longest path, in bytes: Linux's `PATH_MAX`.
const MAX_PATH: usize = 4096;

/// A parameter, and which of its versions: `/name`, `/name:3`, `/name:label`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ParameterRef {
    /// The parameter.
    pub name: ParameterName,
    /// Which version; the latest if absent.
    pub selector: Option<Selector>,
}

/// Which version of a parameter is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Selector {
    /// The version of this number, from 1.
    Version(i64),
    /// The version that carries this label: letters, digits, `.`, `-` and `_`, at most 100,
    /// not beginning with a digit (SSM API reference, `LabelParameterVersion`).
    Label(Box<str>),
}

/// The name of an SSM parameter, written from the root: `/tollgate/tiun-key`.
///
/// The rules are those of `PutParameter` (SSM API reference): letters, digits, `.`, `-`,
/// `_` between slashes, at most 15 levels and 1 011 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ParameterName(Box<str>);

/// The name of an environment variable: letters, digits and `_`, not beginning with a digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableName(Box<str>);

/// The path of a file, absolute or from the process's folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FilePath(Box<str>);

impl ParameterName {
    /// The name, beginning with `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl VariableName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FilePath {
    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ParameterRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.selector {
            Some(selector) => write!(f, "{}{selector}", self.name),
            None => self.name.fmt(f),
        }
    }
}

impl fmt::Display for Selector {
    /// With its colon, as it follows a name and as SSM repeats it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, ":{version}"),
            Self::Label(label) => write!(f, ":{label}"),
        }
    }
}

impl fmt::Display for ParameterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for VariableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ParameterRef {
    type Err = SecretRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("arn:") {
            return Err(SecretRefError::Arn);
        }
        let (name, selector) = match text.split_once(':') {
            Some((name, selector)) => (name, Some(selector)),
            None => (text, None),
        };
        Ok(Self {
            name: name.parse()?,
            selector: selector.map(str::parse).transpose()?,
        })
    }
}

impl FromStr for Selector {
    type Err = SecretRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b".-_".contains(&b);
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return text
                .parse()
                .ok()
                // One spelling for each version, so that SSM's answer can be compared.
                .filter(|_| !text.starts_with('0'))
                .map(Self::Version)
                .ok_or(SecretRefError::Selector);
        }
        if text.is_empty() || text.len() > MAX_LABEL || !text.bytes().all(allowed) {
            return Err(SecretRefError::Selector);
        }
        Ok(Self::Label(text.into()))
    }
}

impl FromStr for ParameterName {
    type Err = SecretRefError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let Some(path) = name.strip_prefix('/') else {
            return Err(SecretRefError::NotFromRoot);
        };
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b".-_/".contains(&b);
        if !path.bytes().all(allowed) {
            Err(SecretRefError::ParameterCharacter)
        } else if path.split('/').any(str::is_empty) {
            Err(SecretRefError::EmptyLevel)
        } else if name.len() > MAX_NAME || path.split('/').count() > MAX_LEVELS {
            Err(SecretRefError::TooLong)
        } else {
            Ok(Self(name.into()))
        }
    }
}

impl FromStr for VariableName {
    type Err = SecretRefError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if name.is_empty()
            || name.starts_with(|c: char| c.is_ascii_digit())
            || !name.bytes().all(word)
        {
            return Err(SecretRefError::VariableName);
        }
        Ok(Self(name.into()))
    }
}

impl FromStr for FilePath {
    type Err = SecretRefError;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        if path.is_empty()
            || path.len() > MAX_PATH
            || path.starts_with("//")
            || path.ends_with('/')
            || path.trim() != path
            || path.contains(char::is_control)
        {
            return Err(SecretRefError::FilePath);
        }
        Ok(Self(path.into()))
    }
}
