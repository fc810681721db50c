//! `#member` and `#/json/pointer`: one text of a JSON document that holds several secrets.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::SecretRefError;
use crate::json;
use crate::secret::{MAX_BYTES, Secret, Unfit};

/// Longest name or pointer of a member, in bytes.
pub const MAX_MEMBER: usize = 256;

/// A member of a JSON object by its name, or any value of a document by its JSON pointer
/// (RFC 6901), told apart by the leading slash. A member whose name begins with a slash is
/// reached by a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member(Box<str>);

impl Member {
    /// The name or the pointer, without the `#`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text that stands here in the `document`.
    pub(super) fn pick(&self, document: &Secret) -> Result<Secret, Unfit> {
        let document = document.expose();
        if document.len() > MAX_BYTES {
            return Err(Unfit::TooLong);
        }
        let mut document = json::read(document.as_bytes()).map_err(|_| Unfit::NotJson)?;
        let found = if self.0.starts_with('/') {
            document.pointer_mut(&self.0)
        } else {
            document.get_mut(self.as_str())
        };
        match found.map(Value::take) {
            Some(Value::String(text)) => Ok(Secret::new(text)),
            Some(_) => Err(Unfit::NotText),
            None => Err(Unfit::NoMember),
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Member {
    type Err = SecretRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let escaped = |after: &str| after.starts_with(['0', '1']);
        let pointer = text.starts_with('/');
        if text.is_empty()
            || text.len() > MAX_MEMBER
            || text.contains(char::is_control)
            || pointer && !text.split('~').skip(1).all(escaped)
        {
            return Err(SecretRefError::Member);
        }
        Ok(Self(text.into()))
    }
}
