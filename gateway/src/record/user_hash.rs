//! The keyed hash that stands for a user in logs: the same user is the same text, and who has the
//! text and not the key cannot say whose it is, nor try out IDs.

use std::fmt::{self, Write as _};

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::rand::SystemRandom;
use tollgate_identity::secret::Secret;

/// Least bytes of a salt. User IDs can be guessed, so a salt that can be guessed too hides nobody.
pub const MIN_SALT: usize = 16;

/// Bytes of the hash that are shown, two digits each: half of them, and far more than users.
const SHOWN: usize = 16;

/// Hashes user IDs: HMAC-SHA-256 (RFC 2104), its first 16 bytes as lower-case hexadecimal digits.
pub struct UserHash(hmac::Key);

/// A salt of fewer than [`MIN_SALT`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortSalt;

impl fmt::Display for ShortSalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the salt has fewer than {MIN_SALT} bytes, so that user IDs could be guessed from their \
             hashes: store a random one, as `openssl rand -hex 32` makes it"
        )
    }
}

impl std::error::Error for ShortSalt {}

impl UserHash {
    /// With a salt that others have too.
    ///
    /// # Errors
    /// [`ShortSalt`]: it could be guessed.
    pub fn salted(salt: &Secret) -> Result<Self, ShortSalt> {
        let salt = salt.expose().as_bytes();
        if salt.len() < MIN_SALT {
            return Err(ShortSalt);
        }
        Ok(Self(hmac::Key::new(HMAC_SHA256, salt)))
    }

    /// With a random key that nobody else has.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn random() -> Result<Self, Unspecified> {
        hmac::Key::generate(HMAC_SHA256, &SystemRandom::new()).map(Self)
    }

    /// The hash of a user's ID.
    pub fn of(&self, id: &str) -> String {
        let tag = hmac::sign(&self.0, id.as_bytes());
        let shown = tag.as_ref().iter().take(SHOWN);
        shown.fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// RFC 4231, section 4.3 has a shorter key than is allowed here; section 4.2's has 20 bytes, all
    /// of them control characters, as no text from SSM would.
    #[test]
    fn it_is_hmac_sha_256_cut_in_half() {
        let salt = Secret::new("\u{b}".repeat(20));
        let hash = UserHash::salted(&salt).unwrap();
        assert_eq!(hash.of("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b");
    }

    #[test]
    fn a_salt_that_can_be_guessed_is_refused() {
        assert!(ShortSalt.to_string().contains("fewer than 16 bytes"));
        let salted = |length| UserHash::salted(&Secret::new("s".repeat(length)));
        assert_eq!(salted(MIN_SALT - 1).err(), Some(ShortSalt));
        assert!(salted(MIN_SALT).is_ok());
    }

    #[test]
    fn random_keys_differ_and_stay_what_they_are() {
        let (one, other) = (UserHash::random().unwrap(), UserHash::random().unwrap());
        assert_eq!(one.of("u-1"), one.of("u-1"));
        assert_ne!(one.of("u-1"), one.of("u-2"));
        assert_ne!(one.of("u-1"), other.of("u-1"));
    }
}
