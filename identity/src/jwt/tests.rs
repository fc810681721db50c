#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use serde_json::json;

use super::mint::Mint;
use super::*;

mod claims;
mod flips;
mod form;
mod header;
mod rfc;
mod vectors;

#[test]
fn a_refusal_says_what_is_wrong() {
    for (refusal, words) in [
        (
            Refusal::Algorithm,
            "the token's `alg` is not one of those expected",
        ),
        (Refusal::Expired, "the token has expired"),
        (Refusal::Signature, "the token's signature is wrong"),
    ] {
        assert_eq!(refusal.to_string(), words);
    }
}

/// When all tokens here are looked at, in seconds since 1970.
const NOW: u64 = 1_800_000_000;

const ALGORITHMS: [Algorithm; 13] = [
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
fn right_claims() -> Value {
    json!({
        "iss": "https://issuer.example", "aud": "api", "sub": "u-4711",
        "iat": NOW - 60, "nbf": NOW - 60, "exp": NOW + 60,
    })
}

/// What becomes of a token by the rules above.
fn outcome(token: &str, mint: &Mint) -> Result<(), Refusal> {
    verify(token, &rules(mint.algorithm()), &mint.keys(), now()).map(|_| ())
}

#[test]
fn a_right_token_of_every_algorithm_is_verified() {
    for algorithm in ALGORITHMS {
        let mint = Mint::new(algorithm, "k1");
        let token = mint.token(&right_claims());
        let verified = verify(&token, &rules(algorithm), &mint.keys(), now());
        assert_eq!(verified.as_ref().err(), None, "{algorithm}");
        let verified = verified.unwrap();
        assert_eq!(verified.subject, "u-4711");
        assert_eq!(verified.expires, now() + Duration::from_mins(1));
        assert_eq!(Value::Object(verified.claims), right_claims());
    }
}

#[test]
fn an_algorithm_has_its_name_and_none_has_another() {
    for algorithm in ALGORITHMS {
        assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        let json = json!(algorithm.to_string()).to_string();
        assert_eq!(serde_json::from_str::<Algorithm>(&json).unwrap(), algorithm);
        let symmetric = algorithm.to_string().starts_with("HS");
        assert_eq!(algorithm.is_symmetric(), symmetric);
    }
    assert_eq!("Ed25519".parse(), Ok(Algorithm::EdDsa));
    for name in [
        "none", "None", "es256", "ES256 ", "Ed448", "ES256K", "ESP256", "dir", "",
    ] {
        assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name}");
    }
    let error = serde_json::from_str::<Algorithm>("\"s3cret\"").unwrap_err();
    assert!(
        error.to_string().contains("write one of `ES256`"),
        "{error}"
    );
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[test]
fn the_algorithm_is_the_operators_choice() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    let token = mint.token(&right_claims());
    let with = |algorithms: &[Algorithm]| {
        let rules = Rules {
            algorithms: algorithms.to_vec(),
            ..rules(Algorithm::Es256)
        };
        verify(&token, &rules, &mint.keys(), now()).map(|_| ())
    };
    assert_eq!(with(&[]), Err(Refusal::Algorithm));
    assert_eq!(with(&[Algorithm::EdDsa]), Err(Refusal::Algorithm));
    assert_eq!(with(&[Algorithm::EdDsa, Algorithm::Es256]), Ok(()));
}

#[test]
fn what_is_verified_does_not_show_itself() {
    let mint = Mint::new(Algorithm::EdDsa, "k1");
    let mut claims = right_claims();
    claims["email"] = json!("ada@example.com");
    let token = mint.token(&claims);
    let verified = verify(&token, &rules(Algorithm::EdDsa), &mint.keys(), now()).unwrap();
    let shown = format!("{verified:?}");
    assert!(shown.contains("expires"), "{shown}");
    assert!(!shown.contains("ada") && !shown.contains("4711"), "{shown}");
}

#[test]
fn the_issuer_is_told_before_verifying_only_of_a_well_formed_token() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    let issuer = "https://issuer.example".to_owned();
    let token = mint.token(&right_claims());
    assert_eq!(unverified_issuer(&token), Some(issuer.clone()));
    let (signed, _) = token.rsplit_once('.').unwrap();
    assert_eq!(unverified_issuer(&format!("{signed}.AAAA")), Some(issuer));
    for payload in [
        "{}",
        r#"{"iss":["https://issuer.example"]}"#,
        r#"{"iss":"a","iss":"b"}"#,
        r#"{"iss":"a","\u0069ss":"a"}"#,
        r#"{"iss":"a""#,
        r#"{"iss":"a"}x"#,
        r#""a""#,
    ] {
        let token = mint.compact("{}", payload);
        assert_eq!(unverified_issuer(&token), None, "{payload}");
    }
    let long = format!("{}.{}.A", "A".repeat(MAX_TOKEN), mint::encode("{}"));
    assert_eq!(unverified_issuer(&long), None);
    assert_eq!(unverified_issuer(""), None);
}

#[test]
fn the_form_of_a_token_is_three_parts_of_strict_base64url() {
    for token in ["e30.e30.c2ln", "YQ.YQ.YQ", "a-_0.AAAA.AAAA"] {
        assert!(is_compact(token), "{token}");
    }
    let long = format!("{}.e30.c2ln", "A".repeat(MAX_TOKEN));
    for token in [
        "",
        "opaque",
        "e30.e30",
        "e30.e30.",
        "e30..c2ln",
        ".e30.c2ln",
        "e30.e30.c2ln.e30.e30",
        "e30.e30.c2ln\n",
        "e30. e30.c2ln",
        "e30=.e30.c2ln",
        "e+/0.e30.c2ln",
        "e30.e30.c2ln-_",
        "e30.e30.c",
        "ä30.e30.c2ln",
        &long,
    ] {
        assert!(!is_compact(token), "{token:.20}");
    }
}
