//! What is told of a line of a `test` block: whether it holds, and what came of it.
#![allow(clippy::panic, reason = "tests")]

use tollgate_engine::example::coverage::Value;
use tollgate_engine::{Policy, Products, Reason, example};
use tollgate_grammar::{Sources, parse};

const POLICY: &str = "\
route /public is public
route /user   requires user
route /pro    requires product a or product b

test \"lines\" {
  visitor
  GET /public  is allowed
  GET /public  is denied
  GET /user    is denied
  GET /user    is denied, login_required
  GET /user    is denied, forbidden
  GET /user    is allowed
  GET /nowhere is denied, no_route
}
";

/// The rule that decides each line, and others that are asked as well.
const ASKED: &str = "\
route /a requires product a
forbid /a when role x
forbid /a unless mfa

test \"asked\" {
  user with product a, mfa
  GET /a is allowed
  user with mfa
  GET /a is denied
  user with product a, mfa, role x
  GET /a is denied
  user with product a
  GET /a is denied
}
";

/// What comes of the lines of a policy's tests, and with each what was asked and what it came to.
fn lines(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    let (tree, findings) = parse(&sources);
    let products = Products::default();
    let (policy, more) = Policy::compile(&sources, &tree, &products);
    let policy = policy.unwrap_or_else(|| panic!("{findings:?} {more:?}"));
    let values = |line: &example::Example| {
        let value = |value: &Value| format!("{} {:?}", sources.text(value.span), value.value);
        let values: Vec<String> = line.values.iter().map(value).collect();
        format!("{}: {}", line.got(), values.join(", "))
    };
    let lines = example::run(&policy, &tree, &products, 0);
    lines.iter().map(values).collect()
}

/// Not of the route that lets somebody in whom a `forbid` stops.
#[test]
fn a_line_has_the_values_of_the_rule_that_decides() {
    let expected = [
        "allowed: product a True",
        "denied, upgrade_required: product a False",
        "denied, forbidden: role x True",
        "denied, mfa_required: mfa False",
    ];
    assert_eq!(lines(ASKED), expected);
}

#[test]
fn a_line_holds_if_what_it_says_comes_of_it() {
    let mut sources = Sources::default();
    sources.add("access.policy", POLICY);
    let (tree, findings) = parse(&sources);
    let (policy, more) = Policy::compile(&sources, &tree, &Products::default());
    let policy = policy.unwrap_or_else(|| panic!("{findings:?} {more:?}"));
    let lines = example::run(&policy, &tree, &Products::default(), 0);
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.test, line.holds(), line.got(), line.reason()))
        .collect();
    let login = Some(Reason::LoginRequired);
    let wanted = [
        (true, "allowed", None),
        (false, "allowed", None),
        (true, "denied, login_required", login),
        (true, "denied, login_required", login),
        (false, "denied, login_required", login),
        (false, "denied, login_required", login),
        (true, "denied, no_route", Some(Reason::NoRoute)),
    ];
    let wanted = wanted.map(|(holds, got, reason)| ("lines", holds, got.to_owned(), reason));
    assert_eq!(told, wanted);
}
