//! What is told of a line of a `test` block: whether it holds, and what came of it.
#![allow(clippy::panic, reason = "tests")]

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
