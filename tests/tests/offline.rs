//! HTTP requests through serverless-offline to the built function and a backend, where that emulator
//! does as API Gateway does. Where it does not: `local/README.md`.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use tollgate_local::tiun::development_key;
use tollgate_local::users::Environment;
use tollgate_tests::offline::Offline;
use tollgate_tests::rig::{self, Setup};

const POLICY: &str = "route /{api}/profile requires user\n\
                      route /{api}/reports requires product p-live-pro\n\
                      route /{api}/legacy is denied\n";

/// REST REQUEST, REST TOKEN and HTTP API 2.0.
const APIS: [&str; 3] = ["rest-request", "rest-token", "http"];

#[tokio::test]
async fn each_kind_of_api_asks_the_authorizer_and_tells_the_backend() {
    let tiun = rig::tiun().await;
    let configuration = format!(
        "providers:\n  - tiun:\n      environment: live\n      base_url: {}\n      api_key: env:TIUN_KEY\n",
        tiun.url()
    );
    let function = Setup::new(&configuration, POLICY)
        .with("TIUN_KEY", development_key(Environment::Live))
        .function();
    let offline = Offline::start(&function);
    let bearer = |user: &str| format!("Bearer {}", tiun.token(user).unwrap());
    for api in APIS {
        let get = async |path: &str, authorization: Option<&str>| {
            offline.get(&format!("/{api}/{path}"), authorization).await
        };
        let (status, told) = get("profile", Some(&bearer("free"))).await;
        assert_eq!(status, 200, "{api}: {told}");
        assert_told(
            api,
            &told,
            &[("userId", "u-free"), ("products", ""), ("provider", "tiun")],
        );

        let (status, told) = get("reports", Some(&bearer("pro"))).await;
        assert_eq!(status, 200, "{api}: {told}");
        assert_told(
            api,
            &told,
            &[
                ("userId", "u-pro"),
                ("products", "p-live-pro"),
                ("reason", ""),
            ],
        );

        let (status, body) = get("reports", Some(&bearer("free"))).await;
        assert_eq!(status, 403, "{api}: no product: {body}");
        let (status, body) = get("legacy", Some(&bearer("pro"))).await;
        assert_eq!(status, 403, "{api}: denied to everybody: {body}");

        let asked = tiun.counts().requests;
        let (status, body) = get("profile", None).await;
        assert_eq!(status, 401, "{api}: no token: {body}");
        assert_eq!(tiun.counts().requests, asked, "{api}: nobody is asked");

        // An HTTP API has no documented way to a 401 from a function.
        let nobody = if api == "http" { 403 } else { 401 };
        for odd in ["Bearer x", "Basic x", &bearer("expired")] {
            let (status, body) = get("profile", Some(odd)).await;
            assert_eq!(status, nobody, "{api}: nobody's token: {body}");
        }
    }
}

/// The context, which a REST API puts beside the principal and an HTTP API under `lambda`.
fn assert_told(api: &str, told: &Value, expected: &[(&str, &str)]) {
    let context = if api == "http" {
        told.get("lambda")
    } else {
        Some(told)
    };
    let context = context.unwrap_or_else(|| panic!("{api}: no context: {told}"));
    for (name, value) in expected {
        assert_eq!(
            context.get(name),
            Some(&json!(value)),
            "{api}: {name}: {told}"
        );
    }
}
