//! `authgate` with its stand-in: what the provider says of a token and of our key, and the secret that
//! verifies tokens without a call.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use tollgate_local::authgate::{
    AuthGateOptions, AuthGateStandIn, ExpiresAt, KeyRefusal, development_key, signing_secret,
};
use tollgate_local::fault::Fault;
use tollgate_local::users::Environment;
use tollgate_tests::rig::Setup;

use super::{SIGNED_IN, assert_unlogged, get, me};

/// The project that decides over the signing secret of the stand-in.
const PROJECT: &str = "end-to-end";

async fn start() -> AuthGateStandIn {
    let options = AuthGateOptions {
        project: PROJECT.to_owned(),
        ..AuthGateOptions::development(Environment::Live).unwrap()
    };
    AuthGateStandIn::start(options).await.unwrap()
}

fn setup(authgate: &AuthGateStandIn, more: &str, policy: &str) -> Setup {
    let configuration = format!(
        "providers:\n  - authgate:\n      url: {}\n      api_key: env:API_KEY\n{more}",
        authgate.url()
    );
    Setup::new(&configuration, policy).with("API_KEY", development_key())
}

#[tokio::test]
async fn a_session_token_proves_its_user_and_any_other_proves_nobody() {
    let authgate = start().await;
    let function = setup(&authgate, "", SIGNED_IN).function();
    let token = authgate.token("light").unwrap();
    let invoked = me(&function, &token).await;
    assert_eq!(invoked.status(), 200, "{invoked:?}");
    let told = ["provider", "userId", "email"].map(|name| invoked.context(name));
    assert_eq!(told, ["authgate", "u-light", "light@example.com"]);

    let link = authgate.link_token("light").unwrap();
    let foreign = AuthGateStandIn::start(AuthGateOptions {
        project: "another".to_owned(),
        ..AuthGateOptions::development(Environment::Live).unwrap()
    });
    let foreign = foreign.await.unwrap().token("light").unwrap();
    for (what, token) in [
        ("an account-link token", link.as_str()),
        ("another project's", &foreign),
        ("an expired one", &authgate.token("expired").unwrap()),
        ("not a JWT", "no-such-token"),
    ] {
        let invoked = me(&function, token).await;
        assert_eq!(invoked.status(), 401, "{what}: {invoked:?}");
    }
    // What is not even a JWT is refused without a call.
    let counts = authgate.counts();
    assert_eq!((counts.authenticated, counts.not_authenticated), (1, 3));
    assert_unlogged(
        &function,
        &[&token, &link, &foreign, development_key(), "light@"],
    );
}

#[tokio::test]
async fn second_factors_and_oauth_providers_are_facts() {
    let authgate = start().await;
    let policy = "route /any requires mfa\n\
                  route /totp requires mfa totp\n\
                  route /sms requires mfa sms\n\
                  route /none requires user and not mfa\n\
                  route /github requires provider github\n";
    let function = setup(&authgate, "", policy).function();
    for (user, statuses) in [
        ("team-admin", [200, 200, 200, 403, 200]),
        ("pro", [200, 200, 403, 403, 200]),
        // Enrolled in none.
        ("light", [403, 403, 403, 200, 403]),
        // Nothing is said: neither "has" nor "has not" holds.
        ("free", [403, 403, 403, 403, 403]),
    ] {
        let token = authgate.token(user).unwrap();
        let paths = ["/any", "/totp", "/sms", "/none", "/github"];
        for (path, status) in paths.into_iter().zip(statuses) {
            let invoked = get(&function, path, &token).await;
            assert_eq!(invoked.status(), status, "{user}: {path}: {invoked:?}");
        }
    }
    let token = authgate.token("light").unwrap();
    assert_eq!(
        get(&function, "/any", &token).await.context("reason"),
        "mfa_required"
    );
}

/// A 401 without `"valid":false` is about the key, whatever else is in it.
#[tokio::test]
async fn a_refused_key_is_our_fault_and_names_its_place() {
    let authgate = start().await;
    let function = setup(&authgate, "    cache_for: off\n", SIGNED_IN).function();
    let token = authgate.token("light").unwrap();
    authgate.set_keys(["another-key"]);
    for shape in [
        KeyRefusal::Error,
        KeyRefusal::Message,
        KeyRefusal::Text,
        KeyRefusal::Empty,
    ] {
        authgate.set_key_refusal(shape);
        let invoked = me(&function, &token).await;
        assert_eq!(invoked.status(), 500, "{shape:?}: {invoked:?}");
        let message = invoked.failure();
        assert!(message.contains("env:API_KEY"), "{shape:?}: {message}");
    }
    authgate.set_keys([development_key()]);
    assert_eq!(
        me(&function, &token).await.status(),
        200,
        "nothing is kept of it"
    );
    assert_unlogged(&function, &[&token, development_key()]);
}

#[tokio::test]
async fn an_answer_without_an_end_proves_nobody() {
    let authgate = start().await;
    let function = setup(&authgate, "    cache_for: off\n", SIGNED_IN).function();
    let token = authgate.token("light").unwrap();
    for (shape, status) in [
        (ExpiresAt::Missing, 500),
        (ExpiresAt::Text("soon".to_owned()), 500),
        (ExpiresAt::Text("2020-01-01T00:00:00.000Z".to_owned()), 401),
        (ExpiresAt::Right, 200),
    ] {
        authgate.set_expires_at(shape.clone());
        let invoked = me(&function, &token).await;
        assert_eq!(invoked.status(), status, "{shape:?}: {invoked:?}");
    }
}

/// With the project's secret no call is made, unless the policy asks for what the provider alone can tell.
#[tokio::test]
async fn the_signing_secret_verifies_without_a_call() {
    let authgate = start().await;
    let secret = signing_secret(PROJECT);
    let local = "      local_hs256_secret: env:SIGNING_SECRET\n";
    let start = |policy| {
        let setup = setup(&authgate, local, policy);
        setup.with("SIGNING_SECRET", &secret).function()
    };
    let function = start(SIGNED_IN);
    let (token, link) = (
        authgate.token("light").unwrap(),
        authgate.link_token("light").unwrap(),
    );
    let invoked = me(&function, &token).await;
    assert_eq!(
        invoked.context("userId"),
        "u-light",
        "{invoked:?}\n{}",
        function.log()
    );
    let session = |change: serde_json::Value| {
        let mut claims = json!({"iss": "authgate", "aud": "session", "sub": "u-light", "exp": 4_000_000_000_u64});
        claims
            .as_object_mut()
            .unwrap()
            .extend(super::object(change));
        authgate.sign(&claims).unwrap()
    };
    assert_eq!(me(&function, &session(json!({}))).await.status(), 200);
    for (what, token) in [
        ("an account-link token", link),
        ("an expired one", session(json!({"exp": 1_700_000_000}))),
        ("another issuer's", session(json!({"iss": "authgate.dev"}))),
        ("for several", session(json!({"aud": ["link"]}))),
        ("without an end", session(json!({"exp": null}))),
    ] {
        let invoked = me(&function, &token).await;
        assert_eq!(invoked.status(), 401, "{what}: {invoked:?}");
    }
    assert_eq!(authgate.counts().requests, 0);

    let function = start("route /me requires mfa totp\n");
    let token = authgate.token("pro").unwrap();
    assert_eq!(me(&function, &token).await.status(), 200);
    assert_eq!(
        authgate.counts().requests,
        1,
        "a second factor is asked for"
    );
    assert_unlogged(&function, &[&token, &secret]);
}

/// The end of a token ends what is known of it, whatever else is configured, in an outage too.
#[tokio::test]
async fn facts_end_with_the_token() {
    let authgate = start().await;
    let more = "    cache_for: 1h\n    when_unavailable: last_known_for 1h\n";
    let function = setup(&authgate, more, SIGNED_IN).function();
    let another = authgate.token("pro").unwrap();
    assert_eq!(me(&function, &another).await.status(), 200);

    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let ends = now.as_secs() + 3;
    let claims = json!({"iss": "authgate", "aud": "session", "sub": "u-light", "exp": ends});
    let token = authgate.sign(&claims).unwrap();
    assert_eq!(me(&function, &token).await.status(), 200);
    tokio::time::sleep(Duration::from_millis(3100)).await;
    authgate.fail(Fault::Status(500));
    assert_eq!(me(&function, &token).await.status(), 500);
    assert_eq!(me(&function, &another).await.status(), 200);
    authgate.recover();
    assert_eq!(me(&function, &token).await.status(), 401);
}
