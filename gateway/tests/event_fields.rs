//! What is read of an event beside method and path: headers, parameters, the address, the token.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use tollgate_gateway::Event;
use tollgate_gateway::credential::Credential;
use tollgate_identity::token_source::TokenSource;

const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/main/GET/x";
const CONNECT: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/main/$connect";

fn rest(headers: &Value, all: &Value, query: &Value, queries: &Value) -> Value {
    json!({
        "type": "REQUEST", "methodArn": ARN, "httpMethod": "GET", "path": "/x",
        "headers": headers, "multiValueHeaders": all,
        "queryStringParameters": query, "multiValueQueryStringParameters": queries,
    })
}

/// The map with all values, and what only the other one has.
#[test]
fn fields_of_two_maps_are_told_once() {
    for (single, multiple, expected) in [
        (json!({ "A": "2" }), json!({ "A": ["1", "2"] }), "a=1 a=2"),
        (
            json!({ "A": "3" }),
            json!({ "A": ["1", "2"] }),
            "a=1 a=2 a=3",
        ),
        (json!({ "B": "1" }), json!({ "A": ["1"] }), "a=1 b=1"),
        (json!({ "a": "1" }), json!({ "A": ["1"] }), "a=1"),
        (json!({ "A": "1" }), json!(null), "a=1"),
        (json!(null), json!({ "A": ["1"] }), "a=1"),
        (
            json!({ "A": null, "B": "1" }),
            json!({ "A": [null] }),
            "b=1",
        ),
        // What is no text counts as two that differ.
        (json!({ "A": 1 }), json!(null), "a= a="),
    ] {
        let event = rest(&single, &multiple, &single, &multiple);
        let event = Event::read(&event).unwrap();
        let written = |fields: Option<Vec<(String, String)>>| {
            let fields = fields.unwrap().into_iter();
            let fields: Vec<_> = fields
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            fields.join(" ")
        };
        assert_eq!(written(event.headers), expected, "{single} {multiple}");
    }
    // Names of parameters are told apart by case.
    let event = rest(
        &json!(null),
        &json!(null),
        &json!({ "a": "1" }),
        &json!({ "A": ["1"] }),
    );
    let query = Event::read(&event).unwrap().query.unwrap();
    assert_eq!(
        query,
        [("A", "1"), ("a", "1")].map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
}

#[test]
fn the_address_is_the_one_api_gateway_saw() {
    let identity = json!({ "identity": { "sourceIp": "192.0.2.7" } });
    let http = json!({ "http": { "sourceIp": "192.0.2.7" } });
    let connect = json!({ "identity": { "sourceIp": "192.0.2.7" }, "eventType": "CONNECT" });
    let test = json!({ "identity": { "sourceIp": "test-invoke-source-ip" } });
    for (event, known) in [
        (
            json!({ "methodArn": ARN, "requestContext": identity }),
            true,
        ),
        (json!({ "methodArn": ARN, "requestContext": test }), false),
        (
            json!({ "version": "1.0", "methodArn": ARN, "requestContext": identity }),
            true,
        ),
        (
            json!({ "version": "2.0", "routeArn": ARN, "requestContext": http }),
            true,
        ),
        (
            json!({ "methodArn": CONNECT, "requestContext": connect }),
            true,
        ),
    ] {
        let mut event = event;
        event["type"] = json!("REQUEST");
        let ip = Event::read(&event).unwrap().ip;
        assert_eq!(
            ip.is_some_and(|ip| ip.to_string() == "192.0.2.7"),
            known,
            "{event}"
        );
    }
}

/// A token is looked for in what came, and not in the fields that conditions are about.
#[test]
fn a_token_is_found_wherever_its_provider_looks() {
    let rest = json!({ "type": "REQUEST", "methodArn": ARN });
    let http = json!({ "type": "REQUEST", "version": "2.0", "routeArn": ARN });
    for (event, member, value, place) in [
        (
            &rest,
            "headers",
            json!({ "AUTHORIZATION": "Bearer abc" }),
            "bearer",
        ),
        (
            &rest,
            "multiValueHeaders",
            json!({ "X-T": ["abc"] }),
            "header x-t",
        ),
        (
            &rest,
            "queryStringParameters",
            json!({ "t": "abc", "T": "x" }),
            "query t",
        ),
        (
            &rest,
            "multiValueQueryStringParameters",
            json!({ "t": ["abc"] }),
            "query t",
        ),
        (
            &rest,
            "headers",
            json!({ "Cookie": "a=b; c=abc" }),
            "cookie c",
        ),
        (&http, "headers", json!({ "cookie": "c=abc" }), "cookie c"),
        (&http, "cookies", json!(["a=b", "c=abc"]), "cookie c"),
        (
            &rest,
            "headers",
            json!({ "Sec-WebSocket-Protocol": "p, abc" }),
            "protocol p",
        ),
    ] {
        let mut event = event.clone();
        event[member] = value;
        let source: TokenSource = place.parse().unwrap();
        let other: TokenSource = "query other".parse().unwrap();
        let read = Event::read(&event).unwrap();
        assert_eq!(read.credential(&[other]), Credential::None, "{event}");
        let found = read.credential(std::slice::from_ref(&source));
        assert_eq!(found, Credential::Token(source, "abc"), "{event}");
    }
}
