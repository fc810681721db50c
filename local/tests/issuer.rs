//! The issuer stand-in over HTTP: discovery, keys, tokens and introspection.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod provider;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use provider::{client, now, parts, signed_by, tampered, unsigned};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tollgate_local::fault::Fault;
use tollgate_local::issuer::{
    Algorithm, DEVELOPMENT_AUDIENCE, DEVELOPMENT_CLIENT, IssuerOptions, IssuerStandIn,
};
use tollgate_local::stand_in::TokenError;
use tollgate_local::users::{Environment, Users};

const DISCOVERY: &str = "/.well-known/openid-configuration";

fn options() -> IssuerOptions {
    IssuerOptions::development(Environment::Live).unwrap()
}

async fn start() -> IssuerStandIn {
    IssuerStandIn::start(options()).await.unwrap()
}

async fn get(url: &str) -> Response {
    client().get(url).send().await.unwrap()
}

async fn document(url: &str) -> Value {
    let response = get(url).await;
    assert_eq!(response.status(), 200, "{url}");
    response.json().await.unwrap()
}

async fn jwks(issuer: &IssuerStandIn) -> Value {
    document(&(issuer.url() + "/jwks")).await
}

fn introspection(issuer: &IssuerStandIn, body: &str) -> RequestBuilder {
    let (id, secret) = DEVELOPMENT_CLIENT;
    client()
        .post(issuer.url() + "/introspect")
        .basic_auth(id, Some(secret))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.to_owned())
}

async fn introspect(issuer: &IssuerStandIn, token: &str) -> Value {
    let request = introspection(
        issuer,
        &format!("token={token}&token_type_hint=access_token"),
    );
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

fn users(yaml: &str) -> Users {
    Users::parse(yaml, "users.yaml").unwrap()
}

#[tokio::test]
async fn discovery_leads_to_the_keys() {
    for (path, below) in [
        ("", ""),
        ("/realms/dev", "/realms/dev"),
        ("/", ""),
        ("/t/", "/t"),
    ] {
        let mut options = options();
        options.path = path.to_owned();
        let issuer = IssuerStandIn::start(options).await.unwrap();
        let found = document(&format!("{}{below}{DISCOVERY}", issuer.url())).await;
        assert_eq!(found["issuer"], format!("{}{path}", issuer.url()));
        assert_eq!(found["issuer"], issuer.issuer());
        let token = issuer.token("pro").unwrap();
        assert_eq!(parts(&token).1["iss"], issuer.issuer());
        let keys = document(found["jwks_uri"].as_str().unwrap()).await;
        assert!(signed_by(&token, &keys), "{path}");
        assert_eq!(keys["keys"][0]["use"], "sig");
        let endpoint = found["introspection_endpoint"].as_str().unwrap();
        assert_eq!(endpoint, format!("{}{below}/introspect", issuer.url()));
    }
}

#[tokio::test]
async fn discovery_may_name_another_issuer() {
    let mut options = options();
    options.issuer = Some("https://id.example.com".to_owned());
    let issuer = IssuerStandIn::start(options).await.unwrap();
    let named = async || document(&(issuer.url() + DISCOVERY)).await["issuer"].clone();
    assert_eq!(named().await, "https://id.example.com");
    assert_eq!(
        parts(&issuer.token("pro").unwrap()).1["iss"],
        "https://id.example.com"
    );
    issuer.set_discovered_issuer(Some("https://id.example.com/".to_owned()));
    assert_eq!(named().await, "https://id.example.com/");
    issuer.set_discovered_issuer(None);
    assert_eq!(named().await, "https://id.example.com");
}

#[tokio::test]
async fn every_algorithm_signs_so_that_its_key_verifies() {
    for (algorithm, name, kty) in [
        (Algorithm::Rs256, "RS256", "RSA"),
        (Algorithm::Es256, "ES256", "EC"),
        (Algorithm::EdDsa, "EdDSA", "OKP"),
    ] {
        let mut options = options();
        options.algorithm = algorithm;
        let issuer = IssuerStandIn::start(options).await.unwrap();
        let keys = jwks(&issuer).await;
        assert_eq!(keys["keys"][0]["kty"], kty);
        let token = issuer.token("pro").unwrap();
        let (header, mut claims) = parts(&token);
        assert_eq!(
            (&header["alg"], &header["typ"]),
            (&json!(name), &json!("JWT"))
        );
        assert!(signed_by(&token, &keys), "{name}");
        claims["sub"] = json!("u-team-admin");
        assert!(!signed_by(&tampered(&token, &claims), &keys), "{name}");
        let found = document(&(issuer.url() + DISCOVERY)).await;
        assert_eq!(
            found["id_token_signing_alg_values_supported"],
            json!([name])
        );
    }
}

#[tokio::test]
async fn a_token_says_what_the_users_file_does() {
    let issuer = start().await;
    let (_, claims) = parts(&issuer.token("team-admin").unwrap());
    let (iat, exp) = (
        claims["iat"].as_u64().unwrap(),
        claims["exp"].as_u64().unwrap(),
    );
    assert!(exp - iat == 600 && now() - iat < 60);
    assert_eq!(
        claims,
        json!({
            "iss": issuer.url(),
            "sub": "u-team-admin",
            "aud": DEVELOPMENT_AUDIENCE,
            "client_id": "web",
            "iat": iat,
            "exp": exp,
            "jti": claims["jti"],
            "scope": "articles:read articles:write users:write",
            "roles": ["admin", "editor"],
            "groups": ["staff"],
            "email": "team-admin@example.com",
            "email_verified": true,
            "name": "Ada Admin",
            "picture": "https://example.com/ada.png",
        })
    );
    assert_ne!(issuer.token("pro"), issuer.token("pro"));
    assert_eq!(issuer.token("nobody"), Err(TokenError::UnknownUser));
    issuer.set_users(users(
        "live: {a: {id: u-a, claims: {https://example.com/roles: [x], iss: other, resource_access: {web: {roles: [author]}}}}}",
    ));
    let (_, claims) = parts(&issuer.token("a").unwrap());
    assert_eq!(claims["https://example.com/roles"], json!(["x"]));
    assert_eq!(claims["iss"], "other", "the file has the last word");
    assert_eq!(claims["resource_access"]["web"]["roles"], json!(["author"]));
    assert!(claims.get("email").is_none() && claims.get("scope").is_none());
}

#[tokio::test]
async fn tokens_may_be_of_another_type_and_for_others() {
    for (audience, expected) in [
        (vec![], Value::Null),
        (vec!["a"], json!("a")),
        (vec!["a", "b"], json!(["a", "b"])),
    ] {
        let mut options = options();
        options.audience = audience.into_iter().map(str::to_owned).collect();
        options.typ = Some("at+jwt".to_owned());
        options.lifetime = Duration::from_mins(1);
        let issuer = IssuerStandIn::start(options).await.unwrap();
        let (header, claims) = parts(&issuer.token("pro").unwrap());
        assert_eq!(header["typ"], "at+jwt");
        assert_eq!(claims.get("aud").cloned().unwrap_or_default(), expected);
        let lifetime = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
        assert_eq!(lifetime, 60);
    }
}

#[tokio::test]
async fn an_expired_token_is_past_its_end() {
    let issuer = start().await;
    let claims = parts(&issuer.token("expired").unwrap()).1;
    assert!(claims["exp"].as_u64().unwrap() < now());
    let claims = parts(&issuer.development_token("expired").unwrap()).1;
    assert!(claims["exp"].as_u64().unwrap() < now());
}

#[tokio::test]
async fn a_development_token_outlives_a_restart() {
    let token = start().await.development_token("pro").unwrap();
    let issuer = start().await;
    assert!(signed_by(&token, &jwks(&issuer).await));
    assert_eq!(introspect(&issuer, &token).await["active"], true);
}

#[tokio::test]
async fn keys_rotate_to_any_algorithm() {
    let issuer = start().await;
    let mut tokens = vec![issuer.token("pro").unwrap()];
    let old = jwks(&issuer).await;
    for algorithm in [Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Es256] {
        issuer.rotate_keys(algorithm).unwrap();
        tokens.push(issuer.token("pro").unwrap());
    }
    let all = jwks(&issuer).await;
    assert_eq!(all["keys"].as_array().unwrap().len(), 4);
    assert!(tokens.iter().all(|token| signed_by(token, &all)));
    assert!(tokens.iter().skip(1).all(|token| !signed_by(token, &old)));
    issuer.retire_keys();
    let last = jwks(&issuer).await;
    assert_eq!(last["keys"].as_array().unwrap().len(), 1);
    let good: Vec<bool> = tokens.iter().map(|token| signed_by(token, &last)).collect();
    assert_eq!(good, [false, false, false, true]);
    assert_eq!(
        introspect(&issuer, &tokens[0]).await,
        json!({ "active": false })
    );
    for _ in 0..20 {
        issuer.rotate_keys(Algorithm::EdDsa).unwrap();
    }
    assert_eq!(jwks(&issuer).await["keys"].as_array().unwrap().len(), 17);
}

#[tokio::test]
async fn how_long_keys_may_be_kept_is_adjustable() {
    let issuer = start().await;
    for (age, expected) in [
        (Some(Duration::from_mins(5)), Some("public, max-age=300")),
        (Some(Duration::ZERO), Some("public, max-age=0")),
        (None, None),
    ] {
        issuer.set_max_age(age);
        for path in ["/jwks", DISCOVERY] {
            let response = get(&(issuer.url() + path)).await;
            let header = response.headers().get("cache-control");
            assert_eq!(header.map(|value| value.to_str().unwrap()), expected);
        }
    }
}

#[tokio::test]
async fn introspection_tells_of_opaque_tokens_and_of_jwts() {
    let issuer = start().await;
    let opaque = issuer.opaque_token("team-admin").unwrap();
    assert!(!opaque.contains('.'));
    for token in [opaque, issuer.token("team-admin").unwrap()] {
        let answer = introspect(&issuer, &token).await;
        assert_eq!(answer["active"], true);
        assert_eq!(answer["sub"], "u-team-admin");
        assert_eq!(answer["scope"], "articles:read articles:write users:write");
        assert_eq!(answer["username"], "team-admin@example.com");
        assert_eq!(answer["token_type"], "Bearer");
        assert_eq!(answer["client_id"], "web");
        assert_eq!(answer["iss"], issuer.url());
    }
    assert_eq!(issuer.counts().authenticated, 2);
    assert_ne!(issuer.opaque_token("pro"), issuer.opaque_token("pro"));
    issuer.set_users(users("live: {a: {id: u-a, answer: {active: 'true'}}}"));
    let odd = issuer.opaque_token("a").unwrap();
    assert_eq!(introspect(&issuer, &odd).await, json!({ "active": "true" }));
}

#[tokio::test]
async fn a_token_that_is_not_active_is_no_more_than_that() {
    let issuer = start().await;
    let good = issuer.token("pro").unwrap();
    let mut claims = parts(&good).1;
    claims["exp"] = json!(now() - 1);
    let revoked = [
        issuer.token("pro").unwrap(),
        issuer.opaque_token("pro").unwrap(),
    ];
    for token in &revoked {
        issuer.revoke(token);
    }
    let mut tokens = vec![
        String::new(),
        "garbage".to_owned(),
        unsigned(&good),
        tampered(&good, &claims),
        issuer.sign(&claims).unwrap(),
        issuer.sign(&json!({ "sub": "u-pro" })).unwrap(),
        issuer.sign(&json!({ "exp": now() + 60 })).unwrap(),
        issuer.token("expired").unwrap(),
        issuer.opaque_token("expired").unwrap(),
        issuer.token("signed-out").unwrap(),
        issuer.opaque_token("signed-out").unwrap(),
        start().await.opaque_token("pro").unwrap(),
    ];
    tokens.extend(revoked);
    for token in &tokens {
        assert_eq!(
            introspect(&issuer, token).await,
            json!({ "active": false }),
            "{token}"
        );
    }
    assert_eq!(issuer.counts().not_authenticated, tokens.len() as u64);
    let opaque = issuer.opaque_token("pro").unwrap();
    issuer.advance(Duration::from_secs(590));
    assert_eq!(introspect(&issuer, &opaque).await["active"], true);
    issuer.advance(Duration::from_secs(11));
    assert_eq!(
        introspect(&issuer, &opaque).await,
        json!({ "active": false })
    );
}

#[tokio::test]
async fn only_a_known_client_may_introspect() {
    let issuer = start().await;
    let url = issuer.url() + "/introspect";
    let (id, secret) = DEVELOPMENT_CLIENT;
    let requests = [
        client().post(&url),
        client().post(&url).basic_auth(id, Some("wrong")),
        client().post(&url).basic_auth("other", Some(secret)),
        client().post(&url).bearer_auth(secret),
        client().post(&url).header("authorization", "Basic ###"),
    ];
    for request in requests {
        let response = request.body("token=t").send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert!(response.headers().contains_key("www-authenticate"));
        let body: Value = response.json().await.unwrap();
        assert_eq!(body, json!({ "error": "invalid_client" }));
    }
    assert_eq!(issuer.counts().wrong_key, 5);
    let clients = BTreeMap::from([("a:b".to_owned(), "ü %+".to_owned())]);
    issuer.set_clients(clients);
    let request = client()
        .post(&url)
        .basic_auth("a%3Ab", Some("%C3%BC+%25%2B"))
        .header("content-type", "application/x-www-form-urlencoded");
    let response = request.body("token=t").send().await.unwrap();
    assert_eq!(response.status(), 200, "id and secret are form-encoded");
    for (secret, status) in [("%C3%BC+%25%2B", 200), ("wrong", 401)] {
        let form = format!("token=t&client_id=a%3Ab&client_secret={secret}");
        let request = client()
            .post(&url)
            .header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(form).send().await.unwrap();
        assert_eq!(response.status(), status, "in the form, {secret}");
    }
}

#[tokio::test]
async fn tokens_say_what_they_are_told_to_and_the_users_file_has_the_last_word() {
    let issuer = IssuerStandIn::start(IssuerOptions {
        users: users("live: {ann: {id: u-ann, roles: [a], claims: {plan: gold}}}"),
        claims: Some(Arc::new(|user| {
            let claims = json!({ "sub": user.id, "azp": "app", "plan": "none", "iss": "other" });
            claims.as_object().unwrap().clone()
        })),
        ..options()
    })
    .await
    .unwrap();
    let (_, mut claims) = parts(&issuer.token("ann").unwrap());
    for member in ["iat", "exp", "jti"] {
        claims.as_object_mut().unwrap().remove(member).unwrap();
    }
    assert_eq!(
        claims,
        json!({ "sub": "u-ann", "azp": "app", "plan": "gold", "iss": issuer.issuer() })
    );
    assert_eq!(issuer.jwks_url(), issuer.url() + "/jwks");
    assert_eq!(issuer.introspection_url(), issuer.url() + "/introspect");
}

#[tokio::test]
async fn a_careless_client_is_told_so() {
    let issuer = start().await;
    let (id, secret) = DEVELOPMENT_CLIENT;
    let url = |path: &str| issuer.url() + path;
    let json_body = client()
        .post(url("/introspect"))
        .basic_auth(id, Some(secret))
        .json(&json!({ "token": "t" }));
    let cases = [
        (400, json_body),
        (400, introspection(&issuer, "")),
        (400, introspection(&issuer, "tokens=t")),
        (400, introspection(&issuer, "token=a&token=b")),
        (413, introspection(&issuer, &"a".repeat(100_000))),
        (405, client().get(url("/introspect"))),
        (405, client().post(url("/jwks"))),
        (405, client().post(url(DISCOVERY))),
        (404, client().get(url("/"))),
        (404, client().get(url("/jwks/"))),
    ];
    for (expected, request) in cases {
        assert_eq!(request.send().await.unwrap().status(), expected);
    }
    assert_eq!(issuer.counts().rejected, 10);
}

#[tokio::test]
async fn faults_come_and_go() {
    let issuer = start().await;
    let url = issuer.url() + "/jwks";
    issuer.fail_times(1, Fault::Html);
    assert_eq!(get(&url).await.status(), 503);
    issuer.fail_times(1, Fault::Redirect("http://127.0.0.1:1/jwks".to_owned()));
    assert_eq!(get(&url).await.status(), 307);
    issuer.fail_times(1, Fault::TruncatedJson);
    assert!(get(&url).await.json::<Value>().await.is_err());
    assert!(get(&url).await.json::<Value>().await.unwrap()["keys"].is_array());
    assert_eq!((issuer.counts().faulted, issuer.received().len()), (3, 4));
}
