//! Tokens of one issuer, shown one after the other: verified, and then known.

use std::time::{Duration, SystemTime};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;
use tollgate_engine::Needs;
use tollgate_identity::fact_cache::Origin;
use tollgate_identity::http::ExtraRoots;
use tollgate_identity::outcome::Outcome;
use tollgate_identity::providers::Providers;
use tollgate_identity::sources::Sources;
use tollgate_identity::token_source::TokenSource;

const SECRET: &str = "a secret of this bench, 32 bytes or more";

/// What a token says.
#[derive(Clone, Copy)]
pub enum Claims {
    /// Whose it is, for whom, by whom and for how long.
    Fewest,
    /// As much as those of authentication services say.
    Usual,
}

/// A provider, and tokens that it verifies.
pub struct Known {
    runtime: Runtime,
    providers: Providers,
    tokens: Vec<String>,
    needs: Needs,
}

impl Known {
    /// Tokens that were not shown yet, each of another user.
    pub fn new(tokens: usize, claims: Claims) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let settings = json!({"oidc": {
            "issuer": "https://issuer.example", "audience": "4711", "algorithms": ["HS256"],
            "keys": {"secret": "env:SECRET"},
        }, "cache_for": "1h"});
        let settings = serde_json::from_value(settings).expect("settings");
        let sources = Sources::system().with_variables(|_| Some(SECRET.to_owned()));
        let roots = ExtraRoots::default();
        let providers = runtime.block_on(Providers::start(&[settings], &roots, &sources));
        Self {
            providers: providers.expect("a provider"),
            runtime,
            tokens: (0..tokens).map(|number| token(number, claims)).collect(),
            needs: Needs::default(),
        }
    }

    /// Shows a token, as a decision asks whose it is; where the answer came from.
    pub fn show(&self, number: usize) -> Origin {
        let deadline = Instant::now() + Duration::from_secs(3);
        let bearer = TokenSource::Bearer;
        let token = &self.tokens[number];
        let verdict = self
            .providers
            .verify(&bearer, token, &self.needs, None, deadline);
        let verdict = self.runtime.block_on(verdict);
        assert!(
            matches!(verdict.outcome, Outcome::Identity(_)),
            "a token is not taken"
        );
        verdict.origin
    }
}

fn token(number: usize, claims: Claims) -> String {
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = encode(json!({"alg": "HS256", "typ": "JWT"}));
    let signed = format!("{header}.{}", encode(claims.of(number)));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

impl Claims {
    fn of(self, number: usize) -> Value {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.map_or(0, |age| age.as_secs());
        let user = format!("9b2f7c1e-4a0d-4e53-9f6a-{number:012x}");
        match self {
            Self::Fewest => json!({
                "iss": "https://issuer.example", "aud": "4711", "exp": now + 3600, "sub": user,
            }),
            Self::Usual => json!({
                "iss": "https://issuer.example", "aud": "4711", "iat": now, "exp": now + 3600,
                "sub": user, "email": "ada@example.com", "email_verified": true,
                "name": "Ada Lovelace", "scope": "read write", "roles": ["editor", "author"],
                "session": "5d0a3f86-71be-4c1b-8a94-e6c3b2f1d907",
            }),
        }
    }
}
