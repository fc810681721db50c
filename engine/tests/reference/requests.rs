//! Requests in the vocabulary of the policies, some of them malformed.

use std::net::IpAddr;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use tollgate_engine::{Request, Target};

/// What is called.
#[derive(Debug, Clone)]
pub enum Callee {
    /// Method and path.
    Path(String, String),
    Connect,
    Field(String),
}

/// A request that owns what it is made of.
#[derive(Debug, Clone)]
pub struct Call {
    pub callee: Callee,
    pub ip: Option<IpAddr>,
    pub unix_millis: i64,
    pub headers: Option<Vec<(String, String)>>,
    pub query: Option<Vec<(String, String)>>,
}

impl Call {
    /// A call of which only method and path matter.
    pub fn of(method: &str, path: &str) -> Self {
        Self {
            callee: Callee::Path(method.to_owned(), path.to_owned()),
            ip: None,
            unix_millis: NEW_YEAR,
            headers: None,
            query: None,
        }
    }

    pub fn request(&self) -> Request<'_> {
        Request {
            target: match &self.callee {
                Callee::Path(method, path) => Target::Path { method, path },
                Callee::Connect => Target::Connect,
                Callee::Field(field) => Target::Field(field),
            },
            ip: self.ip,
            unix_millis: self.unix_millis,
            headers: self.headers.as_deref(),
            query: self.query.as_deref(),
        }
    }
}

/// 2026-01-01T00:00:00Z, by `date -u -d 2026-01-01 +%s`.
const NEW_YEAR: i64 = 1_767_225_600_000;

/// Any request.
pub fn call() -> impl Strategy<Value = Call> {
    let callee = prop_oneof![
        17 => (method(), path()).prop_map(|(method, path)| Callee::Path(method, path)),
        1 => Just(Callee::Connect),
        2 => field().prop_map(Callee::Field),
    ];
    (
        callee,
        ip(),
        moment(),
        fields(&["x-a", "x-b"]),
        fields(&["page", "Page"]),
    )
        .prop_map(|(callee, ip, unix_millis, headers, query)| Call {
            callee,
            ip,
            unix_millis,
            headers,
            query,
        })
}

fn method() -> impl Strategy<Value = String> {
    prop_oneof![
        30 => select(&["GET", "POST", "PUT"][..]),
        1 => select(&["DELETE", "get", "", "G T", "GÉT", "GET,POST", "!#$%&'*+-.^_`|~09azAZ"][..]),
    ]
    .prop_map(str::to_owned)
}

/// Those that policies name, others, and some that are none.
fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => select(&["*", "Query.a", "Query.b"][..]),
        4 => select(&["Query.A", "query.a", "_T.__x0", "Query.a_"][..]),
        1 => select(&["", "Query", ".", "Query.", ".a", "Query.*", "Query.a.b", "Query.é", "1.a", "Query.a ", "/a"][..]),
    ]
    .prop_map(str::to_owned)
}

fn path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        90 => select(&["a", "b"][..]),
        8 => select(&["A", "c%20d", "c d", "é", "%C3%A9", "%c3%a9", "u-1", "..."][..]),
        2 => select(NASTY),
    ];
    let end =
        prop_oneof![15 => Just(""), 4 => Just("/"), 1 => select(&["//", "/.", "?", "#", "*"][..])];
    (vec(segment, 0..=3), end).prop_map(|(segments, end)| {
        let path: String = segments
            .iter()
            .map(|segment| format!("/{segment}"))
            .collect();
        if path.is_empty() && end.is_empty() {
            "/".to_owned()
        } else {
            path + end
        }
    })
}

/// Segments that make a path malformed, and some that look it but do not.
const NASTY: &[&str] = &[
    "",
    ".",
    "..",
    "%2e",
    "%2E%2e",
    ".%2e",
    "a%2fb",
    "a%5Cb",
    "a\\b",
    "a;b",
    "..;",
    "a*",
    "*",
    "a?",
    "a#",
    "%25",
    "%252e",
    "%",
    "%4",
    "%zz",
    "%41",
    "%7e",
    "%00",
    "%0a",
    "%7F",
    "\u{7f}",
    "\u{85}",
    "%C2%85",
    "%c0%ae",
    "%ff",
    "%ed%a0%80",
    "%20",
    "a%20",
    "%20a",
    " a",
    "a ",
    "\u{a0}a",
    "a%C2%A0",
    "a\u{3000}",
    "\u{200b}a",
    "%3b",
    "%2a",
    "%3F",
    "%23",
    "a b",
    "%21",
    "(a)",
    "+",
    "%2B",
    "a%E2%82%AC",
];

fn ip() -> impl Strategy<Value = Option<IpAddr>> {
    let addresses = [
        "10.0.0.0",
        "10.0.0.1",
        "10.0.0.2",
        "10.255.0.1",
        "11.0.0.1",
        "::ffff:10.0.0.1",
        "::10.0.0.1",
        "::1",
        "2001:db8::1",
        "2001:db8:8000::1",
        "2001:db9::1",
    ];
    let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
    option::weighted(0.85, select(addresses))
}

/// At the turn of the year, and far from it.
fn moment() -> impl Strategy<Value = i64> {
    select(&[NEW_YEAR - 1, NEW_YEAR, NEW_YEAR + 1, 0, i64::MIN, i64::MAX][..])
}

/// None to tell, absent, once, or more than once.
fn fields(names: &'static [&'static str]) -> impl Strategy<Value = Option<Vec<(String, String)>>> {
    let field = (select(names), select(&["1", "2", "é", ""][..]))
        .prop_map(|(name, value)| (name.to_owned(), value.to_owned()));
    option::weighted(0.85, vec(field, 0..=3))
}
