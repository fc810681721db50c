//! The signature algorithms of tokens, and what the crypto library calls them.

use aws_lc_rs::signature::{self, EcdsaSigningAlgorithm, RsaEncoding, VerificationAlgorithm};
use aws_lc_rs::{agreement, digest, hmac};

/// How an issuer signs, by the name in `alg` (RFC 7518 section 3.1, RFC 8037 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256. RSA keys have 2048 bits.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// ECDSA with P-384 and SHA-384.
    Es384,
    /// ECDSA with P-521 and SHA-512.
    Es512,
    /// Ed25519.
    EdDsa,
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
}

impl Algorithm {
    const ALL: [Self; 13] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
    ];

    /// As in `alg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }

    /// The one of this name, to the letter.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    pub(super) fn scheme(self) -> Scheme {
        use signature as s;
        match self {
            Self::Rs256 => Scheme::Rsa(&s::RSA_PKCS1_SHA256, &s::RSA_PKCS1_2048_8192_SHA256),
            Self::Rs384 => Scheme::Rsa(&s::RSA_PKCS1_SHA384, &s::RSA_PKCS1_2048_8192_SHA384),
            Self::Rs512 => Scheme::Rsa(&s::RSA_PKCS1_SHA512, &s::RSA_PKCS1_2048_8192_SHA512),
            Self::Ps256 => Scheme::Rsa(&s::RSA_PSS_SHA256, &s::RSA_PSS_2048_8192_SHA256),
            Self::Ps384 => Scheme::Rsa(&s::RSA_PSS_SHA384, &s::RSA_PSS_2048_8192_SHA384),
            Self::Ps512 => Scheme::Rsa(&s::RSA_PSS_SHA512, &s::RSA_PSS_2048_8192_SHA512),
            Self::Es256 => Scheme::Ecdsa(Curve {
                name: "P-256",
                bytes: 32,
                digest: &digest::SHA256,
                agreement: &agreement::ECDH_P256,
                signing: &s::ECDSA_P256_SHA256_FIXED_SIGNING,
                verification: &s::ECDSA_P256_SHA256_FIXED,
            }),
            Self::Es384 => Scheme::Ecdsa(Curve {
                name: "P-384",
                bytes: 48,
                digest: &digest::SHA384,
                agreement: &agreement::ECDH_P384,
                signing: &s::ECDSA_P384_SHA384_FIXED_SIGNING,
                verification: &s::ECDSA_P384_SHA384_FIXED,
            }),
            Self::Es512 => Scheme::Ecdsa(Curve {
                name: "P-521",
                bytes: 66,
                digest: &digest::SHA512,
                agreement: &agreement::ECDH_P521,
                signing: &s::ECDSA_P521_SHA512_FIXED_SIGNING,
                verification: &s::ECDSA_P521_SHA512_FIXED,
            }),
            Self::EdDsa => Scheme::Ed25519(&s::ED25519),
            Self::Hs256 => Scheme::Hmac(hmac::HMAC_SHA256),
            Self::Hs384 => Scheme::Hmac(hmac::HMAC_SHA384),
            Self::Hs512 => Scheme::Hmac(hmac::HMAC_SHA512),
        }
    }
}

/// An algorithm in the crypto library's words.
pub(super) enum Scheme {
    Hmac(hmac::Algorithm),
    Rsa(&'static dyn RsaEncoding, &'static dyn VerificationAlgorithm),
    Ecdsa(Curve),
    Ed25519(&'static dyn VerificationAlgorithm),
}

/// A curve, and ECDSA on it.
pub(super) struct Curve {
    /// As in `crv`.
    pub(super) name: &'static str,
    /// Of a private key.
    pub(super) bytes: usize,
    /// What makes a private key of a seed; none longer than the curve's.
    pub(super) digest: &'static digest::Algorithm,
    /// The curve, to compute the public key with.
    pub(super) agreement: &'static agreement::Algorithm,
    pub(super) signing: &'static EcdsaSigningAlgorithm,
    verification: &'static dyn VerificationAlgorithm,
}

impl Scheme {
    /// How its signatures are checked; `None` for a shared secret.
    pub(super) fn verification(&self) -> Option<&'static dyn VerificationAlgorithm> {
        match self {
            Self::Hmac(_) => None,
            Self::Rsa(_, verification) | Self::Ed25519(verification) => Some(*verification),
            Self::Ecdsa(curve) => Some(curve.verification),
        }
    }
}
