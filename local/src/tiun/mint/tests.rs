//! Which tokens are good, and which are not.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::jws::MAX_TOKEN;
use crate::tiun::LIFETIME;
use crate::users::TokenState;

fn issued(mint: &Mint, subject: &str, period: Period, repeatable: bool) -> String {
    let terms = Terms {
        period,
        repeatable,
        port: 0,
    };
    mint.issue(subject, &terms).unwrap()
}

fn minted(mint: &Mint, subject: &str) -> String {
    let period = Period::fresh(TokenState::Good, SystemTime::now(), LIFETIME);
    issued(mint, subject, period, false)
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn a_token_is_good_for_five_minutes_and_not_a_second_longer() {
    let mint = Mint::development("live");
    let period = Period::fresh(TokenState::Good, at(1_000), LIFETIME);
    let token = issued(&mint, "u-pro", period, false);
    assert_eq!(mint.verify(&token, at(1_000)).unwrap().sub, "u-pro");
    assert_eq!(mint.verify(&token, at(1_299)).unwrap().exp, 1_300);
    assert_eq!(mint.verify(&token, at(1_300)), Err(TokenRefused::Expired));
}

#[test]
fn a_token_is_in_the_compact_form_of_a_jws() {
    let token = minted(&Mint::development("live"), "u-ünï 用户");
    assert_eq!(token.split('.').count(), 3);
    assert!(
        token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)),
        "{token}"
    );
}

#[test]
fn no_two_tokens_are_the_same_but_development_tokens_are() {
    let mint = Mint::development("live");
    assert_ne!(minted(&mint, "u-pro"), minted(&mint, "u-pro"));
    let [good, late] =
        [TokenState::Good, TokenState::Expired].map(|state| Period::development(state, LIFETIME));
    let again = issued(&Mint::development("live"), "u-pro", good, true);
    assert_eq!(issued(&mint, "u-pro", good, true), again);
    assert_eq!(mint.verify(&again, SystemTime::now()).unwrap().sub, "u-pro");
    let expired = issued(&mint, "u-pro", late, true);
    assert_eq!(
        mint.verify(&expired, SystemTime::now()),
        Err(TokenRefused::Expired)
    );
}

#[test]
fn what_this_mint_did_not_sign_is_unknown() {
    let mint = Mint::development("live");
    let token = minted(&mint, "u-pro");
    let other = minted(&Mint::development("sandbox"), "u-pro");
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let unsigned = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(br#"{"alg":"none"}"#),
        signed.split_once('.').unwrap().1
    );
    let swapped = {
        let claims =
            URL_SAFE_NO_PAD.encode(br#"{"sub":"u-root","iat":0,"exp":9999999999,"jti":"x"}"#);
        format!("{}.{claims}.{signature}", signed.split_once('.').unwrap().0)
    };
    let long = format!("{token}{}", "A".repeat(MAX_TOKEN));
    for bad in [
        "",
        ".",
        "..",
        "a.b.c",
        "é.é.é",
        signed,
        &unsigned,
        &other,
        &swapped,
        &long,
        &format!("{token}A"),
        &format!(" {token}"),
    ] {
        assert_eq!(
            mint.verify(bad, SystemTime::now()),
            Err(TokenRefused::Unknown),
            "{bad}"
        );
    }
}

#[test]
fn debug_shows_no_secret() {
    assert_eq!(format!("{:?}", Mint::development("live")), "Mint(***)");
}
