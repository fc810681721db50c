//! The two keys of each audience, and the JWKS that holds them.
//!
//! Stack Auth derives them from the server's secret and the audience; nothing rotates them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::SigningDerivation;
use super::access_token::{Audience, Kind};
use crate::jws::Jws;
use crate::signing::{Algorithm, Coordinates, KeyError, SigningKey};

/// Characters of a key ID.
const KID_LENGTH: usize = 12;

/// All keys of a server.
#[derive(Default)]
pub(super) struct Keys {
    /// By `aud`: the legacy derivation, then the new one.
    by_audience: BTreeMap<String, [SigningKey; 2]>,
    pub(super) derivation: SigningDerivation,
}

impl Keys {
    /// `short` makes the legacy key of the first audience one with a short coordinate.
    pub(super) fn derive(
        generation: u32,
        audiences: &[Audience],
        short: bool,
    ) -> Result<Self, KeyError> {
        let mut by_audience = BTreeMap::new();
        for (n, audience) in audiences.iter().enumerate() {
            let aud = audience.aud();
            let seed = |derivation| format!("Stack Auth stand-in {generation} {derivation} {aud}");
            let legacy = if short && n == 0 {
                SigningKey::derive_short(&seed("legacy"), KID_LENGTH)?
            } else {
                SigningKey::derive(Algorithm::Es256, &seed("legacy"), KID_LENGTH)?
            };
            let new = SigningKey::derive(Algorithm::Es256, &seed("new"), KID_LENGTH)?;
            by_audience.insert(aud, [legacy, new]);
        }
        Ok(Self {
            by_audience,
            derivation: SigningDerivation::default(),
        })
    }

    /// The key that signs for this `aud`.
    pub(super) fn signing(&self, aud: &str) -> Option<&SigningKey> {
        let [legacy, new] = self.by_audience.get(aud)?;
        Some(match self.derivation {
            SigningDerivation::Legacy => legacy,
            SigningDerivation::New => new,
        })
    }

    /// Whether one of the keys of this `aud` signed the token.
    pub(super) fn signed(&self, aud: &str, token: &Jws<'_>) -> bool {
        let kid = token.header.get("kid").and_then(Value::as_str);
        let mut keys = self.by_audience.get(aud).into_iter().flatten();
        keys.any(|key| kid == Some(key.kid()) && key.signed(token))
    }

    /// The public keys for these kinds of users: `None` for a project the server does not have.
    pub(super) fn jwks(&self, project: &str, kinds: &[Kind]) -> Option<Value> {
        let mut jwks = Vec::new();
        for kind in kinds {
            let audience = Audience::new(project, *kind).aud();
            let keys = self.by_audience.get(&audience)?;
            jwks.extend(keys.iter().filter_map(|key| key.jwk(Coordinates::Short)));
        }
        Some(json!({ "keys": jwks }))
    }
}
