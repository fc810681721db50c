//! Signing in at the stand-ins as a browser does: the page of users, and what comes of a choice.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[path = "../provider/mod.rs"]
mod provider;

mod code_flow;
mod pages;

use std::collections::BTreeMap;

use provider::client;
use reqwest::{RequestBuilder, Response, Url};
use serde_json::Value;
use tollgate_local::issuer::{IssuerOptions, IssuerStandIn};
use tollgate_local::users::Environment;

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

/// Where an application sends people to sign in.
fn authorize(issuer: &IssuerStandIn, parameters: &BTreeMap<&str, &str>) -> String {
    url(&(issuer.url() + "/authorize"), parameters)
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
    let page = authorize(issuer, &asked());
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
