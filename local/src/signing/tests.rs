//! Keys, their JWKs and what they sign.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;

const ALGORITHMS: [Algorithm; 13] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::EdDsa,
    Algorithm::Hs256,
    Algorithm::Hs384,
    Algorithm::Hs512,
];

#[test]
fn every_algorithm_has_a_name_and_signs() {
    for algorithm in ALGORITHMS {
        assert_eq!(Algorithm::named(algorithm.name()), Some(algorithm));
        let key = SigningKey::derive(algorithm, "seed", 12).unwrap();
        let token = key.token(None, &json!({ "sub": "u-1" })).unwrap();
        let jws = Jws::read(&token).unwrap();
        assert_eq!(jws.header["alg"], algorithm.name());
        assert!(key.signed(&jws), "{algorithm:?}");
        let is_shared = algorithm.name().starts_with("HS");
        assert_eq!(key.jwk(Coordinates::Full).is_none(), is_shared);
    }
    assert_eq!(Algorithm::named("none"), None);
}

fn all() -> [SigningKey; 4] {
    [
        SigningKey::hs256("secret"),
        SigningKey::derive(Algorithm::Rs256, "seed", 12).unwrap(),
        SigningKey::derive(Algorithm::Es256, "seed", 12).unwrap(),
        SigningKey::derive(Algorithm::EdDsa, "seed", 12).unwrap(),
    ]
}

#[test]
fn a_key_knows_its_own_tokens_and_no_others() {
    let keys = all();
    for (n, key) in keys.iter().enumerate() {
        let token = key.token(Some("JWT"), &json!({ "sub": "u-ü" })).unwrap();
        let jws = Jws::read(&token).unwrap();
        assert_eq!(jws.claims["sub"], "u-ü");
        assert_eq!(jws.header["typ"], "JWT");
        for (m, other) in keys.iter().enumerate() {
            assert_eq!(other.signed(&jws), n == m, "{other:?}");
        }
        let (input, _) = token.rsplit_once('.').unwrap();
        let changed = compact(&format!("{input}A"), &jws.signature);
        assert!(Jws::read(&changed).is_none_or(|jws| !key.signed(&jws)));
    }
}

#[test]
fn jwks_hold_what_their_kind_needs() {
    let sizes = |jwk: &Value, member: &str| {
        URL_SAFE_NO_PAD
            .decode(jwk[member].as_str().unwrap())
            .unwrap()
            .len()
    };
    let [hmac, rsa, p256, ed25519] = all().map(|key| key.jwk(Coordinates::Full));
    assert_eq!(hmac, None);
    let (rsa, p256, ed25519) = (rsa.unwrap(), p256.unwrap(), ed25519.unwrap());
    assert_eq!((sizes(&rsa, "n"), sizes(&rsa, "e")), (256, 3));
    assert_eq!((sizes(&p256, "x"), sizes(&p256, "y")), (32, 32));
    assert_eq!(sizes(&ed25519, "x"), 32);
    for (jwk, algorithm) in [(rsa, "RS256"), (p256, "ES256"), (ed25519, "EdDSA")] {
        assert_eq!(jwk["alg"], algorithm);
        assert_eq!(jwk["kid"].as_str().unwrap().len(), 12);
        assert!(jwk.get("d").is_none());
    }
}

#[test]
fn derived_keys_are_the_same_in_every_run() {
    for algorithm in [
        Algorithm::Rs256,
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
        Algorithm::EdDsa,
    ] {
        let jwk = |seed| {
            let key = SigningKey::derive(algorithm, seed, 12).unwrap();
            key.jwk(Coordinates::Full).unwrap()
        };
        assert_eq!(jwk("a"), jwk("a"));
        assert_ne!(jwk("a"), jwk("b"));
    }
}

#[test]
fn a_key_that_follows_an_rsa_key_is_another() {
    let modulus = |key: SigningKey| key.jwk(Coordinates::Full).unwrap()["n"].clone();
    let first = modulus(SigningKey::derive(Algorithm::Rs256, "seed", 12).unwrap());
    let next = modulus(SigningKey::derive_next(Algorithm::Rs256, "seed", 12).unwrap());
    assert_ne!(first, next);
}

#[test]
fn a_short_coordinate_is_one_byte_shorter_without_padding() {
    let key = SigningKey::derive_short("seed", 12).unwrap();
    let lengths = |coordinates| {
        let jwk = key.jwk(coordinates).unwrap();
        ["x", "y"].map(|member| {
            let text = jwk[member].as_str().unwrap().to_owned();
            URL_SAFE_NO_PAD.decode(text).unwrap().len()
        })
    };
    assert_eq!(lengths(Coordinates::Full), [32, 32]);
    assert!(lengths(Coordinates::Short).iter().min() < Some(&32));
    let token = key.token(None, &json!({})).unwrap();
    assert!(key.signed(&Jws::read(&token).unwrap()));
}

#[test]
fn debug_shows_no_secret() {
    assert_eq!(format!("{:?}", SigningKey::hs256("secret")), "SigningKey()");
}
