//! The keys of an issuer that rotates them: the newest signs, older ones stay published until retired.

use serde_json::{Value, json};

use super::{Algorithm, Coordinates, KeyError, SigningKey};
use crate::jws::Jws;

/// Older keys that stay published; one more drops the oldest.
const MAX_OLDER: usize = 16;

/// Made with one key.
pub(crate) struct KeyRing {
    seed: String,
    kid_length: usize,
    made: u32,
    older: Vec<SigningKey>,
    signing: SigningKey,
}

impl KeyRing {
    pub(crate) fn new(
        algorithm: Algorithm,
        seed: &str,
        kid_length: usize,
    ) -> Result<Self, KeyError> {
        Ok(Self {
            seed: seed.to_owned(),
            kid_length,
            made: 0,
            older: Vec::new(),
            signing: SigningKey::derive(algorithm, &format!("{seed} 0"), kid_length)?,
        })
    }

    /// Adds a key, which signs from now on.
    pub(crate) fn rotate(&mut self, algorithm: Algorithm) -> Result<(), KeyError> {
        let seed = format!("{} {}", self.seed, self.made + 1);
        let key = SigningKey::derive_next(algorithm, &seed, self.kid_length)?;
        self.made += 1;
        self.older.push(std::mem::replace(&mut self.signing, key));
        if self.older.len() > MAX_OLDER {
            self.older.remove(0);
        }
        Ok(())
    }

    /// Takes back all keys but the one that signs.
    pub(crate) fn retire(&mut self) {
        self.older.clear();
    }

    pub(crate) fn signing(&self) -> &SigningKey {
        &self.signing
    }

    fn all(&self) -> impl Iterator<Item = &SigningKey> {
        self.older.iter().chain([&self.signing])
    }

    /// Whether a key that is still published signed the token.
    pub(crate) fn signed(&self, token: &Jws<'_>) -> bool {
        let kid = token.header.get("kid").and_then(Value::as_str);
        self.all()
            .any(|key| kid == Some(key.kid()) && key.signed(token))
    }

    /// All published keys, the newest last.
    pub(crate) fn jwks(&self) -> Value {
        let keys: Vec<Value> = self
            .all()
            .filter_map(|key| key.jwk(Coordinates::Full))
            .collect();
        json!({ "keys": keys })
    }
}
