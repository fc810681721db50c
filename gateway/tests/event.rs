//! Events, where two readers could differ: fields that come twice, paths and verbs that disagree.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use tollgate_engine::Sees;
use tollgate_gateway::event::Called;
use tollgate_gateway::policy::Read;
use tollgate_gateway::{Event, Kind};

const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/main/GET/x";
/// Forbids on a query and on a header: unknown must forbid, whatever kind of event it is.
const POLICY: &str = "\
route /x is public
forbid /x when query full = \"true\"
forbid /x when header X-Debug = \"1\"
route $connect is public
forbid $connect when query full = \"true\"
forbid $connect when header X-Debug = \"1\"
";
const CONNECT: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/main/$connect";

fn allows(event: &Value) -> bool {
    let files = [("access.policy".to_owned(), POLICY.as_bytes().to_vec())];
    let read = Read::files(&files, &std::iter::empty().collect());
    let policy = read.policy.unwrap();
    let event = Event::read(event).unwrap();
    policy
        .decide(&event.request(0), &policy.visitor())
        .is_allowed()
}

fn rest(headers: &Value, all: &Value, query: &Value, queries: &Value) -> Value {
    json!({
        "type": "REQUEST", "methodArn": ARN, "httpMethod": "GET", "path": "/x",
        "headers": headers, "multiValueHeaders": all,
        "queryStringParameters": query, "multiValueQueryStringParameters": queries,
    })
}

/// The same of a WebSocket API.
fn connect(headers: &Value, all: &Value, query: &Value, queries: &Value) -> Value {
    json!({
        "type": "REQUEST", "methodArn": CONNECT,
        "requestContext": { "eventType": "CONNECT", "connectionId": "c" },
        "headers": headers, "multiValueHeaders": all,
        "queryStringParameters": query, "multiValueQueryStringParameters": queries,
    })
}

/// The same of an HTTP API, payload format 1.0.
fn http_1_0(headers: &Value, query: &Value) -> Value {
    json!({
        "type": "REQUEST", "version": "1.0", "methodArn": ARN, "path": "/x", "resource": "$default",
        "httpMethod": "GET", "headers": headers, "queryStringParameters": query,
    })
}

fn http(headers: &Value, query: &Value) -> Value {
    json!({
        "type": "REQUEST", "version": "2.0", "routeArn": ARN, "rawPath": "/x", "routeKey": "$default",
        "headers": headers, "queryStringParameters": query,
    })
}

#[test]
fn a_field_that_comes_once_is_compared() {
    let none = json!({});
    for (query, allowed) in [("false", true), ("true", false), ("TRUE", true), ("", true)] {
        let query = json!({ "full": query });
        assert_eq!(
            allows(&rest(&none, &none, &query, &none)),
            allowed,
            "{query}"
        );
        assert_eq!(
            allows(&connect(&none, &none, &query, &none)),
            allowed,
            "{query}"
        );
        assert_eq!(allows(&http(&none, &query)), allowed, "{query}");
        assert_eq!(allows(&http_1_0(&none, &query)), allowed, "{query}");
    }
    for name in ["X-Debug", "x-debug", "X-DEBUG"] {
        let headers = json!({ name: "1" });
        assert!(!allows(&rest(&headers, &none, &none, &none)), "{name}");
        assert!(!allows(&connect(&headers, &none, &none, &none)), "{name}");
        assert!(!allows(&http(&headers, &none)), "{name}");
        assert!(!allows(&http_1_0(&headers, &none)), "{name}");
    }
}

/// HTTP APIs join the values of a repeated field with a comma.
#[test]
fn a_field_that_comes_twice_is_unknown_and_forbids() {
    let none = json!({});
    for (last, all) in [
        ("true", ["false", "true"]),
        ("false", ["true", "false"]),
        ("true", ["true", "true"]),
    ] {
        let (last, joined) = (json!({ "full": last }), json!({ "full": all.join(",") }));
        let all = json!({ "full": all });
        assert!(!allows(&rest(&none, &none, &last, &all)), "{all}");
        assert!(!allows(&connect(&none, &none, &last, &all)), "{all}");
        assert!(!allows(&http(&none, &joined)), "{all}");
        assert!(!allows(&http_1_0(&none, &joined)), "{all}");
        let mut event = http_1_0(&none, &last);
        event["multiValueQueryStringParameters"] = all.clone();
        assert!(!allows(&event), "{all}");
    }
    for event in [http, http_1_0] {
        assert!(!allows(&event(&json!({ "x-debug": "1,1" }), &none)));
    }
    assert!(!allows(&rest(
        &json!({ "X-Debug": "2" }),
        &json!({ "X-Debug": ["1", "2"] }),
        &none,
        &none
    )));
    assert!(!allows(&rest(
        &json!({ "X-Debug": "1", "x-debug": "2" }),
        &none,
        &none,
        &none
    )));
}

#[test]
fn what_only_one_of_the_two_maps_has_counts() {
    let none = json!({});
    let other = json!({ "Accept": ["*/*"] });
    assert!(!allows(&rest(
        &json!({ "X-Debug": "1" }),
        &other,
        &none,
        &none
    )));
    assert!(!allows(&rest(
        &none,
        &json!({ "X-Debug": ["1"] }),
        &none,
        &none
    )));
}

#[test]
fn a_value_that_is_not_text_is_unknown_and_forbids() {
    let none = json!({});
    for odd in [json!(1), json!(true), json!({}), json!(["1"])] {
        assert!(
            !allows(&rest(&json!({ "X-Debug": odd }), &none, &none, &none)),
            "{odd}"
        );
        assert!(!allows(&http(&none, &json!({ "full": odd }))), "{odd}");
    }
    assert!(allows(&http(&json!({ "x-debug": null }), &json!(null))));
}

#[test]
fn headers_that_ask_for_another_verb_contradict() {
    let none = json!({});
    for name in [
        "X-HTTP-Method-Override",
        "x-http-method",
        "X-Method-Override",
    ] {
        for (verb, contradicts) in [("DELETE", true), ("get", true), ("GET", false)] {
            let headers = json!({ name: verb });
            for event in [
                rest(&headers, &none, &none, &none),
                http(&headers, &none),
                http_1_0(&headers, &none),
            ] {
                let event = Event::read(&event).unwrap();
                assert_eq!(event.contradiction.is_some(), contradicts, "{name}: {verb}");
            }
        }
    }
}

#[test]
fn kinds_are_told_apart_before_anything_is_read() {
    let arn = |name: &str, arn: &str| json!({ name: arn });
    let merged = |one: Value, other: Value| {
        let mut one = one;
        let members = other.as_object().unwrap().clone();
        one.as_object_mut().unwrap().extend(members);
        one
    };
    let request = || merged(json!({ "type": "REQUEST" }), arn("methodArn", ARN));
    for (event, kind) in [
        (
            merged(
                json!({ "type": "TOKEN", "version": "2.0" }),
                arn("methodArn", ARN),
            ),
            Kind::RestToken,
        ),
        (request(), Kind::RestRequest),
        (
            merged(
                request(),
                json!({ "version": "$LATEST", "requestContext": null }),
            ),
            Kind::RestRequest,
        ),
        // Everything of the console's test is null.
        (
            merged(
                request(),
                json!({
                    "headers": null, "multiValueHeaders": null, "queryStringParameters": null,
                    "multiValueQueryStringParameters": null, "pathParameters": null,
                    "stageVariables": null, "path": null, "resource": null, "httpMethod": null,
                }),
            ),
            Kind::RestRequest,
        ),
        (merged(request(), json!({ "version": "1.0" })), Kind::Http1),
        (
            merged(
                json!({ "type": "REQUEST", "version": "2.0" }),
                arn("routeArn", ARN),
            ),
            Kind::Http2,
        ),
        (
            json!({ "authorizationToken": "x", "requestContext": { "queryString": "{ a }" } }),
            Kind::AppSync,
        ),
        (
            connect(&Value::Null, &Value::Null, &Value::Null, &Value::Null),
            Kind::WebSocket,
        ),
        (
            json!({
                "type": "REQUEST", "methodArn": CONNECT, "requestContext": { "eventType": "CONNECT" },
            }),
            Kind::WebSocket,
        ),
        (
            json!({
                "type": "REQUEST", "methodArn": CONNECT, "requestContext": { "connectionId": "c" },
            }),
            Kind::WebSocket,
        ),
    ] {
        assert_eq!(
            Event::read(&event).map(|event| event.kind),
            Ok(kind),
            "{event}"
        );
    }
}

#[test]
fn what_fits_no_kind_says_what_is_missing() {
    let websocket = |event: &str, arn: &str| {
        json!({
            "type": "REQUEST", "methodArn": arn,
            "requestContext": { "eventType": event, "connectionId": "c" },
        })
    };
    for (event, words) in [
        (json!([]), "not a JSON object"),
        (json!({}), "neither a `type` nor, as AppSync's has,"),
        (
            json!({ "authorizationToken": "x", "requestContext": {} }),
            "`requestContext.queryString`",
        ),
        (
            json!({ "requestContext": { "queryString": "" } }),
            "AppSync event has no `authorizationToken`",
        ),
        (
            json!({ "type": 1, "authorizationToken": "x", "requestContext": { "queryString": "" } }),
            "neither a `type`",
        ),
        (json!({ "type": "REQUEST_X" }), "neither TOKEN nor REQUEST"),
        (
            json!({ "type": "TOKEN" }),
            "REST TOKEN event has no `methodArn`",
        ),
        (
            json!({ "type": "REQUEST" }),
            "REST REQUEST event has no `methodArn`",
        ),
        (
            json!({ "type": "REQUEST", "version": "1.0", "routeArn": ARN }),
            "HTTP API 1.0 event has no `methodArn`",
        ),
        (
            json!({ "type": "REQUEST", "version": "2.0", "methodArn": ARN }),
            "HTTP API 2.0 event has no `routeArn`",
        ),
        (websocket("MESSAGE", CONNECT), "`$connect`"),
        (websocket("CONNECT", ARN), "`$connect`"),
        (json!({ "type": "TOKEN", "methodArn": "x" }), "ARN"),
    ] {
        let error = Event::read(&event).unwrap_err().to_string();
        assert!(error.contains(words), "{event}: {error}");
    }
}

/// Neither a method nor a path: a route for any path does not reach it.
#[test]
fn a_connect_event_is_judged_by_the_connect_route() {
    let none = Value::Null;
    let event = connect(&none, &none, &none, &none);
    assert!(matches!(
        Event::read(&event).unwrap().called,
        Called::Connect(_)
    ));
    assert!(allows(&event));
    // A method of that name on a path is no connect.
    let mut event = rest(&none, &none, &none, &none);
    event["methodArn"] = json!(CONNECT);
    event["httpMethod"] = json!("$connect");
    event["path"] = json!("/");
    assert!(!allows(&event));
}

#[test]
fn an_event_with_a_method_arn_contradicts_itself() {
    let none = json!({});
    for (member, value, contradicts) in [
        ("path", json!("/x"), false),
        ("path", json!("/main/x"), false),
        ("path", json!("/y"), true),
        ("httpMethod", json!("POST"), true),
        ("requestContext", json!({ "httpMethod": "POST" }), true),
        ("requestContext", json!({ "httpMethod": "GET" }), false),
        ("resource", json!("/{proxy+}"), false),
        ("resource", json!("/y/{id}"), true),
    ] {
        for mut event in [rest(&none, &none, &none, &none), http_1_0(&none, &none)] {
            event[member] = value.clone();
            let contradiction = Event::read(&event).unwrap().contradiction;
            assert_eq!(contradiction.is_some(), contradicts, "{event}");
        }
    }
    // `$default` is a route of HTTP APIs alone, and fits everything; that of `http_1_0` has it.
    let event = http_1_0(&none, &none);
    assert_eq!(Event::read(&event).unwrap().contradiction, None);
}

/// A TOKEN event carries a token and an ARN, and so no condition on a header can hold for it.
#[test]
fn a_token_event_tells_nothing_beside_method_path_and_token() {
    assert_eq!(Kind::RestToken.sees(), Sees::NOTHING);
    for kind in [
        Kind::RestRequest,
        Kind::Http1,
        Kind::Http2,
        Kind::WebSocket,
        Kind::AppSync,
    ] {
        assert_eq!(kind.sees(), Sees::ALL, "{kind}");
    }
}
