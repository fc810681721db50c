//! tiun's tokens: minted here, checked here, worth nothing anywhere else.
//!
//! A compact JWS (RFC 7515) with the claims a short-lived token has. To the authorizer it is opaque, as
//! tiun's is.

use std::fmt;
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::json;

use crate::jws::Jws;
use crate::signing::{KeyError, SigningKey};
use crate::token::{Period, Terms, seconds};

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Claims {
    /// The user's ID.
    pub(super) sub: String,
    /// Issued at, in seconds since 1970.
    pub(super) iat: u64,
    /// Expires at, in seconds since 1970; the token is good before it.
    pub(super) exp: u64,
    /// Tells two tokens of one user apart.
    pub(super) jti: String,
}

/// Why a token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenRefused {
    /// Not a token of this mint: another shape, another key, or changed on the way.
    Unknown,
    /// Ours, but past its `exp`.
    Expired,
}

/// Makes and checks tokens with one secret. `Debug` does not show it.
pub(super) struct Mint {
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
    pub(super) fn development(realm: &str) -> Self {
        Self {
            key: SigningKey::hs256(&format!(
                "tollgate development tokens, good for stand-ins only: {realm}"
            )),
        }
    }

    /// A token of `subject`.
    pub(super) fn issue(&self, subject: &str, terms: &Terms) -> Result<String, KeyError> {
        let Period { iat, exp } = terms.period;
        let claims = json!({ "sub": subject, "iat": iat, "exp": exp, "jti": terms.id() });
        self.key.token(Some("JWT"), &claims)
    }

    /// The claims of a token of this mint that is good at `now`.
    ///
    /// # Errors
    /// [`TokenRefused`] says why it is not.
    pub(super) fn verify(&self, token: &str, now: SystemTime) -> Result<Claims, TokenRefused> {
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
mod tests;
