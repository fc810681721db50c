//! `introspection` with the real endpoint of npm `oidc-provider`: what it says of a token is believed,
//! and what it says of our own client is never the user's fault.

use std::time::Duration;

use serde_json::json;
use tollgate_tests::aws::Ssm;
use tollgate_tests::counterpart::oidc::{API, Access, OidcProvider};
use tollgate_tests::rig::Setup;

use super::{SIGNED_IN, assert_unlogged, get, me, object, refusals};

const AUDIENCE: &str = "https://api.example.com/opaque";
const ENDPOINT: &str = "POST /token/introspection";

fn setup(oidc: &OidcProvider, secret: &str, more: &str, policy: &str) -> Setup {
    let configuration = format!(
        "providers:\n  - introspection:\n      url: {}/token/introspection\n      client_id: {}\n      client_secret: {secret}\n      audience: {AUDIENCE}\n{more}",
        oidc.issuer(),
        API.0
    );
    Setup::new(&configuration, policy).with("CLIENT_SECRET", API.1)
}

async fn token(oidc: &OidcProvider, sub: &str) -> String {
    oidc.access_token(&Access::new(sub, AUDIENCE)).await
}

#[tokio::test]
async fn an_active_token_proves_its_user_and_any_other_proves_nobody() {
    let oidc = OidcProvider::start();
    for auth in ["basic", "post"] {
        let more = format!("      auth: {auth}\n    cache_for: off\n");
        let setup = setup(&oidc, "env:CLIENT_SECRET", &more, SIGNED_IN);
        let function = setup.function();
        let (token, revoked) = (
            token(&oidc, "u-light").await,
            token(&oidc, "u-revoked").await,
        );
        for token in [&token, &revoked] {
            let invoked = me(&function, token).await;
            assert_eq!(invoked.status(), 200, "{auth}: {invoked:?}");
            assert_eq!(invoked.context("provider"), "introspection");
        }
        assert_eq!(oidc.revoke(&revoked).await.status, 200);
        let elsewhere = Access::new("u-light", "https://other.example.com/opaque");
        let elsewhere = oidc.access_token(&elsewhere).await;
        let jwt = Access::new("u-light", "https://api.example.com");
        let jwt = oidc.access_token(&jwt).await;
        for (what, token) in [
            ("revoked", revoked.as_str()),
            ("unknown", "no-such-token"),
            ("for another API", &elsewhere),
            ("a JWT, which this endpoint does not take", &jwt),
        ] {
            let invoked = me(&function, token).await;
            assert_eq!(invoked.status(), 401, "{auth}: {what}: {invoked:?}");
        }
        assert_eq!(
            refusals(&function, 1).await,
            ["it is meant for somebody else"]
        );
        assert_eq!(me(&function, &token).await.status(), 200);
        assert_unlogged(&function, &[&token, &revoked, &jwt, API.1]);
    }
}

#[tokio::test]
async fn members_of_the_answer_become_facts() {
    let oidc = OidcProvider::start();
    let more = "      claims: { products: /billing/products }\n";
    let policy = "route /pro requires product p-pro\nroute /write requires scope write\n";
    let function = setup(&oidc, "env:CLIENT_SECRET", more, policy).function();
    for (scope, products, statuses) in [
        ("read write", json!(["p-pro"]), [200, 200]),
        ("read", json!([]), [403, 403]),
        ("", json!({"p-pro": true}), [403, 403]),
    ] {
        let access = Access {
            scope,
            claims: object(json!({"billing": {"products": products}})),
            ..Access::new("u-light", AUDIENCE)
        };
        let token = oidc.access_token(&access).await;
        for (path, status) in ["/pro", "/write"].into_iter().zip(statuses) {
            let invoked = get(&function, path, &token).await;
            assert_eq!(invoked.status(), status, "{path}: {products}: {invoked:?}");
        }
    }
}

#[tokio::test]
async fn a_token_is_asked_about_once_while_its_facts_are_kept() {
    let oidc = OidcProvider::start();
    let function = setup(&oidc, "env:CLIENT_SECRET", "", SIGNED_IN).function();
    let (good, bad) = (token(&oidc, "u-light").await, "no-such-token");
    for (token, status, calls) in [(good.as_str(), 200, 1), (bad, 401, 2)] {
        for _ in 0..3 {
            assert_eq!(me(&function, token).await.status(), status);
        }
        assert_eq!(oidc.requests(ENDPOINT).await, calls);
    }
}

#[tokio::test]
async fn a_wrong_secret_is_our_fault_and_names_its_place() {
    let oidc = OidcProvider::start();
    let function = setup(&oidc, "env:WRONG", "", SIGNED_IN)
        .with("WRONG", "a-wrong-secret")
        .function();
    let invoked = me(&function, &token(&oidc, "u-light").await).await;
    assert_eq!(invoked.status(), 500, "{invoked:?}");
    let log = function.log_with("refused the key").await;
    assert!(
        log.contains("env:WRONG") && log.contains("client_id"),
        "{log}"
    );
    assert_unlogged(&function, &["a-wrong-secret"]);
}

#[tokio::test]
async fn a_secret_that_is_rotated_costs_no_denial() {
    const PARAMETER: &str = "/tollgate/introspection";
    let (oidc, ssm) = (OidcProvider::start(), Ssm::start());
    ssm.put(PARAMETER, API.1).await;
    let function = setup(&oidc, &format!("ssm:{PARAMETER}"), "", SIGNED_IN)
        .with("AWS_ENDPOINT_URL_SSM", ssm.url())
        .function();
    assert_eq!(
        me(&function, &token(&oidc, "u-1").await).await.status(),
        200
    );

    ssm.put(PARAMETER, "another-secret").await;
    oidc.set_api_secret("another-secret").await;
    let invoked = me(&function, &token(&oidc, "u-2").await).await;
    assert_eq!(invoked.status(), 200, "{invoked:?}");

    // The endpoint's alone: an outage that says whose fault it is, until the secret is stored.
    oidc.set_api_secret("third-secret").await;
    let waiting = token(&oidc, "u-3").await;
    let invoked = me(&function, &waiting).await;
    assert_eq!(invoked.status(), 500, "{invoked:?}");
    assert!(invoked.failure().contains(PARAMETER));
    ssm.put(PARAMETER, "third-secret").await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(me(&function, &waiting).await.status(), 200);
    assert_unlogged(&function, &[API.1, "another-secret", "third-secret"]);
}
