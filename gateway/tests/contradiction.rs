//! Parts of one event that must agree: method, path and route template.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use tollgate_gateway::Event;
use tollgate_gateway::event::Contradiction;

const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/main/GET/x";

/// A REST API's event of a route with this template, for a path.
fn of_route(template: &str, path: &str) -> Value {
    json!({
        "type": "REQUEST", "methodArn": ARN.replace("/GET/x", &format!("/GET{path}")),
        "httpMethod": "GET", "path": path, "resource": template,
    })
}

#[test]
fn a_path_is_one_of_its_routes_template() {
    for (template, path, fits) in [
        ("/", "/", true),
        ("/", "/a", false),
        ("/a", "/a", true),
        ("/a", "/b", false),
        ("/a", "/a/b", false),
        ("/a/b", "/a", false),
        ("/users/{id}", "/users/7", true),
        ("/users/{id}", "/users", false),
        ("/users/{id}", "/users/7/x", false),
        ("/users/{id}/x", "/users/7/x", true),
        ("/users/{id}/x", "/users/7/y", false),
        ("/{proxy+}", "/a", true),
        ("/{proxy+}", "/a/b/c", true),
        ("/a/{proxy+}", "/a/b/c", true),
        ("/a/{proxy+}", "/a", false),
        ("/a/{proxy+}", "/b/c", false),
        // A brace alone is a letter like another.
        ("/{id", "/7", false),
        ("/id}", "/7", false),
    ] {
        let event = of_route(template, path);
        let contradiction = Event::read(&event).unwrap().contradiction;
        let expected = (!fits).then_some(Contradiction::Template);
        assert_eq!(contradiction, expected, "{template} {path}");
    }
}

#[test]
fn a_contradiction_says_what_is_wrong() {
    let path = json!({ "path": "/y" });
    let template = json!({ "resource": "/y" });
    let method = json!({ "httpMethod": "POST" });
    let header = json!({ "headers": { "X-HTTP-Method": "POST" } });
    for (changes, words) in [
        (path, "the event's path is not that of its ARN"),
        (
            template,
            "the path of the ARN does not fit the event's route",
        ),
        (method, "the event's method is not that of its ARN"),
        (header, "a header asks for another method"),
    ] {
        let mut event = of_route("/x", "/x");
        let changes = changes.as_object().unwrap().clone();
        event.as_object_mut().unwrap().extend(changes);
        let contradiction = Event::read(&event).unwrap().contradiction;
        assert_eq!(contradiction.map(Contradiction::describe), Some(words));
    }
}

/// `ANY` is every method; any other is the one that was called.
#[test]
fn the_method_of_an_http_apis_route_is_the_one_that_is_called() {
    for (route, contradiction) in [
        ("GET /x", None),
        ("ANY /x", None),
        ("$default", None),
        ("POST /x", Some(Contradiction::Method)),
        ("ANY /y", Some(Contradiction::Template)),
    ] {
        let event = json!({
            "type": "REQUEST", "version": "2.0", "routeArn": ARN, "routeKey": route,
        });
        assert_eq!(
            Event::read(&event).unwrap().contradiction,
            contradiction,
            "{route}"
        );
    }
}
