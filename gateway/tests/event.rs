//! Events, where two readers could differ: fields that come twice, paths and verbs that disagree.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use tollgate_gateway::Event;
use tollgate_gateway::policy::Read;

const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/main/GET/x";
/// Forbids on a query and on a header: unknown must forbid, whatever kind of event it is.
const POLICY: &str = "\
route /x is public
forbid /x when query full = \"true\"
forbid /x when header X-Debug = \"1\"
";

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
        assert_eq!(allows(&http(&none, &query)), allowed, "{query}");
    }
    for name in ["X-Debug", "x-debug", "X-DEBUG"] {
        let headers = json!({ name: "1" });
        assert!(!allows(&rest(&headers, &none, &none, &none)), "{name}");
        assert!(!allows(&http(&headers, &none)), "{name}");
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
        let event = rest(
            &none,
            &none,
            &json!({ "full": last }),
            &json!({ "full": all }),
        );
        assert!(!allows(&event), "{all:?}");
        assert!(
            !allows(&http(&none, &json!({ "full": all.join(",") }))),
            "{all:?}"
        );
    }
    assert!(!allows(&http(&json!({ "x-debug": "1,1" }), &none)));
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
            for event in [rest(&headers, &none, &none, &none), http(&headers, &none)] {
                let event = Event::read(&event).unwrap();
                assert_eq!(event.contradiction.is_some(), contradicts, "{name}: {verb}");
            }
        }
    }
}
