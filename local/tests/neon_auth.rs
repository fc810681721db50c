//! The Neon Auth stand-in over HTTP: its keys, and what its tokens say.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod provider;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use provider::{client, now, parts, signed_by, tampered};
use reqwest::Response;
use serde_json::{Value, json};
use tollgate_local::fault::Fault;
use tollgate_local::neon_auth::{NeonAuthOptions, NeonAuthStandIn};
use tollgate_local::stand_in::TokenError;
use tollgate_local::users::{Environment, Users};

fn options() -> NeonAuthOptions {
    NeonAuthOptions::development(Environment::Live).unwrap()
}

async fn start() -> NeonAuthStandIn {
    NeonAuthStandIn::start(options()).await.unwrap()
}

async fn get(url: String) -> Response {
    client().get(url).send().await.unwrap()
}

async fn jwks(neon: &NeonAuthStandIn) -> Value {
    let response = get(neon.base_url() + "/.well-known/jwks.json").await;
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

#[tokio::test]
async fn one_ed25519_key_is_published_without_a_word_on_caching() {
    let neon = start().await;
    let response = get(neon.base_url() + "/.well-known/jwks.json").await;
    assert!(!response.headers().contains_key("cache-control"));
    let jwks: Value = response.json().await.unwrap();
    let [key] = jwks["keys"].as_array().unwrap().as_slice() else {
        panic!("{jwks}");
    };
    let names: Vec<_> = key.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "x"]);
    assert_eq!(
        (&key["alg"], &key["crv"]),
        (&json!("EdDSA"), &json!("Ed25519"))
    );
    assert_eq!(key["kty"], "OKP");
    assert_eq!(key["kid"].as_str().unwrap().len(), 32);
    assert_eq!(neon.counts().published, 1);
}

#[tokio::test]
async fn a_token_is_as_better_auth_makes_it() {
    let neon = start().await;
    let token = neon.token("team-admin").unwrap();
    let (header, claims) = parts(&token);
    assert_eq!(
        header,
        json!({ "alg": "EdDSA", "kid": jwks(&neon).await["keys"][0]["kid"] })
    );
    let signature = token.rsplit('.').next().unwrap();
    assert_eq!(URL_SAFE_NO_PAD.decode(signature).unwrap().len(), 64);
    assert!(signed_by(&token, &jwks(&neon).await));
    let mut other = claims.clone();
    other["sub"] = json!("u-pro");
    assert!(!signed_by(&tampered(&token, &other), &jwks(&neon).await));
    let (iat, exp) = (
        claims["iat"].as_u64().unwrap(),
        claims["exp"].as_u64().unwrap(),
    );
    assert!(exp - iat == 900 && now() - iat < 60);
    assert_eq!(
        claims,
        json!({
            "sub": "u-team-admin",
            "id": "u-team-admin",
            "name": "Ada Admin",
            "email": "team-admin@example.com",
            "emailVerified": true,
            "image": "https://example.com/ada.png",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": "2026-01-01T00:00:00.000Z",
            "role": "authenticated",
            "banned": false,
            "banReason": null,
            "banExpires": null,
            "iat": iat,
            "exp": exp,
            "iss": neon.url(),
            "aud": neon.url(),
            "o": { "id": "team-red", "slug": "red", "role": "admin" },
        })
    );
    assert_eq!(neon.token("nobody"), Err(TokenError::UnknownUser));
}

#[tokio::test]
async fn tokens_that_should_not_let_in_are_signed_all_the_same() {
    let neon = start().await;
    let jwks = jwks(&neon).await;
    let claims = |name: &str| {
        let token = neon.token(name).unwrap();
        assert!(signed_by(&token, &jwks), "{name}");
        parts(&token).1
    };
    let guest = claims("guest");
    assert_eq!(guest["role"], "anonymous");
    assert_eq!(
        (&guest["email"], &guest["emailVerified"]),
        (&Value::Null, &json!(false))
    );
    let banned = claims("suspended");
    assert_eq!(banned["banned"], true);
    assert_eq!(banned["banReason"], "spam");
    assert_eq!(banned["role"], "authenticated");
    let expired = claims("expired");
    assert!(expired["exp"].as_u64().unwrap() < now());
    assert_eq!(claims("signed-out")["role"], "authenticated");
    assert!(claims("free").get("o").is_none());
    let until = "live: {a: {id: u-a, ban: {expires: '2026-02-01T00:00:00.000Z'}, teams: [{id: t}], selected_team: t}}";
    neon.set_users(Users::parse(until, "users.yaml").unwrap());
    let banned = claims("a");
    assert_eq!(banned["banExpires"], "2026-02-01T00:00:00.000Z");
    assert_eq!(
        banned["o"],
        json!({ "id": "t", "slug": "t", "role": "member" })
    );
}

#[tokio::test]
async fn anybody_gets_an_anonymous_token() {
    let neon = start().await;
    let anonymous = async || -> Value {
        let response = get(neon.base_url() + "/token/anonymous").await;
        response.json().await.unwrap()
    };
    let (one, other) = (anonymous().await, anonymous().await);
    let token = one["token"].as_str().unwrap();
    let (_, claims) = parts(token);
    assert!(signed_by(token, &jwks(&neon).await));
    assert_eq!(claims["role"], "anonymous");
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!(neon.url()), &json!(neon.url()))
    );
    assert_eq!(one["expires_at"], claims["exp"]);
    assert_ne!(
        claims["sub"],
        parts(other["token"].as_str().unwrap()).1["sub"]
    );
}

#[tokio::test]
async fn a_jwt_is_no_session() {
    let neon = start().await;
    let token = neon.token("pro").unwrap();
    for (path, status, expected) in [
        ("/get-session", 200, Value::Null),
        (
            "/token",
            401,
            json!({ "message": "Unauthorized", "code": "UNAUTHORIZED" }),
        ),
    ] {
        let request = client().get(neon.base_url() + path).bearer_auth(&token);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.json::<Value>().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn keys_are_below_the_base_and_on_demand_below_the_origin() {
    for (at_origin, status) in [(false, 404), (true, 200)] {
        let mut options = options();
        options.keys_at_origin = at_origin;
        let neon = NeonAuthStandIn::start(options).await.unwrap();
        let response = get(neon.url() + "/.well-known/jwks.json").await;
        assert_eq!(response.status(), status);
        jwks(&neon).await;
        for path in [
            "/",
            "/neondb/auth",
            "/neondb/auth/jwks",
            "/neondb/auth/.well-known/jwks.json/",
        ] {
            assert_eq!(get(neon.url() + path).await.status(), 404, "{path}");
        }
    }
}

#[tokio::test]
async fn keys_rotate_and_the_old_ones_stay_for_a_while() {
    let neon = start().await;
    let before = neon.token("pro").unwrap();
    let old = jwks(&neon).await;
    neon.rotate_keys().unwrap();
    let after = neon.token("pro").unwrap();
    let both = jwks(&neon).await;
    assert!(!signed_by(&after, &old));
    assert!(signed_by(&before, &both) && signed_by(&after, &both));
    neon.retire_keys();
    let new = jwks(&neon).await;
    assert!(!signed_by(&before, &new) && signed_by(&after, &new));
}

#[tokio::test]
async fn a_branch_has_keys_of_its_own_which_outlive_a_restart() {
    let mut named = options();
    named.origin = Some("https://ep-1.neonauth.example.com".to_owned());
    let neon = NeonAuthStandIn::start(named).await.unwrap();
    let token = neon.development_token("pro").unwrap();
    assert_eq!(parts(&token).1["aud"], "https://ep-1.neonauth.example.com");
    assert_eq!(neon.development_token("pro").unwrap(), token);
    assert!(signed_by(&token, &jwks(&start().await).await));
    let mut other = options();
    other.branch = "other".to_owned();
    let other = NeonAuthStandIn::start(other).await.unwrap();
    assert!(!signed_by(&token, &jwks(&other).await));
}

#[tokio::test]
async fn faults_come_and_go() {
    let neon = start().await;
    let url = neon.base_url() + "/.well-known/jwks.json";
    neon.fail_times(2, Fault::Status(503));
    for expected in [503, 503, 200] {
        assert_eq!(get(url.clone()).await.status(), expected);
    }
    neon.fail(Fault::Huge(2_000_000));
    let bytes = get(url.clone()).await.bytes().await.unwrap();
    assert_eq!(bytes.len(), 2_000_000);
    assert!(serde_json::from_slice::<Value>(&bytes).unwrap()["keys"].is_array());
    neon.recover();
    assert_eq!(neon.counts().faulted, 3);
}
