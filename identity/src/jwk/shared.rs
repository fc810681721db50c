//! The keys of a secret that is shared with the issuer: the current one, and while it is rotated
//! the one before.

use crate::keyring::Keyring;
use crate::outcome::Cause;

use super::Keys;

impl Keys {
    /// The keys that a keyring holds now.
    ///
    /// # Errors
    /// When a secret is too short to sign with.
    pub(crate) async fn shared(secret: &Keyring) -> Result<Self, Cause> {
        let (current, previous) = secret.both().await;
        let secrets: Vec<&[u8]> = std::iter::once(&current)
            .chain(&previous)
            .map(|key| key.expose().as_bytes())
            .collect();
        Self::symmetric(&secrets)
            .map_err(|error| Cause::new(format!("`{}`: {error}", secret.reference())))
    }
}
