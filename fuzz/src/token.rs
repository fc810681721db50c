//! Tokens that are truly signed, the keys they are signed with, and what they must satisfy.
//!
//! Nothing is random, so that what breaks once breaks again. What only a random number can sign with
//! (ECDSA, PSS), or takes long to make a key for, is in `token/signed.json`, signed once; the private
//! keys are gone.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_identity::jwk::Keys;
use tollgate_identity::jwt::{Algorithm, Audience, DEFAULT_SKEW, Rules, Typ};

/// The issuer of all tokens.
pub const ISSUER: &str = "https://issuer.example";
/// Whom they are for.
pub const AUDIENCE: &str = "4711";
/// Whose they are.
pub const SUBJECT: &str = "u-zq-ada";
/// Their user's address.
pub const EMAIL: &str = "ada.zq@example.com";
/// What HS256 is signed with.
pub const SECRET: &str = "zq: a secret of 32 bytes, or more";
/// Noon of 2026-07-01, in seconds since 1970: within the life of all tokens.
pub const NOW: u64 = 1_782_907_200;

/// `kid` of the key for `EdDSA`.
const KID: &str = "ed";

const ALGORITHMS: [Algorithm; 13] = [
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::EdDsa,
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Hs256,
    Algorithm::Hs384,
    Algorithm::Hs512,
];

static ED25519: LazyLock<Ed25519KeyPair> =
    LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key"));

#[derive(Deserialize)]
struct Signed {
    keys: Vec<Value>,
    tokens: Vec<String>,
}

static SIGNED: LazyLock<Signed> =
    LazyLock::new(|| serde_json::from_str(include_str!("token/signed.json")).expect("tokens"));

/// What the clock says.
pub fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

/// Claims of [`SUBJECT`] from an issuer.
pub fn claims(issuer: &str) -> Value {
    json!({
        "iss": issuer, "aud": AUDIENCE, "sub": SUBJECT, "iat": NOW - 7200, "exp": NOW + 3600,
        "email": EMAIL, "role": "authenticated",
    })
}

/// The key for `EdDSA` as an entry of a JWKS.
pub fn jwk() -> Value {
    let x = encode(ED25519.public_key().as_ref());
    json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": KID, "alg": "EdDSA", "use": "sig"})
}

/// All public keys as entries of a JWKS.
pub fn jwks() -> Vec<Value> {
    SIGNED.keys.iter().cloned().chain([jwk()]).collect()
}

/// The same, read.
pub fn public_keys() -> Keys {
    Keys::parse(json!({ "keys": jwks() }).to_string().as_bytes()).expect("a JWKS")
}

/// The key for HS256.
pub fn secret_keys() -> Keys {
    Keys::symmetric(&[SECRET.as_bytes()]).expect("a secret")
}

/// A token of each kind that satisfies [`rules`].
pub fn all() -> Vec<String> {
    let claims = claims(ISSUER).to_string();
    let eddsa = eddsa(&json!({"alg": "EdDSA", "kid": KID}).to_string(), &claims);
    let hs256 = hs256(r#"{"alg":"HS256"}"#, &claims, SECRET.as_bytes());
    SIGNED
        .tokens
        .iter()
        .cloned()
        .chain([eddsa, hs256])
        .collect()
}

/// What all these tokens satisfy.
pub fn rules() -> Rules {
    Rules {
        issuers: vec![ISSUER.to_owned()],
        audience: Some(Audience {
            accepted: vec![AUDIENCE.to_owned()],
            claims: vec!["aud".to_owned()],
        }),
        algorithms: ALGORITHMS.to_vec(),
        typ: Typ::Any,
        skew: DEFAULT_SKEW,
        max_lifetime: None,
    }
}

/// A token with this header and payload to the letter, signed with Ed25519 whatever they say.
pub fn eddsa(header: &str, payload: &str) -> String {
    compact(header, payload, |signed| {
        ED25519.sign(signed).as_ref().to_vec()
    })
}

/// The same, signed with HMAC and SHA-256.
pub fn hs256(header: &str, payload: &str, secret: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    compact(header, payload, |signed| {
        hmac::sign(&key, signed).as_ref().to_vec()
    })
}

fn compact(header: &str, payload: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let signed = format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(payload.as_bytes())
    );
    let signature = encode(&sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// Base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What a text of base64url stands for, without zeros in front; nothing if it is none.
pub fn integer(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}
