//! Any answers of any provider, through the whole of its exchange: a user is proven only by an answer
//! that says so, and nothing of an answer gets into a cause or a log line.
//!
//! The document names a provider and its answers, as in `{"provider": "tiun", "answers": [{"status":
//! 200, "headers": {}, "body": {}}]}`; a body that is a text is sent as it is, `"@JWK@"` is the key of the
//! tokens. Bytes that are no such document are sent as a body to each.

#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;
use tollgate_engine::{FactKind, Needs};
use tollgate_fuzz::token::{self, AUDIENCE, ISSUER, SUBJECT};
use tollgate_fuzz::{json, log};
use tollgate_identity::http::ExtraRoots;
use tollgate_identity::http::script::{self, Scripted};
use tollgate_identity::outcome::Outcome;
use tollgate_identity::provider::ProviderSettings;
use tollgate_identity::providers::Providers;
use tollgate_identity::sources::{Clock, Sources};
use tollgate_identity::token_source::TokenSource;

/// What is sent.
#[derive(Deserialize)]
struct Exchange {
    provider: String,
    answers: Vec<Sent>,
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
}

fn ok() -> u16 {
    200
}

/// A provider, and what of an answer proves a user by this ID.
struct Asked {
    name: &'static str,
    settings: ProviderSettings,
    token: String,
    proves: fn(&Value, &str) -> bool,
}

struct Stage {
    runtime: Runtime,
    providers: Vec<Asked>,
    needs: Needs,
    sources: Sources,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    Stage {
        runtime: runtime.expect("a runtime"),
        providers: providers(),
        needs: Needs {
            facts: [
                FactKind::Products,
                FactKind::Permissions,
                FactKind::Teams,
                FactKind::Claims,
            ]
            .into_iter()
            .collect(),
            ..Needs::default()
        },
        sources: Sources::system()
            .with_variables(|_| Some("zq-a-key-of-32-bytes-or-more-than-that".to_owned()))
            .with_clock(Clock::new(token::now)),
    }
});

fn providers() -> Vec<Asked> {
    const PROJECT: &str = "0f9a3c1e-6f0b-4c27-9d0a-2f6f6f1b7c11";
    let stack = format!("https://stack.example/api/v1/projects/{PROJECT}");
    let neon = "https://neon.example";
    let signed = |issuer: &str, audience: &str| {
        let mut claims = token::claims(issuer);
        claims["aud"] = json!(audience);
        token::eddsa(r#"{"alg":"EdDSA","kid":"ed"}"#, &claims.to_string())
    };
    let asked = |name, settings: Value, token, proves| Asked {
        name,
        settings: serde_json::from_value(settings).expect(name),
        token,
        proves,
    };
    vec![
        asked(
            "tiun",
            json!({"tiun": {"environment": "live", "api_key": "env:KEY"}}),
            signed(ISSUER, AUDIENCE),
            |body, id| body["isAuthenticated"] == true && body["userInfo"]["userId"] == id,
        ),
        asked(
            "authgate",
            json!({"authgate": {"url": "https://authgate.example", "api_key": "env:KEY"}}),
            signed("authgate", AUDIENCE),
            |body, id| body["valid"] == true && body["user"]["id"] == id,
        ),
        asked(
            "stack_auth",
            json!({
                "stack_auth": {"project": PROJECT, "url": "https://stack.example",
                    "secret_server_key": "env:KEY", "verify": "rest"},
                "token_from": ["bearer"],
            }),
            signed(&stack, PROJECT),
            |body, id| body["id"] == id,
        ),
        asked(
            "neon_auth",
            json!({"neon_auth": {"url": format!("{neon}/neondb/auth")}}),
            signed(neon, neon),
            holds_key,
        ),
        asked(
            "oidc",
            json!({"oidc": {"issuer": ISSUER, "audience": AUDIENCE, "algorithms": ["EdDSA"]}}),
            signed(ISSUER, AUDIENCE),
            holds_key,
        ),
        asked(
            "introspection",
            json!({"introspection": {"url": "https://introspection.example/", "client_id": "c",
                "client_secret": "env:KEY", "audience": AUDIENCE}}),
            signed(ISSUER, AUDIENCE),
            |body, id| body["active"] == true && body["sub"] == id,
        ),
    ]
}

/// Whether it is a JWKS with the key that the tokens are signed with.
fn holds_key(body: &Value, id: &str) -> bool {
    let own = token::jwk();
    let mut keys = body["keys"].as_array().into_iter().flatten();
    id == SUBJECT && keys.any(|key| key["x"] == own["x"])
}

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    json::mutate(data, size, most, seed)
});

fuzz_target!(init: log::listen(), |bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes).replace("\"@JWK@\"", &token::jwk().to_string());
    if let Ok(Exchange { provider, answers }) = serde_json::from_str(&text) {
        let answers: Vec<Scripted> = answers.iter().map(scripted).collect();
        let named = STAGE.providers.iter().filter(|asked| asked.name == provider);
        named.for_each(|asked| ask(asked, &answers));
    } else {
        let answer = Scripted {
            status: 200,
            headers: Vec::new(),
            body: bytes.to_vec(),
        };
        STAGE.providers.iter().for_each(|asked| ask(asked, &[answer.clone()]));
    }
});

fn scripted(sent: &Sent) -> Scripted {
    Scripted {
        status: sent.status,
        headers: sent.headers.clone().into_iter().collect(),
        body: match &sent.body {
            Value::String(text) => text.clone().into_bytes(),
            body => body.to_string().into_bytes(),
        },
    }
}

fn ask(asked: &Asked, answers: &[Scripted]) {
    let Stage {
        runtime,
        needs,
        sources,
        ..
    } = &*STAGE;
    script::set(answers.to_vec());
    let outcome = runtime.block_on(async {
        let settings = [asked.settings.clone()];
        let providers = Providers::start(&settings, &ExtraRoots::default(), sources).await;
        let providers = providers.unwrap_or_else(|error| panic!("{}: {error}", asked.name));
        let deadline = Instant::now() + Duration::from_secs(3);
        let verdict = providers.verify(&TokenSource::Bearer, &asked.token, needs, None, deadline);
        verdict.await.outcome
    });
    match outcome {
        Outcome::Identity(identity) => {
            let bodies = answers.iter().filter_map(|answer| {
                let body = serde_json::from_slice::<Value>(&answer.body).ok()?;
                Some((asked.proves)(&body, &identity.user.id))
            });
            let proven = bodies.into_iter().any(|proves| proves);
            assert!(proven, "{}: nobody proved {}", asked.name, identity.user.id);
            let id = &identity.user.id;
            assert!(!id.is_empty() && !id.contains(char::is_control), "{id:?}");
        }
        Outcome::Unauthenticated => {}
        Outcome::Misconfigured(cause) | Outcome::Unavailable(cause) => {
            let cause = cause.as_str();
            assert!(
                !cause.is_empty() && !cause.contains(char::is_control),
                "{cause:?}"
            );
            assert!(!cause.contains(log::SECRET), "told: {cause}");
        }
    }
    let logged = log::take();
    assert!(!logged.contains(log::SECRET), "logged: {logged}");
}
