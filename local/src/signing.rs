//! Keys that stand-ins sign tokens with, and the JWKs that verifiers know them by (RFC 7517, RFC 7518).
//!
//! Keys are derived from a text, so they are the same in every run; they are no secret. An RSA key cannot
//! be derived: the first of a stand-in is one that comes with this crate, later ones are new.

mod algorithm;
mod ring;

use std::fmt;

use aws_lc_rs::agreement;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::jws::{Jws, compact, signing_input};
pub use algorithm::Algorithm;
use algorithm::{Curve, Scheme};
pub(crate) use ring::KeyRing;

/// Keys that are looked through for one with a short coordinate; one in 128 has it, so all but
/// one search in 10¹³ end sooner.
const SHORT_COORDINATE_SEARCH: usize = 4096;

/// A signing key could not be made, or would not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyError;

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the crypto library gave no signing key or no signature")
    }
}

impl std::error::Error for KeyError {}

/// An RSA key of 2048 bits in PKCS #8, published with this crate: it proves nothing to anybody.
const DEVELOPMENT_RSA_KEY: &[u8] = include_bytes!("signing/development-rsa.pk8");

/// How a JWK writes the coordinates of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coordinates {
    /// In 32 bytes, as RFC 7518 section 6.2.1.2 wants it.
    Full,
    /// Without leading zero bytes, as Stack Auth does it.
    Short,
}

/// The secret that a client shares with an issuer of HS256, HS384 or HS512 tokens in development.
pub(crate) const SHARED_SECRET: &str =
    "issuer-development-secret-shared-with-nobody-else-and-long-enough-for-HS512";

enum Secret {
    Hmac(Box<hmac::Key>),
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// One key. `Debug` shows its ID only.
pub(crate) struct SigningKey {
    kid: String,
    algorithm: Algorithm,
    secret: Secret,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

impl SigningKey {
    /// A shared secret for HS256; it has neither ID nor JWK.
    pub(crate) fn hs256(secret: &str) -> Self {
        Self {
            kid: String::new(),
            algorithm: Algorithm::Hs256,
            secret: shared(hmac::HMAC_SHA256, secret),
        }
    }

    /// The key of this seed, with an ID of `kid_length` base64url characters (43 at most). A shared
    /// secret is [`SHARED_SECRET`] and an RSA key the one that comes with this crate, whatever the seed.
    pub(crate) fn derive(
        algorithm: Algorithm,
        seed: &str,
        kid_length: usize,
    ) -> Result<Self, KeyError> {
        let secret = match algorithm.scheme() {
            Scheme::Hmac(hash) => shared(hash, SHARED_SECRET),
            Scheme::Rsa(..) => {
                Secret::Rsa(RsaKeyPair::from_pkcs8(DEVELOPMENT_RSA_KEY).map_err(|_| KeyError)?)
            }
            Scheme::Ecdsa(curve) => Secret::Ecdsa(ecdsa(&curve, seed)?),
            Scheme::Ed25519(_) => Secret::Ed25519(
                Ed25519KeyPair::from_seed_unchecked(digest(&SHA256, seed.as_bytes()).as_ref())
                    .map_err(|_| KeyError)?,
            ),
        };
        let id = digest(&SHA256, format!("kid of {seed}").as_bytes());
        let kid = URL_SAFE_NO_PAD
            .encode(id)
            .chars()
            .take(kid_length)
            .collect();
        Ok(Self {
            kid,
            algorithm,
            secret,
        })
    }

    /// A key to follow the first: as [`SigningKey::derive`], but an RSA key is new.
    pub(crate) fn derive_next(
        algorithm: Algorithm,
        seed: &str,
        kid_length: usize,
    ) -> Result<Self, KeyError> {
        let mut key = Self::derive(algorithm, seed, kid_length)?;
        if let Secret::Rsa(pair) = &mut key.secret {
            *pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError)?;
        }
        Ok(key)
    }

    /// The first ES256 key from this seed on that has a coordinate with a leading zero byte.
    pub(crate) fn derive_short(seed: &str, kid_length: usize) -> Result<Self, KeyError> {
        (0..SHORT_COORDINATE_SEARCH)
            .filter_map(|n| Self::derive(Algorithm::Es256, &format!("{seed} {n}"), kid_length).ok())
            .find(|key| {
                key.point()
                    .is_some_and(|(x, y)| x.first() == Some(&0) || y.first() == Some(&0))
            })
            .ok_or(KeyError)
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// As in `alg`.
    pub(crate) fn algorithm(&self) -> &'static str {
        self.algorithm.name()
    }

    /// The public key with `alg` and `kid`; `None` for a shared secret.
    pub(crate) fn jwk(&self, coordinates: Coordinates) -> Option<Value> {
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match (&self.secret, self.algorithm.scheme()) {
            (Secret::Rsa(pair), _) => {
                json!({ "kty": "RSA", "n": encoded(modulus(pair)?), "e": "AQAB" })
            }
            (Secret::Ecdsa(_), Scheme::Ecdsa(curve)) => {
                let (x, y) = self.point()?;
                let [x, y] = [x, y].map(|bytes| match coordinates {
                    Coordinates::Full => encoded(bytes),
                    Coordinates::Short => encoded(without_leading_zeros(bytes)),
                });
                json!({ "kty": "EC", "crv": curve.name, "x": x, "y": y })
            }
            (Secret::Ed25519(pair), _) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key().as_ref()) })
            }
            _ => return None,
        };
        let members = jwk.as_object_mut()?;
        members.insert("alg".to_owned(), self.algorithm().into());
        members.insert("kid".to_owned(), self.kid().into());
        Some(jwk)
    }

    fn point(&self) -> Option<(&[u8], &[u8])> {
        let Secret::Ecdsa(pair) = &self.secret else {
            return None;
        };
        // SEC 1 section 2.3.3: 04, x, y.
        let coordinates = pair.public_key().as_ref().get(1..)?;
        coordinates.split_at_checked(coordinates.len() / 2)
    }

    /// A token of these claims; the header has `alg`, `kid` (but for a shared secret) and this `typ`.
    pub(crate) fn token(&self, typ: Option<&str>, claims: &Value) -> Result<String, KeyError> {
        let mut header = json!({ "alg": self.algorithm() });
        if let Some(members) = header.as_object_mut() {
            if !self.kid.is_empty() {
                members.insert("kid".to_owned(), self.kid().into());
            }
            if let Some(typ) = typ {
                members.insert("typ".to_owned(), typ.into());
            }
        }
        let input = signing_input(&header, claims);
        let signature = self.sign(input.as_bytes())?;
        Ok(compact(&input, &signature))
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        match (&self.secret, self.algorithm.scheme()) {
            (Secret::Hmac(key), _) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            (Secret::Rsa(pair), Scheme::Rsa(encoding, _)) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature)
                    .map_err(|_| KeyError)?;
                Ok(signature)
            }
            (Secret::Ecdsa(pair), _) => pair
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| KeyError),
            (Secret::Ed25519(pair), _) => Ok(pair.sign(message).as_ref().to_vec()),
            _ => Err(KeyError),
        }
    }

    /// Whether this key signed the token, under its own algorithm.
    pub(crate) fn signed(&self, token: &Jws<'_>) -> bool {
        let message = token.signing_input.as_bytes();
        let public = match &self.secret {
            Secret::Hmac(key) => {
                return self.is_named_by(token)
                    && hmac::verify(key, message, &token.signature).is_ok();
            }
            Secret::Rsa(pair) => pair.public_key().as_ref(),
            Secret::Ecdsa(pair) => pair.public_key().as_ref(),
            Secret::Ed25519(pair) => pair.public_key().as_ref(),
        };
        let verification = self.algorithm.scheme().verification();
        self.is_named_by(token)
            && verification.is_some_and(|verification| {
                UnparsedPublicKey::new(verification, public)
                    .verify(message, &token.signature)
                    .is_ok()
            })
    }

    /// Whether the token names this key's algorithm.
    fn is_named_by(&self, token: &Jws<'_>) -> bool {
        token.header.get("alg").and_then(Value::as_str) == Some(self.algorithm())
    }
}

fn shared(hash: hmac::Algorithm, secret: &str) -> Secret {
    Secret::Hmac(Box::new(hmac::Key::new(hash, secret.as_bytes())))
}

/// The pair whose private key is the digest of the seed, in the curve's size; all but 1 in 2³² digests
/// are one.
fn ecdsa(curve: &Curve, seed: &str) -> Result<EcdsaKeyPair, KeyError> {
    let hash = digest(curve.digest, seed.as_bytes());
    let mut private = vec![0; curve.bytes.saturating_sub(hash.as_ref().len())];
    private.extend_from_slice(hash.as_ref());
    let public = agreement::PrivateKey::from_private_key(curve.agreement, &private)
        .map_err(|_| KeyError)?
        .compute_public_key()
        .map_err(|_| KeyError)?;
    EcdsaKeyPair::from_private_key_and_public_key(curve.signing, &private, public.as_ref())
        .map_err(|_| KeyError)
}

/// The modulus of a 2048 bit key with exponent 65537, whose `RSAPublicKey` (RFC 8017 appendix A.1.1) is
/// always 9 bytes of DER headers, 256 of modulus and 5 of exponent.
fn modulus(pair: &RsaKeyPair) -> Option<&[u8]> {
    pair.public_key().as_ref().get(9..265)
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
