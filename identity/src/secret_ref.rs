//! `ssm:/name` and `env:NAME`: how the configuration names a secret without holding it.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// `ssm:/name`: a parameter in SSM Parameter Store.
    Parameter(ParameterName),
    /// `env:NAME`: an environment variable.
    Variable(VariableName),
}

/// The name of an SSM parameter, written from the root: `/tollgate/tiun-key`.
///
/// The rules are those of `PutParameter` (SSM API reference): letters, digits, `.`, `-`,
/// `_` between slashes, at most 15 levels and 1 011 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterName(Box<str>);

/// The name of an environment variable: letters, digits and `_`, not beginning with a digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableName(Box<str>);

/// Longest name of a parameter, in characters.
const MAX_NAME: usize = 1011;
/// Deepest hierarchy of a parameter's name.
const MAX_LEVELS: usize = 15;

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

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(name) => write!(f, "ssm:{name}"),
            Self::Variable(name) => write!(f, "env:{name}"),
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

/// Why a text names no secret. No message repeats the text: it may be the secret itself,
/// pasted into the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretRefError {
    /// Neither `ssm:` nor `env:`.
    NotARef,
    /// Not a text at all.
    NotText,
    /// `ssm:` without a leading slash.
    NotFromRoot,
    /// `ssm:arn:…`, a parameter shared by another account.
    Arn,
    /// `ssm:/name:3` or `ssm:/name:label`.
    Selector,
    /// A character that no parameter's name has.
    ParameterCharacter,
    /// `//`, a slash at the end, or nothing but one.
    EmptyLevel,
    /// More than 1 011 characters or 15 levels.
    TooLong,
    /// What follows `env:` is not a variable's name.
    VariableName,
}

impl fmt::Display for SecretRefError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotARef | Self::NotText => {
                "this is not a reference to a secret: write `ssm:/name` for an SSM parameter or \
                 `env:NAME` for an environment variable, never the secret itself (what stands \
                 here is not repeated, it may be one; if it is, replace that key)"
            }
            Self::NotFromRoot => {
                "after `ssm:` comes the name of a parameter, written from the root: \
                 `ssm:/tollgate/tiun-key`"
            }
            Self::Arn => {
                "parameters of another account, named by their ARN, are not supported: put a \
                 parameter into this account and write `ssm:/name`"
            }
            Self::Selector => {
                "a version or label (`ssm:/name:3`, `ssm:/name:label`) is not supported: write \
                 `ssm:/name`, the latest version is read"
            }
            Self::ParameterCharacter => {
                "the name of an SSM parameter has only letters, digits, `.`, `-`, `_` and `/`"
            }
            Self::EmptyLevel => {
                "the name of an SSM parameter has text after every `/`: `ssm:/tollgate/tiun-key`"
            }
            Self::TooLong => {
                "the name of an SSM parameter has at most 15 levels and 1011 characters"
            }
            Self::VariableName => {
                "after `env:` comes the name of an environment variable: letters, digits and `_`, \
                 not beginning with a digit, as in `env:TIUN_API_KEY`"
            }
        })
    }
}

impl std::error::Error for SecretRefError {}

impl FromStr for SecretRef {
    type Err = SecretRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(name) = text.strip_prefix("ssm:") {
            name.parse().map(Self::Parameter)
        } else if let Some(name) = text.strip_prefix("env:") {
            name.parse().map(Self::Variable)
        } else {
            Err(SecretRefError::NotARef)
        }
    }
}

impl FromStr for ParameterName {
    type Err = SecretRefError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name.starts_with("arn:") {
            return Err(SecretRefError::Arn);
        }
        let Some(path) = name.strip_prefix('/') else {
            return Err(SecretRefError::NotFromRoot);
        };
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b".-_/".contains(&b);
        match path.split_once(':') {
            Some((before, _)) if before.bytes().all(allowed) => Err(SecretRefError::Selector),
            _ if !path.bytes().all(allowed) => Err(SecretRefError::ParameterCharacter),
            _ if path.split('/').any(str::is_empty) => Err(SecretRefError::EmptyLevel),
            _ if name.len() > MAX_NAME || path.split('/').count() > MAX_LEVELS => {
                Err(SecretRefError::TooLong)
            }
            _ => Ok(Self(name.into())),
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
        f.write_str("`ssm:/name` or `env:NAME`")
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
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn references_are_read_and_written_back() {
        for text in [
            "ssm:/tiun",
            "ssm:/tollgate/prod/tiun-key_1.v2",
            "env:TIUN_API_KEY",
            "env:_x9",
        ] {
            assert_eq!(text.parse::<SecretRef>().unwrap().to_string(), text);
        }
        let deepest = format!("ssm:{}", "/a".repeat(15));
        assert!(deepest.parse::<SecretRef>().is_ok());
    }

    #[test]
    fn what_is_not_supported_says_so() {
        use SecretRefError as E;
        let too_deep = format!("ssm:{}", "/a".repeat(16));
        let too_long = format!("ssm:/{}", "a".repeat(1011));
        for (text, error) in [
            ("", E::NotARef),
            ("sk_live_1234", E::NotARef),
            (" ssm:/x", E::NotARef),
            ("SSM:/x", E::NotARef),
            ("secretsmanager:/x", E::NotARef),
            ("ssm:", E::NotFromRoot),
            ("ssm:name", E::NotFromRoot),
            (
                "ssm:arn:aws:ssm:eu-central-1:123456789012:parameter/x",
                E::Arn,
            ),
            ("ssm:/x:3", E::Selector),
            ("ssm:/x:prod", E::Selector),
            ("ssm:/x y", E::ParameterCharacter),
            ("ssm:/x\n", E::ParameterCharacter),
            ("ssm:/schlüssel", E::ParameterCharacter),
            ("ssm:/x$(id)", E::ParameterCharacter),
            ("ssm:/", E::EmptyLevel),
            ("ssm:/a//b", E::EmptyLevel),
            ("ssm:/a/", E::EmptyLevel),
            (&too_deep, E::TooLong),
            (&too_long, E::TooLong),
            ("env:", E::VariableName),
            ("env:1A", E::VariableName),
            ("env:A-B", E::VariableName),
            ("env:A=1", E::VariableName),
            ("env:Ä", E::VariableName),
        ] {
            assert_eq!(text.parse::<SecretRef>().unwrap_err(), error, "{text:?}");
        }
    }

    #[test]
    fn a_key_pasted_in_place_is_never_repeated() {
        for json in [
            r#""4711sekret""#,
            "47110815",
            "-47110815",
            "4711.5",
            r#""ssm:4711sekret""#,
            r#""ssm:/47 11""#,
            r#""env:4711""#,
            r#"["4711"]"#,
            r#"{"4711":"4711"}"#,
        ] {
            let error = serde_json::from_str::<SecretRef>(json)
                .unwrap_err()
                .to_string();
            assert!(!error.contains("4711"), "{json} gave: {error}");
        }
        let error = serde_json::from_str::<SecretRef>("47110815")
            .unwrap_err()
            .to_string();
        assert!(error.contains("write `ssm:/name`"), "{error}");
    }
}
