//! `neon_auth` with npm `better-auth`, set up as Neon has it: tokens that users get by signing up.

use serde_json::{Value, json};
use tollgate_tests::counterpart::OldKeys;
use tollgate_tests::counterpart::better_auth::BetterAuth;
use tollgate_tests::function::Function;
use tollgate_tests::rig::Setup;

use super::{SIGNED_IN, assert_unlogged, get, me, object, refusals};

const JWKS: &str = "GET /neondb/auth/.well-known/jwks.json";

fn function(neon: &BetterAuth, policy: &str) -> Function {
    let url = neon.base_url();
    Setup::new(
        &format!("providers:\n  - neon_auth: {{ url: \"{url}\" }}\n"),
        policy,
    )
    .function()
}

#[tokio::test]
async fn whoever_signs_up_is_a_user_and_a_visitor_is_not() {
    let neon = BetterAuth::start();
    // Neon makes its key when it is first needed.
    let visitor = neon.anonymous_token().await;
    let function = function(&neon, SIGNED_IN);
    let session = neon.sign_up("ann@example.com", "Ann").await;
    let token = neon.token(&session).await;
    let invoked = me(&function, &token).await;
    assert_eq!(invoked.status(), 200, "{invoked:?}");
    assert_eq!(invoked.context("provider"), "neon_auth");
    assert_eq!(invoked.context("email"), "ann@example.com");
    assert!(!invoked.context("userId").is_empty());

    assert_eq!(me(&function, &visitor).await.status(), 401);
    // The session itself is no token: only Neon could say whose it is.
    assert_eq!(me(&function, &session.0).await.status(), 401);
    assert_eq!(neon.sign_out(&session).await.status, 200);
    let invoked = me(&function, &token).await;
    assert_eq!(invoked.status(), 200, "a token outlives its session");
    assert_eq!(neon.requests(JWKS).await, 1);
    assert_unlogged(&function, &[&token, &visitor, "ann@example.com"]);
}

/// All by the right key, so that nothing but the claim tells.
#[tokio::test]
async fn claims_tell_users_from_others() {
    let neon = BetterAuth::start();
    let _ = neon.anonymous_token().await;
    let function = function(&neon, SIGNED_IN);
    let issuer = "the token's `iss` is not one of those expected";
    let audience = "the token's audience is not one of those expected";
    let (role, banned) = ("its role is not `authenticated`", "the user is banned");
    let cases = [
        (json!({}), Ok(())),
        (json!({"banned": true}), Err(banned)),
        (json!({"banned": true, "banExpires": null}), Err(banned)),
        (
            json!({"banned": true, "banExpires": "2099-01-01T00:00:00.000Z"}),
            Err(banned),
        ),
        (
            json!({"banned": true, "banExpires": "2020-01-01T00:00:00.000Z"}),
            Ok(()),
        ),
        (json!({"banned": "false"}), Err(banned)),
        (json!({"role": "anonymous"}), Err(role)),
        (json!({"role": ["authenticated"]}), Err(role)),
        (json!({"role": null}), Err(role)),
        (json!({"aud": "https://other.neon.tech"}), Err(audience)),
        (json!({"aud": neon.base_url()}), Err(audience)),
        (json!({"iss": neon.base_url()}), Err(issuer)),
        (json!({"iss": "https://other.neon.tech"}), Err(issuer)),
        (json!({"exp": 1_700_000_000}), Err("the token has expired")),
    ];
    for (claims, expected) in &cases {
        let mut all = object(json!({"sub": "u-1", "role": "authenticated"}));
        all.extend(object(claims.clone()));
        let status = me(&function, &neon.sign(&all).await).await.status();
        assert_eq!(status, if expected.is_ok() { 200 } else { 401 }, "{claims}");
    }
    let wanted: Vec<_> = cases.iter().filter_map(|(_, why)| why.err()).collect();
    assert_eq!(refusals(&function, wanted.len()).await, wanted);
}

#[tokio::test]
async fn the_active_organisation_gives_team_and_role() {
    let neon = BetterAuth::start();
    let session = neon.sign_up("ann@example.com", "Ann").await;
    let before = neon.token(&session).await;
    let made = neon.create_organization(&session, "Acme", "acme").await;
    assert_eq!(made.status, 200, "{made:?}");
    // By its ID: whoever makes an organisation chooses its slug.
    let id = made.text("id");
    let policy = format!(
        "route /acme requires team \"{id}\"\n\
         route /slug requires team acme\n\
         route /own requires role owner\n\
         route /mail requires email @example.com\n\
         route /verified requires email verified\n"
    );
    let function = function(&neon, &policy);
    let after = neon.token(&session).await;
    for (token, statuses) in [
        (before, [403, 403, 403, 200, 403]),
        (after, [200, 403, 200, 200, 403]),
    ] {
        for (path, status) in ["/acme", "/slug", "/own", "/mail", "/verified"]
            .into_iter()
            .zip(statuses)
        {
            let invoked = get(&function, path, &token).await;
            assert_eq!(invoked.status(), status, "{path}: {invoked:?}");
        }
    }
}

#[tokio::test]
async fn a_change_of_keys_costs_no_denial() {
    let neon = BetterAuth::start();
    let session = neon.sign_up("ann@example.com", "Ann").await;
    for old in [OldKeys::Keep, OldKeys::Drop] {
        let unseen = neon.token(&session).await;
        let function = function(&neon, SIGNED_IN);
        let claims = object(json!({"sub": "u-0", "role": "authenticated"}));
        assert_eq!(me(&function, &neon.sign(&claims).await).await.status(), 200);
        let fetches = neon.requests(JWKS).await;
        neon.rotate(old).await;
        for n in 0..3 {
            let claims = json!({"sub": format!("u-{n}"), "role": "authenticated"});
            let token = neon.sign(&object(claims)).await;
            assert_eq!(me(&function, &token).await.status(), 200, "{old:?}");
        }
        assert_eq!(neon.requests(JWKS).await, fetches + 1, "{old:?}: one fetch");
        let status = if old == OldKeys::Keep { 200 } else { 401 };
        assert_eq!(me(&function, &unseen).await.status(), status, "{old:?}");
    }
}

/// `neon_auth` of the older kind is Stack Auth by another name, and asks for its settings.
#[tokio::test]
async fn the_two_kinds_are_not_mixed() {
    let neon = BetterAuth::start();
    let configuration = format!(
        "providers:\n  - neon_auth: {{ url: \"{}\", stack_project: p-1 }}\n",
        neon.base_url()
    );
    let function = Setup::new(&configuration, SIGNED_IN).function();
    let invoked = function.invoke(&Value::Null).await;
    assert_eq!(invoked.status(), 500);
    let log = function.log_with("cannot start").await;
    assert!(log.contains("stack_project"), "{log}");
}
