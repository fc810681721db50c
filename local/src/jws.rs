//! The compact form of a JSON Web Signature (RFC 7515 section 7.1), written and read.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Longest token that is looked at, in bytes.
pub(crate) const MAX_TOKEN: usize = 16 * 1024;

/// What a signature is made over.
pub(crate) fn signing_input(header: &Value, claims: &Value) -> String {
    // The text of a `Value` is always valid JSON.
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{header}.{claims}")
}

/// The token of a signing input and its signature.
pub(crate) fn compact(signing_input: &str, signature: &[u8]) -> String {
    format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A token taken apart; nothing in it is proven yet.
pub(crate) struct Jws<'a> {
    pub header: Value,
    pub claims: Value,
    pub signing_input: &'a str,
    pub signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// `None` for what is no token of three parts with JSON in the first two, or is too long.
    pub(crate) fn read(token: &'a str) -> Option<Self> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let (signing_input, signature) = token.rsplit_once('.')?;
        let (header, claims) = signing_input.split_once('.')?;
        let json = |part: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
            serde_json::from_slice(&bytes).ok()
        };
        Some(Self {
            header: json(header)?,
            claims: json(claims)?,
            signing_input,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }
}
