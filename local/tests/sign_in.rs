//! Signing in at the stand-ins as a browser does: the page of users, and what comes of a choice.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod provider;

use std::collections::BTreeMap;

use provider::{client, parts};
use reqwest::{RequestBuilder, Response, Url};
use serde_json::{Value, json};
use tollgate_local::authgate::{AuthGateOptions, AuthGateStandIn};
use tollgate_local::issuer::{DEVELOPMENT_CLIENT, IssuerOptions, IssuerStandIn};
use tollgate_local::neon_auth::{NeonAuthOptions, NeonAuthStandIn};
use tollgate_local::stack_auth::{StackAuthOptions, StackAuthStandIn};
use tollgate_local::tiun::{TiunOptions, TiunStandIn};
use tollgate_local::users::{Change, Environment, Session};

const LIVE: Environment = Environment::Live;
const RETURN_TO: &str = "http://localhost:5173/cb?a=1";
/// Of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn issuer() -> IssuerStandIn {
    IssuerStandIn::start(IssuerOptions::development(LIVE).unwrap())
        .await
        .unwrap()
}

/// What an authorization request consists of.
fn asked() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("client_id", "spa"),
        ("redirect_uri", RETURN_TO),
        ("response_type", "code"),
        ("scope", "openid email profile"),
        ("state", "s & t"),
        ("nonce", "n-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ])
}

fn url(base: &str, parameters: &BTreeMap<&str, &str>) -> String {
    Url::parse_with_params(base, parameters).unwrap().into()
}

async fn get(url: &str) -> Response {
    client().get(url).send().await.unwrap()
}

/// A form, sent.
fn form(target: &str, pairs: &[(&str, &str)]) -> RequestBuilder {
    let body = Url::parse_with_params("http://localhost/", pairs).unwrap();
    let request = client().post(target).body(body.query().unwrap().to_owned());
    request.header("content-type", "application/x-www-form-urlencoded")
}

/// What the form of a page sends when the button of this user is pressed.
async fn choose(page: &str, user: &str) -> Response {
    let response = get(page).await;
    assert_eq!(response.status(), 200, "{page}");
    let html = response.text().await.unwrap();
    let action = html
        .split("action=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let target = Url::parse(page)
        .unwrap()
        .join(&action.replace("&amp;", "&"))
        .unwrap();
    let request = form(target.as_str(), &[("user", user)]);
    let origin = target.origin().ascii_serialization();
    request
        .header("origin", origin)
        .header("sec-fetch-site", "same-origin")
        .send()
        .await
        .unwrap()
}

fn location(response: &Response) -> Url {
    assert_eq!(response.status(), 303);
    Url::parse(response.headers()["location"].to_str().unwrap()).unwrap()
}

fn query(url: &Url) -> BTreeMap<String, String> {
    url.query_pairs().into_owned().collect()
}

async fn code(issuer: &IssuerStandIn, user: &str) -> String {
    let page = url(&(issuer.url() + "/authorize"), &asked());
    query(&location(&choose(&page, user).await))["code"].clone()
}

async fn exchange(issuer: &IssuerStandIn, pairs: &[(&str, &str)]) -> (u16, Value) {
    let response = form(&(issuer.url() + "/token"), pairs)
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn redeem(issuer: &IssuerStandIn, code: &str, changed: &[(&str, &str)]) -> (u16, Value) {
    let mut form = BTreeMap::from([
        ("grant_type", "authorization_code"),
        ("client_id", "spa"),
        ("redirect_uri", RETURN_TO),
        ("code_verifier", VERIFIER),
        ("code", code),
    ]);
    form.extend(changed.iter().copied());
    exchange(issuer, &form.into_iter().collect::<Vec<_>>()).await
}

async fn refresh(issuer: &IssuerStandIn, token: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "spa"),
        ("refresh_token", token),
    ];
    exchange(issuer, &form).await
}

/// What the issuer tells of the user of an access token; null for nothing.
async fn userinfo(issuer: &IssuerStandIn, token: &str) -> (u16, Value) {
    let request = client().get(issuer.url() + "/userinfo").bearer_auth(token);
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

#[tokio::test]
async fn the_page_tells_what_each_user_has_and_starts_with_one_who_is_signed_in() {
    let tiun = TiunStandIn::start(TiunOptions::development(LIVE).unwrap())
        .await
        .unwrap();
    let html = get(&format!("{}/sign-in", tiun.url())).await;
    let html = html.text().await.unwrap();
    let of = |user: &str| {
        let mut buttons = html.split("<button ");
        let mine = format!("value=\"{user}\"");
        buttons.find(|button| button.contains(&mine)).unwrap()
    };
    for (user, facts) in [
        ("expired", "token expired"),
        ("free", "no products"),
        ("guest", "anonymous"),
        ("light", "p-live-light, articles:read"),
    ] {
        let told = format!("<span class=\"facts\">{facts}</span>");
        assert!(of(user).contains(&told), "{user}: {}", of(user));
        assert_eq!(of(user).contains("autofocus"), user == "free", "{user}");
    }
}

#[tokio::test]
async fn every_stand_in_leads_back_with_a_token() {
    let tiun = TiunStandIn::start(TiunOptions::development(LIVE).unwrap())
        .await
        .unwrap();
    let authgate = AuthGateStandIn::start(AuthGateOptions::development(LIVE).unwrap())
        .await
        .unwrap();
    let stack = StackAuthStandIn::start(StackAuthOptions::development(LIVE).unwrap())
        .await
        .unwrap();
    let neon = NeonAuthStandIn::start(NeonAuthOptions::development(LIVE).unwrap())
        .await
        .unwrap();
    let issuer = issuer().await;
    tiun.set_name("main & only");
    for (sign_in, provider) in [
        (tiun.sign_in_url(), "main%20%26%20only"),
        (authgate.sign_in_url(), "AuthGate%20stand-in"),
        (stack.sign_in_url(), "Stack%20Auth%20stand-in"),
        (neon.sign_in_url(), "Neon%20Auth%20stand-in"),
        (issuer.sign_in_url(), "issuer%20stand-in"),
    ] {
        let page = url(&sign_in, &BTreeMap::from([("return_to", RETURN_TO)]));
        let target = location(&choose(&page, "light").await);
        assert!(
            target.as_str().starts_with(&format!("{RETURN_TO}#token=")),
            "{target}"
        );
        let (token, named) = target.fragment().unwrap().split_once("&provider=").unwrap();
        let (_, claims) = parts(token.strip_prefix("token=").unwrap());
        assert_eq!((&claims["sub"], named), (&json!("u-light"), provider));
        // With nowhere to go to, the page shows it.
        let shown = choose(&sign_in, "light").await;
        assert_eq!(shown.status(), 200);
        assert!(shown.text().await.unwrap().contains("<textarea readonly"));
    }
}

#[tokio::test]
async fn who_signs_in_is_signed_in() {
    let tiun = TiunStandIn::start(TiunOptions::development(LIVE).unwrap())
        .await
        .unwrap();
    let session = || {
        tiun.users()
            .into_iter()
            .find(|(name, _)| name == "signed-out")
            .unwrap()
            .1
            .session
    };
    assert_eq!(session(), Session::Ended);
    choose(&tiun.sign_in_url(), "signed-out").await;
    assert_eq!(session(), Session::Active);
    assert!(tiun.is_user_changed("signed-out"));
    assert_eq!(choose(&tiun.sign_in_url(), "nobody").await.status(), 400);
}

#[tokio::test]
async fn nobody_is_sent_to_another_host() {
    let issuer = issuer().await;
    for target in [
        "https://example.com/cb",
        "http://localhost.example.com/",
        "http://localhost@example.com/",
        "//example.com",
        "javascript:alert(1)",
        "http://localhost/#x",
        "",
    ] {
        let sign_in = url(
            &issuer.sign_in_url(),
            &BTreeMap::from([("return_to", target)]),
        );
        let mut request = asked();
        request.insert("redirect_uri", target);
        let authorize = url(&(issuer.url() + "/authorize"), &request);
        let after = BTreeMap::from([("post_logout_redirect_uri", target)]);
        let end = url(&(issuer.url() + "/end-session"), &after);
        for page in [sign_in, authorize, end] {
            let response = get(&page).await;
            assert_eq!(response.status(), 400, "{page}");
            assert!(response.headers().get("location").is_none());
        }
    }
    issuer.set_redirect_uris(vec!["my-app:/cb".to_owned()]);
    let mut request = asked();
    request.insert("redirect_uri", "my-app:/cb");
    let page = url(&(issuer.url() + "/authorize"), &request);
    assert_eq!(location(&choose(&page, "light").await).scheme(), "my-app");
    request.insert("redirect_uri", "my-app:/other");
    assert_eq!(
        get(&url(&(issuer.url() + "/authorize"), &request))
            .await
            .status(),
        400
    );
}

#[tokio::test]
async fn only_the_page_itself_may_choose() {
    let issuer = issuer().await;
    let decision = url(&(issuer.url() + "/authorize/decision"), &asked());
    let sign_in = url(
        &issuer.sign_in_url(),
        &BTreeMap::from([("return_to", RETURN_TO)]),
    );
    let sign_out = issuer.url() + "/end-session/decision";
    for target in [decision, sign_in, sign_out] {
        for (name, value, status) in [
            ("origin", "https://example.com", 403),
            ("origin", "null", 403),
            ("origin", "http://localhost:5173", 403),
            ("sec-fetch-site", "cross-site", 403),
            ("sec-fetch-site", "same-site", 403),
            ("host", "evil.example.com", 421),
        ] {
            let request = form(&target, &[("user", "light")]);
            let response = request.header(name, value).send().await.unwrap();
            assert_eq!(response.status(), status, "{target} {name}: {value}");
        }
    }
    // By another name the page is not even shown.
    let page = url(&(issuer.url() + "/authorize"), &asked());
    for page in [page, issuer.sign_in_url(), issuer.url() + "/end-session"] {
        let request = client().get(&page).header("host", "evil.example.com");
        assert_eq!(request.send().await.unwrap().status(), 421);
    }
}

#[tokio::test]
async fn the_page_runs_nothing_and_is_framed_by_nobody() {
    let issuer = issuer().await;
    let yaml = "live: { x: { id: '<b>&\"', email: a'b@example.com } }";
    issuer.set_users(tollgate_local::users::Users::parse(yaml, "users.yaml").unwrap());
    let mut request = asked();
    request.insert("login_hint", "\"><script>alert(1)</script>");
    let response = get(&url(&(issuer.url() + "/authorize"), &request)).await;
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self' http://localhost:5173",
        "style-src 'sha256-",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert_eq!(response.headers()["cache-control"], "no-store");
    let html = response.text().await.unwrap();
    assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    assert!(html.contains("a&#39;b@example.com"), "{html}");
}

#[tokio::test]
async fn a_hint_brings_its_user_to_the_top() {
    let issuer = issuer().await;
    for hint in ["light", "light@example.com", "u-light"] {
        let mut request = asked();
        request.insert("login_hint", hint);
        let html = get(&url(&(issuer.url() + "/authorize"), &request))
            .await
            .text()
            .await
            .unwrap();
        let first = html.split("<li").nth(1).unwrap();
        assert!(first.contains("value=\"light\" autofocus"), "{first}");
    }
}

#[tokio::test]
async fn a_code_becomes_tokens() {
    let issuer = issuer().await;
    let page = url(&(issuer.url() + "/authorize"), &asked());
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
        let page = url(&(issuer.url() + "/authorize"), &request);
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
    let page = url(&(issuer.url() + "/authorize"), &request);
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
        let target = location(&get(&url(&(issuer.url() + "/authorize"), &request)).await);
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
    let twice = url(&(issuer.url() + "/authorize"), &asked()) + "&scope=openid";
    assert_eq!(
        query(&location(&get(&twice).await))["error"],
        "invalid_request"
    );
    let cancelled = choose(&url(&(issuer.url() + "/authorize"), &asked()), "").await;
    assert_eq!(query(&location(&cancelled))["error"], "access_denied");
    for missing in ["client_id", "redirect_uri"] {
        let mut request = asked();
        request.remove(missing);
        assert_eq!(
            get(&url(&(issuer.url() + "/authorize"), &request))
                .await
                .status(),
            400
        );
    }
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let issuer = issuer().await;
    let session = |name: &str| {
        let mut users = issuer.users().into_iter();
        users.find(|(known, _)| known == name).unwrap().1.session
    };
    let fresh = code(&issuer, "pro").await;
    let (_, tokens) = redeem(&issuer, &fresh, &[]).await;
    let id_token = tokens["id_token"].as_str().unwrap();
    let end = issuer.url() + "/end-session";
    let parameters = BTreeMap::from([
        ("id_token_hint", id_token),
        ("post_logout_redirect_uri", "http://localhost:5173/bye"),
        ("state", "s"),
    ]);
    // A page of another site could bring it along unseen: somebody must say who it is.
    for unseen in ["image", "iframe", "empty"] {
        let request = client().get(url(&end, &parameters));
        let request = request.header("sec-fetch-dest", unseen);
        assert_eq!(request.send().await.unwrap().status(), 200, "{unseen}");
        assert_eq!(session("pro"), Session::Active, "{unseen}");
    }
    let target = location(&get(&url(&end, &parameters)).await);
    assert_eq!(target.as_str(), "http://localhost:5173/bye?state=s");
    assert_eq!(session("pro"), Session::Ended);
    let refused = refresh(&issuer, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refused.1["error"], "invalid_grant");
    let request = client().get(issuer.url() + "/userinfo");
    let request = request.bearer_auth(tokens["access_token"].as_str().unwrap());
    assert_eq!(request.send().await.unwrap().status(), 401);
    // Without a hint somebody must say who it is.
    assert_eq!(choose(&end, "light").await.status(), 200);
    assert_eq!(session("light"), Session::Ended);
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
