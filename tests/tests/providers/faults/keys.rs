//! Issuers whose keys cannot be had: an outage while there are none, and nothing at all once there are.

use std::fmt::Write as _;
use std::time::Instant;

use tollgate_local::fault::Fault;
use tollgate_local::issuer::{Algorithm, DEVELOPMENT_AUDIENCE, IssuerOptions, IssuerStandIn};
use tollgate_local::neon_auth::{NeonAuthOptions, NeonAuthStandIn};
use tollgate_local::stack_auth::{StackAuthOptions, StackAuthStandIn};
use tollgate_local::stand_in::StandIn;
use tollgate_local::users::Environment;
use tollgate_tests::process::free_port;
use tollgate_tests::request::Request;
use tollgate_tests::rig::{self, Setup};

use super::super::{SIGNED_IN, assert_unlogged};
use super::{BUDGET, LONGEST, PASSED, faults};

/// Headers that tokens come in, one for each fault: a provider of its own that has no keys yet.
const HEADERS: [&str; 16] = [
    "x-a", "x-b", "x-c", "x-d", "x-e", "x-f", "x-g", "x-h", "x-i", "x-j", "x-k", "x-l", "x-m",
    "x-n", "x-o", "x-p",
];

/// Whatever keeps keys from being fetched is an outage, in time, and passes.
async fn meets_every_fault<P>(stand_in: StandIn<P>, entry: &str, token: fn(&StandIn<P>) -> String) {
    let elsewhere = rig::tiun().await;
    let mut met = faults(&elsewhere.url());
    met.push((Fault::Status(503), &["answered HTTP 503"]));
    let mut configuration = format!("{BUDGET}providers:\n");
    for header in HEADERS.iter().take(met.len()) {
        writeln!(configuration, "  - name: {header}").unwrap();
        writeln!(configuration, "    {entry}").unwrap();
        writeln!(configuration, "    token_from: [header {header}]").unwrap();
    }
    let function = Setup::new(&configuration, SIGNED_IN).function();
    // The init goes by, and none of them has keys.
    stand_in.fail(Fault::Reset);
    let visitor = function.invoke(&Request::get("/me").rest()).await;
    assert_eq!(visitor.status(), 401, "{visitor:?}");

    let token = token(&stand_in);
    for (header, (fault, words)) in HEADERS.into_iter().zip(&met) {
        let event = Request::get("/me").header(header, &token).rest();
        stand_in.fail(fault.clone());
        let start = Instant::now();
        let invoked = function.invoke(&event).await;
        assert!(
            start.elapsed() < LONGEST,
            "{fault:?}: {:?}",
            start.elapsed()
        );
        assert_eq!(invoked.status(), 500, "{fault:?}: {invoked:?}");
        let message = invoked.failure();
        let said = words.iter().any(|words| message.contains(words));
        assert!(said && message.contains(header), "{fault:?}: {message}");
    }
    assert_eq!(elsewhere.counts().requests, 0, "a redirect was followed");

    stand_in.recover();
    tokio::time::sleep(PASSED).await;
    for (header, (fault, _)) in HEADERS.into_iter().zip(&met) {
        let event = Request::get("/me").header(header, &token).rest();
        let invoked = function.invoke(&event).await;
        assert_eq!(invoked.status(), 200, "after {fault:?}: {invoked:?}");
    }
    assert_unlogged(&function, &[&token]);
}

async fn issuer() -> IssuerStandIn {
    let options = IssuerOptions::development(Environment::Live).unwrap();
    IssuerStandIn::start(options).await.unwrap()
}

fn oidc(issuer: &IssuerStandIn, keys: &str) -> String {
    format!(
        "oidc: {{ issuer: \"{}\", audience: {DEVELOPMENT_AUDIENCE}, algorithms: [ES256, EdDSA], keys: {keys} }}",
        issuer.issuer()
    )
}

#[tokio::test]
async fn of_an_issuer_by_discovery() {
    let issuer = issuer().await;
    let entry = oidc(&issuer, "discovery");
    meets_every_fault(issuer, &entry, |issuer| issuer.token("pro").unwrap()).await;
}

#[tokio::test]
async fn of_an_issuer_by_address() {
    let issuer = issuer().await;
    let entry = oidc(&issuer, &format!("{{ url: \"{}/jwks\" }}", issuer.url()));
    meets_every_fault(issuer, &entry, |issuer| issuer.token("pro").unwrap()).await;
}

#[tokio::test]
async fn of_neon_auth() {
    let options = NeonAuthOptions::development(Environment::Live).unwrap();
    let neon = NeonAuthStandIn::start(options).await.unwrap();
    let entry = format!("neon_auth: {{ url: \"{}\" }}", neon.base_url());
    meets_every_fault(neon, &entry, |neon| neon.token("pro").unwrap()).await;
}

#[tokio::test]
async fn of_stack_auth() {
    let options = StackAuthOptions::development(Environment::Live).unwrap();
    let stack = StackAuthStandIn::start(options).await.unwrap();
    let (project, url) = (stack.project(), stack.url());
    let entry = format!("stack_auth: {{ project: {project}, url: \"{url}\" }}");
    meets_every_fault(stack, &entry, |stack| stack.token("pro").unwrap()).await;
}

/// With keys at hand nobody notices an outage, but for a token of a key that nobody has seen: it is
/// not called bad.
#[tokio::test]
async fn an_outage_costs_nothing_once_there_are_keys() {
    let issuer = issuer().await;
    let configuration = format!("{BUDGET}providers:\n  - {}\n", oidc(&issuer, "discovery"));
    let function = Setup::new(&configuration, SIGNED_IN).function();
    let me = |token: String| Request::get("/me").bearer(&token).rest();
    let invoked = function.invoke(&me(issuer.token("pro").unwrap())).await;
    assert_eq!(invoked.status(), 200, "{invoked:?}");
    let fetched = issuer.counts().requests;
    issuer.fail(Fault::NoAnswer);
    for user in ["free", "light", "pro", "team-admin"] {
        let invoked = function.invoke(&me(issuer.token(user).unwrap())).await;
        assert_eq!(invoked.context("userId"), format!("u-{user}"));
    }
    assert_eq!(issuer.counts().requests, fetched);

    issuer.rotate_keys(Algorithm::EdDsa).unwrap();
    let start = Instant::now();
    let invoked = function.invoke(&me(issuer.token("pro").unwrap())).await;
    assert_eq!(invoked.status(), 500, "{invoked:?}");
    assert!(start.elapsed() < LONGEST);
}

#[tokio::test]
async fn where_nobody_listens_there_is_an_outage() {
    let issuer = issuer().await;
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let entry = oidc(&issuer, &format!("{{ url: \"{nobody}/jwks\" }}"));
    let function = Setup::new(&format!("{BUDGET}providers:\n  - {entry}\n"), SIGNED_IN).function();
    let request = Request::get("/me").bearer(&issuer.token("pro").unwrap());
    let start = Instant::now();
    let invoked = function.invoke(&request.rest()).await;
    assert!(start.elapsed() < LONGEST);
    assert_eq!(invoked.status(), 500, "{invoked:?}");
    let message = invoked.failure();
    assert!(message.contains("could not be connected to"), "{message}");
}

/// An address that can only be wrong fails the init.
#[tokio::test]
async fn a_wrong_address_fails_the_init() {
    let issuer = issuer().await;
    for (keys, words) in [
        (format!("{{ url: \"{}/keys\" }}", issuer.url()), "HTTP 404"),
        (
            "{ file: /missing/jwks.json }".to_owned(),
            "/missing/jwks.json",
        ),
    ] {
        let configuration = format!("providers:\n  - {}\n", oidc(&issuer, &keys));
        let function = Setup::new(&configuration, SIGNED_IN).function();
        let invoked = function.invoke(&Request::get("/me").rest()).await;
        assert_eq!(invoked.status(), 500, "{invoked:?}");
        let log = function.log_with("cannot start").await;
        assert!(log.contains(words), "{log}");
    }
}
