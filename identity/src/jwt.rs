//! Verifying a JSON Web Token: signature, kind, times, issuer, audience, subject.
//!
//! [`verify`] is pure: it is given the token, what it must satisfy, the keys and the time,
//! and reads nothing else. Everything in a token is hostile until its signature is checked:
//! the header chooses only among the keys and algorithms that [`Rules`] and
//! [`Keys`] already allow (RFC 8725 section 3.1), and no address in it is ever followed.
//!
//! | RFC | here |
//! |---|---|
//! | 7515, 7519 | compact serialisation alone; `crit`, `b64`, `zip` and nested tokens refused |
//! | 7517, 7518, 8037 | [`crate::jwk`] |
//! | 8725 | algorithms by allow-list and key; sizes, depth and repeated members bounded |
//! | 9068 | [`Typ::AccessToken`] |
//!
//! # Why not `jsonwebtoken`
//!
//! Version 11.1 parses the key anew for every token, and the payload twice. `benches/RESULTS.md` has
//! both beside the bare signature check, on the same crypto library. A check of HS256 takes half a
//! microsecond, less than putting the claims into a map.
//!
//! And it lets pass what is refused here: `crit`, which it reads and never looks at, and
//! `zip`; any `typ`; repeated members of the payload; an `iss` or `aud` of a wrong type, unless
//! each is required by name; an `iat` in the future; a token in the second of its `exp`.

mod algorithm;
mod claims;
mod compact;
mod header;
#[cfg(test)]
pub(crate) mod mint;
mod refusal;

use std::fmt;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use claims::MAX_SUBJECT;
pub(crate) use claims::moment;
pub use compact::MAX_TOKEN;
pub use refusal::Refusal;

use compact::{Compact, Signature};
use header::Header;

use crate::jwk::Keys;

/// Most levels of lists and objects in a header or payload.
pub const MAX_DEPTH: usize = 32;

/// How far clocks may be apart unless an operator says otherwise.
pub const DEFAULT_SKEW: Duration = Duration::from_secs(30);

/// What a token must satisfy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The issuers accepted, compared byte by byte. Empty: `iss` is not checked.
    pub issuers: Vec<String>,
    /// Whom the token must be meant for. `None`: not checked.
    pub audience: Option<Audience>,
    /// The algorithms accepted. Empty: no token is.
    pub algorithms: Vec<Algorithm>,
    /// The kinds of token accepted.
    pub typ: Typ,
    /// How far the issuer's clock and ours may be apart; see [`DEFAULT_SKEW`]. Applied to
    /// `exp`, `nbf` and `iat`.
    pub skew: Duration,
    /// Most time from `iat` to `exp`; with it, `iat` is required. `None`: not limited.
    pub max_lifetime: Option<Duration>,
}

/// Whom a token must be meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// The audiences accepted, compared byte by byte: the token must name one of them, and
    /// may name others. Empty: no token is accepted.
    pub accepted: Vec<String>,
    /// The claims that may name the audience, as a text or a list of texts: `aud`, or
    /// `client_id` and `azp` with issuers that leave `aud` out. The first of them that the
    /// token has decides, whatever its value.
    pub claims: Vec<String>,
}

/// The kinds of token accepted, by the header's `typ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typ {
    /// Any, or none, save for one that says of itself that it is neither an access token nor
    /// plain: `dpop+jwt`, `logout+jwt`, `secevent+jwt`, `token-introspection+jwt` and
    /// whatever else ends in `+jwt` (RFC 8725 section 3.11), `at+jwt` aside.
    Any,
    /// `at+jwt` or `application/at+jwt` alone (RFC 9068 section 4).
    AccessToken,
}

/// A token that satisfies its [`Rules`].
#[derive(Clone, PartialEq)]
pub struct Verified {
    /// All of its claims.
    pub claims: Map<String, Value>,
    /// `sub`: not empty, at most [`MAX_SUBJECT`] bytes, without control characters.
    pub subject: String,
    /// `exp`, skew not added.
    pub expires: SystemTime,
}

impl fmt::Debug for Verified {
    /// Without claims and subject: an e-mail address may be among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// Verifies a token.
///
/// # Errors
/// The first fault found. [`Refusal::UnknownKey`], and it alone, may pass with a newer key
/// set.
pub fn verify(
    token: &str,
    rules: &Rules,
    keys: &Keys,
    now: SystemTime,
) -> Result<Verified, Refusal> {
    let compact = Compact::split(token)?;
    let mut buffer = Vec::with_capacity(token.len());
    compact::decode(compact.header, &mut buffer)?;
    let header = Header::read(&buffer)?;
    let signature = Signature::decode(compact.signature)?;
    check_signature(&header, compact.signed, signature.as_bytes(), rules, keys)?;
    compact::decode(compact.payload, &mut buffer)?;
    claims::check(claims::read(&buffer)?, rules, now)
}

/// Whether the header asks for what the rules allow, and the signature of `signed` is one of
/// the key it asks for.
fn check_signature(
    header: &Header<'_>,
    signed: &[u8],
    signature: &[u8],
    rules: &Rules,
    keys: &Keys,
) -> Result<(), Refusal> {
    if !rules.algorithms.contains(&header.algorithm) {
        return Err(Refusal::Algorithm);
    }
    header.check_type(rules.typ)?;
    keys.check(header.kid.as_deref(), header.algorithm, signed, signature)
}

/// The `iss` of a token that nobody has verified: only to choose which provider is to verify
/// it, never to believe. `None` when there is none, or when [`verify`] would refuse the
/// token for its form.
pub fn unverified_issuer(token: &str) -> Option<String> {
    match unverified_claims(token)?.remove("iss") {
        Some(Value::String(issuer)) => Some(issuer),
        _ => None,
    }
}

/// Whether this has the form of a signed token: three parts of strict base64url. A provider is
/// asked about no other, so nothing that needs escaping ever gets into a request.
pub(crate) fn is_compact(token: &str) -> bool {
    let mut buffer = Vec::with_capacity(token.len());
    Compact::split(token).is_ok_and(|compact| {
        [compact.header, compact.payload, compact.signature]
            .into_iter()
            .all(|part| compact::decode(part, &mut buffer).is_ok())
    })
}

/// The claims of a token that nobody has verified; see [`unverified_issuer`].
pub(crate) fn unverified_claims(token: &str) -> Option<Map<String, Value>> {
    let compact = Compact::split(token).ok()?;
    let mut buffer = Vec::with_capacity(token.len());
    compact::decode(compact.payload, &mut buffer).ok()?;
    claims::read(&buffer).ok()
}

#[cfg(test)]
mod tests;
