//! npm `oidc-provider`: discovery, keys, every kind of token, introspection, rotation, crafted tokens.

use serde_json::{Value, json};
use tollgate_tests::counterpart::oidc::{
    ALGORITHMS, API, APP, Access, Craft, OidcProvider, Signature,
};
use tollgate_tests::counterpart::{Jwt, OldKeys, kids};

use super::{assert_public, key, now, object, signature, texts};

const AUDIENCE: &str = "https://api.example.com";

#[tokio::test]
async fn discovery_names_itself_and_its_endpoints() {
    let oidc = OidcProvider::start();
    let metadata = oidc.discovery().await.body;
    let issuer = oidc.issuer();
    assert_eq!(metadata["issuer"], issuer);
    assert_eq!(metadata["jwks_uri"], format!("{issuer}/jwks"));
    assert_eq!(
        metadata["introspection_endpoint"],
        format!("{issuer}/token/introspection")
    );
}

#[tokio::test]
async fn the_jwks_has_a_public_key_for_each_algorithm() {
    let oidc = OidcProvider::start();
    let jwks = oidc.jwks().await;
    assert_eq!(
        jwks.header("content-type"),
        "application/jwk-set+json; charset=utf-8"
    );
    let keys = jwks.body["keys"].as_array().unwrap();
    let algorithms: Vec<_> = keys.iter().map(|key| key["alg"].clone()).collect();
    assert_eq!(algorithms, ALGORITHMS);
    assert_public(&jwks.body);
    assert_eq!(oidc.requests("GET /jwks").await, 1);
}

#[tokio::test]
async fn a_users_access_token_is_an_at_jwt_of_the_algorithm_asked_for() {
    let oidc = OidcProvider::start();
    let jwks = oidc.jwks().await.body;
    for algorithm in ALGORITHMS {
        let audience = format!("{AUDIENCE}/{algorithm}");
        let access = Access {
            scope: "read write",
            claims: object(json!({"products": ["p-live-light"], "org": {"role": "admin"}})),
            lifetime: 60,
            ..Access::new("u-light", &audience)
        };
        let token = oidc.access_token(&access).await;
        let jwt = Jwt::read(&token);
        assert_eq!(jwt.header["alg"], algorithm);
        assert_eq!(jwt.header["typ"], "at+jwt");
        assert_eq!(key(&jwks, jwt.kid())["alg"], algorithm);
        let expected = json!({
            "iss": oidc.issuer(), "aud": audience, "sub": "u-light", "client_id": APP.0,
            "scope": "read write", "products": ["p-live-light"], "org": {"role": "admin"},
        });
        for (claim, value) in object(expected) {
            assert_eq!(jwt.payload[&claim], value, "{algorithm}: {claim}");
        }
        let [issued, expires] = ["iat", "exp"].map(|claim| jwt.payload[claim].as_i64().unwrap());
        assert_eq!(expires - issued, 60);
        assert!(jwt.payload["jti"].is_string());
    }
}

#[tokio::test]
async fn the_token_endpoint_grants_client_credentials() {
    let oidc = OidcProvider::start();
    let answer = oidc.client_token(AUDIENCE, "read").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let jwt = Jwt::read(&answer.text("access_token"));
    assert_eq!(jwt.header["typ"], "at+jwt");
    assert_eq!(jwt.payload["sub"], APP.0);
    assert_eq!(jwt.payload["aud"], AUDIENCE);
}

#[tokio::test]
async fn an_id_token_is_for_the_client_and_has_no_access_tokens_type() {
    let oidc = OidcProvider::start();
    let claims = object(json!({"email": "light@example.com"}));
    let jwt = Jwt::read(&oidc.id_token("u-light", &claims).await);
    assert_ne!(
        jwt.header.get("typ").and_then(Value::as_str),
        Some("at+jwt")
    );
    assert_eq!(jwt.payload["aud"], APP.0);
    assert_eq!(jwt.payload["sub"], "u-light");
    assert_eq!(jwt.payload["email"], "light@example.com");
    assert_eq!(jwt.payload["iss"], oidc.issuer());
}

#[tokio::test]
async fn an_opaque_token_is_active_until_it_is_revoked() {
    let oidc = OidcProvider::start();
    let audience = format!("{AUDIENCE}/opaque");
    let access = Access {
        claims: object(json!({"products": ["p-live-light"]})),
        ..Access::new("u-light", &audience)
    };
    let token = oidc.access_token(&access).await;
    assert!(!token.contains('.'), "{token}");

    let answer = oidc.introspect(API, &token).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let expected = json!({
        "active": true, "sub": "u-light", "aud": audience, "scope": "read",
        "client_id": APP.0, "iss": oidc.issuer(), "products": ["p-live-light"],
        "token_type": "Bearer",
    });
    for (member, value) in object(expected) {
        assert_eq!(answer.body[&member], value, "{member}");
    }
    let expires = answer.body["exp"].as_i64().unwrap();
    assert!((now() + 200..=now() + 300).contains(&expires), "{expires}");

    assert_eq!(oidc.revoke(&token).await.status, 200);
    let answer = oidc.introspect(API, &token).await;
    assert_eq!(
        (answer.status, answer.body),
        (200, json!({"active": false}))
    );
}

#[tokio::test]
async fn introspection_tells_a_bad_token_from_a_bad_client() {
    let oidc = OidcProvider::start();
    let answer = oidc.introspect(API, "no-such-token").await;
    assert_eq!(
        (answer.status, answer.body),
        (200, json!({"active": false}))
    );

    let answer = oidc.introspect((API.0, "wrong"), "no-such-token").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.body["error"], "invalid_client");
    assert!(
        answer.header("www-authenticate").starts_with("Basic"),
        "{answer:?}"
    );

    let jwt = oidc.access_token(&Access::new("u-light", AUDIENCE)).await;
    let answer = oidc.introspect(API, &jwt).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body["error"], "unsupported_token_type");
}

#[tokio::test]
async fn rotation_changes_the_kids_and_leaves_opaque_tokens_alone() {
    let oidc = OidcProvider::start();
    let audience = format!("{AUDIENCE}/opaque");
    let opaque = oidc.access_token(&Access::new("u-light", &audience)).await;
    let first = kids(&oidc.jwks().await.body);

    oidc.rotate(OldKeys::Keep).await;
    let both = kids(&oidc.jwks().await.body);
    assert_eq!(both.len(), 2 * first.len());
    assert!(both.ends_with(&first), "{both:?} {first:?}");
    let token = oidc.access_token(&Access::new("u-light", AUDIENCE)).await;
    assert_eq!(Jwt::read(&token).kid(), both[0]);

    oidc.rotate(OldKeys::Drop).await;
    let last = kids(&oidc.jwks().await.body);
    assert_eq!(last.len(), first.len());
    assert!(last.iter().all(|kid| !both.contains(kid)), "{last:?}");
    assert_eq!(oidc.introspect(API, &opaque).await.body["active"], true);
}

#[tokio::test]
async fn a_crafted_token_is_what_was_asked_for() {
    let oidc = OidcProvider::start();
    let genuine = oidc.access_token(&Access::new("u-light", AUDIENCE)).await;
    let Jwt { header, payload } = Jwt::read(&genuine);
    let craft = |header: Value, signature| Craft {
        header,
        payload: Value::Object(payload.clone()),
        signature,
        algorithm: None,
    };

    // RS256 is deterministic: the same texts and the same key make the same token.
    let [header_text, payload_text] = texts(&genuine);
    let same = Craft {
        header: json!(header_text),
        payload: json!(payload_text),
        signature: Signature::Current,
        algorithm: None,
    };
    assert_eq!(oidc.craft(&same).await, genuine);
    let foreign = Craft {
        signature: Signature::Foreign,
        ..same
    };
    let foreign = oidc.craft(&foreign).await;
    assert_eq!(texts(&foreign), [header_text, payload_text]);
    assert_eq!(signature(&foreign).len(), 256);
    assert_ne!(signature(&foreign), signature(&genuine));

    let token = oidc
        .craft(&craft(json!({"alg": "none"}), Signature::Empty))
        .await;
    assert_eq!(signature(&token), [0; 0]);

    let lengths = [
        ("RS256", 256),
        ("PS256", 256),
        ("ES256", 64),
        ("ES384", 96),
        ("EdDSA", 64),
    ];
    for (algorithm, length) in lengths {
        let token = oidc
            .craft(&craft(json!({"alg": algorithm}), Signature::Current))
            .await;
        assert_eq!(signature(&token).len(), length, "{algorithm}");
        assert_eq!(json!(Jwt::read(&token).header), json!({"alg": algorithm}));
    }

    let hs256 = json!({"alg": "HS256", "kid": header["kid"]});
    let mut macs = Vec::new();
    for form in [
        Signature::PublicPem,
        Signature::PublicPemTrimmed,
        Signature::PublicDer,
        Signature::PublicJwk,
        Signature::PublicRaw,
    ] {
        let token = oidc.craft(&craft(hs256.clone(), form)).await;
        assert_eq!(signature(&token).len(), 32, "{form:?}");
        assert!(!macs.contains(&token), "{form:?}");
        macs.push(token);
    }

    let text = r#"{"alg":"RS256","alg":"none"}"#;
    let token = oidc
        .craft(&Craft {
            algorithm: Some("PS256"),
            ..craft(json!(text), Signature::Current)
        })
        .await;
    assert_eq!(texts(&token)[0], text);
}

#[tokio::test]
async fn foreign_keys_are_never_published() {
    let oidc = OidcProvider::start();
    let foreign = oidc.foreign_keys().await;
    assert_public(&foreign);
    let published = kids(&oidc.jwks().await.body);
    let foreign = kids(&foreign);
    assert_eq!(foreign.len(), ALGORITHMS.len());
    assert!(foreign.iter().all(|kid| !published.contains(kid)));
}
