#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use tollgate_grammar::tree::{Pattern, Route, Statement, Target};
use tollgate_grammar::{Sources, parse};

use super::sample_within;
use crate::policy::Policy;
use crate::products::Products;

fn read(text: &str) -> (Policy, Vec<Route>) {
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    let (tree, _) = parse(&sources);
    let (policy, _) = Policy::compile(&sources, &tree, &Products::default());
    let routes = tree
        .statements
        .into_iter()
        .map(|statement| match statement {
            Statement::Route(route) => route,
            _ => panic!("only routes here"),
        });
    (policy.unwrap(), routes.collect())
}

fn pattern(text: &str) -> Pattern {
    let (_, routes) = read(&format!("route {text} is public\n"));
    let route = routes.into_iter().next().unwrap();
    let Target::Path(pattern) = route.target else {
        panic!("a path");
    };
    pattern
}

/// The request of the first of these routes that fits the pattern.
fn sample(policy: &str, within: &str) -> Option<String> {
    let (policy, routes) = read(policy);
    let found = sample_within(
        &policy,
        routes.first().unwrap(),
        &pattern(within),
        &|_, _| true,
    );
    found.map(|(method, path)| format!("{method} {path}"))
}

#[test]
fn a_sample_fits_both_the_route_and_the_pattern() {
    for (route, within, expected) in [
        ("/a", "/a", Some("GET /a")),
        ("/a", "/b", None),
        ("/a", "/*", Some("GET /a")),
        ("/*", "/a", Some("GET /a")),
        ("/", "/*", None),
        ("/*", "/", None),
        ("/a/*", "/{x}/b/*", Some("GET /a/b/example")),
        ("/{x}/b/*", "/a/*", Some("GET /a/b/example")),
        ("/a/{id}", "/a/{other}", Some("GET /a/other")),
        ("/a/{id}", "/a/me", Some("GET /a/me")),
        ("/a/*", "/a", None),
        ("/a/*", "/a/b/c", Some("GET /a/b/c")),
        ("POST /a", "/a", Some("POST /a")),
    ] {
        let found = sample(&format!("route {route} is public\n"), within);
        assert_eq!(found.as_deref(), expected, "{route} within {within}");
    }
}

#[test]
fn a_sample_of_a_route_is_a_request_that_it_decides() {
    for (policy, expected) in [
        ("route / is public\n", Some(("GET", "/"))),
        ("route PUT, POST /a is public\n", Some(("PUT", "/a"))),
        ("route /a/{id} is public\n", Some(("GET", "/a/id"))),
        // Taken by another route, until something else stands there.
        (
            "route /a/{id} is public\nroute /a/id is denied\n",
            Some(("GET", "/a/1")),
        ),
        (
            "route /a/* is public\nroute /a/{x} is denied\n",
            Some(("GET", "/a/example/example")),
        ),
        (
            "route /a/* is public\nroute GET /a/{x} is denied\n",
            Some(("POST", "/a/example")),
        ),
        (
            "route /caf%C3%A9/a%20b is public\n",
            Some(("GET", "/caf%C3%A9/a%20b")),
        ),
        ("route $connect is public\n", None),
        ("route field Query.a is public\n", None),
        (
            "route GET /{x} is public\nroute GET /a is denied\n",
            Some(("GET", "/x")),
        ),
    ] {
        let (policy_read, routes) = read(policy);
        let found = super::sample(&policy_read, routes.first().unwrap());
        let found = found.as_ref();
        let found = found.map(|(method, path)| (method.as_str(), path.as_str()));
        assert_eq!(found, expected, "{policy}");
    }
}

#[test]
fn what_another_route_decides_is_no_sample() {
    let both = "route /a/* is public\nroute /a/b/* requires user\n";
    assert_eq!(sample(both, "/a/b/{x}"), None);
    assert_eq!(sample(both, "/a/{x}").as_deref(), Some("GET /a/x"));
}

#[test]
fn what_is_not_accepted_is_no_sample() {
    let (policy, routes) = read("route /a/{id} is public\n");
    let route = routes.first().unwrap();
    let within = pattern("/a/{id}");
    let found = sample_within(&policy, route, &within, &|method, path| {
        method == "PUT" && path != "/a/id"
    });
    assert_eq!(found, Some(("PUT".to_owned(), "/a/1".to_owned())));
    assert_eq!(sample_within(&policy, route, &within, &|_, _| false), None);
}
