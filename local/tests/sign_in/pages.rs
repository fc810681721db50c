//! The page on which a person chooses who they are: whom it serves, and where it leads.

use std::collections::BTreeMap;

use serde_json::json;
use tollgate_local::authgate::{AuthGateOptions, AuthGateStandIn};
use tollgate_local::neon_auth::{NeonAuthOptions, NeonAuthStandIn};
use tollgate_local::stack_auth::{StackAuthOptions, StackAuthStandIn};
use tollgate_local::tiun::{TiunOptions, TiunStandIn};
use tollgate_local::users::Session;

use crate::provider::{client, parts};
use crate::{
    LIVE, RETURN_TO, asked, authorize, choose, code, form, get, issuer, location, redeem, refresh,
    url,
};

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
        let authorize = authorize(&issuer, &request);
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
    let page = authorize(&issuer, &request);
    assert_eq!(location(&choose(&page, "light").await).scheme(), "my-app");
    request.insert("redirect_uri", "my-app:/other");
    assert_eq!(get(&authorize(&issuer, &request)).await.status(), 400);
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
    let page = authorize(&issuer, &asked());
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
    let response = get(&authorize(&issuer, &request)).await;
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
        let html = get(&authorize(&issuer, &request))
            .await
            .text()
            .await
            .unwrap();
        let first = html.split("<li").nth(1).unwrap();
        assert!(first.contains("value=\"light\" autofocus"), "{first}");
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
