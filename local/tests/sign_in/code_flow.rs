//! The authorization code flow with PKCE at the issuer: codes, tokens, and what is refused.

use serde_json::{Value, json};
use tollgate_local::issuer::DEVELOPMENT_CLIENT;
use tollgate_local::users::{Change, Session};

use crate::provider::{client, parts};
use crate::{
    asked, authorize, choose, code, form, get, issuer, location, query, redeem, refresh, userinfo,
};

#[tokio::test]
async fn a_code_becomes_tokens() {
    let issuer = issuer().await;
    let page = authorize(&issuer, &asked());
    let back = query(&location(&choose(&page, "pro").await));
    assert_eq!(
        (&*back["a"], &*back["state"], &back["iss"]),
        ("1", "s & t", &issuer.issuer())
    );
    let (status, tokens) = redeem(&issuer, &back["code"], &[]).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"]),
        (&json!("Bearer"), &json!(600))
    );
    let (_, access) = parts(tokens["access_token"].as_str().unwrap());
    assert_eq!(
        (&access["sub"], &access["iss"]),
        (&json!("u-pro"), &json!(issuer.issuer()))
    );
    let (_, id) = parts(tokens["id_token"].as_str().unwrap());
    assert_eq!((&id["aud"], &id["nonce"]), (&json!("spa"), &json!("n-1")));
    assert_eq!(
        (&id["sub"], &id["email"]),
        (&json!("u-pro"), &json!("pro@example.com"))
    );
    let request = client().get(issuer.url() + "/userinfo");
    let request = request.bearer_auth(tokens["access_token"].as_str().unwrap());
    let info: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&info["sub"], &info["email"]),
        (&json!("u-pro"), &json!("pro@example.com"))
    );
}

#[tokio::test]
async fn a_code_is_good_once_for_a_minute_and_for_its_application() {
    let issuer = issuer().await;
    let used = code(&issuer, "pro").await;
    let (_, tokens) = redeem(&issuer, &used, &[]).await;
    assert_eq!(
        redeem(&issuer, &used, &[]).await.1["error"],
        "invalid_grant"
    );
    // Somebody else had the code: what came of it is void.
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(
        refresh(&issuer, refresh_token).await.1["error"],
        "invalid_grant"
    );
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(userinfo(&issuer, access_token).await.0, 401);
    for (changed, error) in [
        (("code_verifier", "another"), "invalid_grant"),
        (("code_verifier", ""), "invalid_grant"),
        (("redirect_uri", "http://localhost:5173/"), "invalid_grant"),
        (("client_id", "another"), "invalid_grant"),
        (("code", "none"), "invalid_grant"),
        (("grant_type", "password"), "unsupported_grant_type"),
    ] {
        let fresh = code(&issuer, "pro").await;
        let (status, body) = redeem(&issuer, &fresh, &[changed]).await;
        assert_eq!(
            (status, &body["error"]),
            (400, &json!(error)),
            "{changed:?}"
        );
    }
    let late = code(&issuer, "pro").await;
    issuer.advance(std::time::Duration::from_mins(1));
    assert_eq!(
        redeem(&issuer, &late, &[]).await.1["error"],
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_verifier_that_could_be_guessed_proves_nothing() {
    let issuer = issuer().await;
    for (verifier, challenge) in [
        ("", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"),
        ("short", "-bAHi131ltLqGQEMABu9AJ5lHeLFfo-341XzHrnT9zk"),
    ] {
        let mut request = asked();
        request.insert("code_challenge", challenge);
        let page = authorize(&issuer, &request);
        let code = query(&location(&choose(&page, "pro").await))["code"].clone();
        let (status, body) = redeem(&issuer, &code, &[("code_verifier", verifier)]).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));
        let why = body["error_description"].as_str().unwrap();
        assert!(why.contains("43 to 128"), "{why}");
    }
}

#[tokio::test]
async fn an_access_token_tells_what_it_was_asked_for_and_no_more_after_another_sign_in() {
    let issuer = issuer().await;
    let mut request = asked();
    request.insert("scope", "openid");
    let page = authorize(&issuer, &request);
    let code = query(&location(&choose(&page, "pro").await))["code"].clone();
    let (_, tokens) = redeem(&issuer, &code, &[]).await;
    let token = tokens["access_token"].as_str().unwrap();
    let narrow = (200, json!({ "sub": "u-pro" }));
    assert_eq!(userinfo(&issuer, token).await, narrow);
    choose(&(issuer.url() + "/end-session"), "pro").await;
    assert_eq!(userinfo(&issuer, token).await.0, 401);
    choose(&issuer.sign_in_url(), "pro").await;
    assert_eq!(userinfo(&issuer, token).await, narrow);
}

#[tokio::test]
async fn a_client_with_a_secret_must_know_it() {
    let issuer = issuer().await;
    let (id, secret) = DEVELOPMENT_CLIENT;
    for (given, expected) in [
        ("wrong", (401, "invalid_client")),
        (secret, (400, "invalid_grant")),
    ] {
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", "none")];
        let request = form(&(issuer.url() + "/token"), &pairs).basic_auth(id, Some(given));
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        assert_eq!((status, body["error"].as_str().unwrap()), expected);
    }
}

#[tokio::test]
async fn a_refresh_token_is_replaced_and_ends_with_the_session() {
    let issuer = issuer().await;
    let fresh = code(&issuer, "light").await;
    let (_, first) = redeem(&issuer, &fresh, &[]).await;
    let (status, second) = refresh(&issuer, first["refresh_token"].as_str().unwrap()).await;
    assert_eq!(status, 200, "{second}");
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let ended = Change {
        session: Some(Session::Ended),
        ..Change::default()
    };
    issuer.change_user("light", &ended).unwrap();
    let (status, body) = refresh(&issuer, second["refresh_token"].as_str().unwrap()).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn mistakes_are_told_to_the_application() {
    let issuer = issuer().await;
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("response_mode", "fragment", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("prompt", "none", "login_required"),
        ("request", "x.y.z", "request_not_supported"),
        (
            "request_uri",
            "https://example.com",
            "request_uri_not_supported",
        ),
    ] {
        let mut request = asked();
        request.insert(name, value);
        let target = location(&get(&authorize(&issuer, &request)).await);
        let back = query(&target);
        assert!(
            target.as_str().starts_with("http://localhost:5173/cb?"),
            "{target}"
        );
        assert_eq!(
            (&*back["error"], &*back["state"]),
            (error, "s & t"),
            "{name}={value}"
        );
        assert_eq!(back["iss"], issuer.issuer());
    }
    let twice = authorize(&issuer, &asked()) + "&scope=openid";
    assert_eq!(
        query(&location(&get(&twice).await))["error"],
        "invalid_request"
    );
    let cancelled = choose(&authorize(&issuer, &asked()), "").await;
    assert_eq!(query(&location(&cancelled))["error"], "access_denied");
    for missing in ["client_id", "redirect_uri"] {
        let mut request = asked();
        request.remove(missing);
        assert_eq!(get(&authorize(&issuer, &request)).await.status(), 400);
    }
}

#[tokio::test]
async fn pages_of_this_machine_may_ask_and_no_others() {
    let issuer = issuer().await;
    for path in [
        "/.well-known/openid-configuration",
        "/jwks",
        "/token",
        "/userinfo",
    ] {
        for (origin, allowed) in [
            ("http://localhost:5173", true),
            ("http://127.0.0.1:8080", true),
            ("https://example.com", false),
            ("null", false),
        ] {
            let preflight = client().request(reqwest::Method::OPTIONS, issuer.url() + path);
            let request = client().get(issuer.url() + path);
            for request in [preflight, request] {
                let response = request.header("origin", origin).send().await.unwrap();
                let told = response.headers().get("access-control-allow-origin");
                assert_eq!(
                    told.is_some_and(|told| told == origin),
                    allowed,
                    "{path} {origin}"
                );
                assert_eq!(response.headers()["vary"], "origin");
            }
        }
    }
    let introspection = client()
        .post(issuer.url() + "/introspect")
        .header("origin", "http://localhost:5173");
    let response = introspection.send().await.unwrap();
    assert!(
        response
            .headers()
            .get("access-control-allow-origin")
            .is_none()
    );
}
