//! The keys a token can be signed with, prepared from a JWKS or from secrets.
//!
//! A key is checked and brought into the form of the crypto library once, when the set is
//! read; verifying a token parses no key. A key that is not for verifying signatures, or not
//! known here, is skipped and never takes the rest of the set with it.

mod document;
mod public_key;
mod shared;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::ParsedPublicKey;

use crate::json::Object;
use crate::jwt::{Algorithm, Refusal};
use public_key::PublicKey;

/// Largest JWKS document, in bytes.
pub const MAX_DOCUMENT: usize = 5 * 1024 * 1024;
/// Most keys in a JWKS document.
pub const MAX_KEYS: usize = 1000;
/// Longest `kid`, in bytes.
pub const MAX_KID: usize = 256;
/// Smallest RSA modulus, in bits (RFC 7518 section 3.3).
pub const MIN_MODULUS_BITS: usize = 2048;
/// Largest RSA modulus, in bits: the time to verify grows with its square.
pub const MAX_MODULUS_BITS: usize = 8192;
/// Shortest secret, in bytes (RFC 7518 section 3.2, for HS256).
pub const MIN_SECRET: usize = 32;

/// The usable keys of a JWKS, or the secrets of an operator: never both, so that no public
/// key can serve as a secret.
pub struct Keys(Kind);

enum Kind {
    Public(PublicKeys),
    Secrets(Vec<Secret>),
}

impl Keys {
    /// Reads a JWKS (RFC 7517 section 5).
    ///
    /// Skipped are keys that are not for verifying (`use`, `key_ops`, RFC 7517 sections 4.2
    /// and 4.3), of an unknown kind or algorithm, malformed or too weak, those that show
    /// their private part, and symmetric ones. When different usable keys have one `kid`,
    /// all of them are: which is meant cannot be known. The same key twice is one key.
    ///
    /// A set without usable keys is read, and refuses every token.
    ///
    /// # Errors
    /// When the document as a whole is not a JWKS, or is over [`MAX_DOCUMENT`] or
    /// [`MAX_KEYS`].
    pub fn parse(document: &[u8]) -> Result<Self, KeysError> {
        let mut keys = PublicKeys::default();
        for entry in document::read(document)? {
            keys.add(entry);
        }
        Ok(Self(Kind::Public(keys)))
    }

    /// Takes an operator's own secrets for HMAC: one, or two while they rotate. Each serves
    /// the algorithms whose hash is not longer than it (RFC 7518 section 3.2).
    ///
    /// Every secret is tried, whatever the token's `kid`.
    ///
    /// # Errors
    /// When there is none, or one is shorter than [`MIN_SECRET`].
    pub fn symmetric(secrets: &[&[u8]]) -> Result<Self, KeysError> {
        if secrets.is_empty() {
            return Err(KeysError::NoSecret);
        }
        if secrets.iter().any(|secret| secret.len() < MIN_SECRET) {
            return Err(KeysError::ShortSecret);
        }
        let secrets = secrets.iter().map(|secret| Secret::new(secret));
        Ok(Self(Kind::Secrets(secrets.collect())))
    }

    /// How many keys there are to verify with.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kind::Public(keys) => keys.usable().count(),
            Kind::Secrets(secrets) => secrets.len(),
        }
    }

    /// Whether there is no key, so that every token is refused.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many keys of the document were not usable.
    pub fn skipped(&self) -> usize {
        match &self.0 {
            Kind::Public(keys) => keys.skipped,
            Kind::Secrets(_) => 0,
        }
    }

    /// Whether `signature` is that of `message` by the key with this `kid`, or without one
    /// by the only key for the algorithm. If that one is not it, or there is none, the token's key
    /// is unknown: an issuer that names none may have changed it.
    pub(crate) fn check(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Refusal> {
        let (right, wrong) = match &self.0 {
            Kind::Public(keys) => {
                let key = keys.find(kid, algorithm)?;
                let wrong = match kid {
                    Some(_) => Refusal::Signature,
                    None => Refusal::UnknownKey,
                };
                (key.verify_sig(message, signature).is_ok(), wrong)
            }
            Kind::Secrets(secrets) => {
                let mut fit = secrets
                    .iter()
                    .filter_map(|secret| secret.key(algorithm))
                    .peekable();
                fit.peek().ok_or(Refusal::KeyMismatch)?;
                let right = fit.any(|key| hmac::verify(key, message, signature).is_ok());
                (right, Refusal::Signature)
            }
        };
        right.then_some(()).ok_or(wrong)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("len", &self.len())
            .field("skipped", &self.skipped())
            .finish_non_exhaustive()
    }
}

/// The keys of a JWKS.
#[derive(Default)]
struct PublicKeys {
    by_kid: HashMap<Box<str>, Named>,
    /// Those without a `kid`.
    unnamed: Vec<PublicKey>,
    skipped: usize,
}

/// What has a `kid`.
enum Named {
    One(PublicKey),
    /// Different keys, kept none of.
    Several,
}

impl PublicKeys {
    fn add(&mut self, entry: document::Entry<'_>) {
        let document::Entry::Jwk(entry) = entry else {
            self.skipped += 1;
            return;
        };
        let Object(jwk) = *entry;
        let Some(key) = PublicKey::prepare(&jwk) else {
            self.skipped += 1;
            return;
        };
        match jwk.kid.map(|kid| self.by_kid.entry(kid.into())) {
            None => self.unnamed.push(key),
            Some(Entry::Vacant(vacant)) => {
                vacant.insert(Named::One(key));
            }
            Some(Entry::Occupied(mut occupied)) => match occupied.get() {
                Named::One(known) if *known == key => {}
                Named::One(_) => {
                    occupied.insert(Named::Several);
                    self.skipped += 2;
                }
                Named::Several => self.skipped += 1,
            },
        }
    }

    fn usable(&self) -> impl Iterator<Item = &PublicKey> {
        let named = self.by_kid.values().filter_map(|named| match named {
            Named::One(key) => Some(key),
            Named::Several => None,
        });
        named.chain(&self.unnamed)
    }

    fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<&ParsedPublicKey, Refusal> {
        let Some(kid) = kid else {
            let mut fit = self.usable().filter_map(|key| key.form(algorithm));
            return match (fit.next(), fit.next()) {
                // An issuer that names none may have changed its algorithm with its key, or had no
                // key for a moment.
                (None, _) => Err(Refusal::UnknownKey),
                (Some(key), None) => Ok(key),
                (Some(_), Some(_)) => Err(Refusal::AmbiguousKey),
            };
        };
        match self.by_kid.get(kid) {
            None => Err(Refusal::UnknownKey),
            Some(Named::Several) => Err(Refusal::AmbiguousKey),
            Some(Named::One(key)) => key.form(algorithm).ok_or(Refusal::KeyMismatch),
        }
    }
}

/// A secret in the forms it serves in.
struct Secret(Vec<(Algorithm, hmac::Key)>);

impl Secret {
    fn new(secret: &[u8]) -> Self {
        let forms = [
            (Algorithm::Hs256, hmac::HMAC_SHA256),
            (Algorithm::Hs384, hmac::HMAC_SHA384),
            (Algorithm::Hs512, hmac::HMAC_SHA512),
        ];
        let long_enough =
            |(_, hash): &(_, hmac::Algorithm)| secret.len() >= hash.digest_algorithm().output_len();
        Self(
            forms
                .into_iter()
                .filter(long_enough)
                .map(|(algorithm, hash)| (algorithm, hmac::Key::new(hash, secret)))
                .collect(),
        )
    }

    fn key(&self, algorithm: Algorithm) -> Option<&hmac::Key> {
        let mut forms = self.0.iter();
        forms.find_map(|(form, key)| (*form == algorithm).then_some(key))
    }
}

/// Why there are no keys. No message repeats the document or a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysError {
    /// Longer than [`MAX_DOCUMENT`].
    TooLarge,
    /// Not a JSON object with a list `keys`.
    NotAKeySet,
    /// More than [`MAX_KEYS`].
    TooManyKeys,
    /// No secret was given.
    NoSecret,
    /// A secret is shorter than [`MIN_SECRET`].
    ShortSecret,
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "the key set is longer than {MAX_DOCUMENT} bytes"),
            Self::NotAKeySet => f.write_str("the key set is not a JSON object with a list `keys`"),
            Self::TooManyKeys => write!(f, "the key set has more than {MAX_KEYS} keys"),
            Self::NoSecret => f.write_str("there is no secret"),
            Self::ShortSecret => write!(
                f,
                "the secret is shorter than {MIN_SECRET} bytes, so that it could be guessed: make \
                 a longer one, at random"
            ),
        }
    }
}

impl std::error::Error for KeysError {}

#[cfg(test)]
mod tests;
