//! Issuers whose clock is an hour away from ours.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use tollgate_local::authgate::{self, AuthGateOptions, AuthGateStandIn};
use tollgate_local::issuer::{
    DEVELOPMENT_AUDIENCE, DEVELOPMENT_CLIENT, IssuerOptions, IssuerStandIn,
};
use tollgate_local::neon_auth::{NeonAuthOptions, NeonAuthStandIn};
use tollgate_local::stack_auth::{StackAuthOptions, StackAuthStandIn};
use tollgate_local::users::Environment;
use tollgate_tests::rig::Setup;

use super::super::{SIGNED_IN, me, refusals};

const HOUR: Duration = Duration::from_hours(1);
const FUTURE: &str = "the token's `iat` has not come yet";
const PAST: &str = "the token has expired";

/// Our clock judges what is verified here.
#[tokio::test]
async fn tokens_from_the_future_and_the_past_prove_nobody() {
    let live = Environment::Live;
    let issuer = IssuerStandIn::start(IssuerOptions::development(live).unwrap())
        .await
        .unwrap();
    let neon = NeonAuthStandIn::start(NeonAuthOptions::development(live).unwrap())
        .await
        .unwrap();
    let stack = StackAuthStandIn::start(StackAuthOptions::development(live).unwrap())
        .await
        .unwrap();
    let configuration = format!(
        "providers:\n  - oidc: {{ issuer: \"{}\", audience: {DEVELOPMENT_AUDIENCE}, algorithms: [ES256] }}\n  - neon_auth: {{ url: \"{}\" }}\n  - stack_auth: {{ project: {}, url: \"{}\" }}\n    token_from: [bearer]\n",
        issuer.issuer(),
        neon.base_url(),
        stack.project(),
        stack.url()
    );
    let function = Setup::new(&configuration, SIGNED_IN).function();
    let tokens = || {
        [
            issuer.token("pro").unwrap(),
            neon.token("pro").unwrap(),
            stack.token("pro").unwrap(),
        ]
    };
    for token in tokens() {
        assert_eq!(me(&function, &token).await.status(), 200);
    }
    issuer.advance(HOUR);
    neon.advance(HOUR);
    stack.advance(HOUR);
    for token in tokens() {
        let invoked = me(&function, &token).await;
        assert_eq!(invoked.status(), 401, "{invoked:?}");
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let made = now.checked_sub(HOUR).unwrap().as_secs();
    let of_the_past = [
        issuer.sign(&json!({
            "iss": issuer.issuer(), "aud": DEVELOPMENT_AUDIENCE, "sub": "u-pro",
            "iat": made, "exp": made + 600,
        })),
        neon.sign(&json!({
            "iss": neon.url(), "aud": neon.url(), "sub": "u-pro", "role": "authenticated",
            "iat": made, "exp": made + 900,
        })),
        stack.sign(&json!({
            "iss": format!("{}/api/v1/projects/{}", stack.url(), stack.project()),
            "aud": stack.project(), "sub": "u-pro", "iat": made, "exp": made + 600,
        })),
    ];
    for token in of_the_past {
        let invoked = me(&function, &token.unwrap()).await;
        assert_eq!(invoked.status(), 401, "{invoked:?}");
    }
    let why = refusals(&function, 6).await;
    assert_eq!(why, [FUTURE, FUTURE, FUTURE, PAST, PAST, PAST]);
}

/// A provider that is asked judges by its own.
#[tokio::test]
async fn a_provider_that_is_asked_is_believed() {
    let live = Environment::Live;
    let issuer = IssuerStandIn::start(IssuerOptions::development(live).unwrap())
        .await
        .unwrap();
    let authgate = AuthGateStandIn::start(AuthGateOptions::development(live).unwrap())
        .await
        .unwrap();
    let (client, secret) = DEVELOPMENT_CLIENT;
    let configuration = format!(
        "providers:\n  - introspection: {{ url: \"{}/introspect\", client_id: {client}, client_secret: env:CLIENT, audience: {DEVELOPMENT_AUDIENCE} }}\n  - authgate: {{ url: \"{}\", api_key: env:KEY }}\n",
        issuer.url(),
        authgate.url()
    );
    let function = Setup::new(&configuration, SIGNED_IN)
        .with("CLIENT", secret)
        .with("KEY", authgate::development_key())
        .function();
    issuer.advance(HOUR);
    authgate.advance(HOUR);
    for (token, provider) in [
        (issuer.opaque_token("pro").unwrap(), "introspection"),
        (authgate.token("pro").unwrap(), "authgate"),
    ] {
        let invoked = me(&function, &token).await;
        assert_eq!(invoked.context("provider"), provider, "{invoked:?}");
    }
}
