#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::json;

use super::mint::Mint;
use super::*;

/// When all tokens here are looked at, in seconds since 1970.
const NOW: u64 = 1_800_000_000;

pub(super) const ALGORITHMS: [Algorithm; 13] = [
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::EdDsa,
    Algorithm::Hs256,
    Algorithm::Hs384,
    Algorithm::Hs512,
];

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

/// What most tokens here have to satisfy.
fn rules(algorithm: Algorithm) -> Rules {
    Rules {
        issuers: vec!["https://issuer.example".to_owned()],
        audience: Some(Audience {
            accepted: vec!["api".to_owned()],
            claims: vec!["aud".to_owned()],
        }),
        algorithms: vec![algorithm],
        typ: Typ::Any,
        skew: Duration::ZERO,
        max_lifetime: None,
    }
}

/// Claims that satisfy them.
fn claims() -> Value {
    json!({
        "iss": "https://issuer.example", "aud": "api", "sub": "u-4711",
        "iat": NOW - 60, "nbf": NOW - 60, "exp": NOW + 60,
    })
}

#[test]
fn a_right_token_of_every_algorithm_is_verified() {
    for algorithm in ALGORITHMS {
        let mint = Mint::new(algorithm, "k1");
        let verified = verify(
            &mint.token(&claims()),
            &rules(algorithm),
            &mint.keys(),
            now(),
        );
        assert_eq!(verified.as_ref().err(), None, "{algorithm}");
        let verified = verified.unwrap();
        assert_eq!(verified.subject, "u-4711");
        assert_eq!(verified.expires, now() + Duration::from_mins(1));
        assert_eq!(Value::Object(verified.claims), claims());
    }
}
