//! What a client shows for itself, read strictly: one value, one space, one token, in one place.
#![allow(clippy::panic, reason = "tests")]

use tollgate_gateway::credential::{Credential, Fields, MAX_TOKEN};
use tollgate_identity::token_source::TokenSource;

/// A request's headers and query parameters, cookies among the headers.
#[derive(Default)]
struct Sent {
    headers: Vec<(&'static str, &'static str)>,
    query: Vec<(&'static str, &'static str)>,
}

impl Fields<'static> for Sent {
    fn header(&self, name: &str) -> Vec<&'static str> {
        let named = self.headers.iter().filter(|(header, _)| *header == name);
        named.map(|(_, value)| *value).collect()
    }

    fn query(&self, name: &str) -> Vec<&'static str> {
        let named = self
            .query
            .iter()
            .filter(|(parameter, _)| *parameter == name);
        named.map(|(_, value)| *value).collect()
    }

    fn cookies(&self) -> Vec<&'static str> {
        self.header("cookie")
    }
}

fn source(text: &str) -> TokenSource {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn find(sent: &Sent, sources: &[&str]) -> Credential<'static> {
    let sources: Vec<TokenSource> = sources.iter().map(|text| source(text)).collect();
    Credential::find(sent, &sources)
}

fn headers(headers: &[(&'static str, &'static str)]) -> Sent {
    Sent {
        headers: headers.to_vec(),
        ..Sent::default()
    }
}

fn token(place: &str, token: &'static str) -> Credential<'static> {
    Credential::Token(source(place), token)
}

fn of_value(value: &str) -> Credential<'_> {
    Credential::of_value(value, &[TokenSource::Bearer])
}

#[test]
fn a_bearer_token() {
    for value in [
        "Bearer abc.def-_~+/",
        "bearer abc",
        "BEARER abc",
        "Bearer abc==",
    ] {
        assert!(
            matches!(of_value(value), Credential::Token(TokenSource::Bearer, _)),
            "{value}"
        );
    }
    assert_eq!(of_value("Bearer abc"), token("bearer", "abc"));
    let sent = headers(&[("authorization", "Bearer abc")]);
    assert_eq!(find(&sent, &["bearer"]), token("bearer", "abc"));
}

#[test]
fn nothing_is_shown() {
    assert_eq!(of_value(""), Credential::None);
    for sent in [
        headers(&[]),
        headers(&[("authorization", "")]),
        headers(&[("cookie", "a=b")]),
    ] {
        let everywhere = ["bearer", "header x", "cookie c", "query q", "protocol p"];
        assert_eq!(find(&sent, &everywhere), Credential::None);
    }
}

/// Odd separators after `Bearer` (GHSA-gv94-wp4h-vv8p), several values of one header
/// (CVE-2021-32777), and all that no two readers would read alike.
#[test]
fn what_proves_nobody() {
    for value in [
        "Bearer",
        "Bearer ",
        "Bearer  abc",
        "Bearer\tabc",
        "Bearer abc ",
        " Bearer abc",
        "Bearer abc def",
        "Bearer abc,def",
        "Bearer abc, Bearer def",
        "Bearer abc\n",
        "Bearer ====",
        "Bearer a=b",
        "Bearer \u{fc}",
        "Bearer\u{a0}abc",
        "Basic dXNlcjpwYXNz",
        "Token abc",
        "abc",
        "abc.def.ghi",
    ] {
        assert_eq!(of_value(value), Credential::Unreadable, "{value:?}");
        let sent = headers(&[("authorization", value)]);
        assert_eq!(
            find(&sent, &["bearer"]),
            Credential::Unreadable,
            "{value:?}"
        );
    }
    for values in [["Bearer abc", "Bearer abc"], ["Bearer abc", ""]] {
        let sent = headers(&values.map(|value| ("authorization", value)));
        assert_eq!(find(&sent, &["bearer"]), Credential::Unreadable);
    }
}

#[test]
fn each_place_has_its_form() {
    let query = |value| Sent {
        query: vec![("access_token", value)],
        ..Sent::default()
    };
    let protocol = "sec-websocket-protocol";
    for (sent, place) in [
        (
            headers(&[("x-stack-access-token", "abc")]),
            "header x-stack-access-token",
        ),
        (headers(&[("cookie", "session=abc")]), "cookie session"),
        (
            headers(&[("cookie", "a=b; session=abc;c=d")]),
            "cookie session",
        ),
        (
            headers(&[("cookie", "a=b"), ("cookie", "session=abc")]),
            "cookie session",
        ),
        (query("abc"), "query access_token"),
        (headers(&[(protocol, "bearer, abc")]), "protocol bearer"),
        (
            headers(&[(protocol, "v1,bearer,abc,v2")]),
            "protocol bearer",
        ),
        (
            headers(&[(protocol, "bearer"), (protocol, "abc")]),
            "protocol bearer",
        ),
    ] {
        assert_eq!(find(&sent, &[place]), token(place, "abc"), "{place}");
        assert_eq!(
            find(&sent, &["bearer"]),
            Credential::None,
            "{place} is not asked for"
        );
    }
}

#[test]
fn a_place_that_comes_twice_or_is_odd_proves_nobody() {
    let query = |values: &[&'static str]| Sent {
        query: values.iter().map(|value| ("t", *value)).collect(),
        ..Sent::default()
    };
    let protocol = "sec-websocket-protocol";
    for (sent, place) in [
        (headers(&[("x-t", "abc"), ("x-t", "abc")]), "header x-t"),
        (headers(&[("x-t", "abc,def")]), "header x-t"),
        (headers(&[("x-t", "Bearer abc")]), "header x-t"),
        (headers(&[("cookie", "s=abc; s=abc")]), "cookie s"),
        (
            headers(&[("cookie", "s=abc"), ("cookie", "s=def")]),
            "cookie s",
        ),
        (headers(&[("cookie", "s=\"abc\"")]), "cookie s"),
        (query(&["abc", "abc"]), "query t"),
        (query(&["a b"]), "query t"),
        (headers(&[(protocol, "bearer")]), "protocol bearer"),
        (
            headers(&[(protocol, "bearer, abc, bearer, def")]),
            "protocol bearer",
        ),
        (headers(&[(protocol, "bearer, a b")]), "protocol bearer"),
    ] {
        assert_eq!(find(&sent, &[place]), Credential::Unreadable, "{place}");
    }
    // Names of cookies and parameters are told apart by case.
    assert_eq!(
        find(&headers(&[("cookie", "S=abc")]), &["cookie s"]),
        Credential::None
    );
}

/// Which of two tokens counts would depend on who reads them.
#[test]
fn tokens_in_two_places_prove_nobody() {
    let sent = headers(&[("authorization", "Bearer abc"), ("cookie", "s=abc")]);
    assert_eq!(find(&sent, &["bearer", "cookie s"]), Credential::Unreadable);
    assert_eq!(find(&sent, &["cookie s", "bearer"]), Credential::Unreadable);
    assert_eq!(find(&sent, &["cookie s"]), token("cookie s", "abc"));
    let odd = headers(&[("authorization", "Basic abc"), ("cookie", "s=abc")]);
    assert_eq!(find(&odd, &["bearer", "cookie s"]), Credential::Unreadable);
}

/// A TOKEN event does not say which header its value is of.
#[test]
fn the_value_of_a_token_event_is_of_the_header_it_fits() {
    let named = [source("header x-t")];
    let both = [TokenSource::Bearer, source("header x-t")];
    let two = [source("header x-t"), source("header x-u")];
    for (value, sources, expected) in [
        ("abc", named.as_slice(), token("header x-t", "abc")),
        ("abc", &both, token("header x-t", "abc")),
        ("Bearer abc", &both, token("bearer", "abc")),
        ("Bearer abc", &named, Credential::Unreadable),
        ("abc", &two, Credential::Unreadable),
        ("abc", &[source("cookie c")], Credential::Unreadable),
        ("Basic abc", &named, Credential::Unreadable),
        ("abc,def", &named, Credential::Unreadable),
        ("", &both, Credential::None),
    ] {
        assert_eq!(
            Credential::of_value(value, sources),
            expected,
            "{value} {sources:?}"
        );
    }
}

#[test]
fn a_token_has_a_limit() {
    let longest = format!("Bearer {}", "x".repeat(MAX_TOKEN));
    assert!(matches!(of_value(&longest), Credential::Token(..)));
    let longer = format!("{longest}x");
    assert_eq!(of_value(&longer), Credential::Unreadable);
}

#[test]
fn a_token_is_never_printed() {
    for (value, printed) in [
        ("Bearer secret", "Token(bearer, ***)"),
        ("Basic secret", "Unreadable"),
        ("", "None"),
    ] {
        assert_eq!(format!("{:?}", of_value(value)), printed);
    }
}

#[test]
fn an_appsync_token_comes_with_a_scheme_or_without() {
    let of_raw = |value, sources: &[&str]| {
        let sources: Vec<TokenSource> = sources.iter().map(|text| source(text)).collect();
        Credential::of_raw(value, &sources)
    };
    for value in ["t", "Bearer t", "bearer t"] {
        assert_eq!(of_raw(value, &["bearer"]), token("bearer", "t"));
        assert_eq!(
            of_raw(value, &["header x-token", "bearer"]),
            token("bearer", "t")
        );
    }
    assert_eq!(
        of_raw("t", &["header x-token"]),
        token("header x-token", "t")
    );
    for value in ["Bearer  t", "Basic t", "t ", "t,t", "Bearer t,t", "Bearer "] {
        assert_eq!(
            of_raw(value, &["bearer"]),
            Credential::Unreadable,
            "{value}"
        );
    }
    for sources in [&["bearer"], &["header x-token"]] {
        assert_eq!(of_raw("", sources), Credential::None);
    }
    // Nothing says which of them it is.
    for sources in [&["cookie a", "query b"], &["header a", "header b"]] {
        assert_eq!(of_raw("t", sources), Credential::Unreadable);
    }
}
