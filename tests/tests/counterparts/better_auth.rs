//! npm `better-auth` as Neon Auth: `EdDSA` tokens of sessions, organisations, rotation.

use serde_json::{Value, json};
use tollgate_tests::counterpart::better_auth::{BetterAuth, Session};
use tollgate_tests::counterpart::{Jwt, OldKeys, kids};

use super::{assert_public, key, object, signature};

#[tokio::test]
async fn a_user_gets_a_token_as_neon_documents_it() {
    let neon = BetterAuth::start();
    let session = neon.sign_up("light@example.com", "Light").await;
    let token = neon.token(&session).await;
    let jwt = Jwt::read(&token);
    assert_eq!(jwt.header.len(), 2, "{jwt:?}");
    assert_eq!(jwt.header["alg"], "EdDSA");
    assert_eq!(signature(&token).len(), 64);
    let expected = json!({
        "iss": neon.origin(), "aud": neon.origin(), "role": "authenticated", "name": "Light",
        "email": "light@example.com", "emailVerified": false, "banned": false,
        "sub": jwt.payload["id"],
    });
    for (claim, value) in object(expected) {
        assert_eq!(jwt.payload[&claim], value, "{claim}");
    }
    assert!(!jwt.payload["sub"].as_str().unwrap().is_empty());
    assert_eq!(jwt.payload.get("o"), None);
    let [issued, expires] = ["iat", "exp"].map(|claim| jwt.payload[claim].as_i64().unwrap());
    assert_eq!(expires - issued, 15 * 60);

    let jwks = neon.jwks().await;
    assert_eq!(jwks.status, 200);
    assert_public(&jwks.body);
    let key = key(&jwks.body, jwt.kid());
    assert_eq!(key["kty"], "OKP");
    assert_eq!(key["crv"], "Ed25519");
    assert_eq!(key.get("use"), None);
}

#[tokio::test]
async fn an_organization_is_in_the_next_token() {
    let neon = BetterAuth::start();
    let session = neon.sign_up("light@example.com", "Light").await;
    let made = neon
        .create_organization(&session, "Example", "example")
        .await;
    assert_eq!(made.status, 200, "{made:?}");
    let jwt = Jwt::read(&neon.token(&session).await);
    let expected = json!({"id": made.body["id"], "slug": "example", "role": "owner"});
    assert_eq!(jwt.payload["o"], expected);
}

#[tokio::test]
async fn only_a_session_gets_a_token() {
    let neon = BetterAuth::start();
    assert_eq!(neon.get_token(None).await.status, 401);
    neon.sign_up("light@example.com", "Light").await;
    let session = neon.sign_in("light@example.com").await;
    let token = neon.token(&session).await;

    // A JWT is no session.
    let answer = neon.get_session(&Session(token)).await;
    assert_eq!((answer.status, answer.body), (200, Value::Null));
    assert_eq!(neon.sign_out(&session).await.status, 200);
    assert_eq!(neon.get_token(Some(&session)).await.status, 401);
}

#[tokio::test]
async fn the_key_signs_more_than_users() {
    let neon = BetterAuth::start();
    let anonymous = Jwt::read(&neon.anonymous_token().await);
    assert_eq!(anonymous.payload["role"], "anonymous");
    assert_eq!(anonymous.payload.get("sub"), None);
    let claims = object(json!({"sub": "u-1", "role": "authenticated", "banned": true}));
    let banned = Jwt::read(&neon.sign(&claims).await);
    assert_eq!(banned.payload["banned"], true);
    assert_eq!(banned.payload["sub"], "u-1");
    let jwks = neon.jwks().await.body;
    for jwt in [anonymous, banned] {
        assert_eq!(jwt.payload["iss"], neon.origin());
        key(&jwks, jwt.kid());
    }
}

#[tokio::test]
async fn rotation_changes_the_kid() {
    let neon = BetterAuth::start();
    let session = neon.sign_up("light@example.com", "Light").await;
    let first = kids(&neon.jwks().await.body);
    assert_eq!(first.len(), 1);

    neon.rotate(OldKeys::Keep).await;
    let both = kids(&neon.jwks().await.body);
    assert_eq!(both.len(), 2);
    assert!(both.contains(&first[0]), "{both:?} {first:?}");
    let jwt = Jwt::read(&neon.token(&session).await);
    assert_ne!(jwt.kid(), first[0]);
    assert!(both.contains(&jwt.kid().to_owned()));

    neon.rotate(OldKeys::Drop).await;
    let last = kids(&neon.jwks().await.body);
    assert_eq!(last.len(), 1);
    assert!(!both.contains(&last[0]), "{both:?} {last:?}");
    assert_eq!(Jwt::read(&neon.token(&session).await).kid(), last[0]);
}
