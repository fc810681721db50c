//! What an explanation says in words, and what of a user stays unknown.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::format_push_string,
    reason = "tests"
)]

use tollgate_grammar::parse;

use super::*;
use crate::example::TEST_USER;
use crate::request;
use crate::user::Fact;

/// A request of these rules, explained for whoever the policy's first test is about, or a visitor.
fn explained<R>(rules: &str, request: &Request<'_>, look: impl FnOnce(&Explanation<'_>) -> R) -> R {
    let mut sources = Sources::default();
    sources.add("access.policy", rules);
    let (tree, findings) = parse(&sources);
    let products = Products::default();
    let (policy, more) = Policy::compile(&sources, &tree, &products);
    let policy = policy.unwrap_or_else(|| panic!("{findings:?} {more:?}"));
    let group = tree
        .statements
        .iter()
        .find_map(|statement| match statement {
            Statement::Test(test) => test.groups.first(),
            _ => None,
        });
    let principal = group.map_or_else(
        || policy.visitor(),
        |group| policy.who(&group.who.node, &products),
    );
    look(&explain(
        &policy, &sources, &tree, &products, request, &principal,
    ))
}

fn get(path: &str) -> Request<'_> {
    Request {
        target: request::Target::Path {
            method: "GET",
            path,
        },
        ip: None,
        unix_millis: 0,
        headers: None,
        query: None,
    }
}

/// A line for each rule but the one that was asked: its part and why it has it.
fn others(rules: &[Considered]) -> Vec<String> {
    rules
        .iter()
        .filter(|rule| rule.part != Role::Asked)
        .map(|rule| format!("{}: {}", rule.part.as_str(), rule.because))
        .collect()
}

/// The sets of facts that would turn the decision, as `+role x -mfa`.
fn changes(explanation: &Explanation<'_>) -> Vec<String> {
    let step = |step: &Step| format!("{}{}", if step.holds { '+' } else { '-' }, step.fact);
    let set = |change: &Change| change.steps.iter().map(step).collect::<Vec<_>>().join(" ");
    explanation.changes.iter().map(set).collect()
}

/// Routes, the first of them asked for its own path, and what is said of the others.
#[test]
fn why_a_route_is_less_specific() {
    for (asked, other, path, expected) in [
        ("/a/b", "/a/{x}", "/a/b", "`{x}` is less specific than `b`"),
        ("/a/b", "/{x}/*", "/a/b", "`{x}` is less specific than `a`"),
        ("/a/b", "/a/*", "/a/b", "`*` is less specific than `b`"),
        (
            "/a/b",
            "/a/{x+}",
            "/a/b",
            "`{x+}` is less specific than `b`",
        ),
        ("/a/{x}", "/a/*", "/a/b", "`*` is less specific than `{x}`"),
        (
            "/a/{x}/*",
            "/a/*",
            "/a/b/c",
            "`*` is less specific than `{x}`",
        ),
    ] {
        let rules = format!("route {other} is public\nroute {asked} is public\n");
        explained(&rules, &get(path), |explanation| {
            let line = format!("less-specific: {expected} of the route that was asked");
            assert_eq!(others(&explanation.routes), [line], "{rules}");
        });
    }
    let rules = "route /a is public\nroute GET /a is public\n";
    explained(rules, &get("/a"), |explanation| {
        let line = "less-specific: any method is less specific than a named one";
        assert_eq!(others(&explanation.routes), [line]);
    });
}

#[test]
fn why_a_route_is_too_long_or_too_short() {
    let before_rest = "its `*` stands for one segment or more, and the path ends before it";
    let beneath = "it covers its own path alone, and this path goes on: `/*` at its end would cover \
                   what lies beneath";
    for (route, path, expected) in [
        ("/a/*", "/a", Some(before_rest)),
        ("/*", "/", Some(before_rest)),
        ("/a", "/a/b", Some(beneath)),
        ("/a/{x}", "/a/b/c/d", Some(beneath)),
        ("/", "/a", None),
        ("/a/*", "/b/c", None),
        ("/a/b/*", "/a", None),
        ("/a/b", "/a", None),
    ] {
        explained(
            &format!("route {route} is public\n"),
            &get(path),
            |explanation| {
                let lines: Vec<String> = expected
                    .iter()
                    .map(|because| format!("other-length: {because}"))
                    .collect();
                assert_eq!(others(&explanation.routes), lines, "{route} {path}");
            },
        );
    }
    // Where a route was asked, that is of no interest.
    let rules = "route /a is public\nroute /a/b is public\n";
    explained(rules, &get("/a/b"), |explanation| {
        assert_eq!(explanation.routes.len(), 1);
    });
}

#[test]
fn what_is_said_of_the_route_that_was_asked() {
    let rules = "route $connect is public\nroute field * is public\nroute field Query.me is public\n\
                 route /a is public\nforbid $connect when mfa\n";
    let of = |target| Request {
        target,
        ..get("/a")
    };
    for (target, expected) in [
        (request::Target::Connect, "it is the route of `$connect`"),
        (
            request::Target::Field("Query.you"),
            "it is the route of every field that no other route names",
        ),
        (
            request::Target::Field("Query.me"),
            "it is the route of this field",
        ),
        (
            get("/a").target,
            "it is the most specific route that matches",
        ),
    ] {
        explained(rules, &of(target), |explanation| {
            assert_eq!(explanation.routes[0].because, expected);
        });
    }
    explained(rules, &of(request::Target::Connect), |explanation| {
        assert_eq!(explanation.forbids[0].part, Role::Passes);
    });
}

/// Only of the route that was asked is a condition shown, and only that one counts.
#[test]
fn other_routes_have_no_condition() {
    let rules = "route /{x} requires role x\nroute /a requires role y\ntest \"t\" {\n  user u\n  GET /a is denied\n}\n";
    explained(rules, &get("/a"), |explanation| {
        let conditions = explanation.routes.iter().map(|route| &route.condition);
        let shown: Vec<Option<&str>> = conditions
            .map(|condition| Some(condition.as_ref()?.text.as_str()))
            .collect();
        assert_eq!(shown, [Some("role y"), None]);
        assert_eq!(changes(explanation), ["+role y"]);
    });
}

/// A visitor would sign in as somebody, of whom nothing else holds.
#[test]
fn whoever_would_sign_in_has_an_id() {
    let rules = "route /a requires product a\n";
    explained(rules, &get("/a"), |explanation| {
        assert_eq!(changes(explanation), ["+user +product a"]);
        let user = explanation.changes[0].user().unwrap();
        assert_eq!(user.id, TEST_USER);
        assert_eq!(user.products, Fact::Known(vec!["a".to_owned()]));
        assert_eq!(user.roles, Fact::Known(Vec::new()));
    });
}

/// As many as are listed, beside the one that was asked.
#[test]
fn no_rule_is_left_out_that_has_room() {
    for (near, more) in [(MAX_NEAR, 0), (MAX_NEAR + 1, 1)] {
        let mut rules = "route GET /a is public\n".to_owned();
        for number in 0..near {
            rules += &format!("route M{number} /a is public\n");
        }
        explained(&rules, &get("/a"), |explanation| {
            assert_eq!(explanation.routes.len(), 1 + MAX_NEAR);
            assert_eq!(explanation.more, more);
        });
    }
}

/// The first that are found are not the best, and what is larger may turn out to be as small: who has
/// `mfa sms` has `mfa`.
#[test]
fn the_best_of_more_changes_than_are_named() {
    let others = "+role r1, +role r2, +role r3, +role r4";
    for (condition, expected) in [
        (
            "product a or role r1 or r2 or r3 or r4 or r5 or r6 or product b",
            "+product a, +product b",
        ),
        (
            "product a or role r1 or r2 or r3 or r4 or r5 or (mfa and mfa sms)",
            "+product a, +mfa sms",
        ),
    ] {
        let rules = format!(
            "route /a requires {condition}\ntest \"t\" {{\n  user u\n  GET /a is denied\n}}\n"
        );
        explained(&rules, &get("/a"), |explanation| {
            assert_eq!(changes(explanation).len(), MAX_CHANGES);
            let named = changes(explanation).join(", ");
            assert_eq!(named, format!("{expected}, {others}"), "{condition}");
        });
    }
}

/// What would turn the decision about somebody with product `c` if the policy has few other facts, and
/// if it has so many that a hundred tries are two million look-ups: then what was found has to do, and
/// what the structure of the conditions does not show is not found.
#[test]
fn the_search_ends_after_so_many_look_ups() {
    let others: Vec<String> = (0..20_000).map(|number| format!("f{number}")).collect();
    let row = |number: usize, others: &[String]| {
        let others = others.join(" or ");
        format!("route /others/{number} requires product {others}\n")
    };
    let rows = others.chunks(250).zip(0..);
    let others: String = rows.map(|(others, number)| row(number, others)).collect();

    // Nobody is two users: sets that are tried in vain.
    let pairs = (0..120).map(|number| format!("(user x{number} and user y{number})"));
    let pairs = pairs.collect::<Vec<_>>().join(" or ");
    let three = "(product d and product e and mfa)";
    let set = "+product d +product e +mfa";
    let all: Vec<String> = (0..60).map(|number| format!("q{number}")).collect();
    let all = all.join(" and ");
    for (rules, few, many) in [
        (
            format!("route /a requires role r or {pairs} or {three}\n"),
            &["+role r", set][..],
            &["+role r"][..],
        ),
        (
            format!("route /a requires {pairs} or {three}\n"),
            &[set],
            &[set],
        ),
        (
            format!(
                "route /a requires (product {all}) or product c or product a\nforbid /a when product b or c\n"
            ),
            &["-product c +product a"],
            &[],
        ),
    ] {
        let test = "test \"t\" {\n  user u with product c\n  GET /a is denied\n}\n";
        for (others, expected) in [("", few), (others.as_str(), many)] {
            let rules = format!("{rules}{others}{test}");
            explained(&rules, &get("/a"), |explanation| {
                assert_eq!(changes(explanation), expected, "{rules}");
            });
        }
    }
}

#[test]
fn notes_of_a_request() {
    let headers = [("x-a", "1"), ("x-b", "1"), ("x-b", "2")]
        .map(|(name, text)| (name.to_owned(), text.to_owned()));
    let request = |ip: Option<&str>| Request {
        ip: ip.map(|ip| ip.parse().unwrap()),
        headers: Some(&headers),
        ..get("/a")
    };
    for (condition, ip, expected) in [
        (
            "ip in 10.0.0.0/8",
            Some("10.1.2.3"),
            Some("the address is 10.1.2.3"),
        ),
        ("ip in 10.0.0.0/8", None, Some("no address is given")),
        ("header x-a = \"1\"", None, None),
        ("header x-a = \"2\"", None, None),
        (
            "header x-b = \"1\"",
            None,
            Some("it is sent more than once, or not told"),
        ),
        ("after 2027-01-01", None, None),
    ] {
        let rules = format!("route /a requires {condition}\n");
        explained(&rules, &request(ip), |explanation| {
            let checked = explanation.routes[0].condition.as_ref().unwrap();
            assert_eq!(checked.note.as_deref(), expected, "{condition}");
        });
    }
}

/// One line each: what is known of a user, a condition, and what would meet it. What is unknown by
/// itself stays so, unless it is what changes; when a list changes that was unknown, all of it is
/// known.
#[test]
fn what_is_unknown_by_itself() {
    for (who, condition, expected) in [
        ("unknown role x", "role x", "+role x"),
        ("unknown role x", "role y and not role x", "-role x +role y"),
        ("unknown role x, role y", "role y and not role x", "-role x"),
        ("role x", "role y and not role x", "-role x +role y"),
        ("unknown mfa", "mfa totp and not mfa sms", "+mfa totp"),
    ] {
        let rules = format!(
            "route /a requires {condition}\ntest \"t\" {{\n  user {TEST_USER} with {who}\n  GET /a is denied\n}}\n"
        );
        explained(&rules, &get("/a"), |explanation| {
            let mut steps: Vec<_> = explanation.changes[0].steps.iter().collect();
            steps.sort_by(|one, other| one.fact.cmp(&other.fact));
            let step =
                |step: &&Step| format!("{}{}", if step.holds { '+' } else { '-' }, step.fact);
            let steps: Vec<String> = steps.iter().map(step).collect();
            assert_eq!(steps.join(" "), expected, "{who}, {condition}");
        });
    }
}
