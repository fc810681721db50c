//! Any bytes as a key set: every key that is kept is of a kind and size that is allowed, and a set
//! verifies a token only if it holds the key that signed it.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use serde_json::Value;
use tollgate_fuzz::{json, token};
use tollgate_identity::jwk::{Keys, MAX_KEYS, MAX_MODULUS_BITS, MIN_MODULUS_BITS};
use tollgate_identity::jwt;

/// A signed token, and what is in the public key that signed it and in no other.
struct Signed {
    token: String,
    key: Vec<u8>,
}

static SIGNED: LazyLock<Vec<Signed>> = LazyLock::new(|| {
    let (keys, rules) = (token::jwks(), token::rules());
    let with = |key: &Value, token: &str| {
        let document = serde_json::json!({ "keys": [key] }).to_string();
        let keys = Keys::parse(document.as_bytes()).expect("a key");
        jwt::verify(token, &rules, &keys, token::now()).is_ok()
    };
    let signed = token::all().into_iter().filter_map(|token| {
        let key = keys.iter().find(|key| with(key, &token))?;
        let key = material(key)?;
        Some(Signed { token, key })
    });
    signed.collect()
});

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    json::mutate(data, size, most, seed)
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(keys) = Keys::parse(bytes) else {
        return;
    };
    assert_eq!(keys.is_empty(), keys.len() == 0);
    // What is skipped unread may be deeper than this reader goes.
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let entries = document["keys"].as_array().expect("a list of keys");
    assert!(entries.len() <= MAX_KEYS && keys.len() + keys.skipped() <= entries.len());
    let allowed = entries.iter().filter(|entry| is_allowed(entry)).count();
    assert!(keys.len() <= allowed, "a key too many: {document}");
    for Signed { token, key } in SIGNED.iter() {
        if jwt::verify(token, &token::rules(), &keys, token::now()).is_ok() {
            let held = entries
                .iter()
                .any(|entry| material(entry).as_ref() == Some(key));
            assert!(held, "verified without its key: {document}");
        }
    }
});

/// What tells a public key from others.
fn material(entry: &Value) -> Option<Vec<u8>> {
    let text = entry.get("n").filter(|_| entry["kty"] == "RSA");
    token::integer(text.or(entry.get("x"))?.as_str()?)
}

/// Whether a key may be used at all (RFC 7518, section 6; RFC 8037, section 2).
fn is_allowed(entry: &Value) -> bool {
    let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    let shows = |name: &&str| entry.get(name).is_some_and(|value| !value.is_null());
    if private.iter().any(|name| shows(name)) {
        return false;
    }
    let text = |name: &str| entry[name].as_str().unwrap_or_default();
    match (text("kty"), text("crv")) {
        ("RSA", _) => token::integer(text("n")).is_some_and(|modulus| {
            let zeros = modulus
                .first()
                .map_or(0, |byte| byte.leading_zeros() as usize);
            (MIN_MODULUS_BITS..=MAX_MODULUS_BITS).contains(&(modulus.len() * 8 - zeros))
        }),
        ("EC", curve) => ["P-256", "P-384", "P-521"].contains(&curve),
        ("OKP", curve) => curve == "Ed25519",
        _ => false,
    }
}
