//! The compact serialisation: three parts of base64url with a dot between (RFC 7515
//! section 7.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Refusal;

/// Longest token, in bytes. API Gateway takes about 10 KiB of headers in all.
pub const MAX_TOKEN: usize = 8 * 1024;

/// Longest signature, in bytes: RSA's with the largest modulus accepted.
const MAX_SIGNATURE: usize = crate::jwk::MAX_MODULUS_BITS / 8;

/// A token's parts, still encoded.
#[derive(Clone, Copy)]
pub(super) struct Compact<'a> {
    pub header: &'a str,
    pub payload: &'a str,
    pub signature: &'a str,
    /// What is signed: header, dot and payload, as they stand.
    pub signed: &'a [u8],
}

impl<'a> Compact<'a> {
    pub(super) fn split(token: &'a str) -> Result<Self, Refusal> {
        if token.len() > MAX_TOKEN {
            return Err(Refusal::TooLong);
        }
        let parts = || {
            let (signed, signature) = token.rsplit_once('.')?;
            let (header, payload) = signed.split_once('.')?;
            let whole = ![header, payload, signature].contains(&"") && !payload.contains('.');
            whole.then_some(Self {
                header,
                payload,
                signature,
                signed: signed.as_bytes(),
            })
        };
        parts().ok_or_else(
            || match token.bytes().filter(|&byte| byte == b'.').count() {
                4 => Refusal::Encrypted,
                _ => Refusal::NotCompact,
            },
        )
    }
}

/// Decodes a part into `buffer`, in place of what is there. One text has one spelling: no
/// padding, no whitespace, no bits that mean nothing.
pub(super) fn decode(part: &str, buffer: &mut Vec<u8>) -> Result<(), Refusal> {
    buffer.clear();
    URL_SAFE_NO_PAD
        .decode_vec(part, buffer)
        .map_err(|_| Refusal::Encoding)
}

/// A decoded signature.
pub(super) struct Signature {
    // The decoder asks for room in whole groups of three.
    bytes: [u8; MAX_SIGNATURE.next_multiple_of(3)],
    length: usize,
}

impl Signature {
    pub(super) fn decode(part: &str) -> Result<Self, Refusal> {
        use base64::DecodeSliceError::{DecodeError, OutputSliceTooSmall};

        let mut bytes = [0; _];
        match URL_SAFE_NO_PAD.decode_slice(part, &mut bytes) {
            Ok(length) => Ok(Self { bytes, length }),
            Err(DecodeError(_)) => Err(Refusal::Encoding),
            Err(OutputSliceTooSmall) => Err(Refusal::Signature),
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}
