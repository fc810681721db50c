//! `stack_auth` with tokens and error answers of the official package, and with the stand-in's lists of
//! what a user has; the way of verifying that the policy asks for.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tollgate_local::stack_auth::{
    OTHER_PROJECT, StackAuthOptions, StackAuthStandIn, development_key,
};
use tollgate_local::users::{Environment, Users};
use tollgate_tests::counterpart::stack::{Access, Kind, Project, Stack};
use tollgate_tests::function::{Function, Invoked};
use tollgate_tests::request::Request;
use tollgate_tests::rig::Setup;

use super::{SIGNED_IN, assert_unlogged, refusals};

const ME: &str = "GET /api/v1/users/me";

async fn get(function: &Function, path: &'static str, token: &str) -> Invoked {
    let request = Request::get(path).header("X-Stack-Access-Token", token);
    function.invoke(&request.rest()).await
}

/// With a server's project; `more` are lines of its settings.
fn setup(url: &str, project: &str, key: &str, more: &str, policy: &str) -> Setup {
    let configuration =
        format!("providers:\n  - stack_auth:\n      project: {project}\n      url: {url}\n{more}");
    Setup::new(&configuration, policy).with("SERVER_KEY", key)
}

fn official(stack: &Stack, project: &Project, more: &str) -> Function {
    let key = &project.secret_server_key;
    setup(stack.url(), &project.id, key, more, SIGNED_IN).function()
}

/// A way of verifying: lines of the settings.
const LOCAL: &str = "";
const ASKING: &str = "      secret_server_key: env:SERVER_KEY\n      verify: rest\n";

#[tokio::test]
async fn each_kind_of_user_is_taken_only_where_it_is_accepted() {
    let stack = Stack::start();
    let project = stack.project().await;
    let kinds = [Kind::Normal, Kind::Restricted, Kind::Anonymous];
    for (accept, statuses) in [
        ("[]", [200, 401, 401]),
        ("[restricted]", [200, 200, 401]),
        ("[anonymous]", [200, 401, 200]),
        ("[restricted, anonymous]", [200, 200, 200]),
    ] {
        for way in [LOCAL, ASKING] {
            let function = official(&stack, &project, &format!("{way}      accept: {accept}\n"));
            for (kind, status) in kinds.into_iter().zip(statuses) {
                let user = stack.token(&Access::new(&project.id, kind)).await;
                let invoked = get(&function, "/me", &user.token).await;
                assert_eq!(
                    invoked.status(),
                    status,
                    "{accept}{way}: {kind:?}: {invoked:?}"
                );
                if status == 200 {
                    assert_eq!(invoked.context("userId"), user.id);
                }
            }
        }
    }
}

/// Stack publishes about one key in 128 a byte short.
#[tokio::test]
async fn a_key_that_is_published_short_verifies() {
    let stack = Stack::start();
    let project = stack.short_coordinate_project().await;
    let function = official(&stack, &project, LOCAL);
    for _ in 0..5 {
        let user = stack.token(&Access::new(&project.id, Kind::Normal)).await;
        let invoked = get(&function, "/me", &user.token).await;
        assert_eq!(invoked.status(), 200, "{invoked:?}");
    }
}

#[tokio::test]
async fn tokens_of_others_prove_nobody() {
    let stack = Stack::start();
    let (project, other) = (stack.project().await, stack.project().await);
    let normal = Access::new(&project.id, Kind::Normal);
    let tokens = [
        (
            "another project's",
            stack
                .token(&Access::new(&other.id, Kind::Normal))
                .await
                .token,
        ),
        (
            "expired",
            stack
                .token(&Access {
                    lifetime: -60,
                    ..normal.clone()
                })
                .await
                .token,
        ),
        ("no JWT", "no-such-token".to_owned()),
    ];
    for way in [LOCAL, ASKING] {
        let function = official(&stack, &project, way);
        for (what, token) in &tokens {
            let invoked = get(&function, "/me", token).await;
            assert_eq!(invoked.status(), 401, "{way}: {what}: {invoked:?}");
        }
    }
}

/// All by the right key, so that nothing but the claims tells.
#[tokio::test]
async fn issuer_audience_and_flags_must_fit_each_other() {
    let stack = stand_in().await;
    let (url, project) = (stack.url(), stack.project());
    let accept = "      accept: [restricted, anonymous]\n";
    let function = setup(&url, project, "unused-key", accept, SIGNED_IN).function();
    let issuer = |path: &str| json!(format!("{url}/api/v1/{path}/{project}"));
    let audience = |suffix: &str| json!(format!("{project}{suffix}"));
    let flags = "its flags or branch do not fit its issuer";
    let other_audience = "the token's audience is not one of those expected";
    let other_issuer = "its issuer is none that is accepted";
    let cases = [
        (issuer("projects"), audience(""), [false, false], None),
        (
            issuer("projects-restricted-users"),
            audience(":restricted"),
            [false, true],
            None,
        ),
        (
            issuer("projects-anonymous-users"),
            audience(":anon"),
            [true, true],
            None,
        ),
        (issuer("projects"), audience(""), [true, true], Some(flags)),
        (issuer("projects"), audience(""), [false, true], Some(flags)),
        (
            issuer("projects-restricted-users"),
            audience(":restricted"),
            [false, false],
            Some(flags),
        ),
        (
            issuer("projects-anonymous-users"),
            audience(":anon"),
            [false, false],
            Some(flags),
        ),
        (
            issuer("projects"),
            audience(":anon"),
            [false, false],
            Some(other_audience),
        ),
        (
            issuer("projects-anonymous-users"),
            audience(""),
            [true, true],
            Some(other_audience),
        ),
        (
            issuer("projects"),
            json!([OTHER_PROJECT]),
            [false, false],
            Some(other_audience),
        ),
        (
            issuer("users"),
            audience(""),
            [false, false],
            Some(other_issuer),
        ),
        (json!(url), audience(""), [false, false], Some(other_issuer)),
        (
            Value::Null,
            audience(""),
            [false, false],
            Some(other_issuer),
        ),
    ];
    for (iss, aud, [is_anonymous, is_restricted], why) in &cases {
        let claims = json!({
            "sub": "u-pro", "iss": iss, "aud": aud, "exp": 4_000_000_000_u64,
            "is_anonymous": is_anonymous, "is_restricted": is_restricted,
        });
        let token = stack.sign(&claims).unwrap();
        let status = if why.is_none() { 200 } else { 401 };
        let invoked = get(&function, "/me", &token).await;
        assert_eq!(invoked.status(), status, "{claims}: {invoked:?}");
    }
    let wanted: Vec<_> = cases.iter().filter_map(|(.., why)| *why).collect();
    assert_eq!(refusals(&function, wanted.len()).await, wanted);
}

/// What the server says beyond the token: official bodies and codes.
#[tokio::test]
async fn the_servers_errors_are_told_apart_by_their_codes() {
    let stack = Stack::start();
    let project = stack.project().await;
    let function = official(&stack, &project, ASKING);
    let user = stack.token(&Access::new(&project.id, Kind::Normal)).await;
    assert_eq!(get(&function, "/me", &user.token).await.status(), 200);
    assert_eq!(stack.requests(ME).await, 1);

    let deleted = stack.token(&Access::new(&project.id, Kind::Normal)).await;
    stack.delete_user(&deleted.id).await;
    assert_eq!(get(&function, "/me", &deleted.token).await.status(), 401);

    let wrong = "ssk_of-somebody-else";
    let function = setup(stack.url(), &project.id, wrong, ASKING, SIGNED_IN).function();
    let invoked = get(&function, "/me", &user.token).await;
    assert_eq!(invoked.status(), 500, "{invoked:?}");
    assert!(invoked.failure().contains("env:SERVER_KEY"));
    assert_unlogged(&function, &[wrong, &user.token]);

    let missing = "11111111-1111-4111-8111-111111111111";
    let key = &project.secret_server_key;
    let function = setup(stack.url(), missing, key, ASKING, SIGNED_IN).function();
    let user = stack.token(&Access::new(missing, Kind::Normal)).await;
    let invoked = get(&function, "/me", &user.token).await;
    assert_eq!(invoked.status(), 500, "{invoked:?}");
    assert!(invoked.failure().contains("CURRENT_PROJECT_NOT_FOUND"));
}

/// 250 products are three pages, and the one that counts is on the last.
async fn stand_in() -> StackAuthStandIn {
    let mut users = include_str!("../../../local/users.yaml").to_owned();
    let sandbox = users.find("\nsandbox:").unwrap();
    let mut collector = "  collector:\n    id: u-collector\n    products: [".to_owned();
    for n in 0..250 {
        write!(collector, "p-live-{n:03}, ").unwrap();
    }
    users.insert_str(sandbox + 1, &(collector + "]\n\n"));
    let options = StackAuthOptions {
        users: Users::parse(&users, "users").unwrap(),
        ..StackAuthOptions::development(Environment::Live).unwrap()
    };
    StackAuthStandIn::start(options).await.unwrap()
}

/// With the key and the way of verifying left to the policy.
fn auto(stack: &StackAuthStandIn, policy: &str) -> Function {
    let more = "      secret_server_key: env:SERVER_KEY\n";
    setup(
        &stack.url(),
        stack.project(),
        development_key(),
        more,
        policy,
    )
    .function()
}

#[tokio::test]
async fn what_a_user_has_is_asked_for() {
    let stack = stand_in().await;
    let policy = "route /pro requires product p-live-pro\n\
                  route /last requires product p-live-249\n\
                  route /manage requires permission manage_articles\n\
                  route /inherited requires permission \"team-red/$delete_team\"\n\
                  route /direct requires permission \"team-blue/team_member\"\n\
                  route /red requires team team-red\n\
                  route /blue requires team team-blue\n\
                  route /plan requires claim client_read_only_metadata.plan = \"pro\"\n";
    let function = auto(&stack, policy);
    let paths = [
        "/pro",
        "/last",
        "/manage",
        "/inherited",
        "/direct",
        "/red",
        "/blue",
        "/plan",
    ];
    for (user, statuses) in [
        ("team-admin", [200, 403, 200, 200, 200, 200, 200, 200]),
        ("pro", [200, 403, 403, 403, 403, 200, 403, 200]),
        ("free", [403; 8]),
        ("collector", [403, 200, 403, 403, 403, 403, 403, 403]),
        ("guest", [401; 8]),
        ("suspended", [401; 8]),
        ("expired", [401; 8]),
    ] {
        let token = stack.token(user).unwrap();
        for (path, status) in paths.into_iter().zip(statuses) {
            let invoked = get(&function, path, &token).await;
            assert_eq!(invoked.status(), status, "{user}: {path}: {invoked:?}");
        }
    }
    let pages = stack.received();
    let pages = pages
        .iter()
        .filter(|request| request.target.contains("/products/user/u-collector"));
    assert_eq!(pages.count(), 3);
}

#[tokio::test]
async fn a_policy_that_asks_for_a_user_is_answered_from_the_token() {
    let stack = stand_in().await;
    let function = auto(&stack, SIGNED_IN);
    let token = stack.token("pro").unwrap();
    assert_eq!(
        get(&function, "/me", &token).await.context("userId"),
        "u-pro"
    );
    let elsewhere = stack.token_of_project("pro", OTHER_PROJECT).unwrap();
    assert_eq!(get(&function, "/me", &elsewhere).await.status(), 401);
    let counts = stack.counts();
    assert_eq!(
        (counts.requests, counts.published),
        (1, 1),
        "the keys, and no more"
    );
    let log = function.log();
    assert!(
        log.contains("the token carries all that the policy asks for"),
        "{log}"
    );

    let function = auto(&stack, "route /me requires product p-live-pro\n");
    assert_eq!(get(&function, "/me", &token).await.status(), 200);
    let counts = stack.counts();
    assert_eq!(
        (counts.published, counts.authenticated, counts.listed),
        (1, 1, 1)
    );
}

/// Without a key nobody can be asked: what the token does not carry is unknown.
#[tokio::test]
async fn without_a_key_products_are_unknown() {
    let stack = stand_in().await;
    let policy = "route /pro requires product p-live-pro\n\
                  route /free requires user and not product p-live-pro\n";
    let function = setup(&stack.url(), stack.project(), "unused-key", LOCAL, policy).function();
    for user in ["pro", "free"] {
        let token = stack.token(user).unwrap();
        for path in ["/pro", "/free"] {
            assert_eq!(
                get(&function, path, &token).await.status(),
                403,
                "{user}: {path}"
            );
        }
    }
    assert_eq!(stack.counts().authenticated, 0);
}

#[tokio::test]
async fn a_change_of_keys_costs_no_denial() {
    let stack = stand_in().await;
    let function = auto(&stack, SIGNED_IN);
    assert_eq!(
        get(&function, "/me", &stack.token("pro").unwrap())
            .await
            .status(),
        200
    );
    let old = stack.token("light").unwrap();
    stack.rotate_keys().unwrap();
    assert_eq!(
        get(&function, "/me", &stack.token("pro").unwrap())
            .await
            .status(),
        200
    );
    assert_eq!(get(&function, "/me", &old).await.status(), 401);
    assert_eq!(stack.counts().requests, 2);
}
