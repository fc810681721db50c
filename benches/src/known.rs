//! A token that was verified before: what the fact cache gives back.

use std::time::{Duration, SystemTime};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;
use tollgate_engine::Needs;
use tollgate_identity::http::ExtraRoots;
use tollgate_identity::outcome::Outcome;
use tollgate_identity::providers::Providers;
use tollgate_identity::sources::Sources;
use tollgate_identity::token_source::TokenSource;

const SECRET: &str = "a secret of this bench, 32 bytes or more";

/// A provider that has verified this token.
pub struct Known {
    runtime: Runtime,
    providers: Providers,
    token: String,
    needs: Needs,
}

impl Known {
    /// With a token as long as those of authentication services, verified once.
    pub fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let settings = json!({"oidc": {
            "issuer": "https://issuer.example", "audience": "4711", "algorithms": ["HS256"],
            "keys": {"secret": "env:SECRET"},
        }});
        let settings = serde_json::from_value(settings).expect("settings");
        let sources = Sources::system().with_variables(|_| Some(SECRET.to_owned()));
        let roots = ExtraRoots::default();
        let providers = runtime.block_on(Providers::start(&[settings], &roots, &sources));
        let known = Self {
            providers: providers.expect("a provider"),
            runtime,
            token: token(),
            needs: Needs::default(),
        };
        assert!(known.verify(), "the token is not taken");
        known
    }

    /// Whose token it is, as a decision asks.
    pub fn verify(&self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(3);
        let bearer = TokenSource::Bearer;
        let verdict = self
            .providers
            .verify(&bearer, &self.token, &self.needs, None, deadline);
        matches!(self.runtime.block_on(verdict).outcome, Outcome::Identity(_))
    }
}

impl Default for Known {
    fn default() -> Self {
        Self::new()
    }
}

fn token() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.map_or(0, |age| age.as_secs());
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let claims = json!({
        "iss": "https://issuer.example", "aud": "4711", "iat": now, "exp": now + 3600,
        "sub": "9b2f7c1e-4a0d-4e53-9f6a-2d1c7be0f3a8", "email": "ada@example.com",
        "email_verified": true, "name": "Ada Lovelace", "scope": "read write",
        "roles": ["editor", "author"], "session": "5d0a3f86-71be-4c1b-8a94-e6c3b2f1d907",
    });
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (header, claims) = (header.to_string(), claims.to_string());
    let signed = format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(claims.as_bytes())
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", encode(signature.as_ref()))
}
