//! Makes tokens, for tests: keys of its own, whatever header and payload is wanted.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaKeyPair,
};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::Algorithm;
use crate::jwk::Keys;

/// An issuer's signing key.
pub(crate) struct Mint {
    algorithm: Algorithm,
    kid: String,
    key: Key,
}

enum Key {
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
    Secret([u8; 64]),
}

impl Mint {
    /// With a new key.
    pub(crate) fn new(algorithm: Algorithm, kid: &str) -> Self {
        let ec = |algorithm: &'static EcdsaSigningAlgorithm| {
            Key::Ec(EcdsaKeyPair::generate(algorithm).unwrap())
        };
        let key = match algorithm {
            Algorithm::Es256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::Es384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::Es512 => ec(&ECDSA_P521_SHA512_FIXED_SIGNING),
            Algorithm::EdDsa => Key::Ed25519(Ed25519KeyPair::generate().unwrap()),
            Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => {
                let mut secret = [0; 64];
                rand::fill(&mut secret).unwrap();
                Key::Secret(secret)
            }
            _ => Key::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
        };
        Self {
            algorithm,
            kid: kid.to_owned(),
            key,
        }
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public key as an entry of a JWKS.
    pub(crate) fn jwk(&self) -> Value {
        let (alg, kid) = (self.algorithm.to_string(), &self.kid);
        match &self.key {
            Key::Ec(pair) => {
                let (x, y) =
                    pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
                let crv = match self.algorithm {
                    Algorithm::Es256 => "P-256",
                    Algorithm::Es384 => "P-384",
                    _ => "P-521",
                };
                let (x, y) = (encode(x), encode(y));
                json!({"kty": "EC", "crv": crv, "x": x, "y": y, "alg": alg, "kid": kid})
            }
            Key::Ed25519(pair) => {
                let x = encode(pair.public_key());
                json!({"kty": "OKP", "crv": "Ed25519", "x": x, "alg": alg, "kid": kid})
            }
            Key::Rsa(pair) => {
                // RSAPublicKey (RFC 8017 appendix A.1.1): nine bytes come before the modulus
                // and its zero in front, and the exponent is 65537.
                let n = encode(&pair.public_key().as_ref()[9..9 + 256]);
                json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": alg, "kid": kid})
            }
            Key::Secret(_) => json!({"kty": "oct", "k": "", "alg": alg, "kid": kid}),
        }
    }

    /// The keys to verify its tokens with.
    pub(crate) fn keys(&self) -> Keys {
        match &self.key {
            Key::Secret(secret) => Keys::symmetric(&[secret]).unwrap(),
            _ => Keys::parse(&jwks(&[self.jwk()])).unwrap(),
        }
    }

    /// A token with these claims, its header `alg` and `kid`.
    pub(crate) fn token(&self, claims: &Value) -> String {
        let header = json!({"alg": self.algorithm.to_string(), "kid": self.kid});
        self.compact(header.to_string(), claims.to_string())
    }

    /// A token with this header and payload to the letter.
    pub(crate) fn compact(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        let signed = format!("{}.{}", encode(header), encode(payload));
        let signature = encode(self.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            Key::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Key::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Key::Secret(secret) => {
                let hash = match self.algorithm {
                    Algorithm::Hs256 => hmac::HMAC_SHA256,
                    Algorithm::Hs384 => hmac::HMAC_SHA384,
                    _ => hmac::HMAC_SHA512,
                };
                let key = hmac::Key::new(hash, secret);
                hmac::sign(&key, message).as_ref().to_vec()
            }
            Key::Rsa(pair) => {
                let padding: &'static dyn aws_lc_rs::signature::RsaEncoding = match self.algorithm {
                    Algorithm::Rs256 => &RSA_PKCS1_SHA256,
                    Algorithm::Rs384 => &RSA_PKCS1_SHA384,
                    Algorithm::Rs512 => &RSA_PKCS1_SHA512,
                    Algorithm::Ps256 => &RSA_PSS_SHA256,
                    Algorithm::Ps384 => &RSA_PSS_SHA384,
                    _ => &RSA_PSS_SHA512,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature)
                    .unwrap();
                signature
            }
        }
    }
}

/// A JWKS document of these entries.
pub(crate) fn jwks(entries: &[Value]) -> Vec<u8> {
    json!({"keys": entries}).to_string().into_bytes()
}

/// Base64url without padding.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
