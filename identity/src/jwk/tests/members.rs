//! What an entry of the set may say, and what makes it useless.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

/// Checks that each entry is skipped, and the key beside it kept.
fn check_skipped(entries: impl IntoIterator<Item = (&'static str, Value)>) {
    let good = Mint::new(Algorithm::EdDsa, "good");
    for (name, jwk) in entries {
        let keys = parse(&[jwk.clone(), good.jwk(), jwk]);
        assert_eq!((keys.len(), keys.skipped()), (1, 2), "{name}");
        assert_eq!(outcome(&keys, Some("good"), &good), Ok(()), "{name}");
        let unknown = outcome(&keys, Some("k"), &good);
        assert_eq!(unknown, Err(Refusal::UnknownKey), "{name}");
    }
}

/// The same for a key that these changes make useless.
fn check_changes<const N: usize>(algorithm: Algorithm, changes: [(&'static str, Value); N]) {
    let jwk = Mint::new(algorithm, "k").jwk();
    assert_eq!(parse(std::slice::from_ref(&jwk)).len(), 1);
    check_skipped(changes.map(|(name, change)| (name, changed(jwk.clone(), &change))));
}

#[test]
fn what_is_no_key_is_skipped() {
    let secret = json!({"kty": "oct", "k": encode([7; 32]), "alg": "HS256", "kid": "k"});
    check_skipped([
        ("null", json!(null)),
        ("a number", json!(1)),
        ("a text", json!("EC")),
        ("a list", json!([])),
        ("an empty object", json!({})),
        ("a secret", secret),
    ]);
}

#[test]
fn a_key_that_is_not_for_verifying_is_skipped() {
    check_changes(
        Algorithm::Es256,
        [
            ("kty missing", json!({"kty": null})),
            ("kty unknown", json!({"kty": "AKP"})),
            ("kty in lower case", json!({"kty": "ec"})),
            ("kty a number", json!({"kty": 1})),
            ("kty of another key", json!({"kty": "OKP"})),
            ("for encryption", json!({"use": "enc"})),
            ("use of both", json!({"use": "sig enc"})),
            ("use empty", json!({"use": ""})),
            ("use a list", json!({"use": ["sig"]})),
            ("key_ops without verify", json!({"key_ops": ["sign"]})),
            ("key_ops empty", json!({"key_ops": []})),
            ("key_ops a text", json!({"key_ops": "verify"})),
            ("private", json!({"d": encode([1; 32])})),
            ("private part empty", json!({"d": ""})),
            ("kid a number", json!({"kid": 1})),
            ("kid of 257 bytes", json!({"kid": "k".repeat(257)})),
            ("alg none", json!({"alg": "none"})),
            ("alg a number", json!({"alg": 256})),
            ("alg of a secret", json!({"alg": "HS256"})),
            ("alg of another curve", json!({"alg": "ES384"})),
            ("alg of another kind", json!({"alg": "RS256"})),
        ],
    );
}

#[test]
fn a_malformed_ec_key_is_skipped() {
    let zeros = encode([0; 32]);
    check_changes(
        Algorithm::Es256,
        [
            ("crv missing", json!({"crv": null})),
            ("crv of another size", json!({"crv": "P-384", "alg": null})),
            ("crv secp256k1", json!({"crv": "secp256k1", "alg": null})),
            ("crv P-224", json!({"crv": "P-224", "alg": null})),
            ("x missing", json!({"x": null})),
            ("y missing", json!({"y": null})),
            ("x empty", json!({"x": ""})),
            ("x a byte too long", json!({"x": encode([0; 33])})),
            ("x padded", json!({"x": format!("{zeros}=")})),
            ("not on the curve", json!({"x": encode([1; 32])})),
            ("at nought", json!({"x": zeros, "y": zeros})),
            ("over the prime", json!({"x": encode([0xff; 32])})),
        ],
    );
}

#[test]
fn a_malformed_ed25519_key_is_skipped() {
    check_changes(
        Algorithm::EdDsa,
        [
            ("X25519", json!({"crv": "X25519"})),
            ("Ed448", json!({"crv": "Ed448", "x": encode([1; 57])})),
            ("x missing", json!({"x": null})),
            ("31 bytes", json!({"x": encode([1; 31])})),
            ("33 bytes", json!({"x": encode([1; 33])})),
            ("private", json!({"d": encode([1; 32])})),
        ],
    );
}

#[test]
fn a_malformed_or_weak_rsa_key_is_skipped() {
    let n = |byte: u8, length: usize| json!({"n": encode(vec![byte; length])});
    let e = |bytes: &[u8]| json!({"e": encode(bytes)});
    check_changes(
        Algorithm::Rs256,
        [
            ("alg for encryption", json!({"alg": "RSA-OAEP"})),
            ("alg of another kind", json!({"alg": "ES256"})),
            ("private", json!({"p": encode([1; 128])})),
            ("n missing", json!({"n": null})),
            ("n of zeros", n(0, 256)),
            ("512 bits", n(0xff, 64)),
            ("1024 bits", n(0xff, 128)),
            ("2047 bits", n(0x7f, 256)),
            ("8200 bits", n(0xff, 1025)),
            ("100 kB", n(0xff, 100_000)),
            ("even modulus", n(0xfe, 256)),
            ("e missing", json!({"e": null})),
            ("e = 0", e(&[0])),
            ("e = 1", e(&[1])),
            ("e = 1 with zeros", e(&[0, 0, 1])),
            ("e = 2", e(&[2])),
            ("e = 65536", e(&[1, 0, 0])),
            ("e of 33 bits", e(&[1, 0, 0, 0, 1])),
            ("e a number", json!({"e": 65_537})),
        ],
    );
}

#[test]
fn what_else_a_key_may_say_does_no_harm() {
    for (name, algorithm, change) in [
        ("use", Algorithm::Es256, json!({"use": "sig"})),
        (
            "key_ops",
            Algorithm::Es256,
            json!({"key_ops": ["sign", "verify"]}),
        ),
        ("no alg", Algorithm::Es256, json!({"alg": null})),
        (
            "kid of 256 bytes",
            Algorithm::Es256,
            json!({"kid": "k".repeat(256)}),
        ),
        (
            "kid that is odd",
            Algorithm::Es256,
            json!({"kid": "../ü\n"}),
        ),
        (
            "certificates",
            Algorithm::Rs256,
            json!({"x5c": ["MIIB"], "x5t": "a", "x5u": "b"}),
        ),
        (
            "what nobody knows",
            Algorithm::EdDsa,
            json!({"ext": true, "x-a": {"b": [1.5, null]}}),
        ),
        (
            "Ed25519 by its new name",
            Algorithm::EdDsa,
            json!({"alg": "Ed25519"}),
        ),
    ] {
        let mint = Mint::new(algorithm, "k");
        let jwk = changed(mint.jwk(), &change);
        let keys = parse(std::slice::from_ref(&jwk));
        assert_eq!((keys.len(), keys.skipped()), (1, 0), "{name}");
        assert_eq!(outcome(&keys, jwk["kid"].as_str(), &mint), Ok(()), "{name}");
    }
    let mint = Mint::new(Algorithm::Rs256, "k");
    let n = mint.jwk()["n"].as_str().unwrap().to_owned();
    let n = [vec![0], URL_SAFE_NO_PAD.decode(n).unwrap()].concat();
    let zero = changed(
        mint.jwk(),
        &json!({"n": encode(n), "e": encode([0, 1, 0, 1])}),
    );
    assert_eq!(
        outcome(&parse(&[zero]), Some("k"), &mint),
        Ok(()),
        "zeros in front"
    );
    let three = changed(mint.jwk(), &json!({"e": encode([3])}));
    assert_eq!(parse(&[three]).len(), 1, "e = 3");
}

#[test]
fn an_rsa_key_of_no_algorithm_serves_all_of_rsa() {
    let mint = Mint::new(Algorithm::Ps384, "k1");
    let keys = parse(&[changed(mint.jwk(), &json!({"alg": null}))]);
    assert_eq!(outcome(&keys, Some("k1"), &mint), Ok(()));
    let signature = mint.sign(b"message");
    for algorithm in PUBLIC {
        let expected = match algorithm {
            Algorithm::Ps384 => Ok(()),
            _ if algorithm.to_string().starts_with(['R', 'P']) => Err(Refusal::Signature),
            _ => Err(Refusal::KeyMismatch),
        };
        let checked = keys.check(Some("k1"), algorithm, b"message", &signature);
        assert_eq!(checked, expected, "{algorithm}");
    }
}

/// Stack Auth leaves out zeros in front of a coordinate; RFC 7518 section 6.2.1.2 does not.
#[test]
fn short_coordinates_are_filled_up() {
    let mut short = (0..)
        .map(|_| Mint::new(Algorithm::Es256, "k"))
        .filter_map(|mint| {
            let bytes = |name: &str| URL_SAFE_NO_PAD.decode(mint.jwk()[name].as_str()?).ok();
            let (x, y) = (bytes("x")?, bytes("y")?);
            (x[0] == 0 || y[0] == 0).then_some((mint, x, y))
        });
    let (mint, x, y) = short.next().unwrap();
    let cut = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        encode(&bytes[zeros..])
    };
    let jwk = changed(mint.jwk(), &json!({"x": cut(&x), "y": cut(&y)}));
    assert_ne!(jwk, mint.jwk());
    let keys = parse(&[jwk, mint.jwk()]);
    assert_eq!(
        (keys.len(), keys.skipped()),
        (1, 0),
        "both are the same key"
    );
    assert_eq!(outcome(&keys, Some("k"), &mint), Ok(()));
}

/// Under such a key, a signature of nothing but zeros and the neutral point fits anything.
#[test]
fn ed25519_keys_of_small_order_are_skipped() {
    let minus = |less: u8| {
        let mut bytes = [0xff; 32];
        bytes[0] = 0xed - less;
        bytes[31] = 0x7f;
        bytes
    };
    let small = |first: u8| {
        let mut bytes = [0; 32];
        bytes[0] = first;
        bytes
    };
    let order_8 = [
        "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU",
        "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o",
    ];
    let order_8 = order_8.map(|text| URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap());
    let prime_and_one = {
        let mut bytes = minus(0);
        bytes[0] += 1;
        bytes
    };
    for point in [
        small(0),
        small(1),
        minus(1),
        minus(0),
        prime_and_one,
        order_8[0],
        order_8[1],
    ] {
        for sign in [0, 0x80] {
            let mut point: [u8; 32] = point;
            point[31] |= sign;
            let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(point), "kid": "k"});
            let keys = parse(&[jwk]);
            assert_eq!((keys.len(), keys.skipped()), (0, 1), "{point:?}");
        }
    }
}
