//! The way to a claim: its name, a list of names, or a JSON pointer.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The way to a claim, from the outside in.
///
/// | written | the claim is |
/// |---|---|
/// | `https://example.com/roles` | the member of exactly that name; dots and slashes are part of it |
/// | `[realm_access, roles]` | the member `roles` of the member `realm_access` |
/// | `/realm_access/roles` | the same, as a JSON pointer (RFC 6901) |
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct ClaimPath(Vec<String>);

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a claim is named by its name, a list of names from the outside in, or a JSON pointer such as `/realm_access/roles`"
)]
enum Written {
    Text(String),
    Names(Vec<String>),
}

/// Deepest path.
const MAX_DEPTH: usize = 16;

/// A text that names no claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimPathError;

impl fmt::Display for ClaimPathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the way to a claim has 1 to {MAX_DEPTH} names, none of them empty, and in a JSON \
             pointer `~` only as `~0` or `~1`"
        )
    }
}

impl std::error::Error for ClaimPathError {}

impl TryFrom<Written> for ClaimPath {
    type Error = ClaimPathError;

    fn try_from(written: Written) -> Result<Self, ClaimPathError> {
        let names = match written {
            Written::Names(names) => names,
            Written::Text(text) => match text.strip_prefix('/') {
                Some(pointer) => pointer
                    .split('/')
                    .map(unescaped)
                    .collect::<Option<_>>()
                    .ok_or(ClaimPathError)?,
                None => vec![text],
            },
        };
        let fits = (1..=MAX_DEPTH).contains(&names.len()) && !names.iter().any(String::is_empty);
        fits.then_some(Self(names)).ok_or(ClaimPathError)
    }
}

/// A reference token of a JSON pointer (RFC 6901 section 4).
fn unescaped(token: &str) -> Option<String> {
    let mut parts = token.split('~');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        text.push(match part.bytes().next()? {
            b'0' => '~',
            b'1' => '/',
            _ => return None,
        });
        text.push_str(part.get(1..)?);
    }
    Some(text)
}

impl ClaimPath {
    /// Of a constant list of names.
    pub(crate) fn of(names: &[&str]) -> Self {
        Self(names.iter().map(|name| (*name).to_owned()).collect())
    }

    /// The outermost member on the way.
    pub(super) fn root(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }

    /// What it leads to; members of objects only.
    pub(crate) fn find<'v>(&self, claims: &'v Value) -> Option<&'v Value> {
        self.0
            .iter()
            .try_fold(claims, |at, name| at.as_object()?.get(name))
    }

    /// Puts a value where it leads to. Where something other than an object is in the way, nothing
    /// changes.
    pub(super) fn put(&self, claims: &mut Map<String, Value>, value: Value) {
        let Some((last, outer)) = self.0.split_last() else {
            return;
        };
        let inner = outer.iter().try_fold(claims, |at, name| {
            let member = at.entry(name).or_insert_with(|| Map::new().into());
            member.as_object_mut()
        });
        if let Some(inner) = inner {
            inner.insert(last.clone(), value);
        }
    }
}

impl fmt::Display for ClaimPath {
    /// `realm_access.roles`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}
