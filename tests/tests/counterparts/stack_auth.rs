//! Stack Auth by its official package: issuers, audiences and keys of the three kinds of users,
//! `users/me` and its errors.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tollgate_tests::counterpart::stack::{self, Kind, Stack};
use tollgate_tests::counterpart::{Answer, Jwt, kids};

use super::{assert_public, key, object, signature};

/// The headers of a server that shows a token.
fn server<'a>(project: &'a stack::Project, token: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("x-stack-access-type", "server"),
        ("x-stack-project-id", &project.id),
        ("x-stack-secret-server-key", &project.secret_server_key),
        ("x-stack-access-token", token),
    ]
}

fn without<'a>(headers: &[(&'static str, &'a str)], name: &str) -> Vec<(&'static str, &'a str)> {
    let others = headers.iter().filter(|(other, _)| *other != name);
    others.copied().collect()
}

/// The same headers with one more or another one.
fn with<'a>(
    headers: &[(&'static str, &'a str)],
    name: &'static str,
    value: &'a str,
) -> Vec<(&'static str, &'a str)> {
    let mut headers = without(headers, name);
    headers.push((name, value));
    headers
}

fn assert_error(answer: &Answer, status: u16, code: &str, details: &Value) {
    assert_eq!(answer.status, status, "{code}: {answer:?}");
    assert_eq!(answer.header("x-stack-known-error"), code, "{answer:?}");
    assert_eq!(answer.header("x-hexclave-known-error"), code, "{answer:?}");
    assert_eq!(
        answer.header("content-type"),
        "application/json; charset=utf-8"
    );
    assert_eq!(answer.body["code"], code);
    assert_eq!(answer.body["details"], *details, "{code}");
    assert!(answer.body["error"].is_string(), "{code}");
}

#[tokio::test]
async fn each_kind_of_user_has_an_issuer_an_audience_and_keys() {
    let stack = Stack::start();
    let project = stack.project().await;
    let all = stack.jwks(&project.id, "?include_anonymous=true").await;
    assert_eq!(all.header("cache-control"), "public, max-age=3600");
    assert_public(&all.body);
    let all = kids(&all.body);
    assert_eq!(all.len(), 6);
    let restricted = kids(
        &stack
            .jwks(&project.id, "?include_restricted=true")
            .await
            .body,
    );
    let normal = kids(&stack.jwks(&project.id, "").await.body);
    assert_eq!(restricted, all[..4]);
    assert_eq!(normal, all[..2]);

    let kinds = [
        (Kind::Normal, "projects", "", &all[..2]),
        (
            Kind::Restricted,
            "projects-restricted-users",
            ":restricted",
            &all[2..4],
        ),
        (
            Kind::Anonymous,
            "projects-anonymous-users",
            ":anon",
            &all[4..],
        ),
    ];
    for (kind, path, suffix, keys) in kinds {
        let signed = stack.token(&stack::Access::new(&project.id, kind)).await;
        let jwt = Jwt::read(&signed.token);
        let header = json!({"alg": "ES256", "kid": jwt.kid()});
        assert_eq!(json!(jwt.header), header);
        assert_eq!(signature(&signed.token).len(), 64);
        assert_eq!(jwt.kid(), keys[0], "{kind:?}: the first key signs");
        let expected = json!({
            "iss": format!("{}/api/v1/{path}/{}", stack.url(), project.id),
            "aud": format!("{}{suffix}", project.id),
            "sub": signed.id, "project_id": project.id, "branch_id": "main",
            "role": "authenticated", "is_anonymous": kind == Kind::Anonymous,
            "is_restricted": kind != Kind::Normal,
        });
        for (claim, value) in object(expected) {
            assert_eq!(jwt.payload[&claim], value, "{kind:?}: {claim}");
        }
    }
}

#[tokio::test]
async fn the_jwks_route_refuses_what_it_does_not_know() {
    let stack = Stack::start();
    let project = stack.project().await;
    let answer = stack.jwks("no-such-project", "").await;
    assert_eq!(
        (answer.status, answer.body),
        (404, json!("Project not found"))
    );
    let answer = stack.jwks(&project.id, "?include_restricted=1").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body["code"], "SCHEMA_ERROR");
    let redirects = [
        ("projects", "/.well-known/jwks.json/", 308, ""),
        (
            "projects-anonymous-users",
            "/.well-known/jwks.json",
            307,
            "?include_anonymous=true",
        ),
    ];
    for (path, rest, status, query) in redirects {
        let answer = stack
            .get(&format!("/api/v1/{path}/{}{rest}", project.id), &[])
            .await;
        assert_eq!(answer.status, status, "{path}");
        let location = format!(
            "/api/v1/projects/{}/.well-known/jwks.json{query}",
            project.id
        );
        assert_eq!(answer.header("location"), location);
    }
}

#[tokio::test]
async fn a_signing_key_may_have_a_short_coordinate() {
    let stack = Stack::start();
    let project = stack.short_coordinate_project().await;
    let signed = stack
        .token(&stack::Access::new(&project.id, Kind::Normal))
        .await;
    let jwks = stack.jwks(&project.id, "").await.body;
    let key = key(&jwks, Jwt::read(&signed.token).kid());
    let length = |name: &str| {
        let text = key[name].as_str().unwrap();
        BASE64_URL_SAFE_NO_PAD.decode(text).unwrap().len()
    };
    assert!(length("x").min(length("y")) < 32, "{key}");
    let answer = stack.users_me(&server(&project, &signed.token)).await;
    assert_eq!(answer.status, 200, "Stack itself takes it: {answer:?}");
}

#[tokio::test]
async fn users_me_shows_a_server_more_than_a_browser() {
    let stack = Stack::start();
    let project = stack.project().await;
    let access = stack::Access {
        user: object(json!({
            "primary_email": "light@example.com", "primary_email_verified": true,
            "server_metadata": {"plan": "light"},
        })),
        ..stack::Access::new(&project.id, Kind::Normal)
    };
    let signed = stack.token(&access).await;
    let jwt = Jwt::read(&signed.token);
    assert_eq!(jwt.payload["email"], "light@example.com");
    assert_eq!(jwt.payload["email_verified"], true);

    let answer = stack.users_me(&server(&project, &signed.token)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["id"], signed.id);
    assert_eq!(answer.body["server_metadata"], json!({"plan": "light"}));
    assert_eq!(answer.header("cache-control"), "no-store, max-age=0");
    assert!(!answer.header("x-stack-request-id").is_empty());

    let browser = [
        ("x-hexclave-access-type", "client"),
        ("x-hexclave-project-id", &project.id),
        (
            "x-hexclave-publishable-client-key",
            &project.publishable_client_key,
        ),
        ("x-hexclave-access-token", &signed.token),
    ];
    let answer = stack.users_me(&browser).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["primary_email"], "light@example.com");
    assert_eq!(answer.body.get("server_metadata"), None);
}

#[tokio::test]
async fn a_bad_request_or_key_has_its_error() {
    let stack = Stack::start();
    let project = stack.project().await;
    let signed = stack
        .token(&stack::Access::new(&project.id, Kind::Normal))
        .await;
    let good = server(&project, &signed.token);
    let own = json!({"project_id": project.id});
    let none = Value::Null;
    let of_nobody = stack
        .token(&stack::Access::new("nobody", Kind::Normal))
        .await;
    let nobody = with(&good, "x-stack-project-id", "nobody");
    let nobody = with(&nobody, "x-stack-access-token", &of_nobody.token);
    let cases = [
        (vec![], 400, "ACCESS_TYPE_REQUIRED", none.clone()),
        (
            without(&good, "x-stack-access-type"),
            400,
            "PROJECT_KEY_WITHOUT_ACCESS_TYPE",
            none.clone(),
        ),
        (
            with(&good, "x-stack-access-type", "root"),
            400,
            "INVALID_ACCESS_TYPE",
            none.clone(),
        ),
        (
            without(&good, "x-stack-project-id"),
            400,
            "ACCESS_TYPE_WITHOUT_PROJECT_ID",
            json!({"request_type": "server"}),
        ),
        (
            nobody,
            400,
            "CURRENT_PROJECT_NOT_FOUND",
            json!({"project_id": "nobody"}),
        ),
        (
            without(&good, "x-stack-secret-server-key"),
            401,
            "SERVER_AUTHENTICATION_REQUIRED",
            none.clone(),
        ),
        (
            with(&good, "x-stack-secret-server-key", "ssk_wrong"),
            401,
            "INVALID_SECRET_SERVER_KEY",
            own.clone(),
        ),
        (
            with(&good, "x-stack-access-type", "client"),
            401,
            "PUBLISHABLE_CLIENT_KEY_REQUIRED_FOR_PROJECT",
            own,
        ),
        (
            without(&good, "x-stack-access-token"),
            400,
            "CANNOT_GET_OWN_USER_WITHOUT_USER",
            none.clone(),
        ),
    ];
    for (headers, status, code, details) in cases {
        assert_error(&stack.users_me(&headers).await, status, code, &details);
    }

    stack.delete_user(&signed.id).await;
    let answer = stack.users_me(&good).await;
    assert_error(&answer, 400, "CANNOT_GET_OWN_USER_WITHOUT_USER", &none);
}

#[tokio::test]
async fn a_bad_token_has_its_error_and_hides_a_bad_key() {
    let stack = Stack::start();
    let (project, other) = (stack.project().await, stack.project().await);
    let normal = stack::Access::new(&project.id, Kind::Normal);
    let genuine = stack.token(&normal).await.token;
    let another = stack.token(&normal).await.token;
    let (head, _) = genuine.rsplit_once('.').unwrap();
    let (_, foreign) = another.rsplit_once('.').unwrap();
    let forged = format!("{head}.{foreign}");
    let elsewhere = stack
        .token(&stack::Access::new(&other.id, Kind::Normal))
        .await
        .token;
    let anonymous = stack
        .token(&stack::Access::new(&project.id, Kind::Anonymous))
        .await
        .token;
    let restricted = stack
        .token(&stack::Access::new(&project.id, Kind::Restricted))
        .await
        .token;
    let none = Value::Null;
    let cases = [
        ("garbage", 401, "UNPARSABLE_ACCESS_TOKEN", none.clone()),
        (&forged, 401, "UNPARSABLE_ACCESS_TOKEN", none.clone()),
        (
            &elsewhere,
            401,
            "INVALID_PROJECT_FOR_ACCESS_TOKEN",
            json!({"expected_project_id": project.id, "actual_project_id": other.id}),
        ),
        (
            &anonymous,
            401,
            "ANONYMOUS_AUTHENTICATION_NOT_ALLOWED",
            none,
        ),
        (
            &restricted,
            403,
            "RESTRICTED_USER_NOT_ALLOWED",
            json!({"restricted_reason": {"type": "email_not_verified"}}),
        ),
    ];
    for (token, status, code, details) in cases {
        let good_key = server(&project, token);
        let bad_key = with(&good_key, "x-stack-secret-server-key", "ssk_wrong");
        for headers in [good_key, bad_key] {
            assert_error(&stack.users_me(&headers).await, status, code, &details);
        }
    }
    for (token, header) in [
        (&restricted, "x-stack-allow-restricted-user"),
        (&restricted, "x-stack-allow-anonymous-user"),
        (&anonymous, "x-stack-allow-anonymous-user"),
    ] {
        let headers = with(&server(&project, token), header, "true");
        assert_eq!(stack.users_me(&headers).await.status, 200, "{header}");
    }
}

#[tokio::test]
async fn an_expired_token_says_when_and_whose() {
    let stack = Stack::start();
    let project = stack.project().await;
    let access = stack::Access {
        lifetime: -60,
        ..stack::Access::new(&project.id, Kind::Normal)
    };
    let signed = stack.token(&access).await;
    let claims = Jwt::read(&signed.token).payload;
    let details = json!({
        "expired_at_millis": claims["exp"].as_i64().unwrap() * 1000, "project_id": project.id,
        "user_id": signed.id, "refresh_token_id": claims["refresh_token_id"],
    });
    let headers = server(&project, &signed.token);
    let answer = stack.users_me(&headers).await;
    assert_error(&answer, 401, "ACCESS_TOKEN_EXPIRED", &details);

    let hidden = with(&headers, "x-stack-override-error-status", "true");
    let answer = stack.users_me(&hidden).await;
    assert_error(&answer, 200, "ACCESS_TOKEN_EXPIRED", &details);
    assert_eq!(answer.header("x-stack-actual-status"), "401");
}
