//! Tokens for the stand-ins: minted here, checked here, worth nothing anywhere else.
//!
//! A compact JWS (RFC 7515) with the claims a provider's short-lived token has. To the authorizer it
//! is opaque, as tiun's is.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::json;

use crate::jws::Jws;
use crate::signing::SigningKey;
use crate::users::TokenState;

/// How long a tiun token lives (docs.tiun.io, "Verify authentication server-side").
pub const LIFETIME: Duration = Duration::from_mins(5);

/// Issue and expiry of development tokens, in seconds since 1970: 2026-01-01 and 2100-01-01 UTC.
/// Fixed, so that a token pasted into a script still works after a restart.
const DEVELOPMENT: (u64, u64) = (1_767_225_600, 4_102_444_800);

/// From when to when a token is good, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Issued at.
    pub iat: u64,
    /// Expires at; the token is good before it.
    pub exp: u64,
}

impl Period {
    /// `lifetime` from `now` on; past already for a user whose token is expired.
    pub fn fresh(state: TokenState, now: SystemTime, lifetime: Duration) -> Self {
        let iat = match state {
            TokenState::Good => seconds(now),
            TokenState::Expired => seconds(now).saturating_sub(lifetime.as_secs() + 1),
        };
        Self {
            iat,
            exp: iat.saturating_add(lifetime.as_secs()),
        }
    }

    /// The same in every run: until the year 2100, or expired since 2026.
    pub fn development(state: TokenState, lifetime: Duration) -> Self {
        let (iat, end) = DEVELOPMENT;
        let exp = match state {
            TokenState::Good => end,
            TokenState::Expired => iat.saturating_add(lifetime.as_secs()),
        };
        Self { iat, exp }
    }
}

/// Since 1970.
pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

/// A text that no other token has: 12 base64url characters.
pub(crate) fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let unique = format!("{count} {} {}", since.as_nanos(), std::process::id());
    let id = digest(&SHA256, unique.as_bytes());
    URL_SAFE_NO_PAD.encode(id.as_ref().get(..9).unwrap_or_default())
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
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
    key: SigningKey,
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
        Self {
            key: SigningKey::hs256(&format!(
                "tollgate development tokens, good for stand-ins only: {realm}"
            )),
        }
    }

    /// A token for this time, different from all others.
    pub fn mint(&self, subject: &str, period: Period) -> String {
        self.sign(subject, period, &unique())
    }

    /// The token of `subject` for this time: the same every time.
    pub fn development_token(&self, subject: &str, period: Period) -> String {
        self.sign(subject, period, "development")
    }

    fn sign(&self, subject: &str, period: Period, jti: &str) -> String {
        let Period { iat, exp } = period;
        let claims = json!({ "sub": subject, "iat": iat, "exp": exp, "jti": jti });
        // A MAC is always there.
        self.key.token(Some("JWT"), &claims).unwrap_or_default()
    }

    /// The claims of a token of this mint that is good at `now`.
    ///
    /// # Errors
    /// [`TokenRefused`] says why it is not.
    pub fn verify(&self, token: &str, now: SystemTime) -> Result<Claims, TokenRefused> {
        let claims = self.authentic(token).ok_or(TokenRefused::Unknown)?;
        if seconds(now) < claims.exp {
            Ok(claims)
        } else {
            Err(TokenRefused::Expired)
        }
    }

    fn authentic(&self, token: &str) -> Option<Claims> {
        let token = Jws::read(token)?;
        if !self.key.signed(&token) {
            return None;
        }
        serde_json::from_value(token.claims).ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::jws::MAX_TOKEN;

    fn minted(mint: &Mint, subject: &str) -> String {
        let period = Period::fresh(TokenState::Good, SystemTime::now(), LIFETIME);
        mint.mint(subject, period)
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_token_is_good_for_five_minutes_and_not_a_second_longer() {
        let mint = Mint::development("live");
        let token = mint.mint(
            "u-pro",
            Period::fresh(TokenState::Good, at(1_000), LIFETIME),
        );
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
        let [good, late] = [TokenState::Good, TokenState::Expired]
            .map(|state| Period::development(state, LIFETIME));
        let again = Mint::development("live").development_token("u-pro", good);
        assert_eq!(mint.development_token("u-pro", good), again);
        assert_eq!(mint.verify(&again, SystemTime::now()).unwrap().sub, "u-pro");
        let expired = mint.development_token("u-pro", late);
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
}
