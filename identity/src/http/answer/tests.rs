#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::UNIX_EPOCH;

use reqwest::header::{HeaderName, HeaderValue};

use super::*;

fn answer(headers: &[(&'static str, &str)]) -> Answer {
    let header = |&(name, value): &(&'static str, &str)| {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        (HeaderName::from_static(name), value)
    };
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter().map(header) {
        map.append(name, value);
    }
    // Sunday, 6 November 1994, 08:49:37 GMT: the date of RFC 9110 section 5.6.7.
    let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
    Answer::new(200, map, Vec::new(), now)
}

#[test]
fn the_media_type_is_read_without_parameters() {
    for (value, expected) in [
        ("Application/JSON; charset=utf-8", "application/json"),
        ("text/html", "text/html"),
        (" text/html ;", "text/html"),
        ("caf\u{e9}", ""),
    ] {
        let read = answer(&[("content-type", value)]).media_type;
        assert_eq!(read.as_deref(), Some(expected));
    }
    assert_eq!(answer(&[]).media_type, None);
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    for (value, expected) in [
        ("0", Some(0)),
        ("120", Some(120)),
        (" 7 ", Some(7)),
        ("99999999999999999999999", Some(u64::MAX)),
        ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
        ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
        ("Sun Nov  6 08:50:37 1994", Some(60)),
        ("Sun, 06 Nov 1994 08:49:36 GMT", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("", None),
        ("soon", None),
        ("\u{661}", None),
    ] {
        let read = answer(&[("retry-after", value)]).retry_after;
        assert_eq!(read, expected.map(Duration::from_secs), "{value}");
    }
    assert_eq!(answer(&[]).retry_after, None);
}

#[test]
fn max_age_is_what_is_left_of_it() {
    type Case = (&'static [(&'static str, &'static str)], Option<u64>);
    let cases: [Case; 18] = [
        (&[], None),
        (&[("cache-control", "public")], None),
        (&[("cache-control", "max-age=300")], Some(300)),
        (&[("cache-control", "public, Max-Age=300,x")], Some(300)),
        (&[("cache-control", "max-age=\"300\"")], Some(300)),
        (&[("cache-control", "max-age = 300")], Some(300)),
        (&[("cache-control", "s-maxage=300")], None),
        (&[("cache-control", "no-store")], Some(0)),
        (&[("cache-control", "no-cache, max-age=300")], Some(0)),
        (&[("cache-control", "NO-CACHE=\"set-cookie\"")], Some(0)),
        (&[("cache-control", "max-age=300, max-age=200")], Some(200)),
        (
            &[
                ("cache-control", "max-age=300"),
                ("cache-control", "no-store"),
            ],
            Some(0),
        ),
        (&[("cache-control", "max-age=-1")], Some(0)),
        (&[("cache-control", "max-age")], Some(0)),
        (
            &[("cache-control", "max-age=99999999999999999999999")],
            Some(u64::MAX),
        ),
        (
            &[("cache-control", "max-age=300"), ("age", "100")],
            Some(200),
        ),
        (&[("cache-control", "max-age=300"), ("age", "400")], Some(0)),
        (&[("cache-control", "max-age=300"), ("age", "x")], Some(300)),
    ];
    for (headers, expected) in cases {
        let read = answer(headers).max_age;
        assert_eq!(read, expected.map(Duration::from_secs), "{headers:?}");
    }
}

#[test]
fn other_headers_are_kept() {
    let answer = answer(&[("x-stack-known-error", "X")]);
    assert_eq!(answer.headers.get("x-stack-known-error").unwrap(), "X");
}
