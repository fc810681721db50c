//! Access tokens and the keys that sign them.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tollgate_local::stack_auth::{
    DEVELOPMENT_PROJECT, OTHER_PROJECT, SigningDerivation, StackAuthStandIn,
};
use tollgate_local::stand_in::TokenError;

use crate::provider::{now, parts, signed_by, tampered, unsigned};
use crate::{body, get, options, refusal, server_headers, start};

const JWKS: &str = "/.well-known/jwks.json";

async fn jwks(stack: &StackAuthStandIn, query: &str) -> Value {
    let path = format!("/projects/{DEVELOPMENT_PROJECT}{JWKS}{query}");
    body(stack, &path, &[]).await
}

#[tokio::test]
async fn three_kinds_of_users_have_three_issuers_audiences_and_keys() {
    let stack = start().await;
    let api = format!("{}/api/v1", stack.url());
    let project = DEVELOPMENT_PROJECT;
    let reason = |name: &str| json!({ "type": name });
    for (user, path, suffix, query, expected) in [
        ("pro", "projects", "", "", (false, false, Value::Null)),
        (
            "suspended",
            "projects-restricted-users",
            ":restricted",
            "?include_restricted=true",
            (false, true, reason("restricted_by_administrator")),
        ),
        (
            "guest",
            "projects-anonymous-users",
            ":anon",
            "?include_anonymous=true",
            (true, true, reason("anonymous")),
        ),
    ] {
        let token = stack.token(user).unwrap();
        let (header, claims) = parts(&token);
        assert_eq!(header.as_object().unwrap().len(), 2);
        assert_eq!(header["kid"].as_str().unwrap().len(), 12);
        assert_eq!(claims["iss"], format!("{api}/{path}/{project}"));
        assert_eq!(claims["aud"], format!("{project}{suffix}"));
        assert_eq!(claims["is_anonymous"], expected.0, "{user}");
        assert_eq!(claims["is_restricted"], expected.1, "{user}");
        assert_eq!(claims["restricted_reason"], expected.2, "{user}");
        assert!(signed_by(&token, &jwks(&stack, query).await), "{user}");
        assert_eq!(signed_by(&token, &jwks(&stack, "").await), user == "pro");
    }
}

#[tokio::test]
async fn a_token_has_exactly_the_claims_of_a_real_one() {
    let stack = start().await;
    let (_, claims) = parts(&stack.token("team-admin").unwrap());
    let names: Vec<&str> = claims
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        [
            "aud",
            "branch_id",
            "email",
            "email_verified",
            "exp",
            "iat",
            "is_anonymous",
            "is_restricted",
            "iss",
            "name",
            "project_id",
            "refresh_token_id",
            "requires_totp_mfa",
            "restricted_reason",
            "role",
            "selected_team_id",
            "signed_up_at",
            "sub",
        ]
    );
    assert_eq!(claims["sub"], "u-team-admin");
    assert_eq!(claims["role"], "authenticated");
    assert_eq!(claims["branch_id"], "main");
    assert_eq!(claims["selected_team_id"], "team-red");
    assert_eq!(claims["requires_totp_mfa"], true);
    assert_eq!(claims["email_verified"], true);
    let (iat, exp) = (
        claims["iat"].as_u64().unwrap(),
        claims["exp"].as_u64().unwrap(),
    );
    assert!(exp - iat == 600 && now() - iat < 60);
    assert_eq!(stack.token("nobody"), Err(TokenError::UnknownUser));
}

#[tokio::test]
async fn keys_come_in_pairs_for_an_hour() {
    let stack = start().await;
    for (query, count) in [
        ("", 2),
        ("?include_restricted=false", 2),
        ("?include_restricted=true", 4),
        ("?include_anonymous=true", 6),
    ] {
        let keys = jwks(&stack, query).await["keys"]
            .as_array()
            .unwrap()
            .clone();
        assert_eq!(keys.len(), count, "{query}");
        for key in keys {
            let names: Vec<_> = key.as_object().unwrap().keys().cloned().collect();
            assert_eq!(names, ["alg", "crv", "kid", "kty", "x", "y"]);
        }
    }
    let path = format!("/projects/{DEVELOPMENT_PROJECT}{JWKS}");
    let response = get(&stack, &path, &[]).await;
    assert_eq!(response.headers()["cache-control"], "public, max-age=3600");
    let odd = get(&stack, &format!("{path}?include_restricted=1"), &[]).await;
    assert_eq!(refusal(odd).await.1, "SCHEMA_ERROR");
    let unknown = get(&stack, &format!("/projects/nothing{JWKS}"), &[]).await;
    assert_eq!(unknown.status(), 404);
    assert_eq!(unknown.text().await.unwrap(), "Project not found");
    let anonymous = format!("/projects-anonymous-users/{DEVELOPMENT_PROJECT}{JWKS}");
    let response = get(&stack, &anonymous, &[]).await;
    assert_eq!(response.status(), 307);
    let location = response.headers()["location"].to_str().unwrap();
    assert_eq!(location, format!("/api/v1{path}?include_anonymous=true"));
    assert_eq!(stack.counts().published, 5);
}

#[tokio::test]
async fn a_key_may_have_a_short_coordinate() {
    let mut options = options();
    options.short_coordinate = true;
    let stack = StackAuthStandIn::start(options).await.unwrap();
    let jwks = jwks(&stack, "").await;
    let length = |member: &str| {
        let text = jwks["keys"][0][member].as_str().unwrap();
        URL_SAFE_NO_PAD.decode(text).unwrap().len()
    };
    assert!(length("x").min(length("y")) < 32);
    let token = stack.token("pro").unwrap();
    assert_eq!(parts(&token).0["kid"], jwks["keys"][0]["kid"]);
    assert!(signed_by(&token, &jwks));
    body(&stack, "/users/me", &server_headers(&token)).await;
}

#[tokio::test]
async fn keys_change_on_demand() {
    let stack = start().await;
    let before = stack.token("pro").unwrap();
    let old = jwks(&stack, "").await;
    stack.set_signing(SigningDerivation::New);
    let flipped = stack.token("pro").unwrap();
    assert_ne!(parts(&before).0["kid"], parts(&flipped).0["kid"]);
    assert!(signed_by(&flipped, &old), "both derivations are published");
    for token in [&before, &flipped] {
        body(&stack, "/users/me", &server_headers(token)).await;
    }
    stack.rotate_keys().unwrap();
    let after = stack.token("pro").unwrap();
    assert!(!signed_by(&after, &old) && signed_by(&after, &jwks(&stack, "").await));
    let response = get(&stack, "/users/me", &server_headers(&before)).await;
    assert_eq!(refusal(response).await.1, "UNPARSABLE_ACCESS_TOKEN");
}

#[tokio::test]
async fn a_development_token_outlives_a_restart() {
    let token = start().await.development_token("pro").unwrap();
    let mut options = options();
    options.api_url = Some("https://api.example.com".to_owned());
    let stack = StackAuthStandIn::start(options).await.unwrap();
    let claims = parts(&stack.development_token("pro").unwrap()).1;
    let expected = format!("https://api.example.com/api/v1/projects/{DEVELOPMENT_PROJECT}");
    assert_eq!(claims["iss"], expected);
    assert!(signed_by(&token, &jwks(&stack, "").await));
    assert!(claims["exp"].as_u64().unwrap() > now() + 1_000_000_000);
}

#[tokio::test]
async fn tokens_that_are_not_good_are_told_apart() {
    let stack = start().await;
    let good = stack.token("pro").unwrap();
    let claims = parts(&good).1;
    let with = |member: &str, value: Value| {
        let mut claims = claims.clone();
        claims[member] = value;
        stack.sign(&claims).unwrap()
    };
    let anonymous_issuer = format!(
        "{}/api/v1/projects-anonymous-users/{DEVELOPMENT_PROJECT}",
        stack.url()
    );
    let mut other = claims.clone();
    other["sub"] = json!("u-team-admin");
    let unparsable = [
        ("garbage", "garbage".to_owned()),
        ("unsigned", unsigned(&good)),
        ("changed", tampered(&good, &other)),
        (
            "of another issuer",
            with("iss", json!("https://example.com")),
        ),
        (
            "of the issuer of others",
            with("iss", json!(anonymous_issuer)),
        ),
        ("for several", with("aud", json!([DEVELOPMENT_PROJECT]))),
        ("for nobody", with("aud", Value::Null)),
    ];
    for (what, token) in unparsable {
        let response = get(&stack, "/users/me", &server_headers(&token)).await;
        let expected = (401, "UNPARSABLE_ACCESS_TOKEN".to_owned(), Value::Null);
        assert_eq!(refusal(response).await, expected, "{what}");
    }
    for (what, token) in [
        ("not anonymous", with("is_anonymous", json!(true))),
        ("of another branch", with("branch_id", json!("dev"))),
    ] {
        let response = get(&stack, "/users/me", &server_headers(&token)).await;
        assert_eq!(response.status(), 500, "{what}");
        assert!(!response.headers().contains_key("x-stack-known-error"));
    }
    let token = stack.token_of_project("pro", OTHER_PROJECT).unwrap();
    let response = get(&stack, "/users/me", &server_headers(&token)).await;
    let (status, code, details) = refusal(response).await;
    assert_eq!(
        (status, code.as_str()),
        (401, "INVALID_PROJECT_FOR_ACCESS_TOKEN")
    );
    assert_eq!(
        details,
        json!({ "expected_project_id": DEVELOPMENT_PROJECT, "actual_project_id": OTHER_PROJECT })
    );
}

#[tokio::test]
async fn an_expired_token_says_when_it_expired() {
    let stack = start().await;
    let token = stack.token("expired").unwrap();
    let claims = parts(&token).1;
    let response = get(&stack, "/users/me", &server_headers(&token)).await;
    let (status, code, details) = refusal(response).await;
    assert_eq!((status, code.as_str()), (401, "ACCESS_TOKEN_EXPIRED"));
    assert_eq!(
        details,
        json!({
            "expired_at_millis": claims["exp"].as_u64().unwrap() * 1000,
            "project_id": DEVELOPMENT_PROJECT,
            "user_id": "u-expired",
            "refresh_token_id": claims["refresh_token_id"],
        })
    );
    let token = stack.token("pro").unwrap();
    stack.advance(Duration::from_secs(590));
    body(&stack, "/users/me", &server_headers(&token)).await;
    stack.advance(Duration::from_secs(11));
    let response = get(&stack, "/users/me", &server_headers(&token)).await;
    assert_eq!(refusal(response).await.1, "ACCESS_TOKEN_EXPIRED");
}
