//! Answers of functions, and what API Gateway makes of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::{ResponseBody, of_http_api, of_rest_api};
use hyper::Response;

/// Status, headers but the content type, content type and body.
type Read = (u16, Vec<String>, String, String);

async fn read(response: Result<Response<ResponseBody>, String>) -> Result<Read, String> {
    let (parts, body) = response?.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let show = |value: &hyper::header::HeaderValue| value.to_str().unwrap().to_owned();
    let headers = parts.headers.iter();
    let others = headers.filter(|(name, _)| *name != "content-type");
    let mut others: Vec<_> = others
        .map(|(name, value)| format!("{name}: {}", show(value)))
        .collect();
    others.sort();
    Ok((
        parts.status.as_u16(),
        others,
        show(&parts.headers["content-type"]),
        String::from_utf8(bytes.to_vec()).unwrap(),
    ))
}

async fn agree(of: fn(Value) -> Result<Response<ResponseBody>, String>, cases: Vec<(Value, Read)>) {
    for (answer, expected) in cases {
        assert_eq!(read(of(answer.clone())).await, Ok(expected), "{answer}");
    }
}

fn expected(status: u16, headers: &[&str], content_type: &str, body: &str) -> Read {
    let headers = headers.iter().map(|it| (*it).to_owned()).collect();
    (status, headers, content_type.to_owned(), body.to_owned())
}

const JSON: &str = "application/json";

#[tokio::test]
async fn a_rest_api_takes_these() {
    agree(
        of_rest_api,
        vec![
            (json!({}), expected(200, &[], JSON, "")),
            (json!({ "statusCode": 204 }), expected(204, &[], JSON, "")),
            (json!({ "statusCode": "404", "body": "no" }), expected(404, &[], JSON, "no")),
            (
                json!({ "statusCode": 200, "headers": null, "multiValueHeaders": null, "body": null, "isBase64Encoded": null }),
                expected(200, &[], JSON, ""),
            ),
            (
                json!({ "statusCode": 200, "headers": { "Content-Type": "text/plain", "X": true, "N": 1 }, "body": "é" }),
                expected(200, &["n: 1", "x: true"], "text/plain", "é"),
            ),
            (
                json!({ "statusCode": 200, "headers": { "A": "1", "B": "3" }, "multiValueHeaders": { "a": ["1", "2"] } }),
                expected(200, &["a: 1", "a: 2", "b: 3"], JSON, ""),
            ),
            (
                json!({ "statusCode": 200, "body": "aGk=", "isBase64Encoded": true, "headers": { "Content-Length": "99" } }),
                expected(200, &[], JSON, "hi"),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn anything_else_is_no_answer_to_a_rest_api() {
    for (answer, why) in [
        (json!(null), "must be an object"),
        (json!("text"), "must be an object"),
        (json!([]), "must be an object"),
        (json!({ "message": "hello" }), "`message` is not one of"),
        (
            json!({ "statusCode": 200, "cookies": [] }),
            "`cookies` is not one of",
        ),
        (json!({ "statusCode": "abc" }), "`statusCode`"),
        (json!({ "statusCode": 200.5 }), "`statusCode`"),
        (json!({ "statusCode": 101 }), "`statusCode`"),
        (json!({ "statusCode": 600 }), "`statusCode`"),
        (json!({ "statusCode": true }), "`statusCode`"),
        (json!({ "statusCode": 200, "body": { "a": 1 } }), "`body`"),
        (
            json!({ "statusCode": 200, "body": "%", "isBase64Encoded": true }),
            "`body`",
        ),
        (
            json!({ "statusCode": 200, "isBase64Encoded": "true" }),
            "`isBase64Encoded`",
        ),
        (json!({ "statusCode": 200, "headers": [] }), "`headers`"),
        (
            json!({ "statusCode": 200, "headers": { "X": ["a"] } }),
            "`X`",
        ),
        (
            json!({ "statusCode": 200, "headers": { "X": null } }),
            "`X`",
        ),
        (
            json!({ "statusCode": 200, "headers": { "X": "a\r\nY: b" } }),
            "`X`",
        ),
        (
            json!({ "statusCode": 200, "headers": { "X Y": "a" } }),
            "`X Y`",
        ),
        (
            json!({ "statusCode": 200, "multiValueHeaders": { "X": "a" } }),
            "multiValueHeaders.X",
        ),
    ] {
        let error = read(of_rest_api(answer.clone())).await.unwrap_err();
        assert!(error.contains(why), "{answer}: {error}");
    }
}

#[tokio::test]
async fn an_http_api_takes_these_and_any_json_without_a_status() {
    agree(
        of_http_api,
        vec![
            (json!({ "statusCode": 201, "body": "made" }), expected(201, &[], JSON, "made")),
            (
                json!({ "statusCode": 200, "cookies": ["a=1", "b=2"], "headers": { "X": "1" }, "other": 1 }),
                expected(200, &["set-cookie: a=1", "set-cookie: b=2", "x: 1"], JSON, ""),
            ),
            (json!({ "message": "hello" }), expected(200, &[], JSON, "{\"message\":\"hello\"}")),
            (json!({ "body": "x" }), expected(200, &[], JSON, "{\"body\":\"x\"}")),
            (json!("hello"), expected(200, &[], JSON, "hello")),
            (json!([1]), expected(200, &[], JSON, "[1]")),
            (json!(null), expected(200, &[], JSON, "null")),
        ],
    )
    .await;
    for answer in [
        json!({ "statusCode": null }),
        json!({ "statusCode": 200, "body": {} }),
        json!({ "statusCode": 200, "cookies": "a=1" }),
        json!({ "statusCode": 200, "cookies": ["a\r\nb"] }),
    ] {
        assert!(read(of_http_api(answer.clone())).await.is_err(), "{answer}");
    }
}
