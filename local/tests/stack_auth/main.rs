//! The Stack Auth stand-in over HTTP: tokens and keys, who may ask, and what is answered.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[path = "../provider/mod.rs"]
mod provider;

mod callers;
mod lists;
mod tokens;

use provider::client;
use reqwest::Response;
use serde_json::{Value, json};
use tollgate_local::fault::Fault;
use tollgate_local::stack_auth::{
    DEVELOPMENT_PROJECT, StackAuthOptions, StackAuthStandIn, development_key,
};
use tollgate_local::users::{Environment, Users};

fn options() -> StackAuthOptions {
    StackAuthOptions::development(Environment::Live).unwrap()
}

async fn start() -> StackAuthStandIn {
    StackAuthStandIn::start(options()).await.unwrap()
}

/// Headers by their names without `x-stack-`.
type Headers<'a> = Vec<(&'a str, &'a str)>;

fn server_headers(token: &str) -> Headers<'_> {
    let mut headers = vec![
        ("access-type", "server"),
        ("project-id", DEVELOPMENT_PROJECT),
        ("secret-server-key", development_key()),
    ];
    if !token.is_empty() {
        headers.push(("access-token", token));
    }
    headers
}

fn client_headers(token: &str) -> Headers<'_> {
    let mut headers = server_headers(token);
    headers[0].1 = "client";
    headers[2] = ("publishable-client-key", "pck_stack-auth-development-key");
    headers
}

async fn get_as(
    stack: &StackAuthStandIn,
    path: &str,
    headers: &[(&str, &str)],
    family: &str,
) -> Response {
    let request = client().get(format!("{}/api/v1{path}", stack.url()));
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(format!("x-{family}-{name}"), *value)
    });
    request.send().await.unwrap()
}

async fn get(stack: &StackAuthStandIn, path: &str, headers: &[(&str, &str)]) -> Response {
    get_as(stack, path, headers, "stack").await
}

async fn body(stack: &StackAuthStandIn, path: &str, headers: &[(&str, &str)]) -> Value {
    let response = get(stack, path, headers).await;
    assert_eq!(response.status(), 200, "{path}");
    response.json().await.unwrap()
}

/// Status and code; both header families and the body have to agree on it.
async fn refusal(response: Response) -> (u16, String, Value) {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let text = response.text().await.unwrap();
    let body: Value = serde_json::from_str(&text).unwrap();
    let code = body["code"].as_str().unwrap().to_owned();
    for family in ["stack", "hexclave"] {
        assert_eq!(headers[format!("x-{family}-known-error")], code.as_str());
    }
    assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    assert!(text.starts_with("{\n  \"code\""), "indented: {text}");
    let details = body.get("details").cloned().unwrap_or_default();
    (status, code, details)
}

#[tokio::test]
async fn a_server_sees_all_of_a_user() {
    let stack = start().await;
    let token = stack.token("team-admin").unwrap();
    let response = get(&stack, "/users/me", &server_headers(&token)).await;
    let headers = response.headers().clone();
    let user: Value = response.json().await.unwrap();
    assert_eq!(user["id"], "u-team-admin");
    assert_eq!(user["display_name"], "Ada Admin");
    assert_eq!(user["primary_email_verified"], true);
    assert_eq!(
        user["client_read_only_metadata"],
        json!({ "plan": "pro", "seats": 5 })
    );
    assert_eq!(user["server_metadata"], json!({ "crm": 4711 }));
    assert_eq!(user["client_metadata"], Value::Null);
    assert_eq!(user["selected_team"]["display_name"], "Red");
    assert_eq!(user["oauth_providers"][0]["id"], "github");
    assert_eq!(user.as_object().unwrap().len(), 27);
    assert_eq!(headers["cache-control"], "no-store, max-age=0");
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert_eq!(
        headers["x-stack-request-id"],
        headers["x-hexclave-request-id"]
    );
    assert_eq!(stack.counts().authenticated, 1);
}

#[tokio::test]
async fn sessions_are_not_looked_at_but_users_are() {
    let stack = start().await;
    let token = stack.token("signed-out").unwrap();
    let user = body(&stack, "/users/me", &server_headers(&token)).await;
    assert_eq!(user["id"], "u-signed-out");
    stack.set_users(Users::parse("live: {}", "users.yaml").unwrap());
    let response = get(&stack, "/users/me", &server_headers(&token)).await;
    let expected = (
        400,
        "CANNOT_GET_OWN_USER_WITHOUT_USER".to_owned(),
        Value::Null,
    );
    assert_eq!(refusal(response).await, expected);
    let response = get(&stack, "/users/u-pro", &server_headers("")).await;
    assert_eq!(
        refusal(response).await,
        (404, "USER_NOT_FOUND".to_owned(), Value::Null)
    );
}

#[tokio::test]
async fn a_browser_gets_200_with_the_actual_status_beside() {
    let stack = start().await;
    let mut headers = server_headers("garbage");
    headers.push(("override-error-status", ""));
    let response = get(&stack, "/users/me", &headers).await;
    assert_eq!(response.status(), 200);
    for family in ["stack", "hexclave"] {
        assert_eq!(
            response.headers()[format!("x-{family}-actual-status")],
            "401"
        );
    }
    assert_eq!(refusal(response).await.1, "UNPARSABLE_ACCESS_TOKEN");
    let good = stack.token("pro").unwrap();
    headers[3].1 = &good;
    let response = get(&stack, "/users/me", &headers).await;
    assert!(!response.headers().contains_key("x-stack-actual-status"));
}

#[tokio::test]
async fn urls_are_exact() {
    let stack = start().await;
    for (path, location) in [
        ("/users/me/", "/api/v1/users/me"),
        ("//users//me?a=b", "/api/v1/users/me?a=b"),
    ] {
        let response = get(&stack, path, &server_headers("t")).await;
        assert_eq!(response.status(), 308, "{path}");
        assert_eq!(response.headers()["location"], location);
    }
    for path in ["/users", "/users/me/more", "/nothing", "/projects"] {
        let response = get(&stack, path, &server_headers("t")).await;
        assert_eq!(response.status(), 404, "{path}");
    }
    let post = client().post(stack.url() + "/api/v1/users/me").send();
    assert_eq!(post.await.unwrap().status(), 405);
}

#[tokio::test]
async fn faults_come_and_go() {
    let stack = start().await;
    let token = stack.token("pro").unwrap();
    let headers = server_headers(&token);
    stack.fail_times(1, Fault::Status(429));
    let response = get(&stack, "/users/me", &headers).await;
    assert!(response.status() == 429 && response.headers().contains_key("retry-after"));
    stack.fail_times(
        1,
        Fault::Reply {
            status: 500,
            headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
            body: "Internal Server Error".to_owned(),
        },
    );
    let response = get(&stack, "/users/me", &headers).await;
    assert_eq!(
        (
            response.status().as_u16(),
            response.text().await.unwrap().as_str()
        ),
        (500, "Internal Server Error")
    );
    let user = body(&stack, "/users/me", &headers).await;
    assert_eq!(user["id"], "u-pro");
    assert_eq!(stack.counts().faulted, 2);
}
