//! What the sample API answers to API Gateway's events, of all three kinds of API.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response, request};
use serde_json::{Value, json};

const WEBSOCKET: &str = include_str!("events/websocket.json");

/// An event of each kind of API, and where the authorizer's context is in it.
const EVENTS: [(&str, &str); 3] = [
    (
        include_str!("events/rest.json"),
        "/requestContext/authorizer",
    ),
    (
        include_str!("events/http.json"),
        "/requestContext/authorizer/lambda",
    ),
    (WEBSOCKET, "/requestContext/authorizer"),
];

async fn answer(event: &Value) -> Response<Body> {
    let request = request::from_str(&event.to_string()).expect("an event of API Gateway");
    sample_api::handle(request).await.expect("an answer")
}

fn body(response: &Response<Body>) -> Value {
    serde_json::from_slice(response.body().as_ref()).expect("a JSON body")
}

/// Those that come over a path, with their context as it is.
fn requests() -> Vec<Value> {
    let mut events = events(|_| ());
    events.retain(|event| event["requestContext"]["connectionId"].is_null());
    events
}

/// Each event with the context that `change` made of the authorizer's.
fn events(change: impl Fn(&mut Value)) -> Vec<Value> {
    EVENTS
        .iter()
        .map(|(text, context)| {
            let mut event: Value = serde_json::from_str(text).unwrap();
            change(event.pointer_mut(context).unwrap());
            event
        })
        .collect()
}

fn set_method(event: &mut Value, method: &str) {
    for place in [
        "/httpMethod",
        "/requestContext/httpMethod",
        "/requestContext/http/method",
    ] {
        if let Some(member) = event.pointer_mut(place) {
            *member = method.into();
        }
    }
}

fn set_path(event: &mut Value, path: &str) {
    for place in ["/path", "/rawPath", "/requestContext/http/path"] {
        if let Some(member) = event.pointer_mut(place) {
            *member = path.into();
        }
    }
}

async fn refused(event: &Value) {
    let response = answer(event).await;
    assert_eq!(
        response.status(),
        StatusCode::INTERNAL_SERVER_ERROR,
        "{event:#}"
    );
    assert_eq!(body(&response)["reason"], "no_authorizer");
    assert!(body(&response).get("user").is_none());
}

#[tokio::test]
async fn a_user_is_told_what_the_authorizer_said() {
    for event in requests() {
        let response = answer(&event).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(
            body(&response),
            json!({
                "user": "u-light",
                "email": "light@example.com",
                "products": ["p-live-light"],
                "reason": "",
                "method": "GET",
                "path": "/pro/articles/1",
            })
        );
    }
}

#[tokio::test]
async fn each_route_of_a_websocket_is_told_who_connected() {
    for (route, kind) in [
        ("$connect", "CONNECT"),
        ("$default", "MESSAGE"),
        ("$disconnect", "DISCONNECT"),
    ] {
        let mut event: Value = serde_json::from_str(WEBSOCKET).unwrap();
        event["requestContext"]["routeKey"] = route.into();
        event["requestContext"]["eventType"] = kind.into();
        event["body"] = r#"{"userId":"u-pro"}"#.into();
        let response = answer(&event).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            body(&response),
            json!({
                "user": "u-light",
                "email": "light@example.com",
                "products": ["p-live-light"],
                "reason": "",
                "route": route,
            })
        );
    }
}

#[tokio::test]
async fn a_visitor_of_a_public_route_has_no_user() {
    let visitor = |context: &mut Value| {
        *context = json!({"userId": "", "email": "", "products": "", "reason": "", "required": "", "policy": "0"});
    };
    for event in events(visitor) {
        let response = answer(&event).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(body(&response)["user"], Value::Null);
        assert_eq!(body(&response)["email"], Value::Null);
        assert_eq!(body(&response)["products"], json!([]));
    }
}

#[tokio::test]
async fn several_products_are_a_list() {
    for event in events(|context| context["products"] = "p-live-light,p-live-pro".into()) {
        assert_eq!(
            body(&answer(&event).await)["products"],
            json!(["p-live-light", "p-live-pro"])
        );
    }
}

#[tokio::test]
async fn a_request_no_authorizer_spoke_about_is_refused() {
    for (text, _) in EVENTS {
        let mut event: Value = serde_json::from_str(text).unwrap();
        for authorizer in [
            Value::Null,
            json!({}),
            json!({"lambda": null}),
            json!({"lambda": {}}),
            json!({"jwt": {"claims": {"userId": "u-light"}}}),
            json!({"principalId": "u-light"}),
        ] {
            event["requestContext"]["authorizer"] = authorizer;
            refused(&event).await;
        }
        event["requestContext"]
            .as_object_mut()
            .unwrap()
            .remove("authorizer");
        refused(&event).await;
    }
}

#[tokio::test]
async fn a_user_id_that_is_missing_or_no_string_is_refused() {
    for user in [Value::Null, json!(7), json!(true), json!(["u-light"])] {
        for event in events(|context| context["userId"] = user.clone()) {
            refused(&event).await;
        }
    }
    for event in events(|context| {
        context.as_object_mut().unwrap().remove("userId");
    }) {
        refused(&event).await;
    }
}

#[tokio::test]
async fn one_kind_of_context_is_not_taken_for_the_other() {
    let mut rest: Value = serde_json::from_str(EVENTS[0].0).unwrap();
    let context = rest["requestContext"]["authorizer"].take();
    rest["requestContext"]["authorizer"] = json!({"lambda": context});
    refused(&rest).await;

    let mut http: Value = serde_json::from_str(EVENTS[1].0).unwrap();
    let context = http["requestContext"]["authorizer"]["lambda"].take();
    http["requestContext"]["authorizer"] = context;
    refused(&http).await;
}

#[tokio::test]
async fn a_header_never_names_the_user() {
    for event in &mut events(|_| ()) {
        event["requestContext"]["authorizer"] = Value::Null;
        event["headers"]["x-user-id"] = "u-pro".into();
        event["headers"]["userId"] = "u-pro".into();
        refused(event).await;
    }
}

#[tokio::test]
async fn other_context_of_another_type_gives_nothing() {
    for event in events(|context| {
        context["email"] = json!(7);
        context["products"] = json!({"p-live-pro": true});
        context["reason"] = Value::Null;
    }) {
        let response = answer(&event).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(body(&response)["email"], Value::Null);
        assert_eq!(body(&response)["products"], json!([]));
        assert_eq!(body(&response)["reason"], "");
    }
}

#[tokio::test]
async fn any_method_and_path_is_answered_as_it_came() {
    for method in [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE",
    ] {
        for path in [
            "/",
            "/pro/articles/1/",
            "/a//b",
            "/a/../b",
            "/a/%2e%2e/b",
            "/caf%C3%A9",
        ] {
            for event in &mut requests() {
                set_method(event, method);
                set_path(event, path);
                let response = answer(event).await;
                assert_eq!(response.status(), StatusCode::OK, "{method} {path}");
                assert_eq!(body(&response)["method"], method);
                assert_eq!(body(&response)["path"], path);
            }
        }
    }
}

#[tokio::test]
async fn preflight_needs_no_authorizer_and_learns_nothing() {
    for event in &mut requests() {
        set_method(event, "OPTIONS");
        event["requestContext"]["authorizer"] = Value::Null;
        let response = answer(event).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert!(response.body().is_empty());
    }
}

#[tokio::test]
async fn a_body_changes_nothing() {
    for event in &mut events(|_| ()) {
        set_method(event, "POST");
        event["body"] = r#"{"userId":"u-pro"}"#.into();
        assert_eq!(body(&answer(event).await)["user"], "u-light");
    }
}

#[tokio::test]
async fn pages_of_the_allowed_origin_may_read_the_answer() {
    for event in events(|_| ()) {
        let response = sample_api::readable_from(
            answer(&event).await,
            HeaderValue::from_static("https://www.example.com"),
        );
        assert_eq!(
            response.headers()["access-control-allow-origin"],
            "https://www.example.com"
        );
    }
}
