//! Providers in trouble: every fault fails the invocation in time and says what it was, none looks like
//! a bad token, none sends a key or token elsewhere, and all are forgotten when they have passed.

mod certificates;
mod clocks;
mod kept;
mod keys;

use std::time::{Duration, Instant};

use tollgate_local::authgate::{self, AuthGateOptions, AuthGateStandIn};
use tollgate_local::fault::Fault;
use tollgate_local::issuer::{
    DEVELOPMENT_AUDIENCE, DEVELOPMENT_CLIENT, IssuerOptions, IssuerStandIn,
};
use tollgate_local::stack_auth::{self, StackAuthOptions, StackAuthStandIn};
use tollgate_local::stand_in::StandIn;
use tollgate_local::tiun;
use tollgate_local::users::Environment;
use tollgate_tests::request::Request;
use tollgate_tests::rig::{self, Setup};

use super::{SIGNED_IN, assert_unlogged};

/// The time for a decision in these tests.
const BUDGET: &str = "budget: 1s\n";
/// What a decision may take by this clock: the budget, and what a busy machine needs beside it.
const LONGEST: Duration = Duration::from_secs(4);
/// Longer than any `Retry-After` of a stand-in, and than keys that could not be had are not asked for.
const PASSED: Duration = Duration::from_millis(1200);
const LONG: Duration = Duration::from_secs(20);

/// What can go wrong with an answer, and how the failed invocation describes it; one of the words.
fn faults(elsewhere: &str) -> Vec<(Fault, &'static [&'static str])> {
    let late = &["did not answer in time", "no outcome in the time"];
    let broken = &["broke the connection off"];
    let unread = &[
        "is not as documented",
        "cannot be read",
        "is not a JSON object",
    ];
    vec![
        (Fault::Reset, broken),
        (Fault::CutOff, broken),
        (Fault::NoAnswer, late),
        (Fault::SlowHead(LONG), late),
        (Fault::SlowBody(LONG), late),
        (Fault::Html, &["answered HTTP 503"]),
        (Fault::Status(500), &["answered HTTP 500"]),
        (Fault::Status(404), &["HTTP 404"]),
        (Fault::TruncatedJson, &["is cut short", "cannot be read"]),
        (
            Fault::ContentType("text/html".to_owned()),
            &["content type", "HTML page"],
        ),
        (Fault::Huge(10_000_000), &["answered with more than"]),
        (Fault::Redirect(elsewhere.to_owned()), &["redirect"]),
        (
            Fault::Body("{}".to_owned()),
            &[
                "is not as documented",
                "cannot be read",
                "names no `issuer`",
            ],
        ),
        (Fault::Body("[]".to_owned()), unread),
    ]
}

/// A provider that is asked about each token.
struct Asked<P> {
    stand_in: StandIn<P>,
    /// Its entry in the configuration, which takes tokens from `header x-token` and reads its key from
    /// `env:KEY`.
    entry: String,
    key: &'static str,
    token: fn(&StandIn<P>) -> String,
}

impl<P> Asked<P> {
    async fn meets_every_fault(self) {
        let (stand_in, elsewhere) = (self.stand_in, rig::tiun().await);
        let configuration = format!(
            "{BUDGET}providers:\n  - {}\n    token_from: [header x-token]\n    cache_for: off\n",
            self.entry
        );
        let setup = Setup::new(&configuration, SIGNED_IN).with("KEY", self.key);
        let function = setup.function();
        let token = (self.token)(&stand_in);
        let event = Request::get("/me").header("X-Token", &token).rest();
        let invoked = function.invoke(&event).await;
        assert_eq!(invoked.status(), 200, "{invoked:?}");

        let mut met = faults(&elsewhere.url());
        let left_alone = &["answered HTTP 429", "answered HTTP 503"];
        met.extend([429, 503].map(|status| (Fault::Status(status), left_alone.as_slice())));
        for (fault, words) in met {
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
            assert!(said, "{fault:?}: {message}");
            let log = function.log_with(&message).await;
            assert!(log.contains(&message), "{fault:?}: {log}");
            stand_in.recover();
            if matches!(fault, Fault::Status(429 | 503)) {
                let before = stand_in.counts().requests;
                let message = function.invoke(&event).await.failure();
                assert!(message.contains("Retry-After"), "{fault:?}: {message}");
                assert_eq!(stand_in.counts().requests, before, "it is left alone");
                tokio::time::sleep(PASSED).await;
            }
            let invoked = function.invoke(&event).await;
            assert_eq!(invoked.status(), 200, "after {fault:?}: {invoked:?}");
        }
        assert_eq!(elsewhere.counts().requests, 0, "a redirect was followed");

        stand_in.stop().await;
        let start = Instant::now();
        let invoked = function.invoke(&event).await;
        assert!(start.elapsed() < LONGEST);
        assert_eq!(invoked.status(), 500, "{invoked:?}");
        let log = function.log_with("could not be connected to").await;
        assert!(log.contains("could not be connected to"), "{log}");
        assert_unlogged(&function, &[&token, self.key]);
    }
}

#[tokio::test]
async fn tiun_meets_every_fault() {
    let stand_in = rig::tiun().await;
    let entry = format!(
        "tiun: {{ environment: live, base_url: \"{}\", api_key: env:KEY }}",
        stand_in.url()
    );
    let asked = Asked {
        entry,
        stand_in,
        key: tiun::development_key(Environment::Live),
        token: |tiun| tiun.token("pro").unwrap(),
    };
    asked.meets_every_fault().await;
}

#[tokio::test]
async fn authgate_meets_every_fault() {
    let options = AuthGateOptions::development(Environment::Live).unwrap();
    let stand_in = AuthGateStandIn::start(options).await.unwrap();
    let asked = Asked {
        entry: format!(
            "authgate: {{ url: \"{}\", api_key: env:KEY }}",
            stand_in.url()
        ),
        stand_in,
        key: authgate::development_key(),
        token: |authgate| authgate.token("pro").unwrap(),
    };
    asked.meets_every_fault().await;
}

#[tokio::test]
async fn stack_auth_meets_every_fault() {
    let options = StackAuthOptions::development(Environment::Live).unwrap();
    let stand_in = StackAuthStandIn::start(options).await.unwrap();
    let entry = format!(
        "stack_auth: {{ project: {}, url: \"{}\", secret_server_key: env:KEY, verify: rest }}",
        stand_in.project(),
        stand_in.url()
    );
    let asked = Asked {
        entry,
        stand_in,
        key: stack_auth::development_key(),
        token: |stack| stack.token("pro").unwrap(),
    };
    asked.meets_every_fault().await;
}

#[tokio::test]
async fn introspection_meets_every_fault() {
    let options = IssuerOptions::development(Environment::Live).unwrap();
    let stand_in = IssuerStandIn::start(options).await.unwrap();
    let (client, secret) = DEVELOPMENT_CLIENT;
    let entry = format!(
        "introspection: {{ url: \"{}/introspect\", client_id: {client}, client_secret: env:KEY, audience: {DEVELOPMENT_AUDIENCE} }}",
        stand_in.url()
    );
    let asked = Asked {
        entry,
        stand_in,
        key: secret,
        token: |issuer| issuer.opaque_token("pro").unwrap(),
    };
    asked.meets_every_fault().await;
}
