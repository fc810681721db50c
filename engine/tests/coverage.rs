//! What the tests of a policy have seen of it: every fact and name by itself, in every shape of a
//! condition.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use tollgate_engine::example::coverage::Coverage;
use tollgate_engine::example::run_covered;
use tollgate_engine::{Policy, Products};
use tollgate_grammar::{Sources, parse};

const POLICY: &str = r#"
tier pro is product p
tier near is product n or ip in 10.0.0.0/8
let local is ip in 10.0.0.0/8 and user
let staff is role admin or editor
route /open/* is public
route /shut is denied
route /list requires product a or b or c
route /nested requires not (staff and (mfa or email verified)) and user
route /{id} requires user {id} or tier pro
route /near requires local
route /one requires product a
route /tier requires tier near
forbid /open/* when staff or local

test "some" {
  visitor
  GET /open/x is allowed
  GET /shut is denied
  user u-1 with product b, role admin
  GET /list is allowed
  GET /nested is allowed
  GET /u-1 is allowed
  GET /near from 10.0.0.1 is allowed
  GET /tier from 10.0.0.1 is allowed
  GET /open/x from 10.0.0.1 is denied
  GET /no/where is denied, no_route
  user u-2 with unknown role admin, product p
  GET /nested is allowed
  GET /u-1 is allowed
  GET /tier is allowed
}
"#;

fn coverage() -> (Sources, Coverage) {
    let mut sources = Sources::default();
    sources.add("access.policy", POLICY);
    let (tree, findings) = parse(&sources);
    assert!(findings.is_empty(), "{findings:?}");
    let products = Products::default();
    let (policy, findings) = Policy::compile(&sources, &tree, &products);
    let Some(policy) = policy else {
        panic!("{findings:?}");
    };
    let coverage = run_covered(&policy, &tree, &products, 0).1;
    (sources, coverage)
}

/// A rule, how often it let pass and stopped, and each fact with how often it was true, false
/// and unknown.
const EXPECTED: &[&str] = &[
    "route /open/* allowed=2 denied=-",
    "route /shut allowed=- denied=1",
    "route /list allowed=1 denied=0 [product a: 0 1 0] [product b: 1 0 0] [product c: 0 1 0]",
    "route /nested allowed=2 denied=0 [staff: 1 0 1] [mfa: 0 2 0] [email verified: 0 2 0] [user: 2 0 0]",
    "route /{id} allowed=2 denied=0 [user {id}: 1 1 0] [tier pro: 1 1 0]",
    "route /near allowed=1 denied=0 [local: 1 0 0]",
    "route /one allowed=0 denied=0 [product a: 0 0 0]",
    "route /tier allowed=2 denied=0 [tier near: 2 0 0]",
    "forbid /open/* allowed=1 denied=1 [staff: 1 1 0] [local: 1 1 0]",
];

#[test]
fn every_outcome_is_counted() {
    let (_, coverage) = coverage();
    let lines = coverage.rules.iter().map(|rule| {
        let count = |times: Option<usize>| times.map_or("-".to_owned(), |times| times.to_string());
        let (allowed, denied) = (count(rule.allowed), count(rule.denied));
        let mut line = format!("{} allowed={allowed} denied={denied}", rule.name.head);
        for condition in &rule.conditions {
            let seen = condition.seen;
            line += " [";
            line += &condition.text;
            line += &[": ", &seen.holds.to_string(), " ", &seen.fails.to_string()].concat();
            line += &[" ", &seen.unknown.to_string(), "]"].concat();
        }
        line
    });
    assert_eq!(lines.collect::<Vec<_>>(), EXPECTED);
    assert_eq!(coverage.rule_outcomes(), (9, 16));
    assert_eq!(coverage.condition_outcomes(), (17, 28));
}

/// A place has the keyword with it, unless a list has it only once.
#[test]
fn what_is_asked_at_a_place() {
    let (sources, coverage) = coverage();
    let conditions = coverage.rules.iter().flat_map(|rule| &rule.conditions);
    let mut places = Vec::new();
    for condition in conditions {
        assert_eq!(coverage.text(condition.span), Some(&*condition.text));
        places.push(sources.text(condition.span));
    }
    let expected = "a, b, c, staff, mfa, email verified, user, user {id}, tier pro, local, product a, \
                    tier near, staff, local";
    assert_eq!(places.join(", "), expected);
    assert_eq!(coverage.text(coverage.rules.first().unwrap().span), None);
}
