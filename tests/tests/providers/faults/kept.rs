//! What is kept of tokens: facts for a while, refusals for a moment, trouble never; and facts through
//! an outage, where the configuration says so.

use std::time::Duration;

use tollgate_local::fault::Fault;
use tollgate_local::tiun::{TiunStandIn, development_key};
use tollgate_local::users::Environment;
use tollgate_tests::function::Function;
use tollgate_tests::rig::{self, Setup};

use super::super::{SIGNED_IN, me};
use super::BUDGET;

fn function(tiun: &TiunStandIn, more: &str) -> Function {
    let configuration = format!(
        "{BUDGET}providers:\n  - tiun: {{ environment: live, base_url: \"{}\", api_key: env:KEY }}\n{more}",
        tiun.url()
    );
    Setup::new(&configuration, SIGNED_IN)
        .with("KEY", development_key(Environment::Live))
        .function()
}

async fn wait(seconds: f32) {
    tokio::time::sleep(Duration::from_secs_f32(seconds)).await;
}

/// How often the provider was asked while this was invoked, and what came of it.
async fn asked(tiun: &TiunStandIn, function: &Function, token: &str) -> (u64, u16) {
    let before = tiun.counts().requests;
    let status = me(function, token).await.status();
    (tiun.counts().requests - before, status)
}

#[tokio::test]
async fn facts_are_used_again_while_they_are_fresh() {
    let tiun = rig::tiun().await;
    let function = function(&tiun, "    cache_for: 3s\n");
    let token = tiun.token("pro").unwrap();
    assert_eq!(asked(&tiun, &function, &token).await, (1, 200));
    for _ in 0..5 {
        assert_eq!(asked(&tiun, &function, &token).await, (0, 200));
    }
    assert!(
        function
            .log_with("\"facts\":\"cached\"")
            .await
            .contains("\"facts\":\"cached\"")
    );
    let another = tiun.token("light").unwrap();
    assert_eq!(asked(&tiun, &function, &another).await, (1, 200));
    wait(3.1).await;
    assert_eq!(asked(&tiun, &function, &token).await, (1, 200));
}

#[tokio::test]
async fn without_a_cache_every_request_asks() {
    let tiun = rig::tiun().await;
    let function = function(&tiun, "    cache_for: off\n");
    for user in ["pro", "signed-out"] {
        let token = tiun.token(user).unwrap();
        for _ in 0..3 {
            assert_eq!(asked(&tiun, &function, &token).await.0, 1, "{user}");
        }
    }
}

/// Five seconds, however long facts are kept.
#[tokio::test]
async fn a_refusal_is_kept_for_a_moment() {
    let tiun = rig::tiun().await;
    let function = function(&tiun, "    cache_for: 1h\n");
    let token = tiun.token("signed-out").unwrap();
    assert_eq!(asked(&tiun, &function, &token).await, (1, 401));
    for _ in 0..5 {
        assert_eq!(asked(&tiun, &function, &token).await, (0, 401));
    }
    wait(5.1).await;
    assert_eq!(asked(&tiun, &function, &token).await, (1, 401));
}

#[tokio::test]
async fn trouble_is_never_kept() {
    let tiun = rig::tiun().await;
    let function = function(&tiun, "    cache_for: 1h\n");
    let token = tiun.token("pro").unwrap();
    tiun.fail_times(1, Fault::Status(500));
    assert_eq!(asked(&tiun, &function, &token).await, (1, 500));
    tiun.set_keys(["another-key"]);
    assert_eq!(asked(&tiun, &function, &token).await, (1, 500));
    tiun.set_keys([development_key(Environment::Live)]);
    assert_eq!(asked(&tiun, &function, &token).await, (1, 200));
}

#[tokio::test]
async fn last_known_facts_bridge_an_outage_where_that_is_configured() {
    let tiun = rig::tiun().await;
    let (strict, lenient) = (
        function(&tiun, "    cache_for: 1s\n"),
        function(
            &tiun,
            "    cache_for: 1s\n    when_unavailable: last_known_for 4s\n",
        ),
    );
    let (known, unknown) = (tiun.token("pro").unwrap(), tiun.token("light").unwrap());
    let refused = tiun.token("signed-out").unwrap();
    for function in [&strict, &lenient] {
        assert_eq!(me(function, &known).await.status(), 200);
        assert_eq!(me(function, &refused).await.status(), 401);
    }
    wait(1.1).await;
    tiun.fail(Fault::Reset);
    assert_eq!(me(&strict, &known).await.status(), 500);
    let invoked = me(&lenient, &known).await;
    assert_eq!(invoked.context("userId"), "u-pro", "{invoked:?}");
    let log = lenient.log_with("last_known").await;
    assert!(log.contains("last known facts are used"), "{log}");
    assert_eq!(
        me(&lenient, &unknown).await.status(),
        500,
        "nothing is known of it"
    );
    // A key that is refused is no outage: somebody took it away.
    tiun.recover();
    tiun.set_keys(["another-key"]);
    assert_eq!(me(&lenient, &known).await.status(), 500);
    tiun.fail(Fault::Reset);
    wait(4.0).await;
    assert_eq!(
        me(&lenient, &known).await.status(),
        500,
        "known for too long"
    );
}
