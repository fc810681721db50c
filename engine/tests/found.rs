//! What is known of a request before anybody is asked who they are: whether the token must be looked
//! at, whether the answer hangs on more than what is called, and which route decides.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod compiled;

use tollgate_engine::{Reason, Request, Target, User};
use tollgate_grammar::Sources;

use compiled::policy;

const POLICY: &str = "\
route /public    is public
route /denied    is denied
route /user      requires user
route /named     requires staff
route /own/{id}  requires user {id}
route /team/{t}  requires team {t}
route /address   requires ip in 10.0.0.0/8
route /header    requires not header x-beta = \"1\"
route /query     requires query beta = \"1\" or query beta = \"2\"
route /date      requires before 2026-09-01 and after 2026-06-01
route /both      requires user and ip in 10.0.0.0/8
route /forbid/*  is public
route $connect   requires user
route field Query.a is public
forbid /forbid/user    when user
forbid /forbid/address unless ip in 10.0.0.0/8
forbid /denied         when user
let staff is role staff
";

fn request(target: Target<'_>) -> Request<'_> {
    Request {
        target,
        ip: None,
        unix_millis: 0,
        headers: None,
        query: None,
    }
}

fn get(path: &str) -> Request<'_> {
    let method = "GET";
    request(Target::Path { method, path })
}

/// A request, and whether user and request are asked.
type Case = (&'static str, bool, bool);

const CASES: &[Case] = &[
    ("/public", false, false),
    ("/denied", false, false),
    ("/user", true, false),
    ("/named", true, false),
    ("/own/u-1", true, true),
    ("/team/a", true, true),
    ("/address", false, true),
    ("/header", false, true),
    ("/query", false, true),
    ("/date", false, true),
    ("/both", true, true),
    ("/forbid/nothing", false, false),
    ("/forbid/user", true, false),
    ("/forbid/address", false, true),
    ("/nowhere", false, false),
    ("//", false, false),
];

#[test]
fn only_what_a_rule_asks_is_looked_at() {
    let policy = policy(POLICY);
    for (path, user, more) in CASES {
        let request = get(path);
        let found = policy.find(&request);
        assert_eq!(found.asks_user(), *user, "the user for {path}");
        assert_eq!(found.asks_request(), *more, "the request for {path}");
    }
}

/// The backend is told the tier on every route, so that a tier that asks the request is asked there too.
#[test]
fn a_tier_asks_the_request_on_every_route() {
    let policy = policy("tier gold is ip in 10.0.0.0/8\nroute /a is public\n");
    let request = get("/a");
    assert!(policy.find(&request).asks_request());
    assert!(!policy.find(&request).asks_user());
}

#[test]
fn the_route_that_decides_is_told_by_its_place() {
    let mut sources = Sources::default();
    sources.add("access.policy", POLICY);
    let policy = policy(POLICY);
    for (target, statement) in [
        (get("/user").target, Some("route /user      requires user")),
        (
            get("/forbid/user").target,
            Some("route /forbid/*  is public"),
        ),
        (Target::Connect, Some("route $connect   requires user")),
        (
            Target::Field("Query.a"),
            Some("route field Query.a is public"),
        ),
        (Target::Field("Query.b"), None),
        (get("/nowhere").target, None),
        (get("/user/..").target, None),
    ] {
        let request = request(target);
        let span = policy.find(&request).route_span();
        assert_eq!(span.map(|span| sources.text(span)), statement, "{target:?}");
    }
}

#[test]
fn what_may_not_be_judged_is_told_from_what_no_route_covers() {
    let policy = policy(POLICY);
    let well_formed = |target| policy.find(&request(target)).is_well_formed();
    let path = |method, path| Target::Path { method, path };
    assert!(well_formed(path("GET", "/user")));
    assert!(well_formed(path("GET", "/nowhere")));
    assert!(well_formed(path("BREW", "/user")));
    assert!(well_formed(Target::Connect));
    assert!(well_formed(Target::Field("Query.b")));
    assert!(!well_formed(path("GET", "/user/..")));
    assert!(!well_formed(path("G T", "/user")));
    assert!(!well_formed(path("", "/user")));
    assert!(!well_formed(Target::Field("Query")));
}

/// A gateway that finds more wrong with a request than its path denies it in these words.
#[test]
fn a_request_that_is_refused_for_what_the_policy_is_not_shown_keeps_its_tier() {
    let policy = policy("tier gold is user u-1\nroute /a is public\n");
    let user = User {
        id: "u-1".to_owned(),
        ..User::default()
    };
    let request = get("/a");
    let decision = policy
        .find(&request)
        .refuse(&policy.principal(user), "two paths");
    assert!(!decision.is_allowed());
    assert_eq!(decision.denial().unwrap().reason, Reason::MalformedPath);
    assert_eq!(decision.malformed(), Some("two paths"));
    assert_eq!(decision.tier(), Some("gold"));
    assert_eq!(decision.rule(), None);
}

/// Each way to be malformed has its own words, which the log and `explain` show.
#[test]
fn each_malformed_request_says_what_is_wrong() {
    let long = format!("/{}", "a".repeat(2048));
    let deep = "/a".repeat(65);
    let path = |path| Target::Path {
        method: "GET",
        path,
    };
    let policy = policy(POLICY);
    for (target, words) in [
        (
            Target::Path {
                method: "G T",
                path: "/",
            },
            "HTTP token",
        ),
        (path("a"), "start with `/`"),
        (path(&long), "2048 bytes"),
        (path(&deep), "64 segments"),
        (path("/a//b"), "`//`"),
        (path("//"), "`//`"),
        (path("/a/."), "`..` segment"),
        (path("/../a"), "`..` segment"),
        (path("/a;b"), "a raw"),
        (path("/a\\b"), "a raw"),
        (path("/a\tb"), "a raw"),
        (path("/a /b"), "a raw"),
        (path("/\u{85}"), "a raw"),
        (path("/%"), "two hexadecimal digits"),
        (path("/%2"), "two hexadecimal digits"),
        (path("/%g0"), "two hexadecimal digits"),
        (path("/%61"), "never needs one"),
        (path("/%2e%2e"), "never needs one"),
        (path("/%2F"), "escaped `/`"),
        (path("/%00"), "escaped `/`"),
        (path("/%ff"), "not UTF-8"),
        (Target::Field("Query"), "the field"),
    ] {
        let request = request(target);
        let decision = policy.decide(&request, &policy.visitor());
        assert_eq!(decision.denial().unwrap().reason, Reason::MalformedPath);
        let told = decision.malformed().unwrap();
        assert!(told.contains(words), "{target:?} is refused as {told:?}");
    }
}
