//! Tokens that look like the issuer's and are not.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Whoever makes them, with a key of their own.
pub struct Forger {
    key: EcdsaKeyPair,
}

impl Forger {
    /// With a new key.
    pub fn new() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { key }
    }

    /// Signed with that key, under any header.
    pub fn es256(&self, header: &Value, claims: &Value) -> String {
        let input = input(header, claims);
        let signed = self.key.sign(&SystemRandom::new(), input.as_bytes());
        compact(&input, signed.unwrap().as_ref())
    }

    /// Signed with a secret, under any header.
    pub fn hs256(secret: &[u8], header: &Value, claims: &Value) -> String {
        let input = input(header, claims);
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        compact(&input, hmac::sign(&key, input.as_bytes()).as_ref())
    }

    /// Not signed, and it says so; something else stands in place of the signature.
    pub fn unsigned(claims: &Value, instead: &[u8]) -> String {
        compact(
            &input(&json!({"alg": "none", "typ": "JWT"}), claims),
            instead,
        )
    }
}

fn input(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

fn compact(input: &str, signature: &[u8]) -> String {
    format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}
