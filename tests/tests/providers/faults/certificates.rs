//! Providers behind HTTPS whose certificate is nobody's, or no longer good.

use std::fmt::Write as _;

use tollgate_local::authgate::{AuthGateOptions, AuthGateStandIn, development_key};
use tollgate_local::issuer::{DEVELOPMENT_AUDIENCE, IssuerOptions, IssuerStandIn};
use tollgate_local::users::Environment;
use tollgate_tests::function::Function;
use tollgate_tests::https::Https;
use tollgate_tests::rig::Setup;

use super::super::{SIGNED_IN, assert_unlogged, me};

/// A year that has long passed, and one that will not for long.
const PAST: i32 = 2020;
const FUTURE: i32 = 2099;

/// Whom a function trusts beside Mozilla's CAs.
#[derive(Debug, Clone, Copy)]
enum Trusted {
    Nobody,
    TheServer,
    AnotherServer,
}

const CASES: [(Trusted, i32, bool); 4] = [
    (Trusted::TheServer, FUTURE, true),
    (Trusted::Nobody, FUTURE, false),
    (Trusted::AnotherServer, FUTURE, false),
    (Trusted::TheServer, PAST, false),
];

fn function(
    entry: &str,
    https: &Https,
    other: &Https,
    trusted: Trusted,
) -> (Function, tempfile::NamedTempFile) {
    let roots = tempfile::NamedTempFile::new().unwrap();
    let certificate = match trusted {
        Trusted::Nobody => None,
        Trusted::TheServer => Some(https),
        Trusted::AnotherServer => Some(other),
    };
    let mut configuration = format!("budget: 2s\nproviders:\n  - {entry}\n");
    if let Some(https) = certificate {
        std::fs::write(roots.path(), https.certificate()).unwrap();
        writeln!(configuration, "extra_roots: {}", roots.path().display()).unwrap();
    }
    let setup = Setup::new(&configuration, SIGNED_IN).with("KEY", development_key());
    (setup.function(), roots)
}

#[tokio::test]
async fn a_key_goes_to_a_trusted_server_alone() {
    let options = AuthGateOptions::development(Environment::Live).unwrap();
    let authgate = AuthGateStandIn::start(options).await.unwrap();
    let other = Https::start(authgate.address(), FUTURE).await;
    let token = authgate.token("pro").unwrap();
    for (trusted, until, allowed) in CASES {
        let https = Https::start(authgate.address(), until).await;
        let entry = format!("authgate: {{ url: \"{}\", api_key: env:KEY }}", https.url());
        let (function, _roots) = function(&entry, &https, &other, trusted);
        let before = authgate.counts().requests;
        let invoked = me(&function, &token).await;
        let what = format!("{trusted:?} until {until}: {invoked:?}");
        assert_eq!(invoked.status(), if allowed { 200 } else { 500 }, "{what}");
        assert_eq!(
            authgate.counts().requests - before,
            u64::from(allowed),
            "{what}"
        );
        if !allowed {
            let message = invoked.failure();
            assert!(message.contains("certificate"), "{message}");
        }
        assert_unlogged(&function, &[&token, development_key()]);
    }
}

#[tokio::test]
async fn keys_are_taken_from_a_trusted_server_alone() {
    let options = IssuerOptions::development(Environment::Live).unwrap();
    let issuer = IssuerStandIn::start(options).await.unwrap();
    let other = Https::start(issuer.address(), FUTURE).await;
    let token = issuer.token("pro").unwrap();
    for (trusted, until, allowed) in CASES {
        let https = Https::start(issuer.address(), until).await;
        let entry = format!(
            "oidc: {{ issuer: \"{}\", audience: {DEVELOPMENT_AUDIENCE}, algorithms: [ES256], keys: {{ url: \"{}/jwks\" }} }}",
            issuer.issuer(),
            https.url()
        );
        let (function, _roots) = function(&entry, &https, &other, trusted);
        let before = issuer.counts().requests;
        let invoked = me(&function, &token).await;
        let what = format!("{trusted:?} until {until}: {invoked:?}");
        assert_eq!(invoked.status(), if allowed { 200 } else { 500 }, "{what}");
        assert_eq!(
            issuer.counts().requests - before,
            u64::from(allowed),
            "{what}"
        );
        if !allowed {
            let message = invoked.failure();
            assert!(message.contains("certificate"), "{message}");
        }
    }
}

#[tokio::test]
async fn roots_that_are_none_fail_the_init() {
    let options = AuthGateOptions::development(Environment::Live).unwrap();
    let authgate = AuthGateStandIn::start(options).await.unwrap();
    for text in [
        "",
        "not a certificate",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let roots = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(roots.path(), text).unwrap();
        let configuration = format!(
            "providers:\n  - authgate: {{ url: \"{}\", api_key: env:KEY }}\nextra_roots: {}\n",
            authgate.url(),
            roots.path().display()
        );
        let setup = Setup::new(&configuration, SIGNED_IN).with("KEY", development_key());
        let function = setup.function();
        let invoked = me(&function, &authgate.token("pro").unwrap()).await;
        assert_eq!(invoked.status(), 500, "{text:?}: {invoked:?}");
        let log = function.log_with("cannot start").await;
        assert!(log.contains("extra_roots"), "{log}");
    }
}
