//! Why a token is refused.

use std::fmt;

/// Why a token is refused: the first fault found. `Display` is a clause for a log line,
/// made of fixed words alone, never of text from the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Longer than [`MAX_TOKEN`](super::MAX_TOKEN).
    TooLong,
    /// Not three parts with a dot between, none of them empty (RFC 7515 section 7.1).
    NotCompact,
    /// Five parts, or `enc` in the header: a JWE (RFC 7516 section 9), which nothing here
    /// can read.
    Encrypted,
    /// A part is not base64url as RFC 7515 section 2 has it.
    Encoding,
    /// The header is not a JSON object, has a member twice, is too deep or too large.
    Header,
    /// The header has `crit` (RFC 7515 section 4.1.11): none of its extensions is known here.
    Critical,
    /// The header has `b64` (RFC 7797 section 7 forbids it in a JWT).
    Unencoded,
    /// The header has `zip`.
    Compressed,
    /// `cty` says that the payload is another token (RFC 7519 section 5.2).
    Nested,
    /// `alg` is missing, unknown, or not one of the algorithms expected.
    Algorithm,
    /// `typ` is that of another kind of token.
    Type,
    /// `kid` is not a text of at most [`MAX_KID`](crate::jwk::MAX_KID) bytes.
    KeyId,
    /// The key set has no key with this `kid`; or there is no `kid`, and no key for the algorithm,
    /// or the only one did not sign the token. The one refusal that a newer key set can cure.
    UnknownKey,
    /// Several keys could be meant: there is no `kid` and more than one key for the
    /// algorithm, or the key set gives the `kid` to different keys.
    AmbiguousKey,
    /// The key is for another algorithm.
    KeyMismatch,
    /// The signature is not one of the key with this `kid`, or not made with the secret.
    Signature,
    /// The payload is not a JSON object, has a member twice, or is too deep.
    Payload,
    /// `iss` is missing, not a text, or none of the issuers expected.
    Issuer,
    /// The audience is missing, not a text or list of texts, or none of those expected.
    Audience,
    /// `sub` is missing, not a text, empty, longer than [`MAX_SUBJECT`](super::MAX_SUBJECT)
    /// bytes, or has control characters.
    Subject,
    /// `exp` is missing, or one of `exp`, `nbf` and `iat` is not a time from 1970 to 9999;
    /// or `iat` is missing while the lifetime is limited.
    Time,
    /// `exp` has passed.
    Expired,
    /// `nbf` has not come yet.
    NotYetValid,
    /// `iat` has not come yet.
    IssuedInFuture,
    /// More time between `iat` and `exp` than allowed.
    Lifetime,
    /// Our own clock stands before 1970, so no time of a token can be judged.
    Clock,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the token is too long",
            Self::NotCompact => "the token does not have three parts",
            Self::Encrypted => "the token is encrypted",
            Self::Encoding => "the token is not strict base64url",
            Self::Header => "the token's header is not a small JSON object of distinct members",
            Self::Critical => "the token's header has `crit`",
            Self::Unencoded => "the token's header has `b64`",
            Self::Compressed => "the token's header has `zip`",
            Self::Nested => "the token holds another token",
            Self::Algorithm => "the token's `alg` is not one of those expected",
            Self::Type => "the token's `typ` is that of another kind of token",
            Self::KeyId => "the token's `kid` is not a short text",
            Self::UnknownKey => "the token's key is not in the key set",
            Self::AmbiguousKey => "several keys of the key set could be the token's",
            Self::KeyMismatch => "the token's key is not for its `alg`",
            Self::Signature => "the token's signature is wrong",
            Self::Payload => "the token's payload is not a JSON object of distinct members",
            Self::Issuer => "the token's `iss` is not one of those expected",
            Self::Audience => "the token's audience is not one of those expected",
            Self::Subject => "the token's `sub` is not a short, non-empty text",
            Self::Time => "the token's `exp`, `nbf` or `iat` is missing or not a time",
            Self::Expired => "the token has expired",
            Self::NotYetValid => "the token's `nbf` has not come yet",
            Self::IssuedInFuture => "the token's `iat` has not come yet",
            Self::Lifetime => "the token's lifetime is longer than allowed",
            Self::Clock => "the system's clock stands before 1970",
        })
    }
}

impl std::error::Error for Refusal {}
