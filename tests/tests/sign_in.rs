//! An application that somebody else's client library signs in (npm `openid-client`): at the issuer's
//! stand-in, and with the access token it gives through the authorizer.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use serde_json::{Value, json};
use tokio::process::Command;
use tollgate_gateway::Invocation;
use tollgate_local::issuer::{Algorithm, DEVELOPMENT_AUDIENCE, IssuerOptions, IssuerStandIn};
use tollgate_local::users::{Environment, Session};
use tollgate_tests::build;
use tollgate_tests::request::Request;
use tollgate_tests::rig::Setup;

/// What the application got of this issuer for a user.
async fn signed_in(issuer: &str, user: &str) -> Value {
    let script = build::counterparts().join("openid-client.mjs");
    let output = Command::new("node")
        .arg(script)
        .args([issuer, user])
        .output()
        .await
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{told}"))
}

#[tokio::test]
async fn an_application_signs_a_user_in_and_out() {
    for (algorithm, path) in [(Algorithm::Es256, ""), (Algorithm::Ps256, "/realms/dev")] {
        let issuer = IssuerStandIn::start(IssuerOptions {
            algorithm,
            path: path.to_owned(),
            ..IssuerOptions::development(Environment::Live).unwrap()
        });
        let issuer = issuer.await.unwrap();
        let got = signed_in(&issuer.issuer(), "light").await;
        assert_eq!(got["claims"]["sub"], "u-light");
        assert_eq!(got["claims"]["aud"], "spa");
        assert_eq!(
            got["info"],
            json!({ "sub": "u-light", "email": "light@example.com", "email_verified": true })
        );
        assert_eq!(got["refreshed"], true);
        assert_eq!(
            got["after"], true,
            "back where the application wanted, with its state"
        );
        assert_eq!(
            got["late"], "invalid_grant",
            "signing out ends what was granted"
        );
        let users = issuer.users();
        let (_, light) = users.iter().find(|(name, _)| name == "light").unwrap();
        assert_eq!(light.session, Session::Ended);

        let configuration = format!(
            "providers:\n  - oidc: {{ issuer: \"{}\", audience: \"{DEVELOPMENT_AUDIENCE}\", algorithms: [{}] }}\n",
            issuer.issuer(),
            algorithm.name()
        );
        let setup = Setup::new(&configuration, "route /me requires user\n");
        let event = Request::get("/me")
            .bearer(got["access_token"].as_str().unwrap())
            .rest();
        let answer = setup
            .authorizer()
            .await
            .authorize(&event, Invocation::new("1"))
            .await;
        let answer = serde_json::to_string(&answer.unwrap()).unwrap();
        assert!(answer.contains("\"Effect\":\"Allow\""), "{answer}");
    }
}
