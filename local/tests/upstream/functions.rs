//! A Lambda function as `--upstream`: the event it gets, and what API Gateway makes of its answer. The
//! forms of an answer are cases of `backend/answer/tests.rs`.

use serde_json::json;

use super::rig::{allow_with, invoke_api};
use super::{http, rest, yes};

#[tokio::test]
async fn a_function_of_a_rest_api_gets_the_event_and_its_answer_is_read() {
    for (status, answer, expected, body) in [
        (
            200,
            json!({ "statusCode": 201, "body": "made", "headers": { "X-A": "1" } }),
            201,
            "made",
        ),
        (
            200,
            json!({ "message": "hello" }),
            502,
            r#"{"message":"the request could not be answered; try again"}"#,
        ),
        (
            500,
            json!({ "errorType": "E", "errorMessage": "boom" }),
            502,
            r#"{"message":"the request could not be answered; try again"}"#,
        ),
        (
            200,
            json!({ "errorType": "E", "errorMessage": "boom" }),
            502,
            r#"{"message":"the request could not be answered; try again"}"#,
        ),
    ] {
        let lambda = invoke_api(status, answer.to_string()).await;
        let url = format!("{}/2015-03-31/functions/api/invocations", lambda.url());
        let rig = rest(&url, allow_with(json!({ "userId": "u-1" }))).await;
        let reply = rig.get("/pro/x?a=1").await;
        assert_eq!(
            (reply.status, reply.text.as_str()),
            (expected, body),
            "{}",
            rig.last_exchange()
        );
        assert_eq!(lambda.path(), "/2015-03-31/functions/api/invocations");
        let event = lambda.event();
        assert_eq!(event["path"], "/pro/x");
        assert_eq!(
            event["requestContext"]["authorizer"],
            json!({ "principalId": "u-pro", "userId": "u-1" })
        );
    }
}

#[tokio::test]
async fn a_function_of_an_http_api_may_answer_with_its_body_alone() {
    for (answer, expected, body) in [
        (json!({ "message": "hello" }), 200, r#"{"message":"hello"}"#),
        (
            json!({ "statusCode": "x" }),
            500,
            r#"{"message":"Internal Server Error"}"#,
        ),
    ] {
        let lambda = invoke_api(200, answer.to_string()).await;
        let url = format!("{}/2015-03-31/functions/api/invocations", lambda.url());
        let rig = http(&url, yes(&json!({ "userId": "u-1" }))).await;
        let reply = rig.get("/pro/x").await;
        assert_eq!(
            (reply.status, reply.text.as_str()),
            (expected, body),
            "{}",
            rig.last_exchange()
        );
        assert_eq!(
            lambda.event()["requestContext"]["authorizer"],
            json!({ "lambda": { "userId": "u-1" } })
        );
    }
}
