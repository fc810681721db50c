//! No token of any place is in anything that is shown.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Exchange, SecretNames};
use crate::gateway::log::Outcome;
use crate::gateway::request::Request;
use crate::gateway::verdict::{Context, Verdict};
use crate::place::Place;
use crate::template::authorizer::IdentitySource;

const TOKEN: &str = "eyJhbGciOi.J9-secret.c2ln";

fn names() -> SecretNames {
    let sources = [
        IdentitySource::Header("X-Identity".to_owned()),
        IdentitySource::Query("v".to_owned()),
    ];
    let name = str::to_owned;
    let places = [
        Place::Bearer,
        Place::Header(name("x-token")),
        Place::Cookie(name("session")),
        Place::Query(name("access_token")),
        Place::Protocol(name("bearer")),
    ];
    SecretNames::new(&sources, &places)
}

type Header = (&'static str, String);

/// Where a client may put a token: a header, or a query.
fn places() -> Vec<(Option<Header>, Option<String>)> {
    let header = |name, value: String| (Some((name, value)), None);
    vec![
        header("Authorization", format!("Bearer {TOKEN}")),
        header("authorization", TOKEN.to_owned()),
        header("Proxy-Authorization", format!("Basic {TOKEN}")),
        header("X-Token", TOKEN.to_owned()),
        header("x-identity", TOKEN.to_owned()),
        header("X-Api-Key", TOKEN.to_owned()),
        header("Cookie", format!("theme=dark; session={TOKEN}; a=b")),
        header("Sec-WebSocket-Protocol", format!("bearer, {TOKEN}")),
        (None, Some(format!("a=b&access_token={TOKEN}"))),
        (None, Some(format!("v={TOKEN}&a=b"))),
        (
            None,
            Some(format!("access%5Ftoken={}", TOKEN.replace('-', "%2D"))),
        ),
    ]
}

/// One in which everybody quotes the token.
fn exchange(header: Option<(&str, String)>, query: Option<String>) -> Exchange {
    let quoted = format!("the token {TOKEN} is odd");
    let headers = header.map(|(name, value)| (name.to_owned(), value));
    let context = json!({ "userId": "u-1", "note": quoted, TOKEN: true });
    let context: Context = serde_json::from_value(context).unwrap();
    let event = json!({
        "authorizationToken": TOKEN,
        "identitySource": [TOKEN],
        "cookies": [format!("session={TOKEN}")],
        "rawQueryString": query,
        "headers": headers.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "queryStringParameters": { "v": TOKEN, "access_token": [TOKEN], "other": "shown" },
    });
    let mut exchange = Exchange {
        method: "GET".to_owned(),
        path: format!("/a/{TOKEN}"),
        status: 403,
        outcome: Outcome::Denied,
        reason: quoted.clone(),
        body: Some(Bytes::from(json!({ "message": quoted }).to_string())),
        secrets: Arc::new(names()),
        ..Exchange::default()
    };
    let value = hyper::header::HeaderValue::from_str(&quoted).unwrap();
    exchange.headers.insert("x-note", value);
    exchange.notes.request = Some(Request {
        method: "GET".to_owned(),
        path: format!("/a/{TOKEN}"),
        query,
        protocol: "HTTP/1.1".to_owned(),
        headers: headers.into_iter().collect(),
        source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 3000,
    });
    exchange.notes.event = Some(Arc::new(event));
    exchange.notes.answer = Some(Arc::new(json!({ "context": context })));
    exchange.notes.verdict = Some(Verdict::Allow {
        principal: TOKEN.to_owned(),
        context,
    });
    exchange
}

#[test]
fn no_token_of_any_place_is_in_what_is_shown() {
    for (header, query) in places() {
        let place = format!("{header:?} {query:?}");
        let exchange = exchange(header, query);
        for shown in [
            exchange.to_json().to_string(),
            exchange.summary().to_string(),
        ] {
            assert!(!shown.contains(TOKEN), "{place}: {shown}");
            assert!(!shown.contains("secret"), "{place}: {shown}");
        }
        assert!(
            exchange
                .to_json()
                .to_string()
                .contains("the token ••• is odd")
        );
    }
}

#[test]
fn what_is_in_a_secrets_place_is_none_however_short() {
    let exchange = exchange(
        Some(("Authorization", "x".to_owned())),
        Some("v=1&a=b".to_owned()),
    );
    let shown = exchange.to_json();
    assert_eq!(shown["request_headers"], json!([["Authorization", "•••"]]));
    assert_eq!(shown["query"], "v=•••&a=b");
    let event = &shown["event"];
    assert_eq!(event["headers"], json!({ "Authorization": "•••" }));
    assert_eq!(event["rawQueryString"], "v=•••&a=b");
    let query = json!({ "v": "•••", "access_token": ["•••"], "other": "shown" });
    assert_eq!(event["queryStringParameters"], query);
    assert_eq!(event["cookies"], json!(["•••"]));
}

#[test]
fn debugging_says_no_more_than_the_log() {
    let exchange = Exchange {
        reason: "why".to_owned(),
        path: "/a".to_owned(),
        ..exchange(Some(("X-Token", TOKEN.to_owned())), None)
    };
    let debug = format!("{exchange:?}");
    assert_eq!(debug, format!("Exchange(0: {exchange})"));
    assert!(!debug.contains(TOKEN), "{debug}");
}

/// The stages' names and whether the request went on from them.
fn stages(exchange: &Exchange) -> Vec<(String, bool)> {
    let shown = exchange.to_json();
    let steps = shown["steps"].as_array().unwrap();
    let of = |step: &Value| {
        let stage = step["stage"].as_str().unwrap();
        (stage.to_owned(), step["ok"].as_bool().unwrap())
    };
    steps.iter().map(of).collect()
}

#[test]
fn the_stages_are_those_that_it_came_to() {
    let refused = Exchange {
        status: 400,
        ..Exchange::default()
    };
    let expect = |exchange: &Exchange, expected: &[(&str, bool)]| {
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, ok)| ((*name).to_owned(), *ok))
            .collect();
        assert_eq!(stages(exchange), expected);
    };
    expect(&refused, &[("admission", false), ("reply", false)]);
    let of_connection = |outcome, status| Exchange {
        status,
        outcome,
        ..Exchange::default()
    };
    let message = of_connection(Outcome::Open, 200);
    expect(&message, &[("backend", true), ("reply", true)]);
    let lost = of_connection(Outcome::BackendFailed, 504);
    expect(&lost, &[("backend", false), ("reply", false)]);
    expect(&of_connection(Outcome::Closed, 1006), &[("reply", true)]);
    let mut one = exchange(None, None);
    one.outcome = Outcome::Refused;
    one.notes.verdict = None;
    expect(
        &one,
        &[("admission", true), ("route", false), ("reply", false)],
    );
    one.notes.route = Some("ANY /".to_owned());
    expect(
        &one,
        &[
            ("admission", true),
            ("route", true),
            ("authorizer", false),
            ("reply", false),
        ],
    );
    one.notes.verdict = Some(Verdict::Unidentified("no header".to_owned()));
    one.outcome = Outcome::Unauthorized;
    expect(
        &one,
        &[
            ("admission", true),
            ("route", true),
            ("identity", false),
            ("reply", false),
        ],
    );
    one.notes.verdict = Some(Verdict::Unauthorized);
    expect(
        &one,
        &[
            ("admission", true),
            ("route", true),
            ("identity", true),
            ("cache", true),
            ("authorizer", false),
            ("reply", false),
        ],
    );
    one.notes.verdict = exchange(None, None).notes.verdict;
    (one.outcome, one.status, one.cached) = (Outcome::Allowed, 200, true);
    expect(
        &one,
        &[
            ("admission", true),
            ("route", true),
            ("identity", true),
            ("cache", true),
            ("document", true),
            ("backend", true),
            ("reply", true),
        ],
    );
}
