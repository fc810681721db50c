//! The JWKS document (RFC 7517): which of its members are read, and as what.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::{KeysError, MAX_DOCUMENT, MAX_KEYS};
use crate::json::Object;

/// Reads the entries of a JWKS.
pub(super) fn read(document: &[u8]) -> Result<Vec<Entry<'_>>, KeysError> {
    if document.len() > MAX_DOCUMENT {
        return Err(KeysError::TooLarge);
    }
    // What is skipped would not be looked at.
    let document = str::from_utf8(document).map_err(|_| KeysError::NotAKeySet)?;
    // The error of the reader could repeat the document.
    let Object(document): Object<Document<'_>> =
        serde_json::from_str(document).map_err(|_| KeysError::NotAKeySet)?;
    let entries = document.keys.0;
    if entries.len() > MAX_KEYS {
        return Err(KeysError::TooManyKeys);
    }
    Ok(entries)
}

/// RFC 7517 section 5.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    keys: Entries<'a>,
}

/// The first entries, one more than may be.
struct Entries<'a>(Vec<Entry<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of keys")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entries<'de>, A::Error> {
        let mut entries = Vec::new();
        while entries.len() <= MAX_KEYS {
            match list.next_element()? {
                Some(entry) => entries.push(entry),
                None => return Ok(Entries(entries)),
            }
        }
        while let Some(IgnoredAny) = list.next_element()? {}
        Ok(Entries(entries))
    }
}

/// An entry of the list.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Entry<'a> {
    #[serde(borrow)]
    Jwk(Box<Object<Jwk<'a>>>),
    /// Not an object, a member of a wrong type, or one that is there twice (RFC 7517
    /// section 4 lets it be refused).
    Malformed(IgnoredAny),
}

/// The members of a JWK that matter here (RFC 7517 section 4, RFC 7518 section 6).
#[derive(Deserialize)]
pub(super) struct Jwk<'a> {
    #[serde(borrow)]
    pub kty: Cow<'a, str>,
    #[serde(borrow)]
    pub kid: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "use")]
    pub usage: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub key_ops: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow)]
    pub alg: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub crv: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub x: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub y: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub n: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub e: Option<Cow<'a, str>>,
    // The members of a private or symmetric key: only whether they are there is read.
    d: Option<IgnoredAny>,
    p: Option<IgnoredAny>,
    q: Option<IgnoredAny>,
    dp: Option<IgnoredAny>,
    dq: Option<IgnoredAny>,
    qi: Option<IgnoredAny>,
    oth: Option<IgnoredAny>,
    k: Option<IgnoredAny>,
}

impl Jwk<'_> {
    /// Whether the key shows what only its owner may know.
    pub(super) fn is_private(&self) -> bool {
        [
            self.d, self.p, self.q, self.dp, self.dq, self.qi, self.oth, self.k,
        ]
        .iter()
        .any(Option::is_some)
    }
}
