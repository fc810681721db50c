//! Why a text names no secret, and what to write instead.

use std::fmt;

/// Why a text names no secret. No message repeats the text: it may be the secret itself,
/// pasted into the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretRefError {
    /// None of `ssm:`, `env:` and `file:`.
    NotARef,
    /// Not a text at all.
    NotText,
    /// `ssm:` without a leading slash.
    NotFromRoot,
    /// `ssm:arn:…`, a parameter shared by another account.
    Arn,
    /// What follows `ssm:/name:` is neither a version nor a label.
    Selector,
    /// A character that no parameter's name has.
    ParameterCharacter,
    /// `//`, a slash at the end, or nothing but one.
    EmptyLevel,
    /// More than 1 011 characters or 15 levels.
    TooLong,
    /// What follows `env:` is not a variable's name.
    VariableName,
    /// What follows `file:` is not the path of a file.
    FilePath,
    /// What follows `#` is neither a member's name nor a JSON pointer.
    Member,
}

impl fmt::Display for SecretRefError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotARef | Self::NotText => {
                "this is not a reference to a secret: write `ssm:/name` for an SSM parameter, \
                 `env:NAME` for an environment variable or `file:/path` for a file, never the \
                 secret itself (what stands here is not repeated, it may be one; if it is, \
                 replace that key)"
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
                "after the name of an SSM parameter and a colon comes a version, as in \
                 `ssm:/name:3`, or a label, as in `ssm:/name:live`: letters, digits, `.`, `-` and \
                 `_`, at most 100, not beginning with a digit"
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
            Self::FilePath => {
                "after `file:` comes the path of a file, as in `file:/run/secrets/tiun-key`: not \
                 a URL, no control characters, no space at either end, at most 4096 bytes"
            }
            Self::Member => {
                "after `#` comes the name of a JSON member, as in `#api_key`, or a JSON pointer, \
                 as in `#/tiun/api_key`: at most 256 bytes, no control characters, `~` only as \
                 `~0` or `~1` in a pointer"
            }
        })
    }
}

impl std::error::Error for SecretRefError {}
