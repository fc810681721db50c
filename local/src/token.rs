//! Tokens for the stand-ins: minted here, checked here, worth nothing anywhere else.
//!
//! A compact JWS (RFC 7515) with the claims a provider's short-lived token has. To the authorizer it
//! is opaque, as tiun's is.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// How long a tiun token lives (docs.tiun.io, "Verify authentication server-side").
pub const LIFETIME: Duration = Duration::from_mins(5);

/// Issue and expiry of development tokens, in seconds since 1970: 2026-01-01 and 2100-01-01 UTC.
/// Fixed, so that a token pasted into a script still works after a restart.
const DEVELOPMENT: (u64, u64) = (1_767_225_600, 4_102_444_800);

/// Longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 16 * 1024;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user's ID.
    pub sub: String,
    /// Issued at, in seconds since 1970.
    pub iat: u64,
    /// Expires at, in seconds since 1970; the token is good before it.
    pub exp: u64,
    /// Tells two tokens of one user apart.
    pub jti: String,
}

/// Why a token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRefused {
    /// Not a token of this mint: another shape, another key, or changed on the way.
    Unknown,
    /// Ours, but past its `exp`.
    Expired,
}

/// Makes and checks tokens with one secret. `Debug` does not show it.
pub struct Mint {
    key: hmac::Key,
    minted: AtomicU64,
}

impl fmt::Debug for Mint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mint(***)")
    }
}

impl Mint {
    /// A mint whose secret is `realm` and this source: the same in every process, so tokens outlive a
    /// restart. Mints of different realms refuse each other's tokens.
    pub fn development(realm: &str) -> Self {
        let secret = format!("tollgate development tokens, good for stand-ins only: {realm}");
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
            minted: AtomicU64::new(0),
        }
    }

    /// A token of [`LIFETIME`] from now on, different from all others.
    pub fn mint(&self, subject: &str) -> String {
        self.mint_at(subject, SystemTime::now(), LIFETIME)
    }

    /// A token issued at `issued`, good for `lifetime`, different from all others.
    pub fn mint_at(&self, subject: &str, issued: SystemTime, lifetime: Duration) -> String {
        let since = issued.duration_since(UNIX_EPOCH).unwrap_or_default();
        let count = self.minted.fetch_add(1, Ordering::Relaxed);
        let unique = format!("{count} {} {}", since.as_nanos(), std::process::id());
        let jti = hmac::sign(&self.key, unique.as_bytes());
        let iat = since.as_secs();
        self.sign(&Claims {
            sub: subject.to_owned(),
            iat,
            exp: iat.saturating_add(lifetime.as_secs()),
            jti: URL_SAFE_NO_PAD.encode(jti.as_ref().get(..9).unwrap_or_default()),
        })
    }

    /// The one development token of `subject`: the same every time, good until the year 2100, or
    /// expired since 2026 if that is asked for.
    pub fn development_token(&self, subject: &str, expired: bool) -> String {
        let (iat, end) = DEVELOPMENT;
        let exp = if expired {
            iat.saturating_add(LIFETIME.as_secs())
        } else {
            end
        };
        self.sign(&Claims {
            sub: subject.to_owned(),
            iat,
            exp,
            jti: "development".to_owned(),
        })
    }

    fn sign(&self, claims: &Claims) -> String {
        let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
        // A struct of two strings and two numbers always has a JSON form.
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).unwrap_or_default());
        let signed = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// The claims of a token of this mint that is good at `now`.
    ///
    /// # Errors
    /// [`TokenRefused`] says why it is not.
    pub fn verify(&self, token: &str, now: SystemTime) -> Result<Claims, TokenRefused> {
        let claims = self.authentic(token).ok_or(TokenRefused::Unknown)?;
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if now < claims.exp {
            Ok(claims)
        } else {
            Err(TokenRefused::Expired)
        }
    }

    fn authentic(&self, token: &str) -> Option<Claims> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        hmac::verify(&self.key, signed.as_bytes(), &signature).ok()?;
        let (_header, claims) = signed.split_once('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_token_is_good_for_five_minutes_and_not_a_second_longer() {
        let mint = Mint::development("live");
        let token = mint.mint_at("u-pro", at(1_000), LIFETIME);
        assert_eq!(mint.verify(&token, at(1_000)).unwrap().sub, "u-pro");
        assert_eq!(mint.verify(&token, at(1_299)).unwrap().exp, 1_300);
        assert_eq!(mint.verify(&token, at(1_300)), Err(TokenRefused::Expired));
    }

    #[test]
    fn a_token_is_in_the_compact_form_of_a_jws() {
        let token = Mint::development("live").mint("u-ünï 用户");
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
        assert_ne!(mint.mint("u-pro"), mint.mint("u-pro"));
        let again = Mint::development("live").development_token("u-pro", false);
        assert_eq!(mint.development_token("u-pro", false), again);
        assert_eq!(mint.verify(&again, SystemTime::now()).unwrap().sub, "u-pro");
        let expired = mint.development_token("u-pro", true);
        assert_eq!(
            mint.verify(&expired, SystemTime::now()),
            Err(TokenRefused::Expired)
        );
    }

    #[test]
    fn what_this_mint_did_not_sign_is_unknown() {
        let mint = Mint::development("live");
        let token = mint.mint("u-pro");
        let other = Mint::development("sandbox").mint("u-pro");
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
}
