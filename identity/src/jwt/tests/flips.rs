//! Tokens changed at random or everywhere: none gets through, nothing panics.

use proptest::prelude::*;

use super::*;
use crate::jwt::mint::encode;

#[test]
fn a_token_with_any_byte_changed_is_refused() {
    for algorithm in ALGORITHMS {
        let every_bit = matches!(algorithm, Algorithm::Es256 | Algorithm::Hs256);
        let mint = Mint::new(algorithm, "k1");
        let (keys, rules) = (mint.keys(), rules(algorithm));
        let token = mint.token(&right_claims());
        assert!(verify(&token, &rules, &keys, now()).is_ok());
        for place in 0..token.len() {
            // With the eighth bit it would not be text.
            for bit in (0..7).filter(|bit| every_bit || place % 7 == *bit) {
                let mut flipped = token.clone().into_bytes();
                flipped[place] ^= 1 << bit;
                let flipped = String::from_utf8(flipped).unwrap();
                let outcome = verify(&flipped, &rules, &keys, now());
                assert!(outcome.is_err(), "{algorithm}, bit {bit} of byte {place}");
            }
        }
    }
}

#[test]
fn a_token_cut_anywhere_is_refused() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    let token = mint.token(&right_claims());
    for place in 0..token.len() {
        let (front, back) = token.split_at(place);
        assert!(outcome(front, &mint).is_err(), "the first {place} bytes");
        let doubled = format!("{front}{}{back}", &token[place..=place]);
        assert!(outcome(&doubled, &mint).is_err(), "byte {place} twice");
        if place > 0 {
            assert!(outcome(back, &mint).is_err(), "from byte {place} on");
        }
    }
}

proptest! {
    #[test]
    fn nothing_but_a_token_gets_through(
        text in any::<String>(),
        bytes in any::<Vec<u8>>(),
        header in any::<Vec<u8>>(),
        alg in "[A-Za-z0-9]{0,6}",
        payload in any::<Vec<u8>>(),
    ) {
        let keys = Keys::parse(br#"{"keys":[]}"#).unwrap();
        let header = [
            encode(&header),
            encode(json!({ "alg": alg, "kid": text }).to_string()),
            encode(r#"{"alg":"ES256","kid":"k1"}"#),
        ];
        let mut tokens = vec![text];
        for header in header {
            tokens.push(format!("{header}.{}.{}", encode(&payload), encode(&bytes)));
        }
        for token in tokens {
            prop_assert!(verify(&token, &rules(Algorithm::Es256), &keys, now()).is_err());
            let _ = unverified_issuer(&token);
        }
        let _ = Keys::parse(&bytes);
    }

    #[test]
    fn no_payload_that_is_signed_makes_it_panic(payload in any::<Vec<u8>>(), text in "\\PC*") {
        let claims = json!({"sub": text, "exp": text, "iss": text, "aud": [text]});
        for payload in [payload, text.into_bytes(), claims.to_string().into_bytes()] {
            let judged = crate::jwt::claims::read(&payload)
                .and_then(|claims| crate::jwt::claims::check(claims, &rules(Algorithm::Es256), now()));
            prop_assert!(judged.is_err());
        }
    }
}
