//! Small universes taken whole: every combination of few routes, few facts, few claims.

use serde_json::{Value, json};
use tollgate_engine::{Fact, User};

use crate::admit;
use crate::compare::Subject;
use crate::requests::Call;

/// Every set of up to three routes with up to two segments, on every short path. Each route asks
/// for a product of its own, so that the denial names the one that decided.
#[test]
fn the_most_specific_route_decides() {
    let patterns = [
        "/", "/a", "/{x}", "/*", "/a/a", "/a/{x}", "/a/*", "/{x}/a", "/{x}/{y}", "/{x}/*",
    ];
    let mut routes = Vec::new();
    for (number, pattern) in patterns.iter().enumerate() {
        routes.push(format!("route {pattern} requires product any-{number}\n"));
        routes.push(format!(
            "route GET {pattern} requires product get-{number}\n"
        ));
    }
    let mut calls = Vec::new();
    for path in [
        "/", "/a", "/b", "/a/a", "/a/b", "/b/a", "/b/b/", "/a/a/a", "/a/b/a", "/b/a/a", "/b/b/b/",
    ] {
        calls.extend(["GET", "POST"].map(|method| Call::of(method, path)));
    }
    let poor = User {
        id: "u-1".to_owned(),
        products: Fact::Known(Vec::new()),
        ..User::default()
    };
    let mut count = 0;
    for (first, one) in routes.iter().enumerate() {
        for (second, two) in routes[..=first].iter().enumerate() {
            for (third, three) in routes[..=second].iter().enumerate() {
                // Equal numbers stand for fewer than three routes.
                let mut files = vec![one.clone()];
                files.extend((second < first).then(|| two.clone()));
                files.extend((third < second).then(|| three.clone()));
                let subject = Subject::sound(&files);
                for call in &calls {
                    subject.agreed(Some(&poor), call);
                    count += 1;
                }
            }
        }
    }
    assert_eq!(count, 1540 * 22);
}

/// Every condition of up to three facts that somebody can gain, negated or not, joined in every
/// way, for everything that can be known of a user.
#[test]
fn conditions_of_three_facts() {
    let facts = negated(&["product p-1", "product p-2", "mfa", "email verified"]);
    let mut routes = Vec::new();
    for one in &facts {
        routes.push(format!("requires {one}"));
        for (at, two) in facts.iter().enumerate() {
            for three in &facts[at..] {
                for (outer, inner) in [("and", "and"), ("and", "or"), ("or", "and"), ("or", "or")] {
                    routes.push(format!("requires {one} {outer} ({two} {inner} {three})"));
                    routes.push(format!(
                        "requires not ({one} {outer} ({two} {inner} {three}))"
                    ));
                }
            }
        }
    }
    let users = people(&[Fact::Unknown]);
    each_route_for_each_user(&routes, &users);
}

/// Every parameter of a few patterns against every part of the path, decoded.
#[test]
fn parameters_have_their_segments() {
    let segments = ["a", "b", "c%20d", "%C3%A9"];
    let mut calls = Vec::new();
    let mut ids = Vec::new();
    for one in segments {
        for two in segments {
            for path in [
                format!("/{one}"),
                format!("/{one}/{two}/"),
                format!("/{one}/{two}/a"),
            ] {
                ids.extend(admit::admit(&path).map(|segments| segments.join("/")));
                calls.push(Call::of("GET", &path));
            }
        }
    }
    ids.sort();
    ids.dedup();
    for (pattern, names) in [
        ("/{x}", &["x"][..]),
        ("/{r+}", &["r"]),
        ("/{x}/*", &["x"]),
        ("/{x}/{y}", &["x", "y"]),
        ("/{x}/{r+}", &["x", "r"]),
        ("/a/{r+}", &["r"]),
        ("/{x}/c%20d/{y}", &["x", "y"]),
    ] {
        for name in names {
            for keyword in ["user", "role"] {
                let policy = format!("route {pattern} requires {keyword} {{{name}}}\n");
                let subject = Subject::sound(&[policy]);
                for id in &ids {
                    let roles = Fact::Known(vec![id.clone()]);
                    let user = User {
                        id: id.clone(),
                        roles,
                        ..User::default()
                    };
                    for call in &calls {
                        subject.agreed(Some(&user), call);
                    }
                }
            }
        }
    }
}

/// Every pair of a route and a forbid of one fact each.
#[test]
fn routes_and_forbids_together() {
    let facts = negated(&[
        "user",
        "product p-1",
        "product p-2",
        "mfa",
        "email verified",
        "role a",
    ]);
    let known = |roles: &[&str]| Fact::Known(roles.iter().map(|role| (*role).to_owned()).collect());
    let users = people(&[Fact::Unknown, known(&[]), known(&["a"])]);
    for route in &facts {
        for forbid in &facts {
            for mode in ["when", "unless"] {
                let policy = format!("route /* requires {route}\nforbid /a {mode} {forbid}\n");
                let subject = Subject::sound(&[policy]);
                for user in &users {
                    subject.agreed(user.as_ref(), &Call::of("GET", "/a"));
                }
            }
        }
    }
}

/// Every test of a claim against every kind of value.
#[test]
fn claims_of_every_type() {
    let literals = [
        "true", "false", "0", "1", "1.0", "1.5", "\"\"", "\"1\"", "\"x\"", "\"y\"",
    ];
    let mut tests = Vec::new();
    for literal in literals {
        tests.extend(["=", "!=", "in ", "contains"].map(|test| match test {
            "in " => format!("in ({literal})"),
            test => format!("{test} {literal}"),
        }));
        if !matches!(literal, "true" | "false") {
            tests.extend(["<", "<=", ">", ">="].map(|sign| format!("{sign} {literal}")));
        }
        tests.extend(literals.map(|other| format!("in ({literal}, {other})")));
    }
    let routes: Vec<_> = tests
        .iter()
        .flat_map(|test| {
            [
                format!("requires claim c.d {test}"),
                format!("requires not claim c.d {test}"),
            ]
        })
        .collect();
    let plain = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-0.0),
        json!(1),
        json!(1.0),
        json!(1.5),
        json!(2),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(""),
        json!("1"),
        json!("x"),
        json!("xx"),
        json!("true"),
        json!({}),
        json!([]),
        json!({ "x": 1 }),
    ];
    let mut values = plain.to_vec();
    values.extend(plain.iter().map(|value| json!([value])));
    values.extend(plain.iter().map(|value| json!(["z", value])));
    let mut claims: Vec<_> = values
        .into_iter()
        .map(|value| json!({ "c": { "d": value } }))
        .collect();
    // On the way there.
    claims.extend(
        plain
            .iter()
            .map(|value| json!({ "c": value, "c.d": "x", "d": "x" })),
    );
    claims.push(json!({}));
    let mut users = vec![
        None,
        Some(User {
            id: "u-1".to_owned(),
            ..User::default()
        }),
    ];
    users.extend(claims.into_iter().map(|claims: Value| {
        Some(User {
            id: "u-1".to_owned(),
            claims: Fact::Known(claims),
            ..User::default()
        })
    }));
    each_route_for_each_user(&routes, &users);
}

/// Each fact, and its opposite.
fn negated(facts: &[&str]) -> Vec<String> {
    facts
        .iter()
        .flat_map(|fact| [(*fact).to_owned(), format!("not {fact}")])
        .collect()
}

/// Everything that can be known of a user's products, factors and address, and a visitor.
fn people(roles: &[Fact<Vec<String>>]) -> Vec<Option<User>> {
    let lists = |names: &[&[&str]]| {
        let known = names
            .iter()
            .map(|names| Fact::Known(names.iter().map(|name| (*name).to_owned()).collect()));
        known
            .chain([Fact::Unknown])
            .collect::<Vec<Fact<Vec<String>>>>()
    };
    let mut people = vec![None];
    for products in lists(&[&[], &["p-1"], &["p-2"], &["p-2", "p-1"]]) {
        for mfa in lists(&[&[], &["totp"]]) {
            for email_verified in [Fact::Known(true), Fact::Known(false), Fact::Unknown] {
                people.extend(roles.iter().map(|roles| {
                    Some(User {
                        id: "u-1".to_owned(),
                        products: products.clone(),
                        mfa: mfa.clone(),
                        email_verified,
                        roles: roles.clone(),
                        ..User::default()
                    })
                }));
            }
        }
    }
    people
}

/// Puts the routes into policies, each under a path of its own, and asks each of each user.
fn each_route_for_each_user(routes: &[String], users: &[Option<User>]) {
    for routes in routes.chunks(16) {
        let numbered = routes.iter().enumerate();
        let policy: String = numbered
            .map(|(at, route)| format!("route /{at} {route}\n"))
            .collect();
        let subject = Subject::sound(&[policy]);
        for at in 0..routes.len() {
            let call = Call::of("GET", &format!("/{at}"));
            for user in users {
                subject.agreed(user.as_ref(), &call);
            }
        }
    }
}
