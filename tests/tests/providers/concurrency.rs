//! Events beside each other, which the emulator does not send: an authorizer in this process.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tollgate_gateway::{AuthorizeError, Authorizer, Invocation};
use tollgate_local::issuer::{DEVELOPMENT_AUDIENCE, IssuerOptions, IssuerStandIn};
use tollgate_local::tiun::{Fault, TiunStandIn, development_key};
use tollgate_local::users::Environment;
use tollgate_tests::request::Request;
use tollgate_tests::rig::{self, Setup};

use super::SIGNED_IN;

const TOGETHER: usize = 100;

async fn of_tiun(tiun: &TiunStandIn) -> Authorizer {
    let configuration = format!(
        "providers:\n  - tiun: {{ environment: live, base_url: \"{}\", api_key: env:API_KEY }}\n",
        tiun.url()
    );
    Setup::new(&configuration, SIGNED_IN)
        .with("API_KEY", development_key(Environment::Live))
        .authorizer()
        .await
}

/// What becomes of requests with these tokens, all at once: how many are let through, are nobody's,
/// and fail.
async fn at_once(authorizer: &Authorizer, tokens: impl Iterator<Item = String>) -> [usize; 3] {
    let mut calls = JoinSet::new();
    for token in tokens {
        let (authorizer, event) = (
            authorizer.clone(),
            Request::get("/me").bearer(&token).rest(),
        );
        calls.spawn(async move { authorizer.authorize(&event, Invocation::new("test")).await });
    }
    let mut outcomes = [0; 3];
    for outcome in calls.join_all().await {
        let place = match outcome {
            Ok(answer) if answer.allows() => 0,
            Err(AuthorizeError::Unauthorized) => 1,
            _ => 2,
        };
        outcomes[place] += 1;
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_token_is_one_call_whatever_comes_of_it() {
    let tiun = rig::tiun().await;
    let authorizer = of_tiun(&tiun).await;
    // Slow enough that all of them are under way together.
    tiun.fail(Fault::SlowHead(Duration::from_millis(500)));
    let cases = [
        ("light", [TOGETHER, 0, 0]),
        ("signed-out", [0, TOGETHER, 0]),
    ];
    for (number, (user, outcomes)) in (1..).zip(cases) {
        let tokens = std::iter::repeat_n(tiun.token(user).unwrap(), TOGETHER);
        assert_eq!(at_once(&authorizer, tokens).await, outcomes, "{user}");
        assert_eq!(tiun.counts().requests, number, "{user}");
    }
}

/// A provider that is down is not asked again and again by everybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_outage_is_a_few_calls() {
    let tiun = rig::tiun().await;
    let authorizer = of_tiun(&tiun).await;
    tiun.fail(Fault::Status(500));
    for _ in 0..TOGETHER {
        let token = tiun.token("light").unwrap();
        assert_eq!(
            at_once(&authorizer, std::iter::once(token)).await,
            [0, 0, 1]
        );
    }
    assert_eq!(tiun.counts().requests, 5);
}

/// What waits for a provider is kept for each request, and copied onto the stack of whoever polls it
/// first.
#[tokio::test]
async fn a_decision_under_way_is_small() {
    let tiun = rig::tiun().await;
    let authorizer = of_tiun(&tiun).await;
    let event = Request::get("/me").rest();
    let size = size_of_val(&authorizer.authorize(&event, Invocation::new("test")));
    assert!(size < 16 * 1024, "{size} bytes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_token_is_its_own_users() {
    let tiun = rig::tiun().await;
    let authorizer = Arc::new(of_tiun(&tiun).await);
    let mut calls = JoinSet::new();
    for _ in 0..TOGETHER / 4 {
        for user in ["free", "light", "pro", "signed-out"] {
            let (authorizer, token) = (Arc::clone(&authorizer), tiun.token(user).unwrap());
            calls.spawn(async move {
                let event = Request::get("/me").bearer(&token).rest();
                let answer = authorizer.authorize(&event, Invocation::new("test")).await;
                (user, answer.map(|answer| answer.context().user_id.clone()))
            });
        }
    }
    for (user, told) in calls.join_all().await {
        let own = match user {
            "signed-out" => Err(AuthorizeError::Unauthorized),
            _ => Ok(format!("u-{user}")),
        };
        assert_eq!(told, own);
    }
    assert_eq!(tiun.counts().requests, TOGETHER as u64);
}

/// A hundred different tokens that name an unknown key fetch the keys once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_of_keys_is_one_fetch() {
    let options = IssuerOptions::development(Environment::Live).unwrap();
    let algorithm = options.algorithm;
    let issuer = IssuerStandIn::start(options).await.unwrap();
    let configuration = format!(
        "providers:\n  - oidc: {{ issuer: \"{}\", audience: {DEVELOPMENT_AUDIENCE}, algorithms: [ES256] }}\n",
        issuer.issuer()
    );
    let authorizer = Setup::new(&configuration, SIGNED_IN).authorizer().await;
    let started = issuer.counts().requests;
    issuer.rotate_keys(algorithm).unwrap();
    issuer.fail(Fault::SlowHead(Duration::from_millis(300)));
    let tokens = (0..TOGETHER).map(|_| issuer.token("pro").unwrap());
    assert_eq!(at_once(&authorizer, tokens).await, [TOGETHER, 0, 0]);
    assert_eq!(issuer.counts().requests, started + 1);
}
