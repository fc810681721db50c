//! From a JWK to keys that can verify: EC, RSA (RFC 7518 section 6) and Ed25519 (RFC 8037).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    ED25519_PUBLIC_KEY_LEN, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::document::Jwk;
use super::{MAX_KID, MAX_MODULUS_BITS, MIN_MODULUS_BITS};
use crate::jwt::Algorithm;

/// Longest public exponent of RSA, in bytes. Everybody's is 3 or 3 bytes long; AWS-LC takes
/// 33 bits.
const MAX_EXPONENT: usize = 4;

/// A public key in a form for each algorithm it serves.
pub(super) struct PublicKey(Vec<(Algorithm, ParsedPublicKey)>);

impl PublicKey {
    /// `None` when the key is not for verifying, not known here, malformed or too weak.
    pub(super) fn prepare(jwk: &Jwk<'_>) -> Option<Self> {
        if !is_for_verifying(jwk) || jwk.kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID) {
            return None;
        }
        // A key that is bound to an algorithm serves no other.
        let only: Option<Algorithm> = match &jwk.alg {
            None => None,
            Some(name) => Some(name.parse().ok()?),
        };
        let serves = |algorithm| only.is_none_or(|only| only == algorithm);
        let forms = match (jwk.kty.as_ref(), jwk.crv.as_deref()) {
            ("RSA", _) => rsa(jwk, serves)?,
            (kty, Some(crv)) => vec![curve(jwk, kty, crv)?],
            _ => return None,
        };
        let fits = !forms.is_empty() && forms.iter().all(|&(algorithm, _)| serves(algorithm));
        fits.then_some(Self(forms))
    }

    /// The form for an algorithm.
    pub(super) fn form(&self, algorithm: Algorithm) -> Option<&ParsedPublicKey> {
        let mut forms = self.0.iter();
        forms.find_map(|(form, key)| (*form == algorithm).then_some(key))
    }
}

impl PartialEq for PublicKey {
    /// Whether both are the same key for the same algorithms.
    fn eq(&self, other: &Self) -> bool {
        let same =
            |(one, other): (&(Algorithm, ParsedPublicKey), &(Algorithm, ParsedPublicKey))| {
                one.0 == other.0 && one.1.as_ref() == other.1.as_ref()
            };
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(same)
    }
}

/// Whether the key says nothing against it, and shows no private part: what everybody can
/// read, everybody can sign with.
fn is_for_verifying(jwk: &Jwk<'_>) -> bool {
    let usage = jwk.usage.as_deref().is_none_or(|usage| usage == "sig");
    let verify = |operations: &Vec<_>| operations.iter().any(|operation| operation == "verify");
    usage && jwk.key_ops.as_ref().is_none_or(verify) && !jwk.is_private()
}

/// The one form of a key on a curve.
fn curve(jwk: &Jwk<'_>, kty: &str, crv: &str) -> Option<(Algorithm, ParsedPublicKey)> {
    let (algorithm, scheme, bytes): (_, &'static dyn VerificationAlgorithm, _) = match (kty, crv) {
        ("EC", "P-256") => (Algorithm::Es256, &ECDSA_P256_SHA256_FIXED, point(jwk, 32)?),
        ("EC", "P-384") => (Algorithm::Es384, &ECDSA_P384_SHA384_FIXED, point(jwk, 48)?),
        ("EC", "P-521") => (Algorithm::Es512, &ECDSA_P521_SHA512_FIXED, point(jwk, 66)?),
        ("OKP", "Ed25519") => (Algorithm::EdDsa, &ED25519, ed25519(jwk)?),
        _ => return None,
    };
    // Refuses a point that is not on the curve.
    let key = ParsedPublicKey::new(scheme, bytes).ok()?;
    Some((algorithm, key))
}

/// A point as SEC 1 section 2.3.3 has it, uncompressed.
fn point(jwk: &Jwk<'_>, size: usize) -> Option<Vec<u8>> {
    let mut point = vec![4];
    for coordinate in [&jwk.x, &jwk.y] {
        let coordinate = decode(coordinate.as_deref()?)?;
        if coordinate.is_empty() {
            return None;
        }
        // RFC 7518 section 6.2.1.2 wants all bytes, and Stack Auth leaves out zeros in front:
        // of its keys, one in 128.
        let zeros = size.checked_sub(coordinate.len())?;
        point.resize(point.len() + zeros, 0);
        point.extend(coordinate);
    }
    Some(point)
}

fn ed25519(jwk: &Jwk<'_>) -> Option<Vec<u8>> {
    let key = decode(jwk.x.as_deref()?)?;
    (key.len() == ED25519_PUBLIC_KEY_LEN && !has_small_order(&key)).then_some(key)
}

/// Whether a key is one of the points under which a signature can be made without a secret.
fn has_small_order(key: &[u8]) -> bool {
    let same_y = |small: &[u8; ED25519_PUBLIC_KEY_LEN]| {
        let mut difference = key.iter().zip(small).map(|(a, b)| a ^ b);
        let last = difference.next_back();
        // The topmost bit is the sign of x.
        difference.all(|bits| bits == 0) && matches!(last, Some(0 | 0x80))
    };
    SMALL_ORDER.iter().any(same_y)
}

/// The points of order 1, 2, 4 and 8, as y in little endian without the sign of x: 0, 1, the
/// two of order 8, -1, and 0 and 1 once more, as the prime and its successor.
#[rustfmt::skip]
const SMALL_ORDER: [[u8; ED25519_PUBLIC_KEY_LEN]; 7] = [
    [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
     0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00],
    [0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
     0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00],
    [0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
     0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05],
    [0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
     0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a],
    [0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    [0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    [0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
];

/// The forms of an RSA key, of the algorithms that it `serves`.
fn rsa(
    jwk: &Jwk<'_>,
    serves: impl Fn(Algorithm) -> bool,
) -> Option<Vec<(Algorithm, ParsedPublicKey)>> {
    const SCHEMES: [(Algorithm, &RsaParameters); 6] = [
        (Algorithm::Rs256, &RSA_PKCS1_2048_8192_SHA256),
        (Algorithm::Rs384, &RSA_PKCS1_2048_8192_SHA384),
        (Algorithm::Rs512, &RSA_PKCS1_2048_8192_SHA512),
        (Algorithm::Ps256, &RSA_PSS_2048_8192_SHA256),
        (Algorithm::Ps384, &RSA_PSS_2048_8192_SHA384),
        (Algorithm::Ps512, &RSA_PSS_2048_8192_SHA512),
    ];
    let (n, e) = (integer(jwk.n.as_deref()?)?, integer(jwk.e.as_deref()?)?);
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    let bits = n.len() * 8 - n.first()?.leading_zeros() as usize;
    let is_sound = (MIN_MODULUS_BITS..=MAX_MODULUS_BITS).contains(&bits)
        && is_odd(&n)
        && is_odd(&e)
        && e != [1]
        && e.len() <= MAX_EXPONENT;
    if !is_sound {
        return None;
    }
    let components = RsaPublicKeyComponents { n, e };
    SCHEMES
        .into_iter()
        .filter(|&(algorithm, _)| serves(algorithm))
        .map(|(algorithm, scheme)| Some((algorithm, components.to_parsed_public_key(scheme).ok()?)))
        .collect()
}

/// A positive number (`Base64urlUInt`, RFC 7518 section 2), without the zeros that some
/// issuers put in front.
fn integer(text: &str) -> Option<Vec<u8>> {
    let bytes = decode(text)?;
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    bytes
        .get(zeros..)
        .filter(|rest| !rest.is_empty())
        .map(<[u8]>::to_vec)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
