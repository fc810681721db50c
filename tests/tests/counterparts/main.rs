//! The counterparts themselves: they serve what providers of their kind serve, so that what the
//! authorizer makes of it says something about the real ones.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

mod better_auth;
mod oidc_provider;
mod stack_auth;

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn signature(token: &str) -> Vec<u8> {
    let (_, signature) = token.rsplit_once('.').unwrap();
    BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap()
}

/// The texts of a token's header and payload.
fn texts(token: &str) -> [String; 2] {
    let parts: Vec<_> = token.split('.').take(2).collect();
    [parts[0], parts[1]]
        .map(|part| String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
}

fn key<'a>(jwks: &'a Value, kid: &str) -> &'a Value {
    let keys = jwks["keys"].as_array().unwrap();
    keys.iter()
        .find(|key| key["kid"] == kid)
        .unwrap_or_else(|| panic!("{kid} is not in {jwks}"))
}

fn assert_public(jwks: &Value) {
    for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
        for key in jwks["keys"].as_array().unwrap() {
            assert_eq!(key.get(private), None, "{key}");
        }
    }
}
