//! Who may ask: headers, keys and kinds of users, checked in the backend's order.

use serde_json::{Value, json};
use tollgate_local::stack_auth::{DEVELOPMENT_PROJECT, StackAuthStandIn, development_key};
use tollgate_local::users::Users;

use crate::provider::{client, parts};
use crate::{Headers, body, client_headers, get, get_as, refusal, server_headers, start};

const RESTRICTED: &str = "live: {r: {id: u-r, email: r@example.com, email_verified: false, restricted: email_not_verified}}";

#[tokio::test]
async fn either_name_of_a_header_counts_and_the_newer_wins() {
    let stack = start().await;
    let token = stack.token("pro").unwrap();
    let headers = server_headers(&token);
    let response = get_as(&stack, "/users/me", &headers, "hexclave").await;
    assert_eq!(response.status(), 200);
    let request = client().get(stack.url() + "/api/v1/users/me");
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(format!("x-stack-{name}"), *value)
    });
    let response = request
        .header("x-hexclave-secret-server-key", "wrong")
        .send();
    assert_eq!(
        refusal(response.await.unwrap()).await.1,
        "INVALID_SECRET_SERVER_KEY"
    );
}

type Case<'a> = (u16, &'static str, Value, Headers<'a>);

fn without<'a>(mut headers: Headers<'a>, name: &str) -> Headers<'a> {
    headers.retain(|(given, _)| *given != name);
    headers
}

fn with<'a>(headers: Headers<'a>, name: &'a str, value: &'a str) -> Headers<'a> {
    let mut headers = without(headers, name);
    headers.push((name, value));
    headers
}

async fn check(stack: &StackAuthStandIn, cases: Vec<Case<'_>>) {
    for (status, code, details, headers) in cases {
        let response = get(stack, "/users/me", &headers).await;
        assert_eq!(refusal(response).await, (status, code.to_owned(), details));
    }
}

#[tokio::test]
async fn a_caller_says_as_what_it_comes_and_to_which_project() {
    let stack = start().await;
    let good = stack.token("pro").unwrap();
    let headers = || server_headers(&good);
    let null = Value::Null;
    let unknown = json!({ "project_id": "nothing" });
    let other =
        json!({ "expected_project_id": "nothing", "actual_project_id": DEVELOPMENT_PROJECT });
    let as_server = json!({ "request_type": "server" });
    let no_type = without(headers(), "access-type");
    let no_project = without(headers(), "project-id");
    let no_token = without(with(headers(), "project-id", "nothing"), "access-token");
    let cases = vec![
        (400, "ACCESS_TYPE_REQUIRED", null.clone(), vec![]),
        (
            400,
            "PROJECT_KEY_WITHOUT_ACCESS_TYPE",
            null.clone(),
            no_type,
        ),
        (
            400,
            "INVALID_ACCESS_TYPE",
            null.clone(),
            with(headers(), "access-type", "root"),
        ),
        (400, "ACCESS_TYPE_WITHOUT_PROJECT_ID", as_server, no_project),
        (
            401,
            "INVALID_PROJECT_FOR_ACCESS_TOKEN",
            other,
            with(headers(), "project-id", "nothing"),
        ),
        (400, "CURRENT_PROJECT_NOT_FOUND", unknown, no_token),
        (
            400,
            "CANNOT_GET_OWN_USER_WITHOUT_USER",
            null,
            server_headers(""),
        ),
    ];
    check(&stack, cases).await;
    assert_eq!(stack.counts().wrong_key, 0);
}

#[tokio::test]
async fn each_access_type_has_its_key() {
    let stack = start().await;
    let good = stack.token("pro").unwrap();
    let (server, client) = (|| server_headers(&good), || client_headers(&good));
    let (key, public) = ("secret-server-key", "publishable-client-key");
    let project = || json!({ "project_id": DEVELOPMENT_PROJECT });
    let required = "PUBLISHABLE_CLIENT_KEY_REQUIRED_FOR_PROJECT";
    let as_admin = with(server(), "access-type", "admin");
    let cases = vec![
        (
            401,
            "SERVER_AUTHENTICATION_REQUIRED",
            Value::Null,
            without(server(), key),
        ),
        (
            401,
            "INVALID_SECRET_SERVER_KEY",
            project(),
            with(server(), key, "wrong"),
        ),
        (401, required, project(), without(client(), public)),
        (
            401,
            "INVALID_PUBLISHABLE_CLIENT_KEY",
            project(),
            with(client(), public, "wrong"),
        ),
        (401, "INVALID_SUPER_SECRET_ADMIN_KEY", project(), as_admin),
    ];
    check(&stack, cases).await;
    assert_eq!(stack.counts().wrong_key, 5);
}

#[tokio::test]
async fn the_token_is_looked_at_before_the_key_and_the_branch_last() {
    let stack = start().await;
    let good = stack.token("pro").unwrap();
    let garbage = with(server_headers("garbage"), "secret-server-key", "wrong");
    let wrong = with(server_headers(&good), "secret-server-key", "wrong");
    let key = json!({ "project_id": DEVELOPMENT_PROJECT });
    let branch = json!({ "branch_id": "dev" });
    let cases = vec![
        (401, "UNPARSABLE_ACCESS_TOKEN", Value::Null, garbage),
        (
            401,
            "INVALID_SECRET_SERVER_KEY",
            key,
            with(wrong, "branch-id", "dev"),
        ),
        (
            400,
            "BRANCH_DOES_NOT_EXIST",
            branch,
            with(server_headers(&good), "branch-id", "dev"),
        ),
    ];
    check(&stack, cases).await;
}

#[tokio::test]
async fn anonymous_and_restricted_users_have_to_be_asked_for() {
    let stack = start().await;
    let guest = stack.token("guest").unwrap();
    let suspended = stack.token("suspended").unwrap();
    let allowing = |token, header| {
        let mut headers = server_headers(token);
        headers.push((header, "true"));
        headers
    };
    let response = get(&stack, "/users/me", &server_headers(&guest)).await;
    let expected = (
        401,
        "ANONYMOUS_AUTHENTICATION_NOT_ALLOWED".to_owned(),
        Value::Null,
    );
    assert_eq!(refusal(response).await, expected);
    let response = get(&stack, "/users/me", &server_headers(&suspended)).await;
    let reason = json!({ "restricted_reason": { "type": "restricted_by_administrator" } });
    let expected = (403, "RESTRICTED_USER_NOT_ALLOWED".to_owned(), reason);
    assert_eq!(refusal(response).await, expected);
    let response = get(
        &stack,
        "/users/me",
        &allowing(&guest, "allow-restricted-user"),
    )
    .await;
    assert_eq!(response.status(), 401);
    let user = body(
        &stack,
        "/users/me",
        &allowing(&guest, "allow-anonymous-user"),
    )
    .await;
    assert_eq!(user["is_anonymous"], true);
    for header in ["allow-anonymous-user", "allow-restricted-user"] {
        let user = body(&stack, "/users/me", &allowing(&suspended, header)).await;
        assert_eq!(user["is_restricted"], true, "{header}");
        assert_eq!(user["restricted_by_admin"], true);
    }
    stack.set_users(Users::parse(RESTRICTED, "users.yaml").unwrap());
    let claims = parts(&stack.token("r").unwrap()).1;
    assert_eq!(claims["restricted_reason"]["type"], "email_not_verified");
    assert_eq!(claims["email_verified"], false);
}

#[tokio::test]
async fn a_server_key_may_be_replaced() {
    let stack = start().await;
    let token = stack.token("pro").unwrap();
    stack.set_server_keys(["ssk_new"]);
    let response = get(&stack, "/users/me", &server_headers(&token)).await;
    assert_eq!(refusal(response).await.1, "INVALID_SECRET_SERVER_KEY");
    stack.set_server_keys(["ssk_new", development_key()]);
    body(&stack, "/users/me", &server_headers(&token)).await;
}
#[tokio::test]
async fn a_client_sees_less() {
    let stack = start().await;
    let token = stack.token("team-admin").unwrap();
    let user = body(&stack, "/users/me", &client_headers(&token)).await;
    for hidden in [
        "server_metadata",
        "country_code",
        "risk_scores",
        "last_active_at_millis",
    ] {
        assert!(user.get(hidden).is_none(), "{hidden}");
    }
    assert!(user["selected_team"].get("created_at_millis").is_none());
    let response = get(&stack, "/users/u-pro", &client_headers(&token)).await;
    let (status, code, details) = refusal(response).await;
    assert_eq!((status, code.as_str()), (401, "INSUFFICIENT_ACCESS_TYPE"));
    assert_eq!(
        details,
        json!({ "actual_access_type": "client", "allowed_access_types": ["server", "admin"] })
    );
    for path in [
        "/teams",
        "/teams?user_id=u-pro",
        "/project-permissions?user_id=u-pro",
    ] {
        let response = get(&stack, path, &client_headers(&token)).await;
        assert_eq!(response.status(), 403, "{path}");
    }
    body(&stack, "/teams?user_id=me", &client_headers(&token)).await;
}
