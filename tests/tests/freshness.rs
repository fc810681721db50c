//! How old facts may be that decide: what is known lets people in for its time, and never keeps
//! somebody out who has paid since.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::json;
use tollgate_gateway::{Authorizer, Files, Invocation};
use tollgate_identity::sources::{Clock, Sources};
use tollgate_local::tiun::{Fault, TiunStandIn};
use tollgate_local::users::Users;
use tollgate_tests::rig;

const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main/GET";
const POLICY: &str = "route /pro/* requires product p-live-pro\n";

/// An authorizer in this process, with a clock the test moves.
struct Rig {
    authorizer: Authorizer,
    tiun: TiunStandIn,
    passed: Arc<AtomicU64>,
    token: String,
}

impl Rig {
    async fn start() -> Self {
        let tiun = rig::tiun().await;
        let settings = format!(
            "providers:\n  - tiun:\n      environment: live\n      base_url: {}\n      api_key: env:KEY\nanswers:\n  scope: request\n",
            tiun.url()
        );
        let files = Files {
            policies: vec![("access.policy".to_owned(), POLICY.as_bytes().to_vec())],
            settings: ("authorizer.yaml".to_owned(), settings),
        };
        let passed = Arc::new(AtomicU64::new(0));
        let seconds = Arc::clone(&passed);
        let clock = Clock::new(move || {
            SystemTime::now() + Duration::from_secs(seconds.load(Ordering::SeqCst))
        });
        let sources = Sources::system()
            .with_variables(|_| Some("tiun-live-development-key".to_owned()))
            .with_clock(clock);
        let authorizer = Authorizer::start(&files, &sources).await.unwrap();
        tiun.set_users(users("[]"));
        let token = tiun.token("ann").unwrap();
        Self {
            authorizer,
            tiun,
            passed,
            token,
        }
    }

    fn pass(&self, seconds: u64) {
        self.passed.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The reason of the denial, `allowed`, or the error.
    async fn ask(&self) -> String {
        let event = json!({
            "type": "TOKEN",
            "methodArn": format!("{ARN}/pro/reports"),
            "authorizationToken": format!("Bearer {}", self.token),
        });
        match self
            .authorizer
            .authorize(&event, Invocation::new("test"))
            .await
        {
            Ok(answer) if answer.allows() => "allowed".to_owned(),
            Ok(answer) => answer.context().reason.clone(),
            Err(error) => error.kind().to_owned(),
        }
    }

    fn requests(&self) -> u64 {
        self.tiun.counts().requests
    }
}

fn users(products: &str) -> Users {
    let yaml = format!("live:\n  ann: {{ id: u-ann, products: {products} }}\n");
    Users::parse(&yaml, "users.yaml").unwrap()
}

#[tokio::test]
async fn a_purchase_counts_at_once_and_its_end_within_the_minute() {
    let rig = Rig::start().await;
    assert_eq!(rig.ask().await, "upgrade_required");
    assert_eq!(rig.requests(), 1);

    // Whoever asks again and again makes no call each time.
    for _ in 0..5 {
        assert_eq!(rig.ask().await, "upgrade_required");
    }
    assert_eq!(rig.requests(), 1);

    rig.tiun.set_users(users("[p-live-pro]"));
    rig.pass(6);
    assert_eq!(rig.ask().await, "allowed");
    assert_eq!(rig.requests(), 2);

    // What lets in is used for its minute.
    rig.tiun.set_users(users("[]"));
    rig.pass(50);
    assert_eq!(rig.ask().await, "allowed");
    assert_eq!(rig.requests(), 2);
    rig.pass(10);
    assert_eq!(rig.ask().await, "upgrade_required");
    assert_eq!(rig.requests(), 3);
}

#[tokio::test]
async fn what_is_known_refuses_while_the_provider_is_down() {
    let rig = Rig::start().await;
    assert_eq!(rig.ask().await, "upgrade_required");
    rig.tiun.fail(Fault::Status(500));
    rig.pass(6);
    assert_eq!(rig.ask().await, "upgrade_required");
    // Nothing is known any more: an outage, and not the user's fault.
    rig.pass(60);
    assert_eq!(rig.ask().await, "ProviderUnavailable");
}

#[tokio::test]
async fn a_sign_out_counts_as_soon_as_the_provider_is_asked() {
    let rig = Rig::start().await;
    rig.tiun.set_users(users("[p-live-pro]"));
    assert_eq!(rig.ask().await, "allowed");
    let ended = "live:\n  ann: { id: u-ann, products: [p-live-pro], session: ended }\n";
    rig.tiun
        .set_users(Users::parse(ended, "users.yaml").unwrap());
    rig.pass(30);
    assert_eq!(rig.ask().await, "allowed");
    rig.pass(30);
    assert_eq!(rig.ask().await, "Unauthorized");
}

#[tokio::test]
async fn many_calls_at_once_for_one_token_ask_once() {
    let rig = Arc::new(Rig::start().await);
    rig.tiun.set_users(users("[p-live-pro]"));
    let asked: Vec<_> = (0..100)
        .map(|_| {
            let rig = Arc::clone(&rig);
            tokio::spawn(async move { rig.ask().await })
        })
        .collect();
    for asked in asked {
        assert_eq!(asked.await.unwrap(), "allowed");
    }
    assert_eq!(rig.requests(), 1);
}
