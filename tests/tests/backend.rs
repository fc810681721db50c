//! The sample backend under a real runtime loop: it believes the authorizer and nobody else.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use serde_json::{Value, json};
use tollgate_tests::function::Function;

/// A REST API's proxy event with this authorizer context.
fn event(authorizer: &Value) -> Value {
    json!({
        "resource": "/{proxy+}", "path": "/pro/articles/1", "httpMethod": "GET",
        "headers": {"Host": "api.example.com", "userId": "u-forged"},
        "multiValueHeaders": {"Host": ["api.example.com"], "userId": ["u-forged"]},
        "requestContext": {
            "resourcePath": "/{proxy+}", "httpMethod": "GET", "path": "/main/pro/articles/1",
            "accountId": "123456789012", "stage": "main", "apiId": "a1b2c3d4e5",
            "requestId": "7f2c9b1e", "identity": {"sourceIp": "203.0.113.7"},
            "authorizer": authorizer,
        },
    })
}

#[tokio::test]
async fn it_answers_with_what_the_authorizer_told_it() {
    let function = Function::start("sample-api", &[]);
    let context = json!({
        "principalId": "u-light", "userId": "u-light", "email": "light@example.com",
        "products": "p-live-light,p-live-extra", "reason": "", "required": "",
    });
    let answer = function.invoke(&event(&context)).await.answer();
    assert_eq!(answer["statusCode"], 200, "{answer}");
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["user"], "u-light");
    assert_eq!(body["products"], json!(["p-live-light", "p-live-extra"]));
}

#[tokio::test]
async fn it_refuses_what_no_authorizer_has_seen() {
    let function = Function::start("sample-api", &[]);
    for context in [json!(null), json!({}), json!({"principalId": "u-light"})] {
        let answer = function.invoke(&event(&context)).await.answer();
        assert_eq!(answer["statusCode"], 500, "{context}: {answer}");
        assert!(
            !answer["body"].as_str().unwrap().contains("u-forged"),
            "{answer}"
        );
    }
}
