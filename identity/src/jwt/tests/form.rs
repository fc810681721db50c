//! What a token and its signature look like.

use aws_lc_rs::hmac;

use super::*;
use crate::jwt::mint::encode;

fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<&str> = token.split('.').collect();
    parts.try_into().unwrap()
}

/// What is written of them elsewhere: a token has 8 KiB at most, a key set 5 MiB, and a signature is
/// read into room for that of the longest RSA key, on the stack.
#[test]
fn the_bounds_are_those_that_are_promised() {
    assert_eq!(MAX_TOKEN, 8192);
    assert_eq!(crate::jwk::MAX_DOCUMENT, 5_242_880);
    let longest = crate::jwk::MAX_MODULUS_BITS / 8;
    assert!((longest..2 * longest).contains(&size_of::<Signature>()));
}

#[test]
fn the_three_parts() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    let token = mint.token(&right_claims());
    let [header, payload, signature] = parts(&token);
    let refused = Refusal::NotCompact;
    for (name, token, refusal) in [
        ("empty", String::new(), refused),
        ("1 part", header.to_owned(), refused),
        ("2 parts", format!("{header}.{payload}"), refused),
        ("4 parts", format!("{token}.{payload}"), refused),
        (
            "5 parts",
            format!("{token}.{payload}.{payload}"),
            Refusal::Encrypted,
        ),
        ("6 parts", format!("{token}.a.a.a"), refused),
        ("dot before", format!(".{token}"), refused),
        ("dot after", format!("{token}."), refused),
        ("no header", format!(".{payload}.{signature}"), refused),
        ("no payload", format!("{header}..{signature}"), refused),
        ("no signature", format!("{header}.{payload}."), refused),
        (
            "JSON",
            r#"{"payload":"","signatures":[]}"#.to_owned(),
            refused,
        ),
        ("as many dots as may be", ".".repeat(MAX_TOKEN), refused),
        ("a million dots", ".".repeat(1_000_000), Refusal::TooLong),
        ("8 KiB and one", "A".repeat(MAX_TOKEN + 1), Refusal::TooLong),
        (
            "64 KiB",
            format!("{token}{}", "A".repeat(65_536)),
            Refusal::TooLong,
        ),
    ] {
        assert_eq!(outcome(&token, &mint), Err(refusal), "{name}");
    }
    assert_eq!(outcome(&token, &mint), Ok(()));
}

#[test]
fn a_part_has_one_spelling() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    let token = mint.token(&right_claims());
    let [header, payload, signature] = parts(&token);
    // Of 64 bytes, the last character has four bits that mean nothing.
    let spare_bits = {
        let (front, last) = token.split_at(token.len() - 1);
        let next = match last {
            "A" => "B",
            "Q" => "R",
            "g" => "h",
            _ => "x",
        };
        format!("{front}{next}")
    };
    for (name, token, refusal) in [
        ("padding", format!("{token}=="), Refusal::Encoding),
        (
            "padded header",
            format!("{header}=.{payload}.{signature}"),
            Refusal::Encoding,
        ),
        // Nothing of the payload is read before the signature is checked.
        (
            "padded payload",
            format!("{header}.{payload}=.{signature}"),
            Refusal::Signature,
        ),
        ("newline after", format!("{token}\n"), Refusal::Encoding),
        (
            "newline inside",
            format!("{header}\n.{payload}.{signature}"),
            Refusal::Encoding,
        ),
        ("space before", format!(" {token}"), Refusal::Encoding),
        (
            "percent",
            format!("{header}%2E{payload}.{signature}.A"),
            Refusal::Encoding,
        ),
        (
            "plus",
            format!("{header}.{payload}.+{}", &signature[1..]),
            Refusal::Encoding,
        ),
        (
            "slash",
            format!("{header}.{payload}./{}", &signature[1..]),
            Refusal::Encoding,
        ),
        (
            "length 1 modulo 4",
            format!("{token}AAA"),
            Refusal::Encoding,
        ),
        ("bits that mean nothing", spare_bits, Refusal::Encoding),
        ("not ASCII", format!("{token}ä"), Refusal::Encoding),
        ("bearer", format!("Bearer {token}"), Refusal::Encoding),
        (
            "longer than any",
            format!("{token}{}", "A".repeat(2000)),
            Refusal::Signature,
        ),
    ] {
        assert_eq!(outcome(&token, &mint), Err(refusal), "{name}");
    }
    let [header, payload] =
        [r#"{"alg":"ES256","kid":"k1"}"#, &right_claims().to_string()].map(encode);
    let signed = format!("{header}.{payload}=");
    let signature = encode(mint.sign(signed.as_bytes()));
    let outcome = outcome(&format!("{signed}.{signature}"), &mint);
    assert_eq!(outcome, Err(Refusal::Encoding), "padded payload, signed");
}

#[test]
fn a_token_may_be_as_long_as_the_limit() {
    let mint = Mint::new(Algorithm::EdDsa, "k1");
    let token = |filler: usize| {
        let mut claims = right_claims();
        claims["filler"] = json!("x".repeat(filler));
        mint.token(&claims)
    };
    let longest = (5000..6500)
        .rev()
        .map(token)
        .find(|token| token.len() <= MAX_TOKEN)
        .unwrap();
    assert!(longest.len() > MAX_TOKEN - 2);
    assert_eq!(outcome(&longest, &mint), Ok(()));
}

/// Case 2: a public key is no secret, whatever it is written as.
#[test]
fn a_public_key_is_no_secret() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    let jwk = mint.jwk();
    let x = jwk["x"].as_str().unwrap();
    let signed = format!(
        "{}.{}",
        encode(r#"{"alg":"HS256","kid":"k1"}"#),
        encode(right_claims().to_string())
    );
    for secret in [
        jwk.to_string(),
        x.to_owned(),
        format!("{jwk}\n"),
        String::new(),
    ] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let mac = hmac::sign(&key, signed.as_bytes());
        let token = format!("{signed}.{}", encode(mac));
        assert_eq!(outcome(&token, &mint), Err(Refusal::Algorithm));
        let both = Rules {
            algorithms: vec![Algorithm::Es256, Algorithm::Hs256],
            ..rules(Algorithm::Es256)
        };
        let outcome = verify(&token, &both, &mint.keys(), now()).map(|_| ());
        assert_eq!(outcome, Err(Refusal::KeyMismatch));
    }
}

/// Case 20: an ECDSA signature has a twin, so nothing may take it for the token's identity.
#[test]
fn the_twin_of_an_ecdsa_signature_is_accepted() {
    /// The order of P-256 (FIPS 186-5), most significant byte first.
    const N: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let mint = Mint::new(Algorithm::Es256, "k1");
    let token = mint.token(&right_claims());
    let (signed, _) = token.rsplit_once('.').unwrap();
    let mut signature = mint.sign(signed.as_bytes());
    let mut borrow = 0;
    for (byte, n) in signature[32..].iter_mut().zip(N).rev() {
        let difference = i16::from(n) - i16::from(*byte) - borrow;
        borrow = i16::from(difference < 0);
        *byte = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let twin = format!("{signed}.{}", encode(signature));
    assert_eq!(outcome(&twin, &mint), Ok(()));
}

#[test]
fn signatures_of_a_wrong_size_or_form() {
    for algorithm in ALGORITHMS {
        let mint = Mint::new(algorithm, "k1");
        let token = mint.token(&right_claims());
        let (signed, _) = token.rsplit_once('.').unwrap();
        let signature = mint.sign(signed.as_bytes());
        let half = signature.len() / 2;
        for (name, wrong) in [
            ("a byte too few", signature[1..].to_vec()),
            (
                "the last byte missing",
                signature[..signature.len() - 1].to_vec(),
            ),
            ("a byte too many", [&signature[..], &[0]].concat()),
            ("a zero in front", [&[0], &signature[..]].concat()),
            ("half of it", signature[..half].to_vec()),
            ("nothing but zeros", vec![0; signature.len()]),
            ("nothing but ones", vec![0xff; signature.len()]),
            (
                "its halves swapped",
                [&signature[half..], &signature[..half]].concat(),
            ),
            ("DER", vec![0x30, 6, 2, 1, 1, 2, 1, 1]),
        ] {
            let token = format!("{signed}.{}", encode(wrong));
            assert_eq!(
                outcome(&token, &mint),
                Err(Refusal::Signature),
                "{algorithm}, {name}"
            );
        }
    }
}
