//! What the tests of all stand-ins need: a client that follows nothing, and a reader of tokens that
//! shares no code with the writer.
#![allow(dead_code, reason = "each test file uses a part")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Client, redirect};
use serde_json::Value;

pub fn client() -> Client {
    Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs()
}

fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// Header and claims, unchecked.
pub fn parts(token: &str) -> (Value, Value) {
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3, "{token}");
    let json = |n: usize| serde_json::from_slice(&decoded(parts[n])).unwrap();
    (json(0), json(1))
}

/// Whether a key of this set (RFC 7517), chosen by `kid`, signed the token.
pub fn signed_by(token: &str, jwks: &Value) -> bool {
    let (header, _) = parts(token);
    let keys = jwks["keys"].as_array().unwrap();
    let Some(jwk) = keys.iter().find(|key| key["kid"] == header["kid"]) else {
        return false;
    };
    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = decoded(signature);
    let member = |name: &str| decoded(jwk[name].as_str().unwrap());
    match header["alg"].as_str().unwrap() {
        "ES256" => {
            let mut point = vec![4];
            for name in ["x", "y"] {
                let bytes = member(name);
                point.extend(vec![0; 32 - bytes.len()]);
                point.extend(bytes);
            }
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(input.as_bytes(), &signature)
                .is_ok()
        }
        "EdDSA" => UnparsedPublicKey::new(&ED25519, member("x"))
            .verify(input.as_bytes(), &signature)
            .is_ok(),
        "RS256" => RsaPublicKeyComponents {
            n: member("n"),
            e: member("e"),
        }
        .verify(&RSA_PKCS1_2048_8192_SHA256, input.as_bytes(), &signature)
        .is_ok(),
        other => panic!("{other}"),
    }
}

/// The token with other claims under the signature it had.
pub fn tampered(token: &str, claims: &Value) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("{}.{claims}.{}", parts[0], parts[2])
}

/// The token without a signature and with `alg` none.
pub fn unsigned(token: &str) -> String {
    let claims = token.split('.').nth(1).unwrap();
    format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(br#"{"alg":"none"}"#))
}
